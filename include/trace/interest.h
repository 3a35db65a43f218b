/*
 * What somebody looks at, so that the tracer collects nothing else: written by the user interface,
 * read by the tracer at each stop, without a lock. One bit for each kind of detail and call.
 *
 * Relaxed memory order throughout: a bit says what to collect from now on and orders nothing else;
 * that a change is seen one stop later does no harm.
 */
#ifndef STOP_TRACE_INTEREST_H
#define STOP_TRACE_INTEREST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi/syscall.h"

/* What can be collected beyond the counts. */
enum interest_kind {
	INTEREST_ARGS, /* the arguments of a call in progress */
	INTEREST_KINDS,
};

#define INTEREST_NUMBERS \
	1024 /* call numbers with a bit of their own; the others share the last \
	      */

struct interest {
	_Atomic uint64_t bits[INTEREST_KINDS][ABI_COUNT][INTEREST_NUMBERS / 64];
};

/* Any thread: whether KIND is wanted of CALL. */
static inline bool interest_has(
	const struct interest *interest, enum interest_kind kind, struct call call)
{
	uint32_t nr = call.nr < INTEREST_NUMBERS ? call.nr : INTEREST_NUMBERS - 1;
	uint64_t word = atomic_load_explicit(
		&interest->bits[kind][call.abi][nr / 64], memory_order_relaxed);
	return word >> (nr % 64) & 1;
}

/* User interface: KIND is wanted of every call, or of none. */
void interest_set_all(struct interest *interest, enum interest_kind kind, bool wanted);

#endif
