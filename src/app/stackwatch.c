/* Whose stacks are wanted, and what became of them; see app/stackwatch.h. */
#include "config.h"

#include "app/stackwatch.h"

#include <stdatomic.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "proc/proc.h"

/* Debug information of a large program takes seconds to read, debug files more to be fetched. */
#define FINISH_NS        (5 * NS_PER_S)

/* Threads of which a report tells where in the kernel they wait, and how much of that. */
#define KERNEL_STACKS    64
#define KERNEL_STACK_MAX 2048

/* Threads that are looked at after a report, where they wait in calls that were not captured. */
#define PEEKS            64

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

struct stack_copy_channel *stackwatch_channel(const struct stackwatch *watch)
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

static void feed(struct model *model, const struct stack_result *result)
{
	struct call call = {.nr = result->nr, .abi = ABI_NATIVE};
	if (result->number)
		model_feed_stack(model, result->number, result->stack);
	else
		model_feed_seen(model, result->tid, call, result->time_ns, result->stack);
}

void stackwatch_pump(struct stackwatch *watch, struct model *model)
{
	struct stack_result result;
	while (watch->stacks && stacks_next(watch->stacks, &result))
		feed(model, &result);
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

/*
 * Whether ROW is of a thread that waits in a call without a copy, though somebody looks: the call
 * began before the look, or the thread could not be stopped at the attach.
 */
static bool is_unseen(const struct stackwatch *watch, const struct thread_row *row)
{
	return row->state == THREAD_IN_CALL && !row->stack && row->call.abi == ABI_NATIVE &&
	       interest_has_stack(watch->interest, row->call, row->tid);
}

static void add_kernel_stack(struct report *report, struct thread_row *row)
{
	char names[KERNEL_STACK_MAX];
	if (proc_kernel_stack(row->pid, row->tid, names, sizeof(names)) < 0)
		return;
	row->kernel = xstrdup(names);
	if (report->detail.subject.kind == SUBJECT_THREAD && report->detail.thread.tid == row->tid)
		report->detail.thread.kernel = row->kernel;
}

void stackwatch_report(const struct stackwatch *watch, struct report *report)
{
	size_t kernel_left = watch->stacks && report->view.stacks ? KERNEL_STACKS : 0;
	size_t peeks_left = watch->stacks && !report->facts.final ? PEEKS : 0;
	for (size_t i = 0; i < report->thread_count; i++) {
		struct thread_row *row = &report->threads[i];
		bool is_watched = watch->stacks && row->tid == watch->tid;
		if (row->state == THREAD_IN_CALL && (is_watched || (row->stack && kernel_left))) {
			add_kernel_stack(report, row);
			kernel_left -= !is_watched;
		}
		if (peeks_left && is_unseen(watch, row)) {
			stacks_peek(watch->stacks, row->pid, row->tid, row->call.nr);
			peeks_left--;
		}
	}
}
