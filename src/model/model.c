/* What is known of the targets; see model/model.h. */
#include "config.h"

#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/map.h"
#include "model/stacks.h"

/* Events in the interval that goes on, and the rate over the one before. */
struct rate {
	uint64_t at_tick; /* the count when the interval began */
	double per_s;
};

/* One kind of call. */
struct call_stats {
	struct call call;
	struct tally tally;    /* of those that have ended */
	uint64_t in_progress;  /* tasks in it now */
	uint64_t since_sum_ns; /* of these, the sum of their beginnings, modulo 2^64 */
	struct rate rate;
};

/* One task. */
struct thread {
	pid_t tid, pid, parent, ns_tid;
	char comm[TASK_COMM_SIZE];
	bool ended;
	int exit_code, exit_signal;
	enum task_state state;
	uint64_t state_ns;        /* since when it is in `state`, or out of its last call */
	struct call_stats *in;    /* the call that it is in, or NULL; not owned */
	struct event_enter enter; /* valid where `in` */
	uint64_t calls, errors, total_ns;
	struct rate rate;
	struct thread *next; /* of the ended ones, the next younger */
};

struct model {
	uint64_t start_ns, tick_ns;
	struct map calls;     /* struct call_stats by call; owned */
	size_t unknown_calls; /* of these, so many have a number that no table names */
	struct map threads;   /* living struct thread by tid; owned */
	struct thread *ended; /* the last ones that ended, oldest first; owned */
	struct thread **ended_last;
	size_t ended_kept;
	uint64_t ended_threads; /* ever */
	struct stack_sums stacks;
	uint64_t total_calls, total_errors;
	struct rate call_rate, error_rate;
	bool end;
	int end_error;
};

struct model *model_new(uint64_t start_ns)
{
	struct model *model = xcalloc(1, sizeof(*model));
	model->start_ns = model->tick_ns = start_ns;
	model->ended_last = &model->ended;
	return model;
}

void model_free(struct model *model)
{
	if (!model)
		return;
	struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats) {
		tally_clear(&stats->tally);
		free(stats);
	}
	map_clear(&model->calls);
	struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread)
		free(thread);
	map_clear(&model->threads);
	while ((thread = model->ended)) {
		model->ended = thread->next;
		free(thread);
	}
	stack_sums_clear(&model->stacks);
	free(model);
}

/* Looking things up. */

static uint64_t call_key(struct call call)
{
	return (uint64_t)call.abi << 32 | call.nr;
}

static struct call_stats *add_call(struct model *model, struct call call)
{
	struct call_stats *stats = xcalloc(1, sizeof(*stats));
	stats->call = call;
	map_put(&model->calls, call_key(call), stats);
	return stats;
}

/* The statistics of CALL. A program can make up numbers: past a bound they share one entry. */
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

/* The task that EVENT is about. One that was never announced is known by its tid alone. */
static struct thread *thread_of(struct model *model, const struct event *event)
{
	struct thread *thread = map_get(&model->threads, (uint64_t)event->tid);
	if (thread)
		return thread;
	thread = xcalloc(1, sizeof(*thread));
	thread->tid = thread->pid = event->tid;
	thread->state_ns = event->time_ns;
	map_put(&model->threads, (uint64_t)event->tid, thread);
	return thread;
}

/* Taking events in. */

static void enter_call(struct thread *thread, struct call_stats *stats, uint64_t since_ns)
{
	thread->in = stats;
	stats->in_progress++;
	stats->since_sum_ns += since_ns;
}

static void leave_call(struct thread *thread)
{
	if (!thread->in)
		return;
	thread->in->in_progress--;
	thread->in->since_sum_ns -= thread->enter.event.time_ns;
	thread->in = NULL;
}

static void feed_task(struct model *model, struct thread *thread, const struct event *event)
{
	(void)model;
	const struct event_task *task = (const struct event_task *)event;
	thread->pid = task->tgid;
	thread->parent = task->parent;
	thread->ns_tid = task->ns_tid;
	memcpy(thread->comm, task->comm, sizeof(thread->comm));
	thread->comm[TASK_COMM_SIZE - 1] = '\0';
}

static void feed_state(struct model *model, struct thread *thread, const struct event *event)
{
	(void)model;
	const struct event_state *state = (const struct event_state *)event;
	if (!state->in_call)
		leave_call(thread);
	if (thread->state != state->state)
		thread->state_ns = event->time_ns;
	thread->state = (enum task_state)state->state;
}

