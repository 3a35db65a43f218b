/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waiting: threads that wait in a futex, a read, a sleep and a poll, and the main thread in the
 * read of the byte that ends it. Prints "CALL TID" for each, "ready" when all are waiting, and at
 * the end "returned N": how many of the calls have returned, each with its own line.
 */
#include <linux/futex.h>
#include <poll.h>

#include "tracee.h"

static int silence[2]; /* a pipe that is never written to */
static _Atomic int returned;

static void wait_in_futex(void)
{
	static uint32_t word;
	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL);
}

static void wait_in_read(void)
{
	char byte;
	syscall(SYS_read, silence[0], &byte, 1);
}

static void wait_in_nanosleep(void)
{
	struct timespec long_time = {.tv_sec = 100000};
	syscall(SYS_nanosleep, &long_time, NULL);
}

static void wait_in_poll(void)
{
	struct pollfd fd = {.fd = silence[0], .events = POLLIN};
	syscall(SYS_poll, &fd, 1, -1);
}

static void wait_in_epoll(void)
{
	char event[64];
	syscall(SYS_epoll_wait, syscall(SYS_epoll_create1, 0), event, 1, -1);
}

static void wait_in_pause(void)
{
	syscall(SYS_pause);
}

static const struct way {
	const char *name;
	long nr;
	void (*wait)(void);
} ways[] = {
	{"futex", SYS_futex, wait_in_futex},
	{"read", SYS_read, wait_in_read},
	{"nanosleep", SYS_nanosleep, wait_in_nanosleep},
	{"poll", SYS_poll, wait_in_poll},
	{"epoll_wait", SYS_epoll_wait, wait_in_epoll},
	{"pause", SYS_pause, wait_in_pause},
};

#define WAYS (sizeof(ways) / sizeof(*ways))

static _Atomic pid_t tids[WAYS];

static void *run(void *argument)
{
	size_t at = (size_t)(uintptr_t)argument;
	tids[at] = tracee_tid();
	ways[at].wait();
	printf("%s came back: %s\n", ways[at].name, strerror(errno));
	returned++;
	return NULL;
}

int main(void)
{
	tracee_begin();
	if (pipe(silence) < 0)
		tracee_fail("pipe");
	for (size_t i = 0; i < WAYS; i++)
		tracee_thread(run, (void *)i);
	for (size_t i = 0; i < WAYS; i++) {
		while (!tids[i])
			sched_yield();
		tracee_await_call(tids[i], ways[i].nr);
		printf("%s %d\n", ways[i].name, (int)tids[i]);
	}
	tracee_ready();
	printf("returned %d\n", returned);
	return 0;
}
