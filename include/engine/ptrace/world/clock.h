/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time, sleeping and timers; part of world/world.h. Times are ns of CLOCK_MONOTONIC.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_CLOCK_H
#define STOP_ENGINE_PTRACE_WORLD_CLOCK_H

#include <stdint.h>
#include <time.h>

struct world;

struct world_clock {
	/* The current time. Any thread; cheap. */
	uint64_t (*now_ns)(struct world *world);

	/* Sleeps for SPAN_NS, less than a second; a kick may end it. Any thread. */
	void (*sleep)(struct world *world, uint64_t span_ns);

	/* Creates *TIMER, which kicks the calling thread. Tracer only. Returns 0 or -errno. */
	int (*new_timer)(struct world *world, timer_t *timer);

	/*
	 * Sets TIMER to kick at AT_NS (0: never), and every EVERY_NS after that (0: once). Tracer
	 * only.
	 */
	void (*set_timer)(struct world *world, timer_t timer, uint64_t at_ns, uint64_t every_ns);

	void (*free_timer)(struct world *world, timer_t timer);
};

#endif
