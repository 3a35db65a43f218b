/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A short-lived child process for a system call that may never return, such as one on a file system
 * whose server does not respond: no signal interrupts that wait. Any thread.
 */
#ifndef STOP_BASE_SUBPROCESS_H
#define STOP_BASE_SUBPROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* A child process, which has no exit signal: waiting for any child does not find it. */
struct subprocess {
	pid_t pid;
	int fd; /* a pidfd */
};

/*
 * Forks a child that closes its descriptors, calls FUNCTION with ARGUMENT and exits. Other threads
 * may have held locks at the fork: FUNCTION must make system calls only. Returns 0 or -errno.
 */
int subprocess_start(struct subprocess *subprocess, void (*function)(const void *argument),
	const void *argument);

/* Whether the child has exited; waits for that, at most TIMEOUT_MS. */
bool subprocess_has_ended(const struct subprocess *subprocess, int timeout_ms);

/* Ends it: kills it if it is still running, and abandons it if even that does not end it. */
void subprocess_end(struct subprocess *subprocess);

/* Whether FUNCTION, called as above, returns within TIMEOUT_MS. */
bool subprocess_finishes(
	void (*function)(const void *argument), const void *argument, int timeout_ms);

#endif
