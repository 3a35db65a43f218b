/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rings: opens a FIFO, and splices a pipe, by io_uring requests that block in kernel workers, which
 * are threads of this process. Prints "ready" once they do, and waits for a byte; then lets both
 * succeed, prints "open RESULT" and "splice RESULT" (of 4 bytes), and exits with the number of
 * failures. If there is no io_uring, or its workers are not threads (before Linux 5.12), the first
 * line is "skip".
 */
#include <dirent.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tracee.h"

#define REQUESTS 2

static int ring;
static struct io_uring_params params;
static struct io_uring_sqe *requests;
static char *submissions, *completions;

static void skip_all(void)
{
	puts("skip");
	exit(0);
}

static void *map_ring(uint64_t offset, size_t size)
{
	void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring, (off_t)offset);
	if (mapped == MAP_FAILED)
		tracee_fail("mmap");
	return mapped;
}

static void open_ring(void)
{
	ring = (int)syscall(SYS_io_uring_setup, REQUESTS, &params);
	if (ring < 0)
		skip_all();
	submissions = map_ring(
		IORING_OFF_SQ_RING, params.sq_off.array + params.sq_entries * sizeof(uint32_t));
	completions = map_ring(IORING_OFF_CQ_RING,
		params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe));
	requests = map_ring(IORING_OFF_SQES, params.sq_entries * sizeof(struct io_uring_sqe));
}

static void submit(const struct io_uring_sqe *first)
{
	uint32_t *array = (void *)(submissions + params.sq_off.array);
	for (uint32_t i = 0; i < REQUESTS; i++) {
		requests[i] = first[i];
		array[i] = i;
	}
	__atomic_store_n(
		(uint32_t *)(void *)(submissions + params.sq_off.tail), REQUESTS, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, REQUESTS, 0, 0, NULL, 0) != REQUESTS)
		tracee_fail("io_uring_enter");
}

/* The number of workers that wait, or -1 if this is the only thread. */
static int count_waiting(void)
{
	DIR *threads = opendir("/proc/self/task");
	const struct dirent *entry;
	int waiting = 0, others = 0;
	while (threads && (entry = readdir(threads))) {
		char path[300], text[512] = "";
		if (*entry->d_name == '.' || atoi(entry->d_name) == getpid())
			continue;
		others++;
		snprintf(path, sizeof(path), "/proc/self/task/%s/stat", entry->d_name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t got = read(fd, text, sizeof(text) - 1);
		close(fd);
		const char *end = strrchr(text, ')');
		waiting += got > 0 && end && end[2] == 'S';
	}
	closedir(threads);
	return others ? waiting : -1;
}

static int finish(void)
{
	static const char *const names[REQUESTS] = {"open", "splice"};
	const struct io_uring_cqe *done = (const void *)(completions + params.cq_off.cqes);
	const uint32_t *tail = (const void *)(completions + params.cq_off.tail);
	int failed = 0;
	while (__atomic_load_n(tail, __ATOMIC_ACQUIRE) < REQUESTS) {
		if (syscall(SYS_io_uring_enter, ring, 0, REQUESTS, IORING_ENTER_GETEVENTS, NULL,
			    0) < 0 &&
			errno != EINTR)
			tracee_fail("io_uring_enter");
	}
	for (uint64_t name = 0; name < REQUESTS; name++) {
		for (int i = 0; i < REQUESTS; i++) {
			if (done[i].user_data != name)
				continue;
			printf("%s %d\n", names[name], done[i].res);
			failed += done[i].res < 0;
		}
	}
	return failed;
}

int main(void)
{
	char directory[] = "/tmp/stop-test-XXXXXX", name[64];
	int from[2], to[2];
	tracee_begin();
	open_ring();
	if (!mkdtemp(directory) || pipe2(from, O_CLOEXEC) < 0 || pipe2(to, O_CLOEXEC) < 0)
		tracee_fail(directory);
	snprintf(name, sizeof(name), "%s/fifo", directory);
	if (mkfifo(name, 0600) < 0)
		tracee_fail(name);
	const struct io_uring_sqe wanted[REQUESTS] = {
		{
			.opcode = IORING_OP_OPENAT,
			.flags = IOSQE_ASYNC,
			.fd = AT_FDCWD,
			.addr = (uintptr_t)name,
			.open_flags = O_RDONLY,
			.user_data = 0,
		},
		{
			.opcode = IORING_OP_SPLICE,
			.flags = IOSQE_ASYNC,
			.splice_fd_in = from[0],
			.splice_off_in = UINT64_MAX,
			.fd = to[1],
			.off = UINT64_MAX,
			.len = 4,
			.user_data = 1,
		},
	};
	submit(wanted);
	int waiting;
	for (int i = 0; (waiting = count_waiting()) < REQUESTS; i++) {
		if (i > 1000 && waiting < 0)
			skip_all();
		pause_poll();
	}
	tracee_ready();
	/* Without its worker, the FIFO has no reader. */
	int writer = open(name, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (writer < 0)
		puts("the FIFO has lost its reader");
	unlink(name);
	rmdir(directory);
	if (write(from[1], "four", 4) != 4)
		tracee_fail("write");
	return finish() + (writer < 0);
}
