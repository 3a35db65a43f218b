/* Records into the ring, sums while it is full; the drawing is in engine/ptrace/event_writer.h. */
#include "config.h"

#include "engine/ptrace/event_writer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

/* How often the ring's level is looked at: the index that the reader writes is on its own line. */
#define LEVEL_EVERY 64

/* The calls of one task and kind that ended while the ring was full. */
struct pending_sum {
	struct call call;
	struct tally tally; /* no calls: written already, while another sum was not */
};

/* What the ring has no room for yet of one task. */
struct pending_task {
	struct pending_task *next;
	pid_t tid;
	const struct tracee *tracee; /* for what it is doing when there is room; NULL: it is gone */
	bool has_task;               /* EVENT_TASK: `task` */
	bool has_gone;               /* EVENT_GONE: `gone`, the last of this task */
	struct event_task task;
	struct event_gone gone;
	struct map sums; /* struct pending_sum by call; owned */
};

void event_writer_init(struct event_writer *writer, struct ring *ring, size_t capacity,
	const struct interest *interest, int wake_fd)
{
	*writer = (struct event_writer){
		.ring = ring,
		.interest = interest,
		.wake_fd = wake_fd,
		.wake_at = capacity / 2,
	};
	writer->last = &writer->first;
}

static void wake_reader(struct event_writer *writer)
{
	uint64_t one = 1;
	/* It fails only where the reader has been woken 2^64 times already. */
	if (write(writer->wake_fd, &one, sizeof(one)) < 0)
		return;
}

/* Copies RECORD into the ring. Returns whether there was room; so do the functions below. */
static bool push(struct event_writer *writer, const void *record, size_t size)
{
	void *room = ring_reserve(writer->ring, size);
	if (!room)
		return false;
	memcpy(room, record, size);
	ring_commit(writer->ring);
	if (++writer->pushes % LEVEL_EVERY == 0 && ring_used(writer->ring) > writer->wake_at)
		wake_reader(writer);
	return true;
}

/* Single records. */

static struct event_task task_record(const struct tracee *tracee, uint64_t now_ns)
{
	struct event_task record = {
		.event = {.type = EVENT_TASK, .tid = tracee->tid, .time_ns = now_ns},
		.tgid = tracee->tgid,
		.parent = tracee->parent,
		.ns_tid = tracee->ns_tid,
	};
	memcpy(record.comm, tracee->comm, sizeof(record.comm));
	return record;
}

static bool push_exit(struct event_writer *writer, const struct tracee *tracee,
	const struct ended_call *end, uint64_t now_ns)
{
	struct event_exit record = {
		.event = {.type = EVENT_EXIT, .tid = tracee->tid, .time_ns = now_ns},
		.call = end->call,
		.outcome = end->outcome,
		.result = end->result,
		.never_returned = end->never_returned,
		.capture = end->capture,
	};
	return push(writer, &record, sizeof(record));
}

static bool push_enter(struct event_writer *writer, const struct tracee *tracee)
{
	const struct current_call *current = &tracee->current;
	struct event_enter record = {
		.event = {.type = EVENT_ENTER, .tid = tracee->tid, .time_ns = current->since_ns},
		.call = current->call,
		.has_args = interest_has(writer->interest, INTEREST_ARGS, current->call),
		.partial = current->partial,
		.capture = current->capture,
	};
	if (record.has_args)
		memcpy(record.args, current->args, sizeof(record.args));
	return push(writer, &record, sizeof(record));
}

static bool push_state(struct event_writer *writer, const struct tracee *tracee, uint64_t now_ns)
{
	struct event_state record = {
		.event = {.type = EVENT_STATE, .tid = tracee->tid, .time_ns = now_ns},
		.state = tracee->state,
		.in_call = tracee_in_call(tracee),
	};
	return push(writer, &record, sizeof(record));
}

/* Writes the calls in SUM, which has none afterwards. */
static bool push_sum(
	struct event_writer *writer, pid_t tid, struct pending_sum *sum, uint64_t now_ns)
{
	struct tally *tally = xcalloc(1, sizeof(*tally)); /* the reader's */
	struct event_sum record = {
		.event = {.type = EVENT_SUM, .tid = tid, .time_ns = now_ns},
		.call = sum->call,
		.tally = tally,
	};
	if (!push(writer, &record, sizeof(record))) {
		free(tally);
		return false;
	}
	*tally = sum->tally;
	sum->tally = (struct tally){0};
	return true;
}

/* Pending entries. */

/* The entry of TRACEE, made where there is none. */
static struct pending_task *pending_of(struct event_writer *writer, const struct tracee *tracee)
{
	struct pending_task *task = map_get(&writer->pending, (uint64_t)tracee->tid);
	if (task)
		return task;
	task = xcalloc(1, sizeof(*task));
	task->tid = tracee->tid;
	task->tracee = tracee;
	map_put(&writer->pending, (uint64_t)tracee->tid, task);
	*writer->last = task;
	writer->last = &task->next;
	atomic_store_explicit(&writer->has_pending, true, memory_order_relaxed);
	return task;
}

/* Adds the call that ended as END says to the sums of TASK. */
static void add_to_sum(
	struct event_writer *writer, struct pending_task *task, const struct ended_call *end)
{
	uint64_t key = (uint64_t)end->call.abi << 32 | end->call.nr;
	struct pending_sum *sum = map_get(&task->sums, key);
	if (!sum) {
		sum = xcalloc(1, sizeof(*sum));
		sum->call = end->call;
		map_put(&task->sums, key, sum);
	}
	tally_add(&sum->tally, &end->outcome);
	atomic_fetch_add_explicit(&writer->details_lost, 1, memory_order_relaxed);
}

