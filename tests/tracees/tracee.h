/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the target programs of the tests. Each counts its own calls and prints them to standard
 * output as lines "CALL COUNT ERRORS [ERRNO]". It counts only calls that the C library does not
 * make by itself, and makes them with syscall(2), so that nothing is cached.
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

#include "support/pause.h"

/* Seconds after which a target left over by a failed test exits; more where it is starved. */
#define TRACEE_LIFE_S (getenv("STARVED") ? 3600 : 300)

/* Call this first. */
static inline void tracee_begin(void)
{
	alarm(TRACEE_LIFE_S);
	/* Required for a sibling to trace this process if kernel.yama.ptrace_scope is 1. */
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* Waits for a byte on standard input. End of file ends the program. */
static inline void tracee_await(void)
{
	char byte;
	if (read(STDIN_FILENO, &byte, 1) != 1)
		exit(99);
}

/* Prints "ready", and waits for a byte. */
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

/* Calls that libraries do not make by themselves. */
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

/* Whether this process is traced. */
static inline bool tracee_is_traced(void)
{
	char text[4096] = "";
	int fd = open("/proc/self/status", O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		tracee_fail("/proc/self/status");
	close(fd);
	const char *tracer = strstr(text, "\nTracerPid:\t");
	return tracer && atoi(tracer + 12);
}

/* Stands for any call below. */
#define ANY_CALL (-1)

/* Whether task TID, a thread or child of this process, waits in call NR, according to /proc. */
static inline bool tracee_is_in_call(pid_t tid, long nr)
{
	char path[64], text[64];
	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)tid);
	int fd = open(path, O_RDONLY);
	ssize_t got = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	/* It is "running" if the thread does not wait; a stop may have restarted the call. */
	return *text >= '0' && *text <= '9' &&
	       (nr == ANY_CALL || atol(text) == nr || atol(text) == SYS_restart_syscall);
}

/* Waits until it does. */
static inline void tracee_await_call(pid_t tid, long nr)
{
	while (!tracee_is_in_call(tid, nr))
		pause_poll();
}

#define TRACEE_RAIN_NS 5000000

/* Keeps sending an ignored signal to thread *TID (_Atomic pid_t). */
static inline void *tracee_send_ignored(void *tid)
{
	for (;;) {
		syscall(SYS_tgkill, getpid(), *(_Atomic pid_t *)tid, SIGWINCH);
		pause_pace(TRACEE_RAIN_NS);
	}
	return NULL;
}

#endif
