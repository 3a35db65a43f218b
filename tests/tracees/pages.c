/*
 * pages KIND: a thread waits in a call whose timeout lies in memory that is then taken away, and
 * ignored signals rain on it. KIND is
 *
 *   unmapped   the page is unmapped
 *   absent     the page is given back, and whoever touches it again waits for ever (userfaultfd)
 *
 * It says "ready" when that is so, and then, for each byte on its standard input, "alive".
 * Where userfaultfd is not allowed it says "skip".
 */
#include <linux/userfaultfd.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "tracee.h"

#define RAIN_NS 5000000

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

static void *rain(void *argument)
{
	const struct timespec pause = {.tv_nsec = RAIN_NS};
	for (;;) {
		syscall(SYS_tgkill, getpid(), tid, SIGWINCH);
		nanosleep(&pause, NULL);
	}
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

int main(int argc, char **argv)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	if (argc != 2)
		return 97;
	tracee_begin();
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
	tracee_thread(rain, NULL);
	puts("ready");
	for (;;) {
		tracee_await();
		puts("alive");
	}
}
