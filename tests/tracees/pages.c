/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pages KIND: a thread waits in a call whose timeout is in memory that is then removed, and keeps
 * receiving ignored signals. KIND is
 *
 *   unmapped   the page is unmapped
 *   absent     the page is dropped, and the next access to it waits forever (userfaultfd)
 *   stack      instead, a thread makes calls of getppid with such a page in its stack
 *
 * It then prints "ready", and "alive" for each byte on its standard input. If userfaultfd is not
 * permitted it prints "skip".
 */
#include <linux/userfaultfd.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "tracee.h"

/* The page size of every supported machine. */
#define HOLE_SIZE 4096

static struct timespec *timeout;
static _Atomic pid_t tid;

static void *wait_long(void *argument)
{
	struct epoll_event event;
	int epoll = epoll_create1(0);
	tid = tracee_tid();
	syscall(SYS_epoll_pwait2, epoll, &event, 1, timeout, NULL, 8);
	/* Interrupted, and not repairable because the timeout can no longer be read. */
	for (;;)
		pause();
	return argument;
}

/* Makes every access to the page wait forever. */
static bool block_access(void *page, size_t size)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {
		.range = {.start = (uintptr_t)page, .len = size},
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	return fd >= 0 && ioctl(fd, UFFDIO_API, &api) == 0 &&
	       ioctl(fd, UFFDIO_REGISTER, &range) == 0;
}

static _Atomic int dug; /* 1: the hole in the stack exists; -1: it is not possible */

/* Makes calls below an inaccessible page of its own stack. */
static void *call_below_hole(void *argument)
{
	char room[4 * HOLE_SIZE];
	char *hole = (char *)(((uintptr_t)room + 2 * HOLE_SIZE) & ~(uintptr_t)(HOLE_SIZE - 1));
	dug = block_access(hole, HOLE_SIZE) && madvise(hole, HOLE_SIZE, MADV_DONTNEED) == 0 ? 1
	                                                                                    : -1;
	for (;;) {
		tracee_getppid(1);
		pause_pace(TRACEE_RAIN_NS);
	}
	return argument;
}

static void answer(void)
{
	puts("ready");
	for (;;) {
		tracee_await();
		puts("alive");
	}
}

static void run_below_hole(void)
{
	tracee_thread(call_below_hole, NULL);
	while (!dug)
		sched_yield();
	if (dug > 0)
		answer();
	puts("skip");
	exit(0);
}

int main(int argc, char **argv)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	if (argc != 2)
		return 97;
	tracee_begin();
	if (strcmp(argv[1], "stack") == 0)
		run_below_hole();
	bool absent = strcmp(argv[1], "absent") == 0;
	timeout = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*timeout = (struct timespec){.tv_sec = 1000};
	tracee_thread(wait_long, NULL);
	while (!tid)
		sched_yield();
	tracee_await_call(tid, SYS_epoll_pwait2);
	if (!absent) {
		munmap(timeout, size);
	} else if (!block_access(timeout, size)) {
		puts("skip");
		return 0;
	} else {
		madvise(timeout, size, MADV_DONTNEED);
	}
	tracee_thread(tracee_send_ignored, &tid);
	answer();
}
