/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors; see proc/descriptors.h. */
#include "config.h"

#include "proc/descriptors.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/file.h"

#define ANON           "anon_inode:"

/* Sizes of the parts of files that are read. */
#define FDINFO_MAX     1024
#define STATUS_MAX     4096

/* So many descriptors are looked at between two looks at the clock. */
#define RINGS_BATCH    64

/*
 * Listing what an epoll instance watches takes the kernel half a microsecond for each, and twice,
 * as its buffer grows: with more descriptors than this, a thread that calls epoll_ctl(2) meanwhile
 * would wait for more than some 10 ms.
 */
#define EPOLL_OPEN_MAX 16384

void proc_descriptor_parse(const char *text, struct proc_descriptor *descriptor)
{
	*descriptor = (struct proc_descriptor){.kind = PROC_DESCRIPTOR_FILE};
	if (sscanf(text, "socket:[%" SCNu64 "]", &descriptor->inode) == 1) {
		descriptor->kind = PROC_DESCRIPTOR_SOCKET;
	} else if (sscanf(text, "pipe:[%" SCNu64 "]", &descriptor->inode) == 1) {
		descriptor->kind = PROC_DESCRIPTOR_PIPE;
	} else if (strncmp(text, ANON, strlen(ANON)) == 0) {
		descriptor->kind = PROC_DESCRIPTOR_ANON;
		text += strlen(ANON);
	}
	snprintf(descriptor->name, sizeof(descriptor->name), "%s", text);
}

int proc_descriptor(pid_t tid, int fd, struct proc_descriptor *descriptor)
{
	char path[PROC_PATH_MAX], text[PROC_DESCRIPTOR_NAME_MAX + sizeof(ANON)];
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", proc_id(tid), fd);
	ssize_t size = readlink(path, text, sizeof(text) - 1);
	if (size < 0)
		return -errno;
	text[size] = '\0';
	proc_descriptor_parse(text, descriptor);
	return 0;
}

ssize_t proc_descriptor_link(pid_t tid, int fd, char *buf, size_t size)
{
	char path[PROC_PATH_MAX];
	if (fd == AT_FDCWD)
		snprintf(path, sizeof(path), "/proc/%d/cwd", proc_id(tid));
	else
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", proc_id(tid), fd);
	ssize_t length = readlink(path, buf, size - 1);
	if (length < 0)
		return -errno;
	buf[length] = '\0';
	return length;
}

int proc_descriptor_next(pid_t tid, struct proc_descriptor_scan *scan, int *fd)
{
	char path[PROC_PATH_MAX];
	struct dirent *entry;
	if (!scan->directory) {
		snprintf(path, sizeof(path), "/proc/%d/fd", proc_id(tid));
		scan->directory = opendir(path);
	}
	if (!scan->directory)
		return -errno;
	while ((entry = readdir(scan->directory))) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		*fd = (int)strtol(entry->d_name, NULL, 10);
		return 1;
	}
	proc_descriptor_scan_clear(scan);
	return 0;
}

void proc_descriptor_scan_clear(struct proc_descriptor_scan *scan)
{
	if (scan->directory)
		closedir(scan->directory);
	scan->directory = NULL;
}

void proc_epoll_parse(const char *line, struct proc_epoll *epoll)
{
	int fd;
	/* "tfd:        5 events:       19 data:                5". */
	if (sscanf(line, "tfd: %d", &fd) != 1)
		return;
	/* The kernel's order is by address; the smallest ones are kept, in their order. */
	size_t listed = epoll->count < PROC_EPOLL_LISTED ? epoll->count : PROC_EPOLL_LISTED - 1;
	bool is_kept = epoll->count < PROC_EPOLL_LISTED || fd < epoll->fd[listed];
	epoll->count++;
	if (!is_kept)
		return;
	for (; listed > 0 && epoll->fd[listed - 1] > fd; listed--)
		epoll->fd[listed] = epoll->fd[listed - 1];
	epoll->fd[listed] = fd;
}

