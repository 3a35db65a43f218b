/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known about the targets, built from events; see model/model.h. */
#include "config.h"

#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/state.h"

static void free_thread(struct thread *thread)
{
	thread_calls_clear(&thread->by_call);
	model_free_observation(thread);
	xfree(thread);
}

static void take(struct event_sink *sink, const struct event *event)
{
	model_apply((struct model *)sink, event);
}

struct event_sink *model_sink(struct model *model)
{
	return &model->sink;
}

struct model *model_new(uint64_t start_ns, const struct stack_lookup *lookup)
{
	struct model *model = xcalloc(1, sizeof(*model));
	model->sink.take = take;
	model->start_ns = model->tick.from_ns = model->tick.until_ns = start_ns;
	model->ended_last = &model->ended;
	files_init(&model->files);
	programs_init(&model->programs);
	if (lookup)
		model->lookup = *lookup;
	return model;
}

void model_free(struct model *model)
{
	if (!model)
		return;
	struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats) {
		for (int span = 0; span < SPAN_COUNT; span++)
			tally_clear(&stats->tally[span]);
		xfree(stats);
	}
	map_clear(&model->calls);
	struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread)
		free_thread(thread);
	map_clear(&model->threads);
	model_free_workers(model);
	while ((thread = model->ended)) {
		model->ended = thread->next;
		free_thread(thread);
	}
	stack_sums_clear(&model->stacks);
	sample_log_clear(&model->samples);
	files_clear(&model->files);
	programs_clear(&model->programs);
	xfree(model->notes);
	xfree(model);
}

/* Lookup. */

static struct call_stats *add_call(struct model *model, struct call call)
{
	struct call_stats *stats = xcalloc(1, sizeof(*stats));
	stats->call = call;
	stats->time_class = time_class_of_call(call);
	stats->idle_kind = idle_kind_of_call(call);
	stats->advice_group = advice_group_of(call);
	map_put(&model->calls, call_key(call), stats);
	return stats;
}

/* The statistics of CALL. Programs can use invalid numbers: beyond a limit they share one entry. */
static struct call_stats *stats_of(struct model *model, struct call call)
{
	struct call_stats *stats = map_get(&model->calls, call_key(call));
	if (stats)
		return stats;
	if (!syscall_lookup(call)) {
		if (model->unknown_calls >= MODEL_UNKNOWN_CALLS) {
			call.nr = MODEL_OTHER_NR;
			stats = map_get(&model->calls, call_key(call));
			return stats ? stats : add_call(model, call);
		}
		model->unknown_calls++;
	}
	return add_call(model, call);
}

/* The task of EVENT, added if it was never reported: then only its tid is known. */
static struct thread *thread_of(struct model *model, const struct event *event)
{
	struct thread *thread = map_get(&model->threads, (uint64_t)event->tid);
	if (thread)
		return thread;
	thread = xcalloc(1, sizeof(*thread));
	thread->tid = thread->pid = event->tid;
	thread->state_ns = event->time_ns;
	model_begin_time(thread, event->time_ns, false);
	map_put(&model->threads, (uint64_t)event->tid, thread);
	return thread;
}

/* Applying events. */

static void enter_call(const struct model *model, struct thread *thread, struct call_stats *stats,
	uint64_t since_ns)
{
	thread->in = stats;
	thread->idle_until_ns = 0;
	thread->is_idle = false;
	stats->in_progress++;
	for (enum span span = 0; span < SPAN_COUNT; span++)
		stats->since_sum_ns[span] += begin_in(model, span, since_ns);
}

static void leave_call(const struct model *model, struct thread *thread)
{
	struct call_stats *stats = thread->in;
	if (!stats)
		return;
	stats->in_progress--;
	for (enum span span = 0; span < SPAN_COUNT; span++)
		stats->since_sum_ns[span] -= begin_in(model, span, thread->enter.event.time_ns);
	thread->in = NULL;
}

