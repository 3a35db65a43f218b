/*
 * The present time: CLOCK_MONOTONIC in nanoseconds. For engines, which stamp events with it, and
 * for the session, which owns the time of each frame and hands it down: the model, reports and the
 * screen never ask. Any thread; cheap (the vdso answers, without a system call).
 */
#ifndef STOP_BASE_CLOCK_H
#define STOP_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "base/time.h"

static inline uint64_t clock_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

#endif
