/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls by stack; see model/stacks.h. */
#include "config.h"

#include "model/stacks.h"

#include <stdlib.h>

#include "base/alloc.h"
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

void stack_sums_mark(struct stack_sums *sums, uint64_t mark_ns)
{
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

uint32_t stack_sums_ended(struct stack_sums *sums, const struct event_exit *exit)
{
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

pid_t stack_sums_resolved(
	struct stack_sums *sums, uint32_t number, uint32_t stack, struct call *call)
{
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
	return number ? to_id(map_get(&sums->known, number)) : 0;
}

const struct call_stacks *stack_sums_of(const struct stack_sums *sums, struct call call)
{
	return map_get(&sums->calls, call_key(call));
}
