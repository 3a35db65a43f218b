/*
 * The time, sleeping and timers; a part of world/world.h. Times are ns of CLOCK_MONOTONIC.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_CLOCK_H
#define STOP_ENGINE_PTRACE_WORLD_CLOCK_H

#include <stdint.h>
#include <time.h>

struct world;

struct world_clock {
	/* The present time. Any thread; cheap. */
	uint64_t (*now_ns)(struct world *world);

	/* Sleeps for SPAN_NS, below a second; a kick may end it. Any thread. */
	void (*sleep)(struct world *world, uint64_t span_ns);

	/* Makes *TIMER, which kicks the calling thread. The tracer's. 0 or -errno. */
	int (*new_timer)(struct world *world, timer_t *timer);

	/*
	 * Sets TIMER to kick at AT_NS (0: never), and every EVERY_NS after that (0: once). The
	 * tracer's.
	 */
	void (*set_timer)(struct world *world, timer_t timer, uint64_t at_ns, uint64_t every_ns);

	void (*free_timer)(struct world *world, timer_t timer);
};

#endif
