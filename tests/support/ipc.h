/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System V semaphores and queues outlive who has made them, and no signal handler runs when a test
 * is killed.
 */
#ifndef STOP_TESTS_SUPPORT_IPC_H
#define STOP_TESTS_SUPPORT_IPC_H

#include <sched.h>

/* What this process and its children make from now on is gone with them. Without privileges it is
 * not. */
static inline void ipc_ends_with_us(void)
{
	unshare(CLONE_NEWIPC);
}

#endif
