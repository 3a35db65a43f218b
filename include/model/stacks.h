/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls by stack.
 *
 * The end of a call and its stack arrive separately, in either order, and are matched by the number
 * of the copy:
 *
 *     EVENT_EXIT, number ──▶ is the stack known? ──yes──▶ added to it
 *                                  │ no: waits         ▲
 *     result, number, stack ───────┴───────────────────┘
 *
 * A number from STACK_COPY_LASTING on is of a stack that many calls have: these arrive as sums,
 * which wait likewise, and the stack stays known. If it is provisional, which code was there at the
 * time of a call is known later, and sums wait for that.
 *
 * Calls that were not captured, or whose stacks have not arrived yet, are the difference between a
 * call's own sums and those of its stacks: so the rows always add up. Memory is bounded: beyond
 * STACK_SUMS_MAX different stacks, the rest share one entry per call.
 *
 * Not locked: owned by the model.
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

/* Completed calls, aggregated. */
struct stack_count {
	uint64_t calls, errors, partial;
	uint64_t total_ns, max_ns;
};

/* The calls with one stack. */
struct stack_sum {
	uint32_t stack; /* its ID */
	struct stack_count span[SPAN_COUNT];
};

/* The stacks of one call. */
struct call_stacks {
	struct call call;
	struct map sums;        /* struct stack_sum by ID; owned */
	struct stack_sum other; /* those beyond the limit */
};

/* The stack with a lasting number. */
struct lasting_stack {
	uint32_t stack;    /* its ID */
	uint32_t later;    /* that of calls that ended after `until_ns`; 0: the same */
	uint64_t until_ns; /* 0: it is provisional */
};

struct stack_sums {
	uint64_t mark_ns; /* start of SPAN_MARKED; 0: there is no mark */
	struct map calls; /* struct call_stacks by call; owned */
	size_t count;     /* number of struct stack_sum, of all calls */
	struct map known; /* IDs by number, of calls in progress */
	uint32_t newest;  /* the last number of a call that has begun, as far as is known */
	struct map
		waiting; /* struct ended by number, of completed calls without a stack yet; owned */
	struct map lasting;      /* struct lasting_stack by number; owned */
	struct map waiting_sums; /* struct waiting_list by number; owned */
	size_t waiting_count;    /* number of sums in these */
	uint64_t known_ns;       /* provisional stacks are known of calls that ended until then */
};

/* Frees what SUMS owns; the zero value is empty. */
void stack_sums_clear(struct stack_sums *sums);

/* Adds a completed call that has a copy. Returns its stack, or 0 if it is not known yet. */
uint32_t stack_sums_ended(struct stack_sums *sums, const struct event_exit *exit);

/*
 * Sets the stack of a copy as EVENT says. If its call has completed, returns the thread, with the
 * call in *CALL; otherwise 0. If the number is lasting: the last of its calls.
 */
pid_t stack_sums_resolved(
	struct stack_sums *sums, const struct event_stack *event, struct call *call);

/* Provisional stacks are known of calls that ended until UNTIL_NS. */
void stack_sums_known(struct stack_sums *sums, uint64_t until_ns);

/* The stack with lasting NUMBER of a call that ended at END_NS; 0: it is not known yet. */
uint32_t stack_sums_lasting(const struct stack_sums *sums, uint32_t number, uint64_t end_ns);

/* Adds a call with STACK that completed at END_NS and has no copy. */
void stack_sums_add(struct stack_sums *sums, struct call call, const struct outcome *outcome,
	uint64_t end_ns, uint32_t stack);

/*
 * Adds the calls COUNTED in each span, made by thread TID, of which the last ended at END_NS, all
 * with the stack of the copy with NUMBER. Returns their stack, or 0 if it is not known yet.
 */
uint32_t stack_sums_add_many(struct stack_sums *sums, pid_t tid, struct call call, uint32_t number,
	uint64_t end_ns, const struct stack_count counted[SPAN_COUNT]);

/* Restarts SPAN_MARKED at MARK_NS; 0: ends it. */
void stack_sums_mark(struct stack_sums *sums, uint64_t mark_ns);

/*
 * Stores in *SEEN the part of OUTCOME, of a call that ended at END_NS, that an attach at MARK_NS
 * would have observed. False: there is no mark (0), or the call ended before it.
 */
bool outcome_since(
	const struct outcome *outcome, uint64_t end_ns, uint64_t mark_ns, struct outcome *seen);

/* A call with a copy that has NUMBER has begun. */
void stack_sums_begun(struct stack_sums *sums, uint32_t number);

/*
 * Whether the call of the copy with NUMBER, whose stack is known, is still to come: stacks may
 * arrive before the calls that they are of.
 */
bool stack_sums_is_early(const struct stack_sums *sums, uint32_t number);

/* The end of the call with NUMBER will not be reported. */
void stack_sums_forget(struct stack_sums *sums, uint32_t number);

/* The stack of a call in progress, by the number of its copy; 0: unknown. */
uint32_t stack_sums_now(const struct stack_sums *sums, uint32_t number);

/* The stacks of CALL, or NULL if there are none. */
const struct call_stacks *stack_sums_of(const struct stack_sums *sums, struct call call);

#endif
