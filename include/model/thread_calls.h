/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Statistics of the calls of one thread.
 *
 * A thread makes few different calls, so this is a short array with frequent ones near the front.
 * Beyond THREAD_CALLS_MAX different calls, the rest share one entry. One owner at a time.
 */
#ifndef STOP_MODEL_THREAD_CALLS_H
#define STOP_MODEL_THREAD_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include "abi/syscall.h"
#include "event/tally.h"

/* Maximum number of different calls with their own entry. */
#define THREAD_CALLS_MAX   96

/* The call number of the entry shared by the others. */
#define THREAD_CALLS_OTHER UINT32_MAX

/* The period that counts refer to. */
enum span {
	SPAN_ALL,    /* since tracing began */
	SPAN_MARKED, /* since the mark, if there is one */
	SPAN_COUNT,
};

/* Completed calls, aggregated. */
struct sums {
	uint64_t calls, errors, bytes, total_ns;
	struct usage usage; /* as far as it is known, like the split */
	struct split split;
};

struct thread_call {
	struct call call;
	struct sums sums[SPAN_COUNT];
	uint64_t at_tick_ns; /* its time at the last tick, with that of one in progress */
	uint64_t last_ns;    /* of this, in the last interval */
};

/* The zero value is empty. */
struct thread_calls {
	struct thread_call *entry; /* owned */
	size_t count, capacity;
};

/* The entry of CALL, added if there is none. Valid until the next call of this function. */
struct thread_call *thread_calls_of(struct thread_calls *calls, struct call call);

/* Clears the counts of SPAN. */
void thread_calls_reset(struct thread_calls *calls, enum span span);

/* Frees what CALLS owns, and makes it empty. */
void thread_calls_clear(struct thread_calls *calls);

#endif
