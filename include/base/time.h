/*
 * Units of time. Every time in the code is in nanoseconds of CLOCK_MONOTONIC and ends in _ns; who
 * may ask for the present time includes base/clock.h.
 */
#ifndef STOP_BASE_TIME_H
#define STOP_BASE_TIME_H

#include <stdint.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

#endif
