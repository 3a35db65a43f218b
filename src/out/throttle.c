/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A share of a CPU; see out/throttle.h. */
#include "config.h"

#include "out/throttle.h"

uint64_t throttle_rest_ns(struct throttle *throttle, uint64_t now_ns, uint64_t cpu_ns)
{
	int64_t burst_ns = (int64_t)throttle->burst_ns;
	int64_t earned_ns = (int64_t)((now_ns - throttle->now_ns) / throttle->share);
	/* Nothing is saved up beyond one burst. */
	int64_t balance_ns = earned_ns < burst_ns - throttle->balance_ns
	                             ? throttle->balance_ns + earned_ns
	                             : burst_ns;
	throttle->balance_ns = balance_ns - (int64_t)(cpu_ns - throttle->cpu_ns);
	throttle->now_ns = now_ns;
	throttle->cpu_ns = cpu_ns;
	return throttle->balance_ns < 0 ? (uint64_t)-throttle->balance_ns * throttle->share : 0;
}
