/*
 * Calls by the stacks that they were made from.
 *
 * A call's end and its stack arrive by two ways, in either order, joined by the number of the copy:
 *
 *     EVENT_EXIT, number ──▶ is the stack known? ──yes──▶ added to it
 *                                  │ no: waits         ▲
 *     result, number, stack ───────┴───────────────────┘
 *
 * What was never captured, or is still on its way, is told as what a call's own sums have more than
 * its stacks together: so these add up to it at every moment. Memory is bounded: behind
 * STACK_SUMS_MAX different stacks the rest share one entry a call.
 *
 * Not locked: the model's.
 */
#ifndef STOP_MODEL_STACKS_H
#define STOP_MODEL_STACKS_H

#include <stdint.h>

#include "base/map.h"
#include "stack/frame.h"
#include "trace/event.h"

#define STACK_SUMS_MAX (64 << 10)

/* The calls from one stack. */
struct stack_sum {
	const struct stack *stack;
	uint64_t calls, errors, partial; /* ended */
	uint64_t total_ns, max_ns;
};

/* The stacks of one call. */
struct call_stacks {
	struct call call;
	struct map sums;        /* struct stack_sum by the stack's id; owned */
	struct stack_sum other; /* those that found no room */
};

struct stack_sums {
	struct map calls;   /* struct call_stacks by call; owned */
	size_t count;       /* struct stack_sum, of all calls */
	struct map known;   /* stacks by number, of calls that have not ended; not owned */
	struct map waiting; /* struct ended by number, of calls without a stack yet; owned */
};

/* Frees what SUMS owns; the zero value is an empty one. */
void stack_sums_clear(struct stack_sums *sums);

/* A call with a copy has ended. Its stack, or NULL where that is not known yet. */
const struct stack *stack_sums_ended(struct stack_sums *sums, const struct event_exit *exit);

/*
 * The copy with NUMBER has become STACK. Where it is of a call that has ended, returns whose with
 * the call in *CALL; else 0.
 */
pid_t stack_sums_resolved(
	struct stack_sums *sums, uint64_t number, const struct stack *stack, struct call *call);

/* A call that was made from STACK has ended; it has no copy. */
void stack_sums_add(struct stack_sums *sums, struct call call, const struct outcome *outcome,
	const struct stack *stack);

/* NUMBER's call will never be told to have ended. */
void stack_sums_forget(struct stack_sums *sums, uint64_t number);

/* The stack of a call that has not ended, by its copy's number; NULL: it is not known. */
const struct stack *stack_sums_now(const struct stack_sums *sums, uint64_t number);

/* The stacks of CALL, or NULL where there are none. */
const struct call_stacks *stack_sums_of(const struct stack_sums *sums, struct call call);

#endif
