/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a thread has spent a period of time, from what the kernel and the engine have counted.
 *
 *     wall time = on a CPU (user, kernel) + waiting for a CPU (runnable) + asleep
 *     asleep    = waiting in calls, by class + stopped by job control + stopped by tracing + …
 *
 * The first line comes from the scheduler's records and is exact, apart from the split into user
 * and kernel, which the kernel samples at clock ticks. The second is inferred: calls take their
 * whole latency, of which a part was spent on a CPU, or is tracing's own. Whether short calls have
 * waited at all is known from how often the thread was given a CPU: each of the two stops of a call
 * accounts for one time, each real wait for another. What cannot be attributed is unknown. Pure;
 * any thread.
 */
#ifndef STOP_MODEL_TIME_SPLIT_H
#define STOP_MODEL_TIME_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/time_class.h"

/* What was counted over the period. */
struct time_sample {
	uint64_t wall_ns;
	uint64_t cpu_ns;    /* on a CPU */
	uint64_t user_ns;   /* of this, in user mode */
	uint64_t kernel_ns; /* and in the kernel; the rest is unknown */
	bool is_exact;      /* the scheduler's records are known: the following two */
	uint64_t queued_ns; /* waiting for a CPU */
	uint64_t runs;      /* number of times that it got one */
	bool is_runnable;   /* at the end it ran, or has waited for a CPU since some time before */

	uint64_t
		call_ns[TIME_COUNT]; /* in calls, by class; 0 for others than TIME_WAIT to _OTHER */
	uint64_t calls[TIME_COUNT];  /* number of these, including those in progress */
	uint64_t ended;              /* of all these, the completed ones */
	bool is_never_stopped;       /* tracing does not stop it at calls */
	uint64_t minimum_ns;         /* latency that even an empty call shows; 0: unknown */
	uint64_t stopped_ns;         /* stopped by job control, outside of calls */
	uint64_t exiting_ns;         /* a leader that waits for its threads */
	bool is_frozen;              /* it is asleep because it is frozen */
	bool was_stopped; /* by job control at the beginning or the end, and stopped_ns has only
	                     what the engine has seen of that */
};

/*
 * Stores in NS how the time of SAMPLE was spent: the sum is wall_ns. Returns how much of this the
 * thread is taken to have waited for a CPU that it did not get yet: the kernel books that when it
 * does.
 */
uint64_t time_split(const struct time_sample *sample, uint64_t ns[TIME_COUNT]);

#endif