static void feed_enter(struct model *model, struct thread *thread, const struct event *event)
{
	leave_call(thread);
	uint64_t before = thread->enter.capture;
	thread->enter = *(const struct event_enter *)event;
	/* Where that call's end was told, this does nothing; else it was added up. */
	if (before && before != thread->enter.capture)
		stack_sums_forget(&model->stacks, before);
	enter_call(thread, stats_of(model, thread->enter.call), event->time_ns);
}

/* Adds to the sums that are not kept by call. */
static void count(struct model *model, struct thread *thread, uint64_t calls, uint64_t errors,
	uint64_t total_ns)
{
	thread->calls += calls;
	thread->errors += errors;
	thread->total_ns += total_ns;
	model->total_calls += calls;
	model->total_errors += errors;
}

static void feed_exit(struct model *model, struct thread *thread, const struct event *event)
{
	const struct event_exit *exit = (const struct event_exit *)event;
	leave_call(thread);
	thread->state_ns = event->time_ns;
	tally_add(&stats_of(model, exit->call)->tally, &exit->outcome);
	if (exit->capture)
		stack_sums_ended(&model->stacks, exit);
	count(model, thread, 1, exit->outcome.err != 0, exit->outcome.duration_ns);
}

static void feed_sum(struct model *model, struct thread *thread, const struct event *event)
{
	const struct event_sum *sum = (const struct event_sum *)event;
	tally_merge(&stats_of(model, sum->call)->tally, sum->tally);
	count(model, thread, sum->tally->calls, sum->tally->errors, sum->tally->total_ns);
	tally_clear(sum->tally);
	free(sum->tally);
}

/* Keeps THREAD among the ended ones, and lets the oldest of these go when they are too many. */
static void keep_ended(struct model *model, struct thread *thread)
{
	*model->ended_last = thread;
	model->ended_last = &thread->next;
	if (++model->ended_kept <= MODEL_ENDED_TASKS)
		return;
	struct thread *oldest = model->ended;
	model->ended = oldest->next;
	model->ended_kept--;
	free(oldest);
}

static void feed_gone(struct model *model, struct thread *thread, const struct event *event)
{
	const struct event_gone *gone = (const struct event_gone *)event;
	leave_call(thread);
	map_remove(&model->threads, (uint64_t)thread->tid);
	thread->ended = true;
	thread->state_ns = event->time_ns;
	thread->exit_code = gone->exit_code;
	thread->exit_signal = gone->exit_signal;
	thread->rate.per_s = 0;
	model->ended_threads++;
	keep_ended(model, thread);
}

typedef void feed(struct model *model, struct thread *thread, const struct event *event);

static feed *const feeds[] = {
	[EVENT_TASK] = feed_task,
	[EVENT_STATE] = feed_state,
	[EVENT_ENTER] = feed_enter,
	[EVENT_EXIT] = feed_exit,
	[EVENT_SUM] = feed_sum,
	[EVENT_GONE] = feed_gone,
};

void model_feed(struct model *model, const struct event *event)
{
	if (event->type == EVENT_END) {
		model->end = true;
		model->end_error = ((const struct event_end *)event)->error;
		return;
	}
	feeds[event->type](model, thread_of(model, event), event);
}

void model_feed_stack(struct model *model, uint64_t number, const struct stack *stack)
{
	stack_sums_resolved(&model->stacks, number, stack);
}

static void tick_rate(struct rate *rate, uint64_t total, double seconds)
{
	rate->per_s = (double)(total - rate->at_tick) / seconds;
	rate->at_tick = total;
}

void model_tick(struct model *model, uint64_t now_ns)
{
	if (now_ns <= model->tick_ns)
		return;
	double seconds = (double)(now_ns - model->tick_ns) / (double)NS_PER_S;
	model->tick_ns = now_ns;
	struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats)
		tick_rate(&stats->rate, stats->tally.calls, seconds);
	struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread)
		tick_rate(&thread->rate, thread->calls, seconds);
	tick_rate(&model->call_rate, model->total_calls, seconds);
	tick_rate(&model->error_rate, model->total_errors, seconds);
}

/* Views. */

