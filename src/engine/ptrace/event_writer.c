/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing events; the drawing is in engine/ptrace/event_writer.h. */
#include "config.h"

#include "engine/ptrace/event_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "engine/ptrace/world/world.h"
#include "event/detail.h"

/* How many records between checks of the ring's level, which reads a cache line of the reader. */
#define LEVEL_EVERY  64

/* Between two looks for room in the ring. */
#define ROOM_WAIT_NS (100 * NS_PER_US)

/*
 * How far in the future a division of the sums is set, so that the tracer sees it before that time.
 */
#define DIVISION_NS  NS_PER_MS

/* Calls of one task to one system call that ended while the ring was full. */
struct pending_sum {
	struct pending_sum *next;
	struct call call;
	struct tally tally;
	uint64_t from_ns, until_ns; /* beginning of the first, end of the last */
	struct sum_cursor cursor;   /* how much of it has been written */
};

/* What is still to be written about one task. */
struct pending_task {
	struct pending_task *next;
	pid_t tid;
	const struct tracee *tracee; /* to write its current state; NULL: it is gone */
	bool has_task;               /* EVENT_TASK: `task` */
	bool has_gone;               /* EVENT_GONE: `gone`, the last of this task */
	struct event_task task;
	struct event_gone gone;
	struct pending_sum *first_sum, **last_sum; /* in order of creation; owned */
	struct map open;                           /* those that still take calls, by call */
};

void event_writer_init(struct event_writer *writer, struct world *world, struct ring *ring,
	size_t capacity, const struct interest *interest, int wake_fd)
{
	*writer = (struct event_writer){
		.world = world,
		.ring = ring,
		.interest = interest,
		.wake_fd = wake_fd,
		.wake_at = capacity / 2,
	};
	writer->last = &writer->first;
}

static uint64_t now(const struct event_writer *writer)
{
	return writer->world->clock->now_ns(writer->world);
}

static void wake_reader(struct event_writer *writer)
{
	writer->world->process->wake(writer->world, writer->wake_fd);
}

/* Remembers that something is to be written, for event_writer_has_pending(). */
static void set_pending(struct event_writer *writer)
{
	atomic_store_explicit(&writer->has_pending, true, memory_order_relaxed);
}

