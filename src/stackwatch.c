/* Whose stacks are wanted, and what became of them; see stackwatch.h. */
#include "config.h"

#include "stackwatch.h"

#include <stdatomic.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "trace/proc.h"

/* Debug information of a large program takes seconds to read, debug files more to be fetched. */
#define FINISH_NS        (5 * NS_PER_S)

/* Threads of which a report tells where in the kernel they wait, and how much of that. */
#define KERNEL_STACKS    64
#define KERNEL_STACK_MAX 2048

/* Whether CALL's stacks are wanted whoever looks. */
static bool is_always_wanted(const struct stackwatch *watch, struct call call)
{
	return watch->calls && callset_has(watch->calls, call);
}

int stackwatch_start(struct stackwatch *watch, struct interest *interest,
	const struct callset *calls, size_t limit)
{
	*watch = (struct stackwatch){.interest = interest, .calls = calls};
	for (uint32_t abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t nr = 0; nr < INTEREST_NUMBERS; nr++) {
			struct call call = {.nr = nr, .abi = abi};
			interest_set(
				interest, INTEREST_STACKS, call, is_always_wanted(watch, call));
		}
	}
	return stacks_new(limit, &watch->stacks);
}

void stackwatch_clear(struct stackwatch *watch)
{
	stacks_free(watch->stacks);
	*watch = (struct stackwatch){0};
}

struct capture_channel *stackwatch_channel(const struct stackwatch *watch)
{
	return watch->stacks ? stacks_channel(watch->stacks) : NULL;
}

void stackwatch_set(struct stackwatch *watch, const struct call *call, pid_t tid)
{
	if (!watch->stacks)
		return;
	if (watch->has_call)
		interest_set(watch->interest, INTEREST_STACKS, watch->call,
			is_always_wanted(watch, watch->call));
	watch->has_call = call != NULL;
	if (call) {
		watch->call = *call;
		interest_set(watch->interest, INTEREST_STACKS, *call, true);
	}
	watch->tid = tid;
	atomic_store_explicit(&watch->interest->stacks_of, tid, memory_order_relaxed);
}

void stackwatch_pump(struct stackwatch *watch, struct model *model)
{
	struct stack_result result;
	while (watch->stacks && stacks_next(watch->stacks, &result))
		model_feed_stack(model, result.number, result.stack);
}

void stackwatch_finish(struct stackwatch *watch, struct model *model)
{
	uint64_t until_ns = clock_now_ns() + FINISH_NS;
	while (watch->calls && !stacks_finish(watch->stacks) && clock_now_ns() < until_ns) {
		stackwatch_pump(watch, model);
		nanosleep(&(struct timespec){.tv_nsec = NS_PER_MS}, NULL);
	}
	stackwatch_pump(watch, model);
}

void stackwatch_stats(const struct stackwatch *watch, struct stacks_stats *stats)
{
	*stats = (struct stacks_stats){0};
	if (watch->stacks)
		stacks_stats(watch->stacks, stats);
}

void stackwatch_report(const struct stackwatch *watch, struct report *report)
{
	size_t left = watch->stacks && report->view.stacks ? KERNEL_STACKS : 0;
	for (size_t i = 0; i < report->thread_count && left; i++) {
		struct thread_row *row = &report->threads[i];
		char names[KERNEL_STACK_MAX];
		if (row->state != THREAD_IN_CALL || !row->stack)
			continue;
		left--;
		if (proc_kernel_stack(row->pid, row->tid, names, sizeof(names)) == 0)
			row->kernel = xstrdup(names);
	}
}
