/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks and processes as rows; see model/model.h. */
#include "config.h"

#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "abi/transfer.h"
#include "base/alloc.h"
#include "model/state.h"

/* What the events of the engine say about THREAD. */
static enum thread_state traced_state(const struct thread *thread)
{
	static const enum thread_state states[] = {
		[TASK_RUNNING] = THREAD_RUNNING,
		[TASK_STOPPED] = THREAD_STOPPED,
		[TASK_EXITING] = THREAD_EXITING,
	};
	if (thread->ended)
		return THREAD_ENDED;
	if (thread->is_worker)
		return THREAD_WORKER;
	if (thread->state == TASK_RUNNING && thread->in)
		return THREAD_IN_CALL;
	return states[thread->state];
}

/*
 * The same, and what /proc has said since: a frozen thread, one that waits for a page, or one that
 * was stopped before it could report a stop, makes no events.
 */
static enum thread_state state_of(const struct thread *thread)
{
	enum thread_state state = traced_state(thread);
	if (state != THREAD_RUNNING && state != THREAD_IN_CALL)
		return state;
	if (model_is_frozen(thread))
		return THREAD_FROZEN;
	switch (model_proc_state(thread)) {
	case 'T':
		return THREAD_STOPPED;
	case 'Z':
	case 'X':
		return THREAD_EXITING;
	case '\0': /* not observed */
	case 'R':
	case 't': /* at a stop of ours, which is over in a moment */
		return state;
	default:
		return state == THREAD_RUNNING ? THREAD_ASLEEP : state;
	}
}

/* Adds what is known about THREAD's current call to ROW. */
static void describe_call(const struct model *model, const struct thread *thread, uint64_t now_ns,
	struct thread_row *row)
{
	row->in_call = true;
	row->call = thread->in->call;
	row->has_args = thread->enter.has_args;
	memcpy(row->args, thread->enter.args, sizeof(row->args));
	row->is_idle = thread->is_idle;
	row->partial = thread->enter.partial;
	row->stack = stack_lookup(&model->lookup, model_stack_now(model, thread));
	row->since_ns = thread->enter.event.time_ns;
	row->before_ns = thread->enter.before_ns;
	uint64_t begin_ns = begin_in(model, span_of(model), row->since_ns);
	if (now_ns > begin_ns)
		row->total_ns += now_ns - begin_ns;
}

/* Adds the number of completed calls of THREAD that can transfer bytes, and did not fail. */
static uint64_t transfers_of(const struct model *model, const struct thread *thread)
{
	uint64_t count = 0;
	for (size_t i = 0; i < thread->by_call.count; i++) {
		const struct thread_call *entry = &thread->by_call.entry[i];
		const struct sums *sums = &entry->sums[span_of(model)];
		if (!call_is_request(entry->call) && transfer_rule_of(entry->call))
			count += sums->calls - sums->errors;
	}
	return count;
}

static double average(uint64_t bytes, uint64_t transfers)
{
	return transfers ? (double)bytes / (double)transfers : NAN;
}

/* Adds the calls in which THREAD has spent most of the last interval, if they do not only wait. */
static void add_top_calls(
	const struct model *model, const struct thread *thread, struct thread_row *row)
{
	for (size_t i = 0; i < thread->by_call.count; i++) {
		const struct thread_call *entry = &thread->by_call.entry[i];
		struct call_time time = {entry->call, entry->last_ns};
		if (time.ns <= row->top[THREAD_TOP_CALLS - 1].ns || call_is_request(time.call))
			continue;
		/* What THREAD_CALLS_MAX has put together has none. */
		const struct call_stats *stats = map_get(&model->calls, call_key(time.call));
		if (!stats || stats->time_class == TIME_WAIT)
			continue;
		for (size_t at = 0; at < THREAD_TOP_CALLS; at++) {
			if (time.ns <= row->top[at].ns)
				continue;
			struct call_time less = row->top[at];
			row->top[at] = time;
			time = less;
		}
	}
}

