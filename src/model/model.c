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
	enum use use;
	struct tally tally[SPAN_COUNT];    /* of those that have ended */
	uint64_t in_progress;              /* tasks in it now */
	uint64_t since_sum_ns[SPAN_COUNT]; /* of these, the sum of their beginnings in the span,
	                                      modulo 2^64 */
	struct rate rate;
	struct history history; /* of the rate */
	uint64_t spent_ns;      /* at the last tick: all time in it, calls in progress included */
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
	struct sums sums[SPAN_COUNT];
	struct parts parts; /* by call */
	struct rate rate;
	uint64_t born_ns;    /* when it was first heard of */
	bool awaited;        /* nothing was heard of it since model_resume() */
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
	struct sums sums[SPAN_COUNT];
	struct rate call_rate, error_rate;
	struct history history; /* of the call rate */
	uint64_t mark_ns;       /* 0: there is no mark */
	uint64_t gone_ns;       /* what tasks that ended in this interval lived of it */
	double use[USE_COUNT];  /* of the last interval */
	bool end;
	int end_error;
};

static void free_thread(struct thread *thread)
{
	parts_clear(&thread->parts);
	free(thread);
}

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
		for (int span = 0; span < SPAN_COUNT; span++)
			tally_clear(&stats->tally[span]);
		free(stats);
	}
	map_clear(&model->calls);
	struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread)
		free_thread(thread);
	map_clear(&model->threads);
	while ((thread = model->ended)) {
		model->ended = thread->next;
		free_thread(thread);
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
	stats->use = use_of_call(call);
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
	thread->state_ns = thread->born_ns = event->time_ns;
	map_put(&model->threads, (uint64_t)event->tid, thread);
	return thread;
}

/* Taking events in. */

/* When the call that began at BEGIN_NS began in SPAN: with the mark, where that came later. */
static uint64_t begin_in(const struct model *model, enum span span, uint64_t begin_ns)
{
	return span == SPAN_MARKED && begin_ns < model->mark_ns ? model->mark_ns : begin_ns;
}

static void enter_call(const struct model *model, struct thread *thread, struct call_stats *stats,
	uint64_t since_ns)
{
	thread->in = stats;
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
	const struct event_state *state = (const struct event_state *)event;
	if (!state->in_call)
		leave_call(model, thread);
	if (thread->state != state->state)
		thread->state_ns = event->time_ns;
	thread->state = (enum task_state)state->state;
}

static void feed_enter(struct model *model, struct thread *thread, const struct event *event)
{
	leave_call(model, thread);
	uint32_t before = thread->enter.capture;
	thread->enter = *(const struct event_enter *)event;
	/* Where that call's end was told, this does nothing; else it was added up. */
	if (before && before != thread->enter.capture)
		stack_sums_forget(&model->stacks, before);
	enter_call(model, thread, stats_of(model, thread->enter.call), event->time_ns);
	/* So that a call in progress is among the thread's calls, also when it is the first. */
	parts_of(&thread->parts, thread->in->call);
}

static void add_sums(struct sums *sums, const struct sums *more)
{
	sums->calls += more->calls;
	sums->errors += more->errors;
	sums->total_ns += more->total_ns;
}

/* Adds MORE, calls of STATS that THREAD made, to what is kept over SPAN beside the tally. */
static void count(struct model *model, enum span span, struct thread *thread,
	const struct call_stats *stats, const struct sums *more)
{
	add_sums(&model->sums[span], more);
	add_sums(&thread->sums[span], more);
	add_sums(&parts_of(&thread->parts, stats->call)->sums[span], more);
}

/* Adds one call over SPAN. */
static void count_one(struct model *model, enum span span, struct thread *thread,
	struct call_stats *stats, const struct outcome *outcome)
{
	const struct sums one = {1, outcome->err != 0, outcome->duration_ns};
	tally_add(&stats->tally[span], outcome);
	count(model, span, thread, stats, &one);
}

/* Adds one call that ended at END_NS since the mark, as an attach at the mark would have seen it.
 */
static void count_marked(struct model *model, struct thread *thread, struct call_stats *stats,
	const struct outcome *outcome, uint64_t end_ns)
{
	struct outcome seen = *outcome;
	if (!model->mark_ns || end_ns <= model->mark_ns)
		return;
	if (seen.duration_ns > end_ns - model->mark_ns) {
		seen.duration_ns = end_ns - model->mark_ns;
		seen.partial = true;
	}
	count_one(model, SPAN_MARKED, thread, stats, &seen);
}

