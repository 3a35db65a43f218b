/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The current time: CLOCK_MONOTONIC in nanoseconds. Used by engines, which timestamp events, and by
 * the session, which reads the time once per frame and passes it down: the model, reports and the
 * screen never read the clock. Any thread; cheap (through the vdso, without a system call).
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