/* The words of the program that the main thread of a process runs. */
static void describe_words(const struct thread *thread, struct thread_row *row)
{
	const struct program *program = thread->program;
	if (!program || thread->tid != thread->pid)
		return;
	row->words = program->title ? program->title : program->words;
	row->words_size = program->title ? program->title_size : program->size;
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
		.usage = sums->usage,
		.split = sums->split,
		.bytes = sums->bytes,
		.byte_rate = thread->ended ? 0 : rate_of(model, &thread->byte_rate),
		.size = average(sums->bytes, transfers_of(model, thread)),
		.total_ns = sums->total_ns,
		.rate = thread->ended ? 0 : rate_of(model, &thread->rate),
		.exit_code = thread->exit_code,
		.exit_signal = thread->exit_signal,
		.parent = thread->parent,
	};
	memcpy(row.comm, thread->comm, sizeof(row.comm));
	memcpy(row.waker_comm, thread->waker.comm, sizeof(row.waker_comm));
	row.was_woken = thread->waker.event.time_ns != 0;
	row.waker = thread->waker.waker;
	row.waker_is_interrupt = thread->waker.is_interrupt;
	row.last = stack_lookup(&model->lookup, thread->last.stack);
	row.last_call = thread->last.call;
	if (thread->in)
		describe_call(model, thread, now_ns, &row);
	model_add_times(thread, now_ns, &row.time);
	if (!thread->ended)
		add_top_calls(model, thread, &row);
	row.strip_count = strip_classes(&thread->strip, row.strip);
	model_describe_observed(model, thread, now_ns, &row);
	describe_words(thread, &row);
	return row;
}

uint64_t thread_row_age_ns(const struct thread_row *row, uint64_t now_ns)
{
	return (now_ns > row->since_ns ? now_ns - row->since_ns : 0) + row->before_ns;
}

static int compare_threads(const void *left, const void *right)
{
	const struct thread_row *a = left, *b = right;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->tid > b->tid) - (a->tid < b->tid);
}

/* Adds the workers of processes that are alive to ROWS. Returns their number. */
static size_t add_workers(const struct model *model, uint64_t now_ns, struct thread_row *rows)
{
	struct map alive = {0};
	struct thread *thread;
	size_t count = 0;
	if (model->workers.count == 0)
		return 0;
	MAP_FOR_EACH (&model->threads, at, thread)
		map_put(&alive, (uint64_t)thread->pid, thread);
	MAP_FOR_EACH (&model->workers, at, thread) {
		if (map_get(&alive, (uint64_t)thread->pid))
			rows[count++] = make_thread_row(model, thread, now_ns);
	}
	map_clear(&alive);
	return count;
}

size_t model_threads(const struct model *model, uint64_t now_ns, struct thread_row **out)
{
	size_t most = model->threads.count + model->workers.count + model->ended_kept;
	struct thread_row *rows = xcalloc(most, sizeof(*rows));
	size_t count = 0;
	const struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread)
		rows[count++] = make_thread_row(model, thread, now_ns);
	count += add_workers(model, now_ns, rows + count);
	for (thread = model->ended; thread; thread = thread->next)
		rows[count++] = make_thread_row(model, thread, now_ns);
	qsort(rows, count, sizeof(*rows), compare_threads);
	*out = rows;
	return count;
}

bool model_thread(const struct model *model, pid_t tid, uint64_t now_ns, struct thread_row *row)
{
	const struct thread *thread = map_get(&model->threads, (uint64_t)tid);
	if (!thread)
		thread = map_get(&model->workers, (uint64_t)tid);
	if (thread)
		*row = make_thread_row(model, thread, now_ns);
	return thread != NULL;
}

static int compare_tids(const void *left, const void *right)
{
	const pid_t *a = left, *b = right;
	return (*a > *b) - (*a < *b);
}

bool model_is_in_call_since(const struct model *model, pid_t tid, uint64_t time_ns)
{
	const struct thread *thread = map_get(&model->threads, (uint64_t)tid);
	return thread && thread->in && thread->enter.event.time_ns <= time_ns;
}