bool call_filter_has(const struct call_filter *filter, struct call call)
{
	if (filter->set && !callset_has(filter->set, call))
		return false;
	if (!filter->classes)
		return true;
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc && (desc->classes & filter->classes);
}

/* The time so far of the calls in progress, all together. */
static uint64_t progress_ns(const struct call_stats *stats, uint64_t now_ns)
{
	uint64_t all_ns = stats->in_progress * now_ns - stats->since_sum_ns;
	/* An event can be later than the moment that is looked at. */
	return (int64_t)all_ns > 0 ? all_ns : 0;
}

static void name_call(struct call call, char name[CALL_NAME_MAX])
{
	if (call.nr == MODEL_OTHER_NR)
		strcpy(name, "syscall_other");
	else
		call_name(call, name);
}

/* A bucket's middle can lie outside of what was really met in it. */
static uint64_t quantile_ns(const struct tally *tally, double quantile)
{
	uint64_t value_ns = hist_quantile(&tally->hist, quantile);
	if (value_ns < tally->min_ns)
		return tally->min_ns;
	return value_ns < tally->max_ns ? value_ns : tally->max_ns;
}

static struct call_row make_row(const struct call_stats *stats, uint64_t now_ns)
{
	const struct syscall_desc *desc = syscall_lookup(stats->call);
	const struct tally *tally = &stats->tally;
	uint64_t total_ns = tally->total_ns + progress_ns(stats, now_ns);
	uint64_t count = tally->calls + stats->in_progress;
	struct call_row row = {
		.call = stats->call,
		.classes = desc ? desc->classes : 0,
		.calls = tally->calls,
		.errors = tally->errors,
		.partial = tally->partial,
		.in_progress = stats->in_progress,
		.rate = stats->rate.per_s,
		.total_ns = total_ns,
		.timed = tally->hist.count,
		.min_ns = tally->min_ns,
		.max_ns = tally->max_ns,
		.avg_ns = count ? (double)total_ns / (double)count : 0,
		.stddev_ns = tally_stddev_ns(tally),
		.p50_ns = quantile_ns(tally, 0.50),
		.p90_ns = quantile_ns(tally, 0.90),
		.p99_ns = quantile_ns(tally, 0.99),
		.marked = tally->partial && tally->partial_ns >= tally->total_ns / 100,
		.tally = tally,
	};
	name_call(stats->call, row.name);
	return row;
}

/* Where the rows of each call are, so that what threads are in can be added to them. */
static void add_longest(const struct model *model, const struct map *row_of, uint64_t now_ns)
{
	const struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread) {
		struct call_row *row = thread->in ? map_get(row_of, call_key(thread->in->call))
		                                  : NULL;
		if (!row || now_ns <= thread->enter.event.time_ns)
			continue;
		uint64_t so_far_ns = now_ns - thread->enter.event.time_ns;
		if (so_far_ns > row->longest_ns)
			row->longest_ns = so_far_ns;
		if (so_far_ns > row->max_ns)
			row->max_ns = so_far_ns;
	}
}

static void add_shares(struct call_row *rows, size_t count)
{
	double all_ns = 0;
	for (size_t i = 0; i < count; i++)
		all_ns += (double)rows[i].total_ns;
	for (size_t i = 0; i < count && all_ns > 0; i++)
		rows[i].share = (double)rows[i].total_ns / all_ns;
}

size_t model_calls(const struct model *model, const struct call_filter *filter, uint64_t now_ns,
	struct call_row **out)
{
	struct call_row *rows = xcalloc(model->calls.count, sizeof(*rows));
	struct map row_of = {0};
	size_t count = 0;
	const struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats) {
		if ((!stats->tally.calls && !stats->in_progress) ||
			!call_filter_has(filter, stats->call))
			continue;
		rows[count] = make_row(stats, now_ns);
		map_put(&row_of, call_key(stats->call), &rows[count]);
		count++;
	}
	add_longest(model, &row_of, now_ns);
	add_shares(rows, count);
	map_clear(&row_of);
	*out = rows;
	return count;
}

static enum thread_state state_of(const struct thread *thread)
{
	static const enum thread_state states[] = {
		[TASK_RUNNING] = THREAD_RUNNING,
		[TASK_STOPPED] = THREAD_STOPPED,
		[TASK_EXITING] = THREAD_EXITING,
	};
	if (thread->ended)
		return THREAD_ENDED;
	if (thread->state == TASK_RUNNING && thread->in)
		return THREAD_IN_CALL;
	return states[thread->state];
}