static void feed_exit(struct model *model, struct thread *thread, const struct event *event)
{
	const struct event_exit *exit = (const struct event_exit *)event;
	struct call_stats *stats = stats_of(model, exit->call);
	leave_call(model, thread);
	thread->state_ns = event->time_ns;
	count_one(model, SPAN_ALL, thread, stats, &exit->outcome);
	count_marked(model, thread, stats, &exit->outcome, event->time_ns);
	if (exit->capture)
		stack_sums_ended(&model->stacks, exit);
}

/* Calls that the tracer added up around the mark count as made after it. */
static void feed_sum(struct model *model, struct thread *thread, const struct event *event)
{
	const struct event_sum *sum = (const struct event_sum *)event;
	struct call_stats *stats = stats_of(model, sum->call);
	const struct sums more = {sum->tally->calls, sum->tally->errors, sum->tally->total_ns};
	for (enum span span = 0; span < SPAN_COUNT; span++) {
		if (span == SPAN_MARKED && (!model->mark_ns || event->time_ns <= model->mark_ns))
			continue;
		tally_merge(&stats->tally[span], sum->tally);
		count(model, span, thread, stats, &more);
	}
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
	free_thread(oldest);
}

/* How long THREAD has lived since the last tick. */
static uint64_t lived_ns(const struct model *model, const struct thread *thread, uint64_t now_ns)
{
	uint64_t from_ns = thread->born_ns > model->tick_ns ? thread->born_ns : model->tick_ns;
	return now_ns > from_ns ? now_ns - from_ns : 0;
}

static void end_thread(
	struct model *model, struct thread *thread, int exit_code, int exit_signal, uint64_t now_ns)
{
	leave_call(model, thread);
	map_remove(&model->threads, (uint64_t)thread->tid);
	model->gone_ns += lived_ns(model, thread, now_ns);
	thread->ended = true;
	thread->state_ns = now_ns;
	thread->exit_code = exit_code;
	thread->exit_signal = exit_signal;
	thread->rate.per_s = 0;
	model->ended_threads++;
	keep_ended(model, thread);
}

static void feed_gone(struct model *model, struct thread *thread, const struct event *event)
{
	const struct event_gone *gone = (const struct event_gone *)event;
	end_thread(model, thread, gone->exit_code, gone->exit_signal, event->time_ns);
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
	struct thread *thread = thread_of(model, event);
	thread->awaited = false;
	feeds[event->type](model, thread, event);
}

void model_resume(struct model *model, uint64_t now_ns)
{
	struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread) {
		leave_call(model, thread);
		thread->state = TASK_RUNNING;
		thread->state_ns = now_ns;
		thread->awaited = true;
	}
	model->end = false;
	model->end_error = 0;
}

/* Some thread that is still awaited, or NULL. */
static struct thread *awaited(const struct model *model)
{
	struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread) {
		if (thread->awaited)
			return thread;
	}
	return NULL;
}

void model_settle(struct model *model, uint64_t now_ns)
{
	for (struct thread *thread; (thread = awaited(model)) != NULL;)
		end_thread(model, thread, -1, 0, now_ns);
}

/* Empties what is kept over SPAN_MARKED. */
static void reset_marked(struct model *model)
{
	struct call_stats *stats;
	struct thread *thread;
	model->sums[SPAN_MARKED] = (struct sums){0};
	MAP_FOR_EACH (&model->calls, at, stats)
		tally_clear(&stats->tally[SPAN_MARKED]);
	MAP_FOR_EACH (&model->threads, at, thread) {
		thread->sums[SPAN_MARKED] = (struct sums){0};
		parts_reset(&thread->parts, SPAN_MARKED);
	}
	for (thread = model->ended; thread; thread = thread->next) {
		thread->sums[SPAN_MARKED] = (struct sums){0};
		parts_reset(&thread->parts, SPAN_MARKED);
	}
}

/* Counts the calls in progress anew, from the moment of the mark or from their beginnings. */
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
	reset_marked(model);
	recount_marked(model);
}