static void drop_sums(struct pending_task *task)
{
	struct pending_sum *sum;
	MAP_FOR_EACH (&task->sums, at, sum) {
		tally_clear(&sum->tally);
		free(sum);
	}
	map_clear(&task->sums);
}

static bool push_sums(struct event_writer *writer, struct pending_task *task, uint64_t now_ns)
{
	struct pending_sum *sum;
	MAP_FOR_EACH (&task->sums, at, sum) {
		if (sum->tally.calls && !push_sum(writer, task->tid, sum, now_ns))
			return false;
	}
	drop_sums(task);
	return true;
}

/* What it is doing now: both records where it is stopped inside a call, in this order. */
static bool push_present(struct event_writer *writer, const struct tracee *tracee, uint64_t now_ns)
{
	if (tracee_in_call(tracee) && !push_enter(writer, tracee))
		return false;
	return push_state(writer, tracee, now_ns);
}

/* Writes what is pending of TASK: a part of it, and the rest the next time, where room ends. */
static bool push_pending(struct event_writer *writer, struct pending_task *task)
{
	uint64_t now_ns = clock_now_ns();
	task->task.event.time_ns = now_ns;
	if (task->has_task && !push(writer, &task->task, sizeof(task->task)))
		return false;
	task->has_task = false;
	if (!push_sums(writer, task, now_ns))
		return false;
	return task->has_gone ? push(writer, &task->gone, sizeof(task->gone))
	                      : push_present(writer, task->tracee, now_ns);
}

/* Frees the oldest entry. */
static void drop_first(struct event_writer *writer)
{
	struct pending_task *task = writer->first;
	writer->first = task->next;
	if (!writer->first)
		writer->last = &writer->first;
	/* The number of one that is gone may be another's by now. */
	if (task->tracee)
		map_remove(&writer->pending, (uint64_t)task->tid);
	drop_sums(task);
	free(task);
}

static bool push_end(struct event_writer *writer)
{
	struct event_end record = {
		.event = {.type = EVENT_END, .time_ns = clock_now_ns()},
		.error = writer->end_error,
	};
	return push(writer, &record, sizeof(record));
}

bool event_writer_flush(struct event_writer *writer)
{
	while (writer->first) {
		if (!push_pending(writer, writer->first))
			return false;
		drop_first(writer);
	}
	if (writer->end_pending) {
		if (!push_end(writer))
			return false;
		writer->end_pending = false;
		wake_reader(writer);
	}
	atomic_store_explicit(&writer->has_pending, false, memory_order_relaxed);
	return true;
}

/* Whether records may go straight into the ring: nothing is pending that has to come first. */
static bool is_clear(struct event_writer *writer)
{
	return !writer->first || event_writer_flush(writer);
}

void event_writer_task(struct event_writer *writer, const struct tracee *tracee, uint64_t now_ns)
{
	struct event_task record = task_record(tracee, now_ns);
	if (is_clear(writer) && push(writer, &record, sizeof(record)))
		return;
	struct pending_task *task = pending_of(writer, tracee);
	task->has_task = true;
	task->task = record;
}

/* Writes the calls that ended; from the first one without room on they are added up. */
static bool push_ends(struct event_writer *writer, const struct tracee *tracee,
	const struct step *step, bool clear, uint64_t now_ns)
{
	for (unsigned int i = 0; i < step->ended; i++) {
		clear = clear && push_exit(writer, tracee, &step->ends[i], now_ns);
		if (!clear)
			add_to_sum(writer, pending_of(writer, tracee), &step->ends[i]);
	}
	return clear;
}

void event_writer_step(struct event_writer *writer, const struct tracee *tracee,
	const struct step *step, uint64_t now_ns)
{
	bool clear = push_ends(writer, tracee, step, is_clear(writer), now_ns);
	if (step->entered)
		clear = clear && push_enter(writer, tracee);
	if (step->state_changed)
		clear = clear && push_state(writer, tracee, now_ns);
	if (!clear && (step->entered || step->state_changed))
		pending_of(writer, tracee);
}

void event_writer_gone(struct event_writer *writer, const struct tracee *tracee, int exit_code,
	int exit_signal, uint64_t now_ns)
{
	struct event_gone record = {
		.event = {.type = EVENT_GONE, .tid = tracee->tid, .time_ns = now_ns},
		.exit_code = exit_code,
		.exit_signal = exit_signal,
	};
	if (is_clear(writer) && push(writer, &record, sizeof(record)))
		return;
	struct pending_task *task = pending_of(writer, tracee);
	task->has_gone = true;
	task->gone = record;
	task->tracee = NULL;
	map_remove(&writer->pending, (uint64_t)task->tid);
}

void event_writer_end(struct event_writer *writer, int error)
{
	writer->end_pending = true;
	writer->end_error = error;
	atomic_store_explicit(&writer->has_pending, true, memory_order_relaxed);
	event_writer_flush(writer);
	wake_reader(writer);
}

bool event_writer_has_pending(const struct event_writer *writer)
{
	return atomic_load_explicit(&writer->has_pending, memory_order_relaxed);
}

void event_writer_drop(struct event_writer *writer)
{
	while (writer->first)
		drop_first(writer);
	map_clear(&writer->pending);
}