/* Copies RECORD into the ring. Returns whether there was room, like the functions below. */
static bool push(struct event_writer *writer, const void *record, size_t size)
{
	if (!ring_push(writer->ring, record, size))
		return false;
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
		.is_new = tracee->phase == TRACEE_BORN,
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
		.gate = end->gate,
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

/* Writes the unwritten rest of SUM, in as many records as necessary. */
static bool push_sum(struct event_writer *writer, pid_t tid, struct pending_sum *sum)
{
	union {
		struct event_sum record;
		unsigned char bytes[SUM_SIZE_MAX];
	} room;
	for (;;) {
		struct sum_cursor cursor = sum->cursor;
		room.record.event = (struct event){
			.type = EVENT_SUM, .tid = tid, .time_ns = sum->until_ns};
		room.record.call = sum->call;
		room.record.from_ns = sum->from_ns;
		size_t size = event_sum_next(&sum->tally, &cursor, &room.record);
		if (size == 0)
			return true;
		if (!push(writer, &room, size))
			return false;
		sum->cursor = cursor;
	}
}

/* Pending entries. */

/*
 * Whether memory is so short that nothing more may be kept: the rest is for leaving the targets.
 * Then the ENDED calls that it was about are lost.
 */
static bool must_drop(struct event_writer *writer, unsigned int ended)
{
	if (!alloc_is_low())
		return false;
	atomic_fetch_add_explicit(&writer->uncounted, ended, memory_order_relaxed);
	return true;
}

/* The entry of TRACEE, created if there is none. */
static struct pending_task *pending_of(struct event_writer *writer, const struct tracee *tracee)
{
	struct pending_task *task = map_get(&writer->pending, (uint64_t)tracee->tid);
	if (task)
		return task;
	task = xcalloc(1, sizeof(*task));
	task->tid = tracee->tid;
	task->tracee = tracee;
	task->last_sum = &task->first_sum;
	map_put(&writer->pending, (uint64_t)tracee->tid, task);
	*writer->last = task;
	writer->last = &task->next;
	set_pending(writer);
	return task;
}

static uint64_t call_key(struct call call)
{
	return (uint64_t)call.abi << 32 | call.nr;
}

static struct pending_sum *new_sum(struct pending_task *task, struct call call, uint64_t from_ns)
{
	struct pending_sum *sum = xcalloc(1, sizeof(*sum));
	sum->call = call;
	sum->from_ns = from_ns;
	*task->last_sum = sum;
	task->last_sum = &sum->next;
	return sum;
}

/*
 * The sum of TASK to which a call to CALL from FROM_NS to END_NS belongs. No sum has calls that
 * ended both before and after DIVISION_NS, and a call in progress at that time gets its own.
 */
static struct pending_sum *sum_for(struct pending_task *task, struct call call, uint64_t from_ns,
	uint64_t end_ns, uint64_t division_ns)
{
	bool is_divided = from_ns < division_ns && end_ns > division_ns;
	struct pending_sum *sum = map_get(&task->open, call_key(call));
	if (is_divided)
		return new_sum(task, call, from_ns);
	bool is_closed = sum && (sum->cursor.begun ||
					(sum->until_ns <= division_ns && end_ns > division_ns));
	if (!sum || is_closed) {
		sum = new_sum(task, call, from_ns);
		map_put(&task->open, call_key(call), sum);
	}
	return sum;
}

/* Adds the call END of TASK, which ended at NOW_NS, to its sums. */
static void add_to_sum(struct event_writer *writer, struct pending_task *task,
	const struct ended_call *end, uint64_t now_ns)
{
	uint64_t from_ns = now_ns - end->outcome.duration_ns;
	/* Pairs with event_writer_divide(). */
	uint64_t division_ns = atomic_load_explicit(&writer->division_ns, memory_order_acquire);
	struct pending_sum *sum = sum_for(task, end->call, from_ns, now_ns, division_ns);
	tally_add(&sum->tally, &end->outcome);
	sum->until_ns = now_ns;
	if (from_ns < sum->from_ns)
		sum->from_ns = from_ns;
	atomic_fetch_add_explicit(&writer->details_lost, 1, memory_order_relaxed);
}

/* Frees the oldest sum of TASK. */
static void drop_first_sum(struct pending_task *task)
{
	struct pending_sum *sum = task->first_sum;
	task->first_sum = sum->next;
	if (!task->first_sum)
		task->last_sum = &task->first_sum;
	if (map_get(&task->open, call_key(sum->call)) == sum)
		map_remove(&task->open, call_key(sum->call));
	tally_clear(&sum->tally);
	xfree(sum);
}

static void drop_sums(struct pending_task *task)
{
	while (task->first_sum)
		drop_first_sum(task);
	map_clear(&task->open);
}

static bool push_sums(struct event_writer *writer, struct pending_task *task)
{
	while (task->first_sum) {
		if (!push_sum(writer, task->tid, task->first_sum))
			return false;
		drop_first_sum(task);
	}
	return true;
}

/* Writes its current state: first the call, if it is in one. */
static bool push_current(struct event_writer *writer, const struct tracee *tracee, uint64_t now_ns)
{
	if (tracee_in_call(tracee) && !push_enter(writer, tracee))
		return false;
	return push_state(writer, tracee, now_ns);
}

/* Writes TASK; if the ring is full, a part of it, and the rest the next time. */
static bool push_pending(struct event_writer *writer, struct pending_task *task)
{
	uint64_t now_ns = now(writer);
	task->task.event.time_ns = now_ns;
	if (task->has_task && !push(writer, &task->task, sizeof(task->task)))
		return false;
	task->has_task = false;
	if (!push_sums(writer, task))
		return false;
	return task->has_gone ? push(writer, &task->gone, sizeof(task->gone))
	                      : push_current(writer, task->tracee, now_ns);
}

/* Frees the oldest entry. */
static void drop_first(struct event_writer *writer)
{
	struct pending_task *task = writer->first;
	writer->first = task->next;
	if (!writer->first)
		writer->last = &writer->first;
	/* The tid of a task that is gone may have been reused. */
	if (task->tracee)
		map_remove(&writer->pending, (uint64_t)task->tid);
	drop_sums(task);
	xfree(task);
}

static bool push_end(struct event_writer *writer)
{
	struct event_end record = {
		.event = {.type = EVENT_END, .time_ns = now(writer)},
		.error = writer->end_error,
	};
	return push(writer, &record, sizeof(record));
}

static bool push_attached(struct event_writer *writer)
{
	const struct event record = {.type = EVENT_ATTACHED, .time_ns = now(writer)};
	return push(writer, &record, sizeof(record));
}

static bool push_lost(struct event_writer *writer)
{
	struct event_lost record = {
		.event = {.type = EVENT_LOST, .time_ns = now(writer)},
		.lost = writer->lost,
		.lost_logged = writer->lost_logged,
		.lost_signals = writer->lost_signals,
	};
	if (!record.lost && !record.lost_signals)
		return true;
	if (!push(writer, &record, sizeof(record)))
		return false;
	writer->lost = writer->lost_logged = writer->lost_signals = 0;
	return true;
}

bool event_writer_flush(struct event_writer *writer)
{
	while (writer->first) {
		if (!push_pending(writer, writer->first))
			return false;
		drop_first(writer);
	}
	if (writer->attached_pending) {
		if (!push_attached(writer))
			return false;
		writer->attached_pending = false;
	}
	if (!push_lost(writer))
		return false;
	if (writer->end_pending) {
		if (!push_end(writer))
			return false;
		writer->end_pending = false;
		wake_reader(writer);
	}
	atomic_store_explicit(&writer->has_pending, false, memory_order_relaxed);
	return true;
}

/* Whether records can be written directly, because nothing is pending that has to come first. */
static bool is_clear(struct event_writer *writer)
{
	return (!writer->first && !writer->attached_pending) || event_writer_flush(writer);
}

void event_writer_attached(struct event_writer *writer)
{
	writer->attached_pending = true;
	set_pending(writer);
	event_writer_flush(writer);
}

void event_writer_hand_over(struct event_writer *writer)
{
	writer->handed_over = true;
}

static void write_task(
	struct event_writer *writer, const struct tracee *tracee, struct event_task *record)
{
	if (writer->handed_over)
		return;
	if ((is_clear(writer) && push(writer, record, sizeof(*record))) || must_drop(writer, 0))
		return;
	struct pending_task *task = pending_of(writer, tracee);
	/* It replaces one that is still to be written. */
	if (task->has_task) {
		record->is_new |= task->task.is_new;
		record->has_executed |= task->task.has_executed;
	}
	task->has_task = true;
	task->task = *record;
}

void event_writer_task(struct event_writer *writer, const struct tracee *tracee, uint64_t now_ns)
{
	struct event_task record = task_record(tracee, now_ns);
	write_task(writer, tracee, &record);
}

void event_writer_program(struct event_writer *writer, const struct tracee *tracee,
	const struct proc_times *times, uint64_t now_ns)
{
	struct event_task record = task_record(tracee, now_ns);
	record.has_executed = true;
	record.has_times = times != NULL;
	if (times)
		record.times = *times;
	write_task(writer, tracee, &record);
}

/* Writes the calls that ended; from the first one without room, adds them to sums. */
static bool push_ends(struct event_writer *writer, const struct tracee *tracee,
	const struct step *step, bool clear, uint64_t now_ns)
{
	for (unsigned int i = 0; i < step->ended; i++) {
		clear = clear && push_exit(writer, tracee, &step->ends[i], now_ns);
		if (!clear && !must_drop(writer, 1))
			add_to_sum(writer, pending_of(writer, tracee), &step->ends[i], now_ns);
	}
	return clear;
}

void event_writer_step(struct event_writer *writer, const struct tracee *tracee,
	const struct step *step, uint64_t now_ns)
{
	if (writer->handed_over)
		return;
	/*
	 * If something is pending about it, these calls are added to that: its state, which is
	 * written with it, is already the one after them.
	 */
	bool waits = writer->first && map_get(&writer->pending, (uint64_t)tracee->tid);
	bool clear = push_ends(writer, tracee, step, !waits && is_clear(writer), now_ns);
	if (step->entered)
		clear = clear && push_enter(writer, tracee);
	if (step->state_changed)
		clear = clear && push_state(writer, tracee, now_ns);
	if (!clear && (step->entered || step->state_changed) && !must_drop(writer, 0))
		pending_of(writer, tracee);
	if (waits)
		event_writer_flush(writer);
}

/* Details. */

/* Whether a detail of SIZE bytes can be written, and leaves some room for what is counted. */
static bool has_room(const struct event_writer *writer, size_t size)
{
	size_t capacity = ring_capacity(writer->ring);
	return ring_used(writer->ring) + size <= capacity - capacity / 4;
}

/* Whether SIZE bytes that do not fit are to be waited for. Nothing must wait for a dead reader. */
static bool is_awaited(const struct event_writer *writer, size_t size)
{
	struct world *world = writer->world;
	return atomic_load_explicit(&writer->interest->waits, memory_order_relaxed) &&
	       size <= ring_capacity(writer->ring) / 2 && !world->wait->is_orphan(world);
}

/* Whether a detail of SIZE bytes can be written. Waits for that if it has to. */
static bool make_room(struct event_writer *writer, size_t size)
{
	struct world *world = writer->world;
	while (!(is_clear(writer) && has_room(writer, size))) {
		if (!is_awaited(writer, size))
			return false;
		wake_reader(writer);
		world->clock->sleep(world, ROOM_WAIT_NS);
	}
	return true;
}

void event_writer_detail(struct event_writer *writer, struct event_detail *record, bool is_early)
{
	size_t size = event_size(&record->event);
	if (writer->handed_over)
		return;
	bool is_waiting = writer->first || writer->attached_pending;
	bool has_place = !(is_early && is_waiting) && make_room(writer, size);
	/* Making room may have written an EVENT_LOST. */
	record->lost = writer->lost;
	record->lost_logged = writer->lost_logged;
	if (has_place && push(writer, record, size)) {
		writer->lost = writer->lost_logged = 0;
		return;
	}
	writer->lost++;
	writer->lost_logged += interest_has(writer->interest, INTEREST_LOG, record->call);
	set_pending(writer);
}

void event_writer_progress(struct event_writer *writer, const struct event_detail *record)
{
	size_t size = event_size(&record->event);
	bool is_roomy = ring_used(writer->ring) + size <= ring_capacity(writer->ring) / 4;
	if (!writer->handed_over && is_clear(writer) && is_roomy)
		push(writer, record, size);
}

void event_writer_signal(struct event_writer *writer, const struct event_signal *record)
{
	if (writer->handed_over || (is_clear(writer) && push(writer, record, sizeof(*record))))
		return;
	writer->lost_signals++;
	set_pending(writer);
}

void event_writer_gone(struct event_writer *writer, const struct tracee *tracee,
	const struct stop *end, const struct proc_times *times, uint64_t now_ns)
{
	struct event_gone record = {
		.event = {.type = EVENT_GONE, .tid = tracee->tid, .time_ns = now_ns},
		.exit_code = end && end->kind == STOP_EXITED ? end->exit_code : -1,
		.exit_signal = end ? end->signal : 0,
		.dumped_core = end && end->dumped_core,
		.has_times = times != NULL,
	};
	if (times)
		record.times = *times;
	if (is_clear(writer) && push(writer, &record, sizeof(record)))
		return;
	/* An entry that there is must not keep its `tracee`. */
	if (!map_get(&writer->pending, (uint64_t)tracee->tid) && must_drop(writer, 0))
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
	set_pending(writer);
	event_writer_flush(writer);
	wake_reader(writer);
}

uint64_t event_writer_divide(struct event_writer *writer)
{
	uint64_t division_ns;
	do {
		division_ns = now(writer) + DIVISION_NS;
		atomic_store_explicit(&writer->division_ns, division_ns, memory_order_seq_cst);
		/* If we were preempted for long, a call that ended later may have missed it. */
	} while (now(writer) >= division_ns);
	return division_ns;
}

void event_writer_await_division(struct event_writer *writer)
{
	uint64_t division_ns = atomic_load_explicit(&writer->division_ns, memory_order_relaxed);
	uint64_t now_ns;
	/* A signal can end the sleep. */
	while ((now_ns = now(writer)) < division_ns)
		writer->world->clock->sleep(writer->world, division_ns - now_ns);
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
