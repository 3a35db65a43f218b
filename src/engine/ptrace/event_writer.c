/* Records into the ring, sums when it is full; the drawing is in trace/event_writer.h. */
#include "config.h"

#include "engine/ptrace/event_writer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

/* How often the ring's level is looked at: the index that the reader writes is on its own line. */
#define LEVEL_EVERY 64

/* The calls of one tracee and kind that ended while the ring was full. */
struct pending_sum {
	struct call call;
	struct tally *tally; /* owned until it is in the ring */
};

void event_writer_init(struct event_writer *event_writer, struct ring *ring, size_t capacity,
	const struct interest *interest, int wake_fd)
{
	*event_writer = (struct event_writer){
		.ring = ring,
		.interest = interest,
		.wake_fd = wake_fd,
		.wake_at = capacity / 2,
	};
	event_writer->last = &event_writer->first;
}

static void wake_reader(struct event_writer *event_writer)
{
	uint64_t one = 1;
	/* It fails only where the reader has been woken 2^64 times already. */
	if (write(event_writer->wake_fd, &one, sizeof(one)) < 0)
		return;
}

static bool push(struct event_writer *event_writer, const void *record, size_t size)
{
	void *room = ring_reserve(event_writer->ring, size);
	if (!room)
		return false;
	memcpy(room, record, size);
	ring_commit(event_writer->ring);
	if (++event_writer->pushes % LEVEL_EVERY == 0 &&
		ring_used(event_writer->ring) > event_writer->wake_at)
		wake_reader(event_writer);
	return true;
}

static struct event event_of(const struct tracee *tracee, enum event_type type, uint64_t time_ns)
{
	return (struct event){.type = type, .tid = tracee->tid, .time_ns = time_ns};
}

/* Single records. Each returns whether there was room. */

static bool push_task(
	struct event_writer *event_writer, const struct tracee *tracee, uint64_t now_ns)
{
	struct event_task record = {
		.event = event_of(tracee, EVENT_TASK, now_ns),
		.tgid = tracee->tgid,
		.parent = tracee->parent,
		.ns_tid = tracee->ns_tid,
	};
	memcpy(record.comm, tracee->comm, sizeof(record.comm));
	return push(event_writer, &record, sizeof(record));
}

static bool push_exit(struct event_writer *event_writer, const struct tracee *tracee,
	const struct ended_call *end, uint64_t now_ns)
{
	struct event_exit record = {
		.event = event_of(tracee, EVENT_EXIT, now_ns),
		.call = end->call,
		.outcome = end->outcome,
		.result = end->result,
		.never_returned = end->never_returned,
		.capture = end->capture,
	};
	return push(event_writer, &record, sizeof(record));
}

static bool push_enter(struct event_writer *event_writer, const struct tracee *tracee)
{
	const struct current_call *current = &tracee->current;
	struct event_enter record = {
		.event = event_of(tracee, EVENT_ENTER, current->since_ns),
		.call = current->call,
		.has_args = interest_has(event_writer->interest, INTEREST_ARGS, current->call),
		.partial = current->partial,
		.capture = current->capture,
	};
	if (record.has_args)
		memcpy(record.args, current->args, sizeof(record.args));
	return push(event_writer, &record, sizeof(record));
}

static bool push_state(
	struct event_writer *event_writer, const struct tracee *tracee, uint64_t now_ns)
{
	struct event_state record = {
		.event = event_of(tracee, EVENT_STATE, now_ns),
		.state = tracee->state,
		.in_call = tracee_in_call(tracee),
	};
	return push(event_writer, &record, sizeof(record));
}

/* Debt. */

static void owe(struct event_writer *event_writer, struct tracee *tracee)
{
	if (tracee->pending.listed)
		return;
	tracee->pending.listed = true;
	tracee->pending.next = NULL;
	*event_writer->last = tracee;
	event_writer->last = &tracee->pending.next;
	atomic_store_explicit(&event_writer->holding, true, memory_order_relaxed);
}

static uint64_t call_key(struct call call)
{
	return (uint64_t)call.abi << 32 | call.nr;
}

static void owe_call(
	struct event_writer *event_writer, struct tracee *tracee, const struct ended_call *end)
{
	struct pending_sum *sum = map_get(&tracee->pending.sums, call_key(end->call));
	if (!sum) {
		sum = xcalloc(1, sizeof(*sum));
		sum->call = end->call;
		map_put(&tracee->pending.sums, call_key(end->call), sum);
	}
	if (!sum->tally) /* new, or paid already while another one still is not */
		sum->tally = xcalloc(1, sizeof(*sum->tally));
	tally_add(sum->tally, &end->outcome);
	atomic_fetch_add_explicit(&event_writer->details_lost, 1, memory_order_relaxed);
	owe(event_writer, tracee);
}

static void drop_sums(struct tracee *tracee)
{
	struct pending_sum *sum;
	MAP_FOR_EACH (&tracee->pending.sums, at, sum) {
		if (sum->tally)
			tally_clear(sum->tally);
		free(sum->tally);
		free(sum);
	}
	map_clear(&tracee->pending.sums);
}