static void apply_task(struct model *model, struct thread *thread, const struct event *event)
{
	const struct event_task *task = (const struct event_task *)event;
	if (task->is_new && !thread->time.is_known)
		model_begin_time(thread, event->time_ns, true);
	thread->pid = task->tgid;
	thread->parent = task->parent;
	thread->ns_tid = task->ns_tid;
	memcpy(thread->comm, task->comm, sizeof(thread->comm));
	thread->comm[TASK_COMM_SIZE - 1] = '\0';
	programs_task(model, thread, task);
}

static void apply_state(struct model *model, struct thread *thread, const struct event *event)
{
	const struct event_state *state = (const struct event_state *)event;
	model_count_state(thread, event->time_ns);
	if (!state->in_call)
		leave_call(model, thread);
	/* That it runs is reported again if it has left calls which are only known as sums. */
	if (thread->state != state->state || state->state == TASK_RUNNING)
		thread->state_ns = event->time_ns;
	thread->state = (enum task_state)state->state;
}

static void apply_enter(struct model *model, struct thread *thread, const struct event *event)
{
	model_count_state(thread, event->time_ns);
	leave_call(model, thread);
	uint32_t before = thread->enter.capture;
	thread->enter = *(const struct event_enter *)event;
	/* If the end of that call was reported, this does nothing; otherwise it was aggregated. */
	if (before && before != thread->enter.capture)
		stack_sums_forget(&model->stacks, before);
	stack_sums_begun(&model->stacks, thread->enter.capture);
	enter_call(model, thread, stats_of(model, thread->enter.call), event->time_ns);
	/* Adds an entry for a call in progress, even if it is the first. */
	thread_calls_of(&thread->by_call, thread->in->call);
}

static void apply_waker(struct model *model, struct thread *thread, const struct event *event)
{
	(void)model;
	thread->waker = *(const struct event_waker *)event;
	thread->waker.comm[TASK_COMM_SIZE - 1] = '\0';
}

static void add_sums(struct sums *sums, const struct sums *more)
{
	sums->calls += more->calls;
	sums->errors += more->errors;
	sums->bytes += more->bytes;
	sums->total_ns += more->total_ns;
	usage_add(&sums->usage, &more->usage);
	split_add(&sums->split, &more->split);
}

/* Adds MORE, calls of STATS by THREAD, to all counts of SPAN except the tally. */
static void count(struct model *model, enum span span, struct thread *thread,
	const struct call_stats *stats, const struct sums *more)
{
	if (call_is_request(stats->call)) {
		add_sums(&model->requests[span], more);
	} else {
		add_sums(&model->sums[span], more);
		add_sums(&thread->sums[span], more);
		if (span == SPAN_ALL)
			programs_count(thread, stats->time_class, more);
	}
	add_sums(&thread_calls_of(&thread->by_call, stats->call)->sums[span], more);
}

/* Adds one call to SPAN. */
static void count_one(struct model *model, enum span span, struct thread *thread,
	struct call_stats *stats, const struct outcome *outcome)
{
	const struct sums one = {
		.calls = 1,
		.errors = outcome->err != 0,
		.bytes = outcome->bytes,
		.total_ns = outcome->duration_ns,
	};
	const struct file_counts expected = {
		.calls = 1,
		.errors = one.errors,
		.in = one.bytes,
		.total_ns = one.total_ns,
	};
	tally_add(&stats->tally[span], outcome);
	count(model, span, thread, stats, &one);
	files_expect(&model->files, span, stats->call, &expected);
}

/* Adds one call that ended at END_NS to SPAN_MARKED, as an attach at the mark would have observed
 * it.
 */
static void count_marked(struct model *model, struct thread *thread, struct call_stats *stats,
	const struct outcome *outcome, uint64_t end_ns)
{
	struct outcome seen;
	if (outcome_since(outcome, end_ns, model->mark_ns, &seen))
		count_one(model, SPAN_MARKED, thread, stats, &seen);
}

