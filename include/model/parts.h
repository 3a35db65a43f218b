/*
 * Which calls one thread makes, and how often: its part of each call's counts.
 *
 * A thread makes few different calls, so this is a short array with what was met last in front of
 * it. Beyond PARTS_MAX different calls the rest of them share one entry. One owner at a time.
 */
#ifndef STOP_MODEL_PARTS_H
#define STOP_MODEL_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "abi/syscall.h"
#include "trace/tally.h"

/* Different calls of a thread that are told apart. */
#define PARTS_MAX   96

/* The number of the entry that the others share. */
#define PARTS_OTHER UINT32_MAX

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

struct part {
	struct call call;
	struct sums sums[SPAN_COUNT];
};

/* The zero value is empty. */
struct parts {
	struct part *part; /* owned */
	size_t count, capacity;
};

/* The entry of CALL, which is made where there is none. Valid until the next call of this. */
struct part *parts_of(struct parts *parts, struct call call);

/* Forgets what was counted over SPAN. */
void parts_reset(struct parts *parts, enum span span);

/* Frees what PARTS own, and makes them empty. */
void parts_clear(struct parts *parts);

#endif
