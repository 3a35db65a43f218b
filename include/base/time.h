/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Units of time. Every time in the code is in nanoseconds of CLOCK_MONOTONIC, and its name ends in
 * _ns. Layers that may read the clock include base/clock.h.
 */
#ifndef STOP_BASE_TIME_H
#define STOP_BASE_TIME_H

#include <stdint.h>

#define NS_PER_US UINT64_C(1000)
#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

#endif
