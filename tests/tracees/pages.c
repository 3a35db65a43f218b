/*
 * pages KIND: a thread waits in a call whose timeout lies in memory that is then taken away, and
 * ignored signals rain on it. KIND is
 *
 *   unmapped   the page is unmapped
 *   absent     the page is given back, and whoever touches it again waits for ever (userfaultfd)
 *   stack      instead, a thread makes calls of getppid, and such a page is in its stack
 *
 * It says "ready" when that is so, and then, for each byte on its standard input, "alive".
 * Where userfaultfd is not allowed it says "skip".
 */
#include <linux/userfaultfd.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "tracee.h"

/* A page on every machine that this runs on. */
#define HOLE_SIZE 4096

static struct timespec *timeout;
static _Atomic pid_t tid;

static void *wait_long(void *argument)
{
	struct epoll_event event;
	int epoll = epoll_create1(0);
	tid = tracee_tid();
	syscall(SYS_epoll_pwait2, epoll, &event, 1, timeout, NULL, 8);
	/* Broken, and not to be repaired: the timeout cannot be read any more. */
	for (;;)
		pause();
	return argument;
}

/* Has every touch of the page wait for somebody who never comes. */
static bool watch(void *page, size_t size)
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

static _Atomic int dug; /* the hole in the stack is there: 1; or cannot be: -1 */

/* Makes calls below a page of its own stack that nobody may touch. */
static void *call_below_hole(void *argument)
{
	char room[4 * HOLE_SIZE];
	const struct timespec pause = {.tv_nsec = TRACEE_RAIN_NS};
	char *hole = (char *)(((uintptr_t)room + 2 * HOLE_SIZE) & ~(uintptr_t)(HOLE_SIZE - 1));
	dug = watch(hole, HOLE_SIZE) && madvise(hole, HOLE_SIZE, MADV_DONTNEED) == 0 ? 1 : -1;
	for (;;) {
		tracee_getppid(1);
		nanosleep(&pause, NULL);
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
	} else if (!watch(timeout, size)) {
		puts("skip");
		return 0;
	} else {
		madvise(timeout, size, MADV_DONTNEED);
	}
	tracee_thread(tracee_rain, &tid);
	answer();
}