static struct thread_row make_thread_row(
	const struct model *model, const struct thread *thread, uint64_t now_ns)
{
	struct thread_row row = {
		.pid = thread->pid,
		.tid = thread->tid,
		.ns_tid = thread->ns_tid,
		.state = state_of(thread),
		.since_ns = thread->state_ns,
		.calls = thread->calls,
		.errors = thread->errors,
		.total_ns = thread->total_ns,
		.rate = thread->rate.per_s,
		.exit_code = thread->exit_code,
		.exit_signal = thread->exit_signal,
	};
	memcpy(row.comm, thread->comm, sizeof(row.comm));
	if (!thread->in)
		return row;
	row.in_call = true;
	row.call = thread->in->call;
	row.has_args = thread->enter.has_args;
	memcpy(row.args, thread->enter.args, sizeof(row.args));
	row.partial = thread->enter.partial;
	row.stack = stack_sums_now(&model->stacks, thread->enter.capture);
	row.since_ns = thread->enter.event.time_ns;
	if (now_ns > row.since_ns)
		row.total_ns += now_ns - row.since_ns;
	return row;
}

static int compare_threads(const void *left, const void *right)
{
	const struct thread_row *a = left, *b = right;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->tid > b->tid) - (a->tid < b->tid);
}

size_t model_threads(const struct model *model, uint64_t now_ns, struct thread_row **out)
{
	struct thread_row *rows = xcalloc(model->threads.count + model->ended_kept, sizeof(*rows));
	size_t count = 0;
	const struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread)
		rows[count++] = make_thread_row(model, thread, now_ns);
	for (thread = model->ended; thread; thread = thread->next)
		rows[count++] = make_thread_row(model, thread, now_ns);
	qsort(rows, count, sizeof(*rows), compare_threads);
	*out = rows;
	return count;
}

/* Rows of stacks, while they are being made. */
struct stack_rows {
	struct stack_row *row;
	size_t count, capacity;
};

static struct stack_row *add_stack_row(
	struct stack_rows *rows, const struct call_stats *stats, const struct stack_sum *sum)
{
	if (rows->count == rows->capacity) {
		rows->capacity = rows->capacity ? rows->capacity * 2 : 64;
		rows->row = xreallocarray(rows->row, rows->capacity, sizeof(*rows->row));
	}
	struct stack_row *row = &rows->row[rows->count++];
	*row = (struct stack_row){
		.stack = sum->stack,
		.call = stats->call,
		.calls = sum->calls,
		.errors = sum->errors,
		.partial = sum->partial,
		.total_ns = sum->total_ns,
		.max_ns = sum->max_ns,
	};
	return row;
}

/* Adds the tasks that are in the call of STATS now to the rows from FIRST on. */
static void add_present(const struct model *model, const struct call_stats *stats,
	struct stack_rows *rows, size_t first, uint64_t now_ns)
{
	struct map row_of = {0}; /* row numbers, plus 1, by stack */
	const struct thread *thread;
	for (size_t i = first; i < rows->count; i++)
		map_put(&row_of, (uint64_t)(uintptr_t)rows->row[i].stack,
			(void *)(uintptr_t)(i + 1));
	MAP_FOR_EACH (&model->threads, at, thread) {
		const struct stack *stack = thread->in == stats ? stack_sums_now(&model->stacks,
									  thread->enter.capture)
		                                                : NULL;
		if (!stack)
			continue;
		uint64_t key = (uint64_t)(uintptr_t)stack;
		if (!map_get(&row_of, key)) {
			add_stack_row(rows, stats, &(struct stack_sum){.stack = stack});
			map_put(&row_of, key, (void *)(uintptr_t)rows->count);
		}
		struct stack_row *row = &rows->row[(uintptr_t)map_get(&row_of, key) - 1];
		uint64_t since_ns = thread->enter.event.time_ns;
		uint64_t so_far_ns = now_ns > since_ns ? now_ns - since_ns : 0;
		row->in_progress++;
		row->total_ns += so_far_ns;
		if (so_far_ns > row->max_ns)
			row->max_ns = so_far_ns;
	}
	map_clear(&row_of);
}

