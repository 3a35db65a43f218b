/*
 * Pauses. No result of a test depends on how long one takes: a test waits for a condition, with a
 * limit. What is left are three reasons to pause, with a function each; tests/lint/sleeps.sh finds
 * other ways to sleep.
 */
#ifndef STOP_TESTS_SUPPORT_PAUSE_H
#define STOP_TESTS_SUPPORT_PAUSE_H

#include <time.h>

static inline void pause_ns(long ns)
{
	const struct timespec time = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
	nanosleep(&time, NULL);
}

/* Between two checks of a condition that is waited for. */
static inline void pause_poll(void)
{
	pause_ns(500000);
}

/* Sets the pace of something that is repeated. */
static inline void pause_pace(long ns)
{
	pause_ns(ns);
}

/* Until a moment at which something is done or checked that has to work or hold at any moment. */
static inline void pause_moment(long ns)
{
	pause_ns(ns);
}

#endif
