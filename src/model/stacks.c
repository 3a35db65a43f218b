/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls by stack; see model/stacks.h. */
#include "config.h"

#include "model/stacks.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "event/stack_copy.h"
#include "model/state.h"

/*
 * The stacks of calls that were aggregated because the ring was full are never looked up. Beyond
 * this number their map is cleared: calls then in progress count as not captured.
 */
#define KNOWN_MAX (256 << 10)

/* A completed call whose stack has not arrived yet. */
struct ended {
	pid_t tid; /* the thread that made it */
	struct call call;
	struct outcome outcome;
	uint64_t end_ns;
};

/* Completed calls of one kind whose stack, with a lasting number, has not arrived yet. */
struct waiting_sum {
	struct waiting_sum *next; /* of another call, with the same number */
	pid_t tid;                /* the thread that made the last ones */
	struct call call;
	struct stack_count span[SPAN_COUNT];
};

static void free_waiting(struct waiting_sum *sum)
{
	for (struct waiting_sum *next; sum; sum = next) {
		next = sum->next;
		free(sum);
	}
}

void stack_sums_clear(struct stack_sums *sums)
{
	struct call_stacks *stacks;
	MAP_FOR_EACH (&sums->calls, at, stacks) {
		struct stack_sum *sum;
		MAP_FOR_EACH (&stacks->sums, inner, sum)
			free(sum);
		map_clear(&stacks->sums);
		free(stacks);
	}
	struct ended *ended;
	MAP_FOR_EACH (&sums->waiting, at, ended)
		free(ended);
	map_clear(&sums->calls);
	map_clear(&sums->known);
	map_clear(&sums->waiting);
	struct waiting_sum *waiting;
	MAP_FOR_EACH (&sums->waiting_sums, at, waiting)
		free_waiting(waiting);
	map_clear(&sums->waiting_sums);
	map_clear(&sums->lasting);
	*sums = (struct stack_sums){0};
}

static struct call_stacks *stacks_of(struct stack_sums *sums, struct call call)
{
	struct call_stacks *stacks = map_get(&sums->calls, call_key(call));
	if (!stacks) {
		stacks = xcalloc(1, sizeof(*stacks));
		stacks->call = call;
		stacks->other.stack = stack_special(STACK_OTHER)->id;
		map_put(&sums->calls, call_key(call), stacks);
	}
	return stacks;
}

static struct stack_sum *sum_of(struct stack_sums *sums, struct call_stacks *stacks, uint32_t stack)
{
	struct stack_sum *sum = map_get(&stacks->sums, stack);
	if (sum)
		return sum;
	if (stack == stacks->other.stack || sums->count == STACK_SUMS_MAX)
		return &stacks->other;
	sum = xcalloc(1, sizeof(*sum));
	sum->stack = stack;
	sums->count++;
	map_put(&stacks->sums, stack, sum);
	return sum;
}

bool outcome_since(
	const struct outcome *outcome, uint64_t end_ns, uint64_t mark_ns, struct outcome *seen)
{
	if (!mark_ns || end_ns <= mark_ns)
		return false;
	*seen = *outcome;
	if (seen->duration_ns > end_ns - mark_ns) {
		seen->duration_ns = end_ns - mark_ns;
		seen->partial = true;
	}
	return true;
}

static void count(struct stack_count *count, const struct outcome *outcome)
{
	count->calls++;
	count->errors += outcome->err != 0;
	count->partial += outcome->partial;
	count->total_ns += outcome->duration_ns;
	if (outcome->duration_ns > count->max_ns)
		count->max_ns = outcome->duration_ns;
}

void stack_sums_add(struct stack_sums *sums, struct call call, const struct outcome *outcome,
	uint64_t end_ns, uint32_t stack)
{
	struct stack_sum *sum = sum_of(sums, stacks_of(sums, call), stack);
	struct outcome seen;
	count(&sum->span[SPAN_ALL], outcome);
	if (outcome_since(outcome, end_ns, sums->mark_ns, &seen))
		count(&sum->span[SPAN_MARKED], &seen);
}

static void add_counts(struct stack_count *count, const struct stack_count *more)
{
	count->calls += more->calls;
	count->errors += more->errors;
	count->partial += more->partial;
	count->total_ns += more->total_ns;
	if (more->max_ns > count->max_ns)
		count->max_ns = more->max_ns;
}

static void add_spans(
	struct stack_count span[SPAN_COUNT], const struct stack_count counted[SPAN_COUNT])
{
	for (enum span at = 0; at < SPAN_COUNT; at++)
		add_counts(&span[at], &counted[at]);
}