/* What the call of STATS has more than its rows from FIRST on: what was not captured. */
static void add_rest(
	const struct call_stats *stats, struct stack_rows *rows, size_t first, uint64_t now_ns)
{
	uint64_t total_ns = stats->tally.total_ns + progress_ns(stats, now_ns), known_ns = 0;
	struct stack_sum rest = {
		.stack = stack_special(STACK_NONE),
		.calls = stats->tally.calls,
		.errors = stats->tally.errors,
		.partial = stats->tally.partial,
	};
	uint64_t in_progress = stats->in_progress;
	for (size_t i = first; i < rows->count; i++) {
		rest.calls -= rows->row[i].calls;
		rest.errors -= rows->row[i].errors;
		rest.partial -= rows->row[i].partial;
		in_progress -= rows->row[i].in_progress;
		known_ns += rows->row[i].total_ns;
	}
	rest.total_ns = total_ns > known_ns ? total_ns - known_ns : 0;
	if (rest.calls || in_progress)
		add_stack_row(rows, stats, &rest)->in_progress = in_progress;
}

static void finish_stack_rows(struct stack_row *rows, size_t count)
{
	uint64_t total_ns = 0, calls = 0;
	for (size_t i = 0; i < count; i++) {
		total_ns += rows[i].total_ns;
		calls += rows[i].calls + rows[i].in_progress;
	}
	for (size_t i = 0; i < count; i++) {
		uint64_t own = rows[i].calls + rows[i].in_progress;
		name_call(rows[i].call, rows[i].name);
		rows[i].avg_ns = own ? (double)rows[i].total_ns / (double)own : 0;
		rows[i].share = total_ns ? (double)rows[i].total_ns / (double)total_ns : 0;
		rows[i].call_share = calls ? (double)own / (double)calls : 0;
	}
}

size_t model_stacks(const struct model *model, const struct call_filter *filter, uint64_t now_ns,
	struct stack_row **out)
{
	struct stack_rows rows = {0};
	const struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats) {
		size_t first = rows.count;
		const struct call_stacks *stacks = stack_sums_of(&model->stacks, stats->call);
		const struct stack_sum *sum;
		if (!call_filter_has(filter, stats->call))
			continue;
		if (stacks) {
			MAP_FOR_EACH (&stacks->sums, inner, sum)
				add_stack_row(&rows, stats, sum);
			if (stacks->other.calls)
				add_stack_row(&rows, stats, &stacks->other);
		}
		add_present(model, stats, &rows, first, now_ns);
		/* A call of which no stack was ever wanted has no rows. */
		if (rows.count > first)
			add_rest(stats, &rows, first, now_ns);
		finish_stack_rows(rows.row + first, rows.count - first);
	}
	*out = rows.row;
	return rows.count;
}

static int compare_processes(const void *left, const void *right)
{
	const struct process_row *a = left, *b = right;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

size_t model_processes(const struct model *model, struct process_row **out)
{
	struct process_row *rows = xcalloc(model->threads.count, sizeof(*rows));
	struct map row_of = {0};
	size_t count = 0;
	const struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread) {
		struct process_row *row = map_get(&row_of, (uint64_t)thread->pid);
		if (!row) {
			row = &rows[count++];
			row->pid = thread->pid;
			row->parent = thread->parent;
			map_put(&row_of, (uint64_t)thread->pid, row);
		}
		row->threads++;
		/* The process is known by its leader's name, where the leader is traced. */
		if (row->threads == 1 || thread->tid == thread->pid)
			memcpy(row->comm, thread->comm, sizeof(row->comm));
	}
	map_clear(&row_of);
	qsort(rows, count, sizeof(*rows), compare_processes);
	*out = rows;
	return count;
}

/* How many different processes the living tasks belong to. */
static size_t count_processes(const struct model *model)
{
	struct process_row *rows;
	size_t count = model_processes(model, &rows);
	free(rows);
	return count;
}

void model_totals(const struct model *model, struct model_totals *totals)
{
	*totals = (struct model_totals){
		.start_ns = model->start_ns,
		.calls = model->total_calls,
		.errors = model->total_errors,
		.call_rate = model->call_rate.per_s,
		.error_rate = model->error_rate.per_s,
		.threads = model->threads.count,
		.processes = count_processes(model),
		.ended_threads = model->ended_threads,
		.ended = model->end,
		.end_error = model->end_error,
	};
	const struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats)
		totals->in_progress += stats->in_progress;
}
