/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of /proc share: children that wait to be killed.
 */
#ifndef STOP_TESTS_SUPPORT_CHILD_H
#define STOP_TESTS_SUPPORT_CHILD_H

#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/pause.h"

/* Limit on any wait, in ms. */
#define PATIENCE_MS 30000

/* Starts a child that waits to be killed. */
static inline pid_t start_child(void)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return child;
}

static inline void end_child(pid_t child)
{
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* The number of a process that no longer exists. */
static inline pid_t dead_process(void)
{
	pid_t child = start_child();
	end_child(child);
	return child;
}

#endif
