/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks of threads; see model/model.h. */
#include "config.h"

#include "event/stack_copy.h"
#include "model/state.h"

/*
 * The stack of CALL that was observed for THREAD between BEGIN_NS and END_NS; 0: none.
 */
static uint32_t seen_stack(
	const struct thread *thread, struct call call, uint64_t begin_ns, uint64_t end_ns)
{
	bool is_same = call_equal(thread->seen.call, call) && thread->seen.time_ns >= begin_ns &&
	               thread->seen.time_ns <= end_ns;
	return is_same ? thread->seen.stack : 0;
}

uint32_t model_stack_now(const struct model *model, const struct thread *thread)
{
	uint32_t stack = stack_sums_now(&model->stacks, thread->enter.capture);
	if (stack || !thread->in)
		return stack;
	return seen_stack(thread, thread->in->call, thread->enter.event.time_ns, UINT64_MAX);
}

static void set_last(struct thread *thread, struct call call, uint32_t stack)
{
	thread->last.stack = stack;
	thread->last.call = call;
}

void model_end_stack(struct model *model, struct thread *thread, const struct event_exit *exit)
{
	const uint32_t missed = stack_special(STACK_MISSED)->id;
	uint64_t end_ns = exit->event.time_ns;
	uint32_t stack;
	if (exit->capture && exit->capture != STACK_COPY_MISSED) {
		stack = stack_sums_ended(&model->stacks, exit);
	} else {
		stack = seen_stack(thread, exit->call, end_ns - exit->outcome.duration_ns, end_ns);
		if (!stack && exit->capture)
			stack = missed;
		if (stack)
			stack_sums_add(&model->stacks, exit->call, &exit->outcome, end_ns, stack);
	}
	thread->last.capture = exit->capture;
	thread->last.end_ns = end_ns;
	if (stack && stack != missed)
		set_last(thread, exit->call, stack);
}

void model_end_stacks(struct model *model, struct thread *thread, const struct event_sum *sum,
	const struct stack_count counted[SPAN_COUNT])
{
	if (!sum->capture || !sum->counts.calls)
		return;
	uint32_t stack = stack_sums_add_many(
		&model->stacks, thread->tid, sum->call, sum->capture, sum->event.time_ns, counted);
	if (sum->capture == STACK_COPY_MISSED || sum->event.time_ns < thread->last.end_ns)
		return;
	thread->last.capture = sum->capture;
	thread->last.end_ns = sum->event.time_ns;
	if (!stack)
		stack = stack_sums_now(&model->stacks, sum->capture);
	if (stack)
		set_last(thread, sum->call, stack);
}

/* Applies the stack of a copy. */
static void resolve_copy(struct model *model, const struct event_stack *event)
{
	struct call call;
	pid_t tid = stack_sums_resolved(&model->stacks, event, &call);
	struct thread *thread = tid ? map_get(&model->threads, (uint64_t)tid) : NULL;
	if (thread && thread->last.capture == event->number)
		set_last(thread, call, event->stack);
	files_take_stack(&model->files, event->number, event->stack);
}

void model_apply_stacks_known(struct model *model, const struct event *event)
{
	stack_sums_known(&model->stacks, event->time_ns);
}

void model_apply_stack(struct model *model, const struct event *event)
{
	const struct event_stack *stack = (const struct event_stack *)event;
	if (!stack->stack)
		return;
	if (stack->number) {
		resolve_copy(model, stack);
		return;
	}
	struct thread *thread = map_get(&model->threads, (uint64_t)event->tid);
	if (!thread)
		return;
	thread->seen.stack = stack->stack;
	thread->seen.call = stack->call;
	thread->seen.time_ns = event->time_ns;
}