void model_unmark(struct model *model)
{
	model->mark_ns = 0;
	recount_marked(model);
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

/* The time so far of the calls in progress, all together, as far as it is in SPAN. */
static uint64_t progress_ns(const struct call_stats *stats, enum span span, uint64_t now_ns)
{
	uint64_t all_ns = stats->in_progress * now_ns - stats->since_sum_ns[span];
	/* An event can be later than the moment that is looked at. */
	return (int64_t)all_ns > 0 ? all_ns : 0;
}

/* What the threads lived in the interval, all together, with what was not for calls in USE. */
static uint64_t tick_threads(struct model *model, uint64_t now_ns, double seconds, double use[])
{
	uint64_t all_ns = model->gone_ns;
	struct thread *thread;
	model->gone_ns = 0;
	MAP_FOR_EACH (&model->threads, at, thread) {
		uint64_t ns = lived_ns(model, thread, now_ns);
		all_ns += ns;
		if (thread->state == TASK_STOPPED && !thread->in)
			use[USE_STOPPED] += (double)ns;
		if (thread->state == TASK_EXITING && !thread->in)
			use[USE_WAIT] += (double)ns;
		tick_rate(&thread->rate, thread->sums[SPAN_ALL].calls, seconds);
	}
	return all_ns;
}

/* Adds what the interval's time in calls was for to USE. */
static void tick_calls(struct model *model, uint64_t now_ns, double seconds, double use[])
{
	struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats) {
		const struct tally *tally = &stats->tally[SPAN_ALL];
		uint64_t spent_ns = tally->total_ns + progress_ns(stats, SPAN_ALL, now_ns);
		if (spent_ns > stats->spent_ns)
			use[stats->use] += (double)(spent_ns - stats->spent_ns);
		stats->spent_ns = spent_ns;
		tick_rate(&stats->rate, tally->calls, seconds);
		history_add(&stats->history, stats->rate.per_s);
	}
}

/* Makes shares of times: what of ALL_NS went into nothing else was user code's. */
static void share_use(double use[], double all_ns)
{
	double sum_ns = 0;
	for (int id = 0; id < USE_COUNT; id++)
		sum_ns += use[id];
	if (all_ns > sum_ns) {
		use[USE_USER] = all_ns - sum_ns;
		sum_ns = all_ns;
	}
	for (int id = 0; id < USE_COUNT && sum_ns > 0; id++)
		use[id] /= sum_ns;
}