static bool take_watched(const char *line, void *epoll)
{
	proc_epoll_parse(line, epoll);
	return true;
}

/* How many descriptors thread TID can have open, or 0 if that is unknown. */
static unsigned long count_descriptors(pid_t tid)
{
	char text[STATUS_MAX], path[PROC_PATH_MAX];
	struct stat stats;
	snprintf(path, sizeof(path), "/proc/%d/fd", proc_id(tid));
	/* Since Linux 6.2 this is their number; before, the size of their table is the limit. */
	if (stat(path, &stats) == 0 && stats.st_size > 0)
		return (unsigned long)stats.st_size;
	const char *line = proc_read(text, sizeof(text), "/proc/%d/status", proc_id(tid)) > 0
	                           ? strstr(text, "\nFDSize:")
	                           : NULL;
	return line ? strtoul(line + strlen("\nFDSize:"), NULL, 10) : 0;
}

int proc_epoll(pid_t tid, int fd, struct proc_epoll *epoll)
{
	struct proc_epoll found = {0};
	if (count_descriptors(tid) > EPOLL_OPEN_MAX)
		return -E2BIG;
	int result = proc_each_line(take_watched, &found, "/proc/%d/fdinfo/%d", proc_id(tid), fd);
	if (result == 0)
		*epoll = found;
	return result;
}

void proc_fdinfo_parse(const char *text, struct proc_fdinfo *info)
{
	*info = (struct proc_fdinfo){0};
	for (const char *line = text; line; line = proc_next_line(line)) {
		uint64_t s, ns;
		if (sscanf(line, "ino: %" SCNu64, &info->inode) == 1 ||
			sscanf(line, "Pid: %d", &info->pid) == 1 ||
			sscanf(line, "flags: %o", &info->flags) == 1 ||
			sscanf(line, "sigmask: %" SCNx64, &info->signals) == 1)
			continue;
		if (sscanf(line, "it_value: (%" SCNu64 ", %" SCNu64 ")", &s, &ns) == 2)
			info->timer_ns = s * NS_PER_S + ns;
	}
}

int proc_fdinfo(pid_t tid, int fd, struct proc_fdinfo *info)
{
	char text[FDINFO_MAX];
	ssize_t size = proc_read(text, sizeof(text), "/proc/%d/fdinfo/%d", proc_id(tid), fd);
	if (size < 0)
		return (int)size;
	proc_fdinfo_parse(text, info);
	return 0;
}

/* Whether the descriptor called NAME in DIRECTORY is an io_uring instance. */
static bool is_ring(DIR *directory, const char *name)
{
	static const char ring[] = ANON "[io_uring]";
	char text[sizeof(ring)];
	return readlinkat(dirfd(directory), name, text, sizeof(text)) == sizeof(ring) - 1 &&
	       memcmp(text, ring, sizeof(ring) - 1) == 0;
}

int proc_count_rings(pid_t pid, struct proc_ring_scan *scan, uint64_t until_ns)
{
	char path[PROC_PATH_MAX];
	struct dirent *entry;
	if (!scan->directory) {
		snprintf(path, sizeof(path), "/proc/%d/fd", proc_id(pid));
		scan->count = 0;
		scan->directory = opendir(path);
	}
	if (!scan->directory)
		return -errno;
	for (int i = 1; (entry = readdir(scan->directory)); i++) {
		scan->count += is_ring(scan->directory, entry->d_name);
		if (i % RINGS_BATCH == 0 && clock_now_ns() >= until_ns)
			return 0;
	}
	proc_ring_scan_clear(scan);
	return 1;
}

void proc_ring_scan_clear(struct proc_ring_scan *scan)
{
	if (scan->directory)
		closedir(scan->directory);
	scan->directory = NULL;
}

char *proc_own_fd(int fd, char path[PROC_OWN_FD_MAX])
{
	snprintf(path, PROC_OWN_FD_MAX, "/proc/self/fd/%d", fd);
	return path;
}

bool proc_has_own_fds(void)
{
	return access("/proc/self/fd", X_OK) == 0;
}
