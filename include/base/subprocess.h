/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A short-lived child process for a system call that may never return, such as one on a file system
 * whose server does not respond: no signal interrupts that wait. Any thread.
 */
#ifndef STOP_BASE_SUBPROCESS_H
#define STOP_BASE_SUBPROCESS_H

#include <stdbool.h>

/*
 * Forks a child that closes its descriptors, calls FUNCTION with ARGUMENT and exits. Returns
 * whether it exited within TIMEOUT_MS; otherwise it is killed, and abandoned if even that does not
 * end it. Other threads may have held locks at the fork: FUNCTION must make system calls only.
 */
bool subprocess_finishes(
	void (*function)(const void *argument), const void *argument, int timeout_ms);

#endif
