/*
 * Which calls one thread makes, and how often: its part of each call's counts.
 *
 * A thread makes few different calls, so this is a short array with what was met last in front of
 * it. Beyond THREAD_CALLS_MAX different calls the rest of them share one entry. One owner at a
 * time.
 */
#ifndef STOP_MODEL_THREAD_CALLS_H
#define STOP_MODEL_THREAD_CALLS_H

#include <stddef.h>
#include <stdint.h>

#include "abi/syscall.h"
#include "event/tally.h"

/* Different calls of a thread that are told vm_process. */
#define THREAD_CALLS_MAX   96

/* The number of the entry that the others share. */
#define THREAD_CALLS_OTHER UINT32_MAX

/* What numbers are counted over. */
enum span {
	SPAN_ALL,    /* since the tracing began */
	SPAN_MARKED, /* since the mark, where there is one */
	SPAN_COUNT,
};

/* Ended calls, added up. */
struct sums {
	uint64_t calls, errors, total_ns;
};

struct thread_call {
	struct call call;
	struct sums sums[SPAN_COUNT];
};

/* The zero value is empty. */
struct thread_calls {
	struct thread_call *entry; /* owned */
	size_t count, capacity;
};

/* The entry of CALL, which is made where there is none. Valid until the next call of this. */
struct thread_call *thread_calls_of(struct thread_calls *calls, struct call call);

/* Forgets what was counted over SPAN. */
void thread_calls_reset(struct thread_calls *calls, enum span span);

/* Frees what PARTS own, and makes them empty. */
void thread_calls_clear(struct thread_calls *calls);

#endif
