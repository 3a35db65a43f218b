/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a process's memory; see proc/memory.h. */
#include "config.h"

#include "proc/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/subprocess.h"
#include "proc/file.h"

/* Number of pages per read: a stack of 32 KiB is on 9. */
#define PAGES_PER_READ 16

/* Bit in /proc/PID/pagemap: the kernel's Documentation/admin-guide/mm/pagemap.rst. */
#define PAGE_PRESENT   (UINT64_C(1) << 63)
#define PAGE_SWAPPED   (UINT64_C(1) << 62)

int memory_pages(pid_t pid)
{
	char path[32];
	snprintf(path, sizeof(path), "/proc/%d/pagemap", proc_id(pid));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int memory_open(pid_t pid)
{
	char path[32];
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Runs in a child process. */
static void try_pages(const void *argument)
{
	const char *path = argument;
	uint64_t entry;
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		syscall(SYS_pread64, fd, &entry, sizeof(entry), 0L);
}

int memory_try(pid_t pid, struct subprocess *query)
{
	char path[32];
	snprintf(path, sizeof(path), "/proc/%d/pagemap", proc_id(pid));
	return subprocess_start(query, try_pages, path);
}

/* How many of the COUNT pages from page FIRST are resident, up to the first that is not. */
static uint64_t count_present(int pages, uint64_t first, uint64_t count)
{
	uint64_t entries[PAGES_PER_READ], present = 0;
	while (present < count) {
		uint64_t left = count - present,
			 some = left < PAGES_PER_READ ? left : PAGES_PER_READ;
		off_t at = (off_t)((first + present) * sizeof(*entries));
		ssize_t got = pread(pages, entries, some * sizeof(*entries), at);
		for (ssize_t i = 0; i < (got > 0 ? got : 0) / (ssize_t)sizeof(*entries); i++) {
			if (!(entries[i] & (PAGE_PRESENT | PAGE_SWAPPED)))
				return present;
			present++;
		}
		if (got != (ssize_t)(some * sizeof(*entries)))
			return present;
	}
	return present;
}

/* How many of the SIZE bytes at ADDRESS are resident, up to the first that is not. */
static size_t present_size(int pages, uint64_t address, size_t size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	if (size == 0 || address + size < address)
		return 0;
	uint64_t first = address / page, last = (address + size - 1) / page;
	uint64_t present = count_present(pages, first, last - first + 1);
	uint64_t end = (first + present) * page;
	if (present == 0)
		return 0;
	return end - address < size ? end - address : size;
}

void memory_own(size_t *all, size_t *data)
{
	char text[128];
	unsigned long pages = 0, data_pages = 0;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	if (proc_read(text, sizeof(text), "/proc/self/statm") < 0 ||
		sscanf(text, "%lu %*u %*u %*u %*u %lu", &pages, &data_pages) != 2)
		pages = data_pages = 0;
	*all = pages * page;
	*data = data_pages * page;
}

size_t memory_fetch(pid_t pid, uint64_t address, void *buf, size_t size)
{
	struct iovec here = {.iov_base = buf, .iov_len = size};
	/* An address in another process, never dereferenced here. */
	struct iovec there = {.iov_base = (void *)(uintptr_t)address, .iov_len = size};
	ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
	return got > 0 ? (size_t)got : 0;
}

size_t memory_copy(int pages, pid_t pid, uint64_t address, void *buf, size_t size)
{
	size_t present = present_size(pages, address, size);
	return present ? memory_fetch(pid, address, buf, present) : 0;
}

size_t memory_copy_from(int pages, int memory, uint64_t address, void *buf, size_t size)
{
	size_t present = present_size(pages, address, size);
	ssize_t got = present && address <= INT64_MAX ? pread(memory, buf, present, (off_t)address)
	                                              : 0;
	return got > 0 ? (size_t)got : 0;
}

int memory_read(pid_t pid, uint64_t address, void *buf, size_t size)
{
	int pages = memory_pages(pid);
	if (pages < 0)
		return pages == -ENOENT ? -ESRCH : pages;
	size_t got = memory_copy(pages, pid, address, buf, size);
	close(pages);
	return got == size ? 0 : -EFAULT;
}
