/*
 * What the target programs of the tests share. Each makes calls that it counts itself, and says on
 * its standard output what it did: lines "CALL COUNT ERRORS [ERRNO]". It counts only calls that the
 * C library does not make by itself; these it makes with syscall(2), so that nothing is cached.
 */
#ifndef STOP_TESTS_TRACEE_H
#define STOP_TESTS_TRACEE_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* Seconds after which a target that a failed test has left behind ends by itself. */
#define TRACEE_LIFE_S 300

/* To be called first. */
static inline void tracee_begin(void)
{
	alarm(TRACEE_LIFE_S);
	/* Where kernel.yama.ptrace_scope is 1, a sibling may trace this process only so. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* Waits for a byte on the standard input. Its end ends the program. */
static inline void tracee_await(void)
{
	char byte;
	if (read(STDIN_FILENO, &byte, 1) != 1)
		exit(99);
}

/* Says that it is ready, and waits to be told to go on. */
static inline void tracee_ready(void)
{
	puts("ready");
	tracee_await();
}

static inline void tracee_fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(98);
}

static inline pthread_t tracee_thread(void *(*run)(void *), void *argument)
{
	pthread_t thread;
	errno = pthread_create(&thread, NULL, run, argument);
	if (errno)
		tracee_fail("pthread_create");
	return thread;
}

static inline pid_t tracee_tid(void)
{
	return (pid_t)syscall(SYS_gettid);
}

/* Calls that no library makes by itself. */
static inline void tracee_getppid(uint64_t times)
{
	for (uint64_t i = 0; i < times; i++)
		syscall(SYS_getppid);
}

static inline void tracee_getpgrp(uint64_t times)
{
	for (uint64_t i = 0; i < times; i++)
		syscall(SYS_getpgrp);
}

/* Whether task TID, a thread or child of this process, waits in call NR, as /proc has it. */
static inline bool tracee_is_in_call(pid_t tid, long nr)
{
	char path[64], text[64];
	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)tid);
	int fd = open(path, O_RDONLY);
	ssize_t got = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	/* It says "running" where the thread does not wait; a stop may have restarted the call. */
	return *text >= '0' && *text <= '9' &&
	       (atol(text) == nr || atol(text) == SYS_restart_syscall);
}

/* Waits until it does. */
static inline void tracee_await_call(pid_t tid, long nr)
{
	const struct timespec glance = {.tv_nsec = 1000000};
	while (!tracee_is_in_call(tid, nr))
		nanosleep(&glance, NULL);
}

#define TRACEE_RAIN_NS 5000000

/* Sends a signal that is ignored to thread *TID (_Atomic pid_t) again and again. */
static inline void *tracee_rain(void *tid)
{
	const struct timespec pause = {.tv_nsec = TRACEE_RAIN_NS};
	for (;;) {
		syscall(SYS_tgkill, getpid(), *(_Atomic pid_t *)tid, SIGWINCH);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

#endif