void model_tick(struct model *model, uint64_t now_ns)
{
	double use[USE_COUNT] = {0};
	if (now_ns <= model->tick_ns)
		return;
	double seconds = (double)(now_ns - model->tick_ns) / (double)NS_PER_S;
	uint64_t all_ns = tick_threads(model, now_ns, seconds, use);
	tick_calls(model, now_ns, seconds, use);
	share_use(use, (double)all_ns);
	memcpy(model->use, use, sizeof(use));
	model->tick_ns = now_ns;
	tick_rate(&model->call_rate, model->sums[SPAN_ALL].calls, seconds);
	tick_rate(&model->error_rate, model->sums[SPAN_ALL].errors, seconds);
	history_add(&model->history, model->call_rate.per_s);
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

/* What the views show. */
static enum span span_of(const struct model *model)
{
	return model->mark_ns ? SPAN_MARKED : SPAN_ALL;
}

static void name_call(struct call call, char name[CALL_NAME_MAX])
{
	if (call.nr == MODEL_OTHER_NR) /* PARTS_OTHER is the same number */
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

static struct call_row make_row(const struct call_stats *stats, enum span span, uint64_t now_ns)
{
	const struct syscall_desc *desc = syscall_lookup(stats->call);
	const struct tally *tally = &stats->tally[span];
	uint64_t total_ns = tally->total_ns + progress_ns(stats, span, now_ns);
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
		.history = &stats->history,
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
		uint64_t begin_ns = begin_in(
			model, span_of(model), thread->in ? thread->enter.event.time_ns : 0);
		if (!row || now_ns <= begin_ns)
			continue;
		uint64_t so_far_ns = now_ns - begin_ns;
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
		const struct tally *tally = &stats->tally[span_of(model)];
		if ((!tally->calls && !stats->in_progress) || (filter->errors && !tally->errors) ||
			!call_filter_has(filter, stats->call))
			continue;
		rows[count] = make_row(stats, span_of(model), now_ns);
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
	const struct sums *sums = &thread->sums[span_of(model)];
	struct thread_row row = {
		.pid = thread->pid,
		.tid = thread->tid,
		.ns_tid = thread->ns_tid,
		.state = state_of(thread),
		.since_ns = thread->state_ns,
		.calls = sums->calls,
		.errors = sums->errors,
		.total_ns = sums->total_ns,
		.rate = thread->rate.per_s,
		.exit_code = thread->exit_code,
		.exit_signal = thread->exit_signal,
		.parent = thread->parent,
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
	uint64_t begin_ns = begin_in(model, span_of(model), row.since_ns);
	if (now_ns > begin_ns)
		row.total_ns += now_ns - begin_ns;
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
	uint64_t total_ns = stats->tally[SPAN_ALL].total_ns + progress_ns(stats, SPAN_ALL, now_ns),
		 known_ns = 0;
	struct stack_sum rest = {
		.stack = stack_special(STACK_NONE),
		.calls = stats->tally[SPAN_ALL].calls,
		.errors = stats->tally[SPAN_ALL].errors,
		.partial = stats->tally[SPAN_ALL].partial,
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

static struct part_row make_part_row(const struct model *model, const struct thread *thread,
	const struct part *part, uint64_t now_ns)
{
	const struct sums *sums = &part->sums[span_of(model)];
	struct part_row row = {
		.pid = thread->pid,
		.tid = thread->tid,
		.ended = thread->ended,
		.call = part->call,
		.calls = sums->calls,
		.errors = sums->errors,
		.total_ns = sums->total_ns,
		.in_progress = thread->in && call_equal(thread->in->call, part->call),
	};
	memcpy(row.comm, thread->comm, sizeof(row.comm));
	name_call(part->call, row.name);
	uint64_t begin_ns = begin_in(model, span_of(model), thread->enter.event.time_ns);
	if (row.in_progress && now_ns > begin_ns)
		row.total_ns += now_ns - begin_ns;
	return row;
}

/* Rows of parts while they are collected. */
struct part_list {
	struct part_row *rows;
	size_t count, capacity;
};

/* Adds THREAD's parts, of CALL alone where that is not NULL. Those of no call at all are left out.
 */
static void add_parts(const struct model *model, const struct thread *thread,
	const struct call *call, uint64_t now_ns, struct part_list *list)
{
	for (size_t i = 0; i < thread->parts.count; i++) {
		const struct part *part = &thread->parts.part[i];
		if (call && !call_equal(part->call, *call))
			continue;
		struct part_row row = make_part_row(model, thread, part, now_ns);
		if (!row.calls && !row.in_progress)
			continue;
		if (list->count == list->capacity) {
			list->capacity = list->capacity * 2 + 16;
			list->rows = xreallocarray(list->rows, list->capacity, sizeof(*list->rows));
		}
		list->rows[list->count++] = row;
	}
}

static int compare_parts(const void *left, const void *right)
{
	const struct part_row *a = left, *b = right;
	if (a->total_ns != b->total_ns)
		return a->total_ns > b->total_ns ? -1 : 1;
	if (a->calls != b->calls)
		return a->calls > b->calls ? -1 : 1;
	return (a->tid > b->tid) - (a->tid < b->tid);
}

static size_t finish_parts(struct part_list *list, struct part_row **rows)
{
	if (list->count)
		qsort(list->rows, list->count, sizeof(*list->rows), compare_parts);
	*rows = list->rows;
	return list->count;
}

size_t model_parts_of_call(
	const struct model *model, struct call call, uint64_t now_ns, struct part_row **rows)
{
	struct part_list list = {0};
	const struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread)
		add_parts(model, thread, &call, now_ns, &list);
	for (thread = model->ended; thread; thread = thread->next)
		add_parts(model, thread, &call, now_ns, &list);
	return finish_parts(&list, rows);
}

size_t model_parts_of_thread(
	const struct model *model, pid_t tid, uint64_t now_ns, struct part_row **rows)
{
	struct part_list list = {0};
	const struct thread *thread = map_get(&model->threads, (uint64_t)tid);
	for (const struct thread *ended = model->ended; !thread && ended; ended = ended->next)
		thread = ended->tid == tid ? ended : NULL;
	if (thread)
		add_parts(model, thread, NULL, now_ns, &list);
	return finish_parts(&list, rows);
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

static void add_classes(struct model_totals *totals, const struct call_stats *stats, enum span span)
{
	const struct syscall_desc *desc = syscall_lookup(stats->call);
	for (unsigned int id = 0; desc && id < CLASS_COUNT; id++) {
		if (desc->classes >> id & 1)
			totals->class_calls[id] += stats->tally[span].calls;
	}
}

void model_totals(const struct model *model, struct model_totals *totals)
{
	const struct sums *sums = &model->sums[span_of(model)];
	*totals = (struct model_totals){
		.start_ns = model->start_ns,
		.calls = sums->calls,
		.errors = sums->errors,
		.call_rate = model->call_rate.per_s,
		.error_rate = model->error_rate.per_s,
		.threads = model->threads.count,
		.processes = count_processes(model),
		.ended_threads = model->ended_threads,
		.ended = model->end,
		.end_error = model->end_error,
		.mark_ns = model->mark_ns,
		.history = &model->history,
	};
	memcpy(totals->use, model->use, sizeof(totals->use));
	const struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats) {
		totals->in_progress += stats->in_progress;
		add_classes(totals, stats, span_of(model));
	}
}
