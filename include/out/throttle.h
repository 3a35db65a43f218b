/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps what a thread does for others to a share of a CPU: it rests once it has used more. Pure.
 */
#ifndef STOP_OUT_THROTTLE_H
#define STOP_OUT_THROTTLE_H

#include <stdint.h>

struct throttle {
	unsigned int share; /* it may use one in so many nanoseconds … */
	uint64_t burst_ns;  /* … and so much at once, after a rest */
	uint64_t now_ns;    /* at the last call */
	uint64_t cpu_ns;    /* used by then */
	int64_t balance_ns; /* what it may still use; negative: it has to rest */
};

/*
 * The thread has used CPU_NS since it began, at NOW_NS. Returns for how long it has to rest; 0: not
 * at all.
 */
uint64_t throttle_rest_ns(struct throttle *throttle, uint64_t now_ns, uint64_t cpu_ns);

#endif