/* Puts the sums into the ring; those that got there are marked by a tally that is NULL. */
static bool pay_sums(struct event_writer *event_writer, struct tracee *tracee, uint64_t now_ns)
{
	struct pending_sum *sum;
	MAP_FOR_EACH (&tracee->pending.sums, at, sum) {
		if (!sum->tally)
			continue;
		struct event_sum record = {
			.event = event_of(tracee, EVENT_SUM, now_ns),
			.call = sum->call,
			.tally = sum->tally,
		};
		if (!push(event_writer, &record, sizeof(record)))
			return false;
		sum->tally = NULL;
	}
	drop_sums(tracee);
	return true;
}

/* What it is doing now: both records where it is stopped inside a call, in this order. */
static bool pay_present(struct event_writer *event_writer, struct tracee *tracee, uint64_t now_ns)
{
	if (tracee_in_call(tracee) && !push_enter(event_writer, tracee))
		return false;
	return push_state(event_writer, tracee, now_ns);
}

static bool pay(struct event_writer *event_writer, struct tracee *tracee)
{
	uint64_t now_ns = clock_now_ns();
	if (tracee->pending.task && !push_task(event_writer, tracee, now_ns))
		return false;
	tracee->pending.task = false;
	if (!pay_sums(event_writer, tracee, now_ns))
		return false;
	if (tracee->pending.gone)
		return push(event_writer, &tracee->pending.end, sizeof(tracee->pending.end));
	return pay_present(event_writer, tracee, now_ns);
}

static void free_tracee(struct tracee *tracee)
{
	drop_sums(tracee);
	free(tracee);
}

/* Takes the oldest debtor off the list. */
static void unlist_first(struct event_writer *event_writer)
{
	struct tracee *tracee = event_writer->first;
	event_writer->first = tracee->pending.next;
	if (!event_writer->first)
		event_writer->last = &event_writer->first;
	tracee->pending.listed = false;
	if (tracee->pending.gone)
		free_tracee(tracee);
}

bool event_writer_flush(struct event_writer *event_writer)
{
	while (event_writer->first) {
		if (!pay(event_writer, event_writer->first))
			return false;
		unlist_first(event_writer);
	}
	if (event_writer->end_owed) {
		struct event_end record = {
			.event = {.type = EVENT_END, .time_ns = clock_now_ns()},
			.error = event_writer->end_error,
		};
		if (!push(event_writer, &record, sizeof(record)))
			return false;
		event_writer->end_owed = false;
		wake_reader(event_writer);
	}
	atomic_store_explicit(&event_writer->holding, false, memory_order_relaxed);
	return true;
}

/* Whether records may go straight into the ring: nothing is owed that has to come before them. */
static bool is_clear(struct event_writer *event_writer)
{
	return !event_writer->first || event_writer_flush(event_writer);
}

void event_writer_task(struct event_writer *event_writer, struct tracee *tracee, uint64_t now_ns)
{
	if (is_clear(event_writer) && push_task(event_writer, tracee, now_ns))
		return;
	tracee->pending.task = true;
	owe(event_writer, tracee);
}

/* Tells of the calls that ended; from the first for which there is no room on they are added up. */
static bool tell_ends(struct event_writer *event_writer, struct tracee *tracee,
	const struct step *step, bool clear, uint64_t now_ns)
{
	for (unsigned int i = 0; i < step->ended; i++) {
		clear = clear && push_exit(event_writer, tracee, &step->ends[i], now_ns);
		if (!clear)
			owe_call(event_writer, tracee, &step->ends[i]);
	}
	return clear;
}

void event_writer_step(struct event_writer *event_writer, struct tracee *tracee,
	const struct step *step, uint64_t now_ns)
{
	bool clear = tell_ends(event_writer, tracee, step, is_clear(event_writer), now_ns);
	if (step->entered && !(clear && push_enter(event_writer, tracee))) {
		owe(event_writer, tracee);
		clear = false;
	}
	if (step->state_changed && !(clear && push_state(event_writer, tracee, now_ns)))
		owe(event_writer, tracee);
}

void event_writer_gone(struct event_writer *event_writer, struct tracee *tracee, int exit_code,
	int exit_signal, uint64_t now_ns)
{
	/* First: to pay the debt of a tracee that is gone is to free it. */
	bool clear = is_clear(event_writer);
	tracee->pending.gone = true;
	tracee->pending.end = (struct event_gone){
		.event = event_of(tracee, EVENT_GONE, now_ns),
		.exit_code = exit_code,
		.exit_signal = exit_signal,
	};
	if (clear && push(event_writer, &tracee->pending.end, sizeof(tracee->pending.end)))
		free_tracee(tracee);
	else
		owe(event_writer, tracee);
}

void event_writer_end(struct event_writer *event_writer, int error)
{
	event_writer->end_owed = true;
	event_writer->end_error = error;
	atomic_store_explicit(&event_writer->holding, true, memory_order_relaxed);
	event_writer_flush(event_writer);
	wake_reader(event_writer);
}

bool event_writer_has_pending(const struct event_writer *event_writer)
{
	return atomic_load_explicit(&event_writer->holding, memory_order_relaxed);
}

void event_writer_drop(struct event_writer *event_writer)
{
	while (event_writer->first) {
		drop_sums(event_writer->first);
		unlist_first(event_writer);
	}
}