size_t model_alive(const struct model *model, pid_t **out)
{
	pid_t *tids = xcalloc(model->threads.count + model->workers.count, sizeof(*tids));
	size_t count = 0;
	const struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread)
		tids[count++] = thread->tid;
	MAP_FOR_EACH (&model->workers, at, thread)
		tids[count++] = thread->tid;
	qsort(tids, count, sizeof(*tids), compare_tids);
	*out = tids;
	return count;
}

/* A thread in a call. */
struct waiting {
	uint64_t since_ns;
	pid_t tid;
};

static int compare_waiting(const void *left, const void *right)
{
	const struct waiting *a = left, *b = right;
	if (a->since_ns != b->since_ns)
		return a->since_ns < b->since_ns ? -1 : 1;
	return (a->tid > b->tid) - (a->tid < b->tid);
}

size_t model_waiting(const struct model *model, uint64_t before_ns, pid_t **out)
{
	struct waiting *waiting = xcalloc(model->threads.count, sizeof(*waiting));
	size_t count = 0;
	const struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread) {
		const struct event_enter *enter = &thread->enter;
		/* As thread_row_age_ns(): the first of them are the first of the rows. */
		uint64_t since_ns = enter->event.time_ns - enter->before_ns;
		if (state_of(thread) == THREAD_IN_CALL && enter->event.time_ns <= before_ns)
			waiting[count++] = (struct waiting){since_ns, thread->tid};
	}
	qsort(waiting, count, sizeof(*waiting), compare_waiting);
	pid_t *tids = xcalloc(count + model->workers.count, sizeof(*tids));
	for (size_t i = 0; i < count; i++)
		tids[i] = waiting[i].tid;
	free(waiting);
	MAP_FOR_EACH (&model->workers, at, thread)
		tids[count++] = thread->tid;
	*out = tids;
	return count;
}

static int compare_processes(const void *left, const void *right)
{
	const struct process_row *a = left, *b = right;
	return (a->pid > b->pid) - (a->pid < b->pid);
}

/* Adds the bytes of THREAD to the ROW of its process, and the calls that transferred them. */
static void add_bytes(const struct model *model, const struct thread *thread,
	struct process_row *row, uint64_t *transfers)
{
	row->bytes += thread->sums[span_of(model)].bytes;
	*transfers += transfers_of(model, thread);
}

size_t model_processes(const struct model *model, uint64_t now_ns, struct process_row **out)
{
	struct process_row *rows = xcalloc(model->threads.count, sizeof(*rows));
	struct map row_of = {0};
	size_t count = 0;
	const struct thread *thread;
	uint64_t *transfers = xcalloc(model->threads.count, sizeof(*transfers));
	MAP_FOR_EACH (&model->threads, at, thread) {
		struct process_row *row = map_get(&row_of, (uint64_t)thread->pid);
		if (!row) {
			row = &rows[count++];
			row->pid = thread->pid;
			map_put(&row_of, (uint64_t)thread->pid, row);
		}
		row->threads++;
		row->byte_rate += rate_of(model, &thread->byte_rate);
		add_bytes(model, thread, row, &transfers[row - rows]);
		model_add_times(thread, now_ns, &row->time);
		/* A process has its leader's name if the leader is traced. */
		if (row->threads == 1 || thread->tid == thread->pid) {
			memcpy(row->comm, thread->comm, sizeof(row->comm));
			row->parent = thread->parent;
		}
	}
	MAP_FOR_EACH (&model->workers, at, thread) {
		struct process_row *row = map_get(&row_of, (uint64_t)thread->pid);
		if (row)
			row->workers++;
	}
	for (thread = model->ended; thread; thread = thread->next) {
		struct process_row *row = map_get(&row_of, (uint64_t)thread->pid);
		if (!row)
			continue;
		add_bytes(model, thread, row, &transfers[row - rows]);
		model_add_times(thread, now_ns, &row->time);
	}
	map_clear(&row_of);
	for (size_t i = 0; i < count; i++) {
		rows[i].size = average(rows[i].bytes, transfers[i]);
		const struct process_rings *rings = map_get(&model->rings, (uint64_t)rows[i].pid);
		rows[i].rings = rings ? rings->count : 0;
	}
	free(transfers);
	qsort(rows, count, sizeof(*rows), compare_processes);
	*out = rows;
	return count;
}
