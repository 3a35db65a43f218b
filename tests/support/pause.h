/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pauses. No result of a test depends on their length: a test waits for a condition, with a limit.
 * Three reasons to pause remain, with a function each; tests/lint/sleeps.sh finds other sleeps.
 */
#ifndef STOP_TESTS_SUPPORT_PAUSE_H
#define STOP_TESTS_SUPPORT_PAUSE_H

#include <time.h>

static inline void pause_ns(long ns)
{
	const struct timespec time = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
	nanosleep(&time, NULL);
}

/* Between two checks of a condition. */
static inline void pause_poll(void)
{
	pause_ns(500000);
}

/* Limits the rate of something that is repeated. */
static inline void pause_pace(long ns)
{
	pause_ns(ns);
}

/* Before something that has to work or hold at any time. */
static inline void pause_moment(long ns)
{
	pause_ns(ns);
}

#endif
