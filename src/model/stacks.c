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
#define KNOWN_MAX   (256 << 10)

/* The stacks of completed calls may never arrive, in a trace. Beyond this number, they do not. */
#define WAITING_MAX (256 << 10)

/* A completed call whose stack has not arrived yet. */
struct ended {
	pid_t tid; /* the thread that made it */
	struct call call;
	struct outcome outcome;
	uint64_t end_ns;
};

/* Of so many sums that wait with one number, those of a call are added up. */
#define WAITING_APART 64

/* Completed calls of one kind whose stack, with a lasting number, is not known yet. */
struct waiting_sum {
	struct waiting_sum *next; /* an earlier one, with the same number */
	pid_t tid;                /* the thread that made the last ones */
	struct call call;
	uint64_t end_ns; /* when the last of them ended */
	struct stack_count span[SPAN_COUNT];
};

struct waiting_list {
	struct waiting_sum *first; /* the latest one; owned, as are all */
	size_t count;
};

static void free_waiting(struct waiting_list *list)
{
	for (struct waiting_sum *next, *sum = list->first; sum; sum = next) {
		next = sum->next;
		free(sum);
	}
	free(list);
}

static void forget_waiting(struct stack_sums *sums)
{
	struct ended *ended;
	MAP_FOR_EACH (&sums->waiting, at, ended)
		free(ended);
	map_clear(&sums->waiting);
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
	forget_waiting(sums);
	map_clear(&sums->calls);
	map_clear(&sums->known);
	struct waiting_list *waiting;
	MAP_FOR_EACH (&sums->waiting_sums, at, waiting)
		free_waiting(waiting);
	map_clear(&sums->waiting_sums);
	struct lasting_stack *lasting;
	MAP_FOR_EACH (&sums->lasting, at, lasting)
		free(lasting);
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

/* A sum of CALL that waits for the stack with NUMBER, to which calls that end now can be added. */
static struct waiting_sum *waiting_sum_of(
	struct stack_sums *sums, uint32_t number, struct call call)
{
	struct waiting_list *list = map_get(&sums->waiting_sums, number);
	if (!list) {
		list = xcalloc(1, sizeof(*list));
		map_put(&sums->waiting_sums, number, list);
	}
	struct waiting_sum *sum = list->count < WAITING_APART ? NULL : list->first;
	while (sum && !call_equal(sum->call, call))
		sum = sum->next;
	if (sum)
		return sum;
	sum = xcalloc(1, sizeof(*sum));
	sum->call = call;
	sum->next = list->first;
	list->first = sum;
	list->count++;
	sums->waiting_count++;
	return sum;
}

void stack_sums_mark(struct stack_sums *sums, uint64_t mark_ns)
{
	struct waiting_list *list;
	MAP_FOR_EACH (&sums->waiting_sums, inside, list) {
		for (struct waiting_sum *sum = list->first; sum; sum = sum->next)
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
	if (number && number < STACK_COPY_LASTING && stack_sums_is_early(sums, number))
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
	if (sums->waiting.count >= WAITING_MAX)
		forget_waiting(sums);
	struct ended *ended = xcalloc(1, sizeof(*ended));
	ended->call = exit->call;
	ended->outcome = exit->outcome;
	ended->tid = exit->event.tid;
	ended->end_ns = exit->event.time_ns;
	free(map_put(&sums->waiting, exit->capture, ended));
	return 0;
}

uint32_t stack_sums_lasting(const struct stack_sums *sums, uint32_t number, uint64_t end_ns)
{
	const struct lasting_stack *lasting = map_get(&sums->lasting, number);
	if (!lasting)
		return 0;
	if (lasting->later && end_ns > lasting->until_ns)
		return lasting->later;
	bool is_known = lasting->later || lasting->until_ns || end_ns <= sums->known_ns;
	return is_known ? lasting->stack : 0;
}

uint32_t stack_sums_add_many(struct stack_sums *sums, pid_t tid, struct call call, uint32_t number,
	uint64_t end_ns, const struct stack_count counted[SPAN_COUNT])
{
	uint32_t stack = number == STACK_COPY_MISSED ? stack_special(STACK_MISSED)->id
	                                             : stack_sums_lasting(sums, number, end_ns);
	if (stack) {
		add_spans(sum_of(sums, stacks_of(sums, call), stack)->span, counted);
		return stack;
	}
	struct waiting_sum *waiting = waiting_sum_of(sums, number, call);
	waiting->tid = tid;
	waiting->end_ns = end_ns;
	add_spans(waiting->span, counted);
	return 0;
}

/*
 * Adds those sums of LIST, with NUMBER, whose stack is known by now. Returns the last one, which
 * the caller frees, or NULL.
 */
static struct waiting_sum *add_known(
	struct stack_sums *sums, uint32_t number, struct waiting_list *list)
{
	struct waiting_sum *last = NULL;
	for (struct waiting_sum **link = &list->first; *link;) {
		struct waiting_sum *sum = *link;
		uint32_t stack = stack_sums_lasting(sums, number, sum->end_ns);
		if (!stack) {
			link = &sum->next;
			continue;
		}
		add_spans(sum_of(sums, stacks_of(sums, sum->call), stack)->span, sum->span);
		*link = sum->next;
		list->count--;
		sums->waiting_count--;
		if (last)
			free(sum);
		else
			last = sum;
	}
	return last;
}

/* Sets what EVENT says of a lasting number. */
static void set_lasting(struct stack_sums *sums, const struct event_stack *event)
{
	struct lasting_stack *lasting = map_get(&sums->lasting, event->number);
	bool is_later = lasting && !lasting->until_ns && !event->is_provisional;
	if (!lasting) {
		lasting = xcalloc(1, sizeof(*lasting));
		map_put(&sums->lasting, event->number, lasting);
	}
	if (is_later) {
		lasting->later = event->stack;
		lasting->until_ns = event->event.time_ns;
	} else {
		*lasting = (struct lasting_stack){
			.stack = event->stack,
			.until_ns = event->is_provisional ? 0 : UINT64_MAX,
		};
	}
}

/* The same as stack_sums_resolved(), for a lasting number. */
static pid_t resolve_lasting(
	struct stack_sums *sums, const struct event_stack *event, struct call *call)
{
	struct waiting_list *list = map_get(&sums->waiting_sums, event->number);
	set_lasting(sums, event);
	struct waiting_sum *last = list ? add_known(sums, event->number, list) : NULL;
	if (list && !list->first)
		free_waiting(map_remove(&sums->waiting_sums, event->number));
	if (!last)
		return 0;
	pid_t tid = last->tid;
	*call = last->call;
	free(last);
	return tid;
}

pid_t stack_sums_resolved(
	struct stack_sums *sums, const struct event_stack *event, struct call *call)
{
	uint32_t number = event->number;
	if (number >= STACK_COPY_LASTING)
		return resolve_lasting(sums, event, call);
	struct ended *ended = map_remove(&sums->waiting, number);
	if (ended) {
		pid_t tid = ended->tid;
		*call = ended->call;
		stack_sums_add(sums, ended->call, &ended->outcome, ended->end_ns, event->stack);
		free(ended);
		return tid;
	}
	if (sums->known.count >= KNOWN_MAX)
		map_clear(&sums->known);
	map_put(&sums->known, number, to_pointer(event->stack));
	return 0;
}

void stack_sums_known(struct stack_sums *sums, uint64_t until_ns)
{
	struct waiting_list *list;
	sums->known_ns = until_ns;
	if (!sums->waiting_count)
		return;
	MAP_FOR_EACH (&sums->waiting_sums, at, list)
		free(add_known(sums, (uint32_t)sums->waiting_sums.slots[at - 1].key, list));
}

void stack_sums_forget(struct stack_sums *sums, uint32_t number)
{
	map_remove(&sums->known, number);
}

uint32_t stack_sums_now(const struct stack_sums *sums, uint32_t number)
{
	const struct lasting_stack *lasting = number >= STACK_COPY_LASTING
	                                              ? map_get(&sums->lasting, number)
	                                              : NULL;
	if (number >= STACK_COPY_LASTING)
		return !lasting ? 0 : lasting->later ? lasting->later : lasting->stack;
	return number ? to_id(map_get(&sums->known, number)) : 0;
}

const struct call_stacks *stack_sums_of(const struct stack_sums *sums, struct call call)
{
	return map_get(&sums->calls, call_key(call));
}
