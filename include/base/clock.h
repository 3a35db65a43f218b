/*
 * The one clock: nanoseconds of CLOCK_MONOTONIC. Every time in the code is of this clock and ends
 * in _ns. Any thread; cheap (the vdso answers, without a system call).
 */
#ifndef STOP_BASE_CLOCK_H
#define STOP_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

static inline uint64_t clock_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

#endif