static void apply_exit(struct model *model, struct thread *thread, const struct event *event)
{
	const struct event_exit *exit = (const struct event_exit *)event;
	struct call_stats *stats = stats_of(model, exit->call);
	leave_call(model, thread);
	model_count_state(thread, event->time_ns);
	model_count_time(thread, stats->time_class, 1, exit->outcome.duration_ns);
	thread->state_ns = event->time_ns;
	count_one(model, SPAN_ALL, thread, stats, &exit->outcome);
	count_marked(model, thread, stats, &exit->outcome, event->time_ns);
	model_end_stack(model, thread, exit);
}

/* Adds SUM to SPAN. */
static void count_sum(struct model *model, enum span span, struct thread *thread,
	struct call_stats *stats, const struct event_sum *sum)
{
	const struct tally_counts *counts = &sum->counts;
	const struct sums more = {
		.calls = counts->calls,
		.errors = counts->errors,
		.bytes = counts->bytes,
		.total_ns = counts->total_ns,
		.usage = counts->usage,
		.split = counts->split,
	};
	const struct file_counts expected = {
		.calls = more.calls,
		.errors = more.errors,
		.in = more.bytes,
		.total_ns = more.total_ns,
	};
	event_sum_add(sum, &stats->tally[span]);
	count(model, span, thread, stats, &more);
	if (sum->event.time_ns >= model->files.since_ns)
		files_expect(&model->files, span, sum->call, &expected);
}

/* The outcome of the only call in SUM. */
static struct outcome only_outcome(const struct event_sum *sum)
{
	const struct tally_counts *counts = &sum->counts;
	return (struct outcome){
		.duration_ns = counts->total_ns,
		.partial = counts->partial > 0,
		.err = sum->error_count ? (int)sum->item[sum->bucket_count].key : 0,
		.bytes = counts->bytes,
	};
}

/* The counts of SUM by stack. */
static struct stack_count stack_count_of(const struct event_sum *sum)
{
	return (struct stack_count){
		.calls = sum->counts.calls,
		.errors = sum->counts.errors,
		.partial = sum->counts.partial,
		.total_ns = sum->counts.total_ns,
		.max_ns = sum->counts.max_ns,
	};
}

/*
 * Adds SUM to SPAN_MARKED, as far as it is after the mark. A call in progress at the mark is a sum
 * of its own; no other sum spans the mark. Returns what was added.
 */
static struct stack_count count_sum_marked(struct model *model, struct thread *thread,
	struct call_stats *stats, const struct event_sum *sum)
{
	struct outcome seen;
	if (!model->mark_ns || sum->event.time_ns <= model->mark_ns)
		return (struct stack_count){0};
	if (sum->from_ns >= model->mark_ns || sum->counts.calls != 1) {
		count_sum(model, SPAN_MARKED, thread, stats, sum);
		return stack_count_of(sum);
	}
	const struct outcome outcome = only_outcome(sum);
	count_marked(model, thread, stats, &outcome, sum->event.time_ns);
	outcome_since(&outcome, sum->event.time_ns, model->mark_ns, &seen);
	return (struct stack_count){
		.calls = 1,
		.errors = seen.err != 0,
		.partial = seen.partial,
		.total_ns = seen.duration_ns,
		.max_ns = seen.duration_ns,
	};
}

static void apply_sum(struct model *model, struct thread *thread, const struct event *event)
{
	const struct event_sum *sum = (const struct event_sum *)event;
	struct call_stats *stats = stats_of(model, sum->call);
	struct stack_count counted[SPAN_COUNT] = {[SPAN_ALL] = stack_count_of(sum)};
	count_sum(model, SPAN_ALL, thread, stats, sum);
	/* A thread does not wait in its requests. */
	if (!call_is_request(sum->call))
		model_count_time(
			thread, stats->time_class, sum->counts.calls, sum->counts.total_ns);
	counted[SPAN_MARKED] = count_sum_marked(model, thread, stats, sum);
	model_end_stacks(model, thread, sum, counted);
}

