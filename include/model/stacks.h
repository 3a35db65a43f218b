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

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "event/event.h"
#include "model/thread_calls.h"
#include "stack/frame.h"

#define STACK_SUMS_MAX (64 << 10)

/* Calls that have ended, added up. */
struct stack_count {
	uint64_t calls, errors, partial;
	uint64_t total_ns, max_ns;
};

/* The calls from one stack. */
struct stack_sum {
	uint32_t stack; /* its id */
	struct stack_count span[SPAN_COUNT];
};

/* The stacks of one call. */
struct call_stacks {
	struct call call;
	struct map sums;        /* struct stack_sum by the id; owned */
	struct stack_sum other; /* those that found no room */
};

struct stack_sums {
	uint64_t mark_ns;   /* SPAN_MARKED is from then on; 0: there is no mark */
	struct map calls;   /* struct call_stacks by call; owned */
	size_t count;       /* struct stack_sum, of all calls */
	struct map known;   /* ids by number, of calls that have not ended */
	struct map waiting; /* struct ended by number, of calls without a stack yet; owned */
};

/* Frees what SUMS owns; the zero value is an empty one. */
void stack_sums_clear(struct stack_sums *sums);

/* A call with a copy has ended. Returns its stack, or 0 where that is not known yet. */
uint32_t stack_sums_ended(struct stack_sums *sums, const struct event_exit *exit);

/*
 * The copy with NUMBER has become STACK. Where it is of a call that has ended, returns whose with
 * the call in *CALL; else 0.
 */
pid_t stack_sums_resolved(
	struct stack_sums *sums, uint32_t number, uint32_t stack, struct call *call);

/* A call that was made from STACK has ended at END_NS; it has no copy. */
void stack_sums_add(struct stack_sums *sums, struct call call, const struct outcome *outcome,
	uint64_t end_ns, uint32_t stack);

/* Begins SPAN_MARKED anew at MARK_NS; 0: ends it. */
void stack_sums_mark(struct stack_sums *sums, uint64_t mark_ns);

/*
 * Makes *SEEN of OUTCOME, of a call that ended at END_NS, what an attach at MARK_NS would have seen
 * of it. False: there is no mark (0), or nothing of the call is behind it.
 */
bool outcome_since(
	const struct outcome *outcome, uint64_t end_ns, uint64_t mark_ns, struct outcome *seen);

/* No end will be reported of NUMBER's call. */
void stack_sums_forget(struct stack_sums *sums, uint32_t number);

/* The stack of a call that has not ended, by its copy's number; 0: it is not known. */
uint32_t stack_sums_now(const struct stack_sums *sums, uint32_t number);

/* The stacks of CALL, or NULL where there are none. */
const struct call_stacks *stack_sums_of(const struct stack_sums *sums, struct call call);

#endif
