/* The stacks that threads make their calls from; see model/model.h. */
#include "config.h"

#include "event/stack_copy.h"
#include "model/state.h"

/* The stack that THREAD was seen with in CALL, if that was between BEGIN_NS and END_NS. */
static const struct stack *seen_stack(
	const struct thread *thread, struct call call, uint64_t begin_ns, uint64_t end_ns)
{
	bool is_same = thread->seen.stack && call_equal(thread->seen.call, call) &&
	               thread->seen.time_ns >= begin_ns && thread->seen.time_ns <= end_ns;
	return is_same ? thread->seen.stack : NULL;
}

const struct stack *model_stack_now(const struct model *model, const struct thread *thread)
{
	const struct stack *stack = stack_sums_now(&model->stacks, thread->enter.capture);
	if (stack || !thread->in)
		return stack;
	return seen_stack(thread, thread->in->call, thread->enter.event.time_ns, UINT64_MAX);
}

static void set_last(struct thread *thread, struct call call, const struct stack *stack)
{
	thread->last.stack = stack;
	thread->last.call = call;
}

void model_end_stack(struct model *model, struct thread *thread, const struct event_exit *exit)
{
	uint64_t end_ns = exit->event.time_ns;
	const struct stack *stack;
	if (exit->capture && exit->capture != STACK_COPY_MISSED) {
		stack = stack_sums_ended(&model->stacks, exit);
	} else {
		stack = seen_stack(thread, exit->call, end_ns - exit->outcome.duration_ns, end_ns);
		if (!stack && exit->capture)
			stack = stack_special(STACK_MISSED);
		if (stack)
			stack_sums_add(&model->stacks, exit->call, &exit->outcome,
				exit->event.time_ns, stack);
	}
	thread->last.capture = exit->capture;
	if (stack && stack->end != STACK_MISSED)
		set_last(thread, exit->call, stack);
}

void model_feed_stack(struct model *model, uint64_t number, const struct stack *stack)
{
	struct call call;
	pid_t tid = stack_sums_resolved(&model->stacks, number, stack, &call);
	struct thread *thread = tid ? map_get(&model->threads, (uint64_t)tid) : NULL;
	if (thread && thread->last.capture == number)
		set_last(thread, call, stack);
}

void model_feed_seen(struct model *model, pid_t tid, struct call call, uint64_t time_ns,
	const struct stack *stack)
{
	struct thread *thread = map_get(&model->threads, (uint64_t)tid);
	if (!thread)
		return;
	thread->seen.stack = stack;
	thread->seen.call = call;
	thread->seen.time_ns = time_ns;
}