/* Adds THREAD to the ended tasks, and drops the oldest of these if there are too many. */
static void keep_ended(struct model *model, struct thread *thread)
{
	*model->ended_last = thread;
	model->ended_last = &thread->next;
	if (++model->ended_kept <= MODEL_ENDED_TASKS)
		return;
	struct thread *oldest = model->ended;
	model->ended = oldest->next;
	model->ended_kept--;
	free_thread(oldest);
}

/* GONE says how THREAD has ended at NOW_NS; NULL: that was not seen. */
static void end_thread(
	struct model *model, struct thread *thread, const struct event_gone *gone, uint64_t now_ns)
{
	const struct proc_times *times = gone && gone->has_times ? &gone->times : NULL;
	model_end_time(model, thread, now_ns, times);
	leave_call(model, thread);
	model_free_observation(thread);
	map_remove(&model->threads, (uint64_t)thread->tid);
	thread->ended = true;
	thread->state_ns = now_ns;
	thread->exit_code = gone ? gone->exit_code : -1;
	thread->exit_signal = gone ? gone->exit_signal : 0;
	thread->rate.per_s = 0;
	programs_gone(model, thread, gone, now_ns);
	model->ended_threads++;
	keep_ended(model, thread);
}

static void apply_gone(struct model *model, struct thread *thread, const struct event *event)
{
	end_thread(model, thread, (const struct event_gone *)event, event->time_ns);
}

/* What the tasks do is not known until they are announced again. */
static void apply_resumed(struct model *model, const struct event *event)
{
	struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread) {
		leave_call(model, thread);
		thread->state = TASK_RUNNING;
		thread->state_ns = event->time_ns;
		model_begin_time(thread, event->time_ns, false);
		thread->awaited = true;
	}
	model_resume_cost(model);
	/* Nothing is known about the time in between: it is in no interval. */
	model->tick.from_ns = model->tick.until_ns = event->time_ns;
	model->tick.step_ns = 0;
	model->end = false;
	model->end_ns = 0;
	model->end_error = 0;
}

/* A thread that is still awaited, or NULL. */
static struct thread *awaited(const struct model *model)
{
	struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread) {
		if (thread->awaited)
			return thread;
	}
	return NULL;
}

static void apply_attached(struct model *model, const struct event *event)
{
	for (struct thread *thread; (thread = awaited(model)) != NULL;)
		end_thread(model, thread, NULL, event->time_ns);
}

static void apply_end(struct model *model, const struct event *event)
{
	model->end = true;
	model->end_ns = event->time_ns;
	model->end_error = ((const struct event_end *)event)->error;
}

static void apply_detail(struct model *model, const struct event *event)
{
	programs_detail(model, (const struct event_detail *)event);
	model_apply_detail(model, event);
}

/* Of no interest here. */
static void ignore(struct model *model, const struct event *event)
{
	(void)model, (void)event;
}

/*
 * The handler of each kind of event. Those of a thread create it if it does not exist yet; the
 * others are ignored for threads that have ended. Kinds without a handler are for other sinks.
 */