/* The sum of CALL that waits for the stack with NUMBER. */
static struct waiting_sum *waiting_sum_of(
	struct stack_sums *sums, uint32_t number, struct call call)
{
	struct waiting_sum *first = map_get(&sums->waiting_sums, number), *sum = first;
	while (sum && !call_equal(sum->call, call))
		sum = sum->next;
	if (sum)
		return sum;
	sum = xcalloc(1, sizeof(*sum));
	sum->call = call;
	sum->next = first;
	map_put(&sums->waiting_sums, number, sum);
	return sum;
}

void stack_sums_mark(struct stack_sums *sums, uint64_t mark_ns)
{
	struct waiting_sum *first;
	MAP_FOR_EACH (&sums->waiting_sums, inside, first) {
		for (struct waiting_sum *sum = first; sum; sum = sum->next)
			sum->span[SPAN_MARKED] = (struct stack_count){0};
	}
	struct call_stacks *stacks;
	sums->mark_ns = mark_ns;
	MAP_FOR_EACH (&sums->calls, at, stacks) {
		struct stack_sum *sum;
		MAP_FOR_EACH (&stacks->sums, inner, sum)
			sum->span[SPAN_MARKED] = (struct stack_count){0};
		stacks->other.span[SPAN_MARKED] = (struct stack_count){0};
	}
}

/* The map stores IDs, which are never 0, as pointers. */
static void *to_pointer(uint32_t id)
{
	return (void *)(uintptr_t)id;
}

static uint32_t to_id(const void *pointer)
{
	return (uint32_t)(uintptr_t)pointer;
}

bool stack_sums_is_early(const struct stack_sums *sums, uint32_t number)
{
	/* Numbers have 31 bits, and begin again. */
	return (int32_t)((number - sums->newest) << 1) > 0;
}

void stack_sums_begun(struct stack_sums *sums, uint32_t number)
{
	if (number < STACK_COPY_LASTING && stack_sums_is_early(sums, number))
		sums->newest = number;
}

uint32_t stack_sums_ended(struct stack_sums *sums, const struct event_exit *exit)
{
	stack_sums_begun(sums, exit->capture);
	uint32_t stack = to_id(map_remove(&sums->known, exit->capture));
	if (stack) {
		stack_sums_add(sums, exit->call, &exit->outcome, exit->event.time_ns, stack);
		return stack;
	}
	struct ended *ended = xcalloc(1, sizeof(*ended));
	ended->call = exit->call;
	ended->outcome = exit->outcome;
	ended->tid = exit->event.tid;
	ended->end_ns = exit->event.time_ns;
	free(map_put(&sums->waiting, exit->capture, ended));
	return 0;
}

uint32_t stack_sums_add_many(struct stack_sums *sums, pid_t tid, struct call call, uint32_t number,
	const struct stack_count counted[SPAN_COUNT])
{
	uint32_t stack = number == STACK_COPY_MISSED ? stack_special(STACK_MISSED)->id
	                                             : to_id(map_get(&sums->lasting, number));
	if (stack) {
		add_spans(sum_of(sums, stacks_of(sums, call), stack)->span, counted);
		return stack;
	}
	struct waiting_sum *waiting = waiting_sum_of(sums, number, call);
	waiting->tid = tid;
	add_spans(waiting->span, counted);
	return 0;
}

/* The same as stack_sums_resolved(), for a lasting number. */
static pid_t resolve_lasting(
	struct stack_sums *sums, uint32_t number, uint32_t stack, struct call *call)
{
	struct waiting_sum *first = map_remove(&sums->waiting_sums, number);
	pid_t tid = first ? first->tid : 0;
	if (first)
		*call = first->call;
	for (const struct waiting_sum *sum = first; sum; sum = sum->next)
		add_spans(sum_of(sums, stacks_of(sums, sum->call), stack)->span, sum->span);
	free_waiting(first);
	map_put(&sums->lasting, number, to_pointer(stack));
	return tid;
}

pid_t stack_sums_resolved(
	struct stack_sums *sums, uint32_t number, uint32_t stack, struct call *call)
{
	if (number >= STACK_COPY_LASTING)
		return resolve_lasting(sums, number, stack, call);
	struct ended *ended = map_remove(&sums->waiting, number);
	if (ended) {
		pid_t tid = ended->tid;
		*call = ended->call;
		stack_sums_add(sums, ended->call, &ended->outcome, ended->end_ns, stack);
		free(ended);
		return tid;
	}
	if (sums->known.count >= KNOWN_MAX)
		map_clear(&sums->known);
	map_put(&sums->known, number, to_pointer(stack));
	return 0;
}

void stack_sums_forget(struct stack_sums *sums, uint32_t number)
{
	map_remove(&sums->known, number);
}

uint32_t stack_sums_now(const struct stack_sums *sums, uint32_t number)
{
	const struct map *known = number >= STACK_COPY_LASTING ? &sums->lasting : &sums->known;
	return number ? to_id(map_get(known, number)) : 0;
}

const struct call_stacks *stack_sums_of(const struct stack_sums *sums, struct call call)
{
	return map_get(&sums->calls, call_key(call));
}