static const struct {
	void (*of_thread)(struct model *model, struct thread *thread, const struct event *event);
	void (*other)(struct model *model, const struct event *event);
} handlers[EVENT_TYPES] = {
	[EVENT_TASK] = {.of_thread = apply_task},
	[EVENT_STATE] = {.of_thread = apply_state},
	[EVENT_ENTER] = {.of_thread = apply_enter},
	[EVENT_EXIT] = {.of_thread = apply_exit},
	[EVENT_SUM] = {.of_thread = apply_sum},
	[EVENT_GONE] = {.of_thread = apply_gone},
	[EVENT_WAKER] = {.of_thread = apply_waker},
	[EVENT_DEATH_SIGNAL] = {.other = ignore},
	[EVENT_STACK] = {.other = model_apply_stack},
	[EVENT_STACKS_KNOWN] = {.other = model_apply_stacks_known},
	[EVENT_SAMPLE] = {.other = model_apply_sample},
	[EVENT_DETAIL] = {.other = apply_detail},
	[EVENT_COMMAND_LINE] = {.other = model_apply_command_line},
	[EVENT_OBSERVED] = {.other = model_apply_observed},
	[EVENT_WORKER] = {.other = model_apply_worker},
	[EVENT_PROCESS] = {.other = model_apply_process},
	[EVENT_KERNEL_STACK] = {.other = model_apply_kernel_stack},
	[EVENT_COST] = {.other = model_apply_cost},
	[EVENT_NOTE] = {.other = model_apply_note},
	[EVENT_RESUMED] = {.other = apply_resumed},
	[EVENT_ATTACHED] = {.other = apply_attached},
	[EVENT_END] = {.other = apply_end},
};

void model_apply(struct model *model, const struct event *event)
{
	descriptors_apply(model->files.descriptors, event);
	if (handlers[event->type].other) {
		handlers[event->type].other(model, event);
		return;
	}
	if (!handlers[event->type].of_thread)
		return;
	/* A task that is reported now has got the number of a worker that has ended. */
	if (model_forget_worker(model, event->tid) && event->type == EVENT_GONE)
		return;
	struct thread *thread = thread_of(model, event);
	thread->awaited = false;
	handlers[event->type].of_thread(model, thread, event);
}

/* Clears the counts of SPAN_MARKED. */
static void reset_marked(struct model *model)
{
	struct call_stats *stats;
	struct thread *thread;
	model->sums[SPAN_MARKED] = model->requests[SPAN_MARKED] = (struct sums){0};
	files_reset_marked(&model->files);
	MAP_FOR_EACH (&model->calls, at, stats) {
		tally_clear(&stats->tally[SPAN_MARKED]);
		stats->idle_ns[SPAN_MARKED] = 0;
	}
	MAP_FOR_EACH (&model->threads, at, thread) {
		thread->sums[SPAN_MARKED] = (struct sums){0};
		thread_calls_reset(&thread->by_call, SPAN_MARKED);
	}
	for (thread = model->ended; thread; thread = thread->next) {
		thread->sums[SPAN_MARKED] = (struct sums){0};
		thread_calls_reset(&thread->by_call, SPAN_MARKED);
	}
}

/* Recounts the calls in progress, from the mark or their start. */
static void recount_marked(struct model *model)
{
	struct thread *thread;
	struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats)
		stats->since_sum_ns[SPAN_MARKED] = 0;
	MAP_FOR_EACH (&model->threads, at, thread) {
		if (thread->in)
			thread->in->since_sum_ns[SPAN_MARKED] += begin_in(
				model, SPAN_MARKED, thread->enter.event.time_ns);
	}
}

void model_mark(struct model *model, uint64_t now_ns)
{
	model->mark_ns = now_ns;
	stack_sums_mark(&model->stacks, now_ns);
	reset_marked(model);
	recount_marked(model);
}

void model_unmark(struct model *model)
{
	model->mark_ns = 0;
	stack_sums_mark(&model->stacks, 0);
	recount_marked(model);
}

bool model_is_marked(const struct model *model)
{
	return model->mark_ns != 0;
}

void model_follow_files(struct model *model, bool wanted, uint64_t now_ns)
{
	files_switch(&model->files, wanted, now_ns);
}

bool model_follows_files(const struct model *model)
{
	return model->files.is_on;
}

struct descriptors *model_descriptors(const struct model *model)
{
	return model->files.descriptors;
}

bool model_has_ended(const struct model *model)
{
	return model->end;
}

uint64_t model_time(const struct model *model, uint64_t now_ns)
{
	return model->end && model->end_ns < now_ns ? model->end_ns : now_ns;
}
