/* Records into the ring, sums when it is full; the drawing is in trace/outbox.h. */
#include "config.h"

#include "trace/outbox.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

/* How often the ring's level is looked at: the index that the reader writes is on its own line. */
#define LEVEL_EVERY 64

/* The calls of one tracee and kind that ended while the ring was full. */
struct owed_sum {
	struct call call;
	struct tally *tally; /* owned until it is in the ring */
};

void outbox_init(struct outbox *outbox, struct ring *ring, size_t capacity,
	const struct interest *interest, int wake_fd)
{
	*outbox = (struct outbox){
		.ring = ring,
		.interest = interest,
		.wake_fd = wake_fd,
		.wake_at = capacity / 2,
	};
	outbox->last = &outbox->first;
}

static void wake_reader(struct outbox *outbox)
{
	uint64_t one = 1;
	/* It fails only where the reader has been woken 2^64 times already. */
	if (write(outbox->wake_fd, &one, sizeof(one)) < 0)
		return;
}

static bool push(struct outbox *outbox, const void *record, size_t size)
{
	void *room = ring_reserve(outbox->ring, size);
	if (!room)
		return false;
	memcpy(room, record, size);
	ring_commit(outbox->ring);
	if (++outbox->pushes % LEVEL_EVERY == 0 && ring_used(outbox->ring) > outbox->wake_at)
		wake_reader(outbox);
	return true;
}

static struct event event_of(const struct tracee *tracee, enum event_type type, uint64_t time_ns)
{
	return (struct event){.type = type, .tid = tracee->tid, .time_ns = time_ns};
}

/* Single records. Each returns whether there was room. */

static bool push_task(struct outbox *outbox, const struct tracee *tracee, uint64_t now_ns)
{
	struct event_task record = {
		.event = event_of(tracee, EVENT_TASK, now_ns),
		.tgid = tracee->tgid,
		.parent = tracee->parent,
		.ns_tid = tracee->ns_tid,
	};
	memcpy(record.comm, tracee->comm, sizeof(record.comm));
	return push(outbox, &record, sizeof(record));
}

static bool push_exit(struct outbox *outbox, const struct tracee *tracee,
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
	return push(outbox, &record, sizeof(record));
}

static bool push_enter(struct outbox *outbox, const struct tracee *tracee)
{
	const struct current_call *current = &tracee->current;
	struct event_enter record = {
		.event = event_of(tracee, EVENT_ENTER, current->since_ns),
		.call = current->call,
		.has_args = interest_has(outbox->interest, INTEREST_ARGS, current->call),
		.partial = current->partial,
		.capture = current->capture,
	};
	if (record.has_args)
		memcpy(record.args, current->args, sizeof(record.args));
	return push(outbox, &record, sizeof(record));
}

static bool push_state(struct outbox *outbox, const struct tracee *tracee, uint64_t now_ns)
{
	struct event_state record = {
		.event = event_of(tracee, EVENT_STATE, now_ns),
		.state = tracee->state,
		.in_call = tracee_in_call(tracee),
	};
	return push(outbox, &record, sizeof(record));
}

/* Debt. */

static void owe(struct outbox *outbox, struct tracee *tracee)
{
	if (tracee->owed.listed)
		return;
	tracee->owed.listed = true;
	tracee->owed.next = NULL;
	*outbox->last = tracee;
	outbox->last = &tracee->owed.next;
	atomic_store_explicit(&outbox->holding, true, memory_order_relaxed);
}

static uint64_t call_key(struct call call)
{
	return (uint64_t)call.abi << 32 | call.nr;
}

static void owe_call(struct outbox *outbox, struct tracee *tracee, const struct ended_call *end)
{
	struct owed_sum *sum = map_get(&tracee->owed.sums, call_key(end->call));
	if (!sum) {
		sum = xcalloc(1, sizeof(*sum));
		sum->call = end->call;
		map_put(&tracee->owed.sums, call_key(end->call), sum);
	}
	if (!sum->tally) /* new, or paid already while another one still is not */
		sum->tally = xcalloc(1, sizeof(*sum->tally));
	tally_add(sum->tally, &end->outcome);
	atomic_fetch_add_explicit(&outbox->details_lost, 1, memory_order_relaxed);
	owe(outbox, tracee);
}

static void drop_sums(struct tracee *tracee)
{
	struct owed_sum *sum;
	MAP_FOR_EACH (&tracee->owed.sums, at, sum) {
		if (sum->tally)
			tally_clear(sum->tally);
		free(sum->tally);
		free(sum);
	}
	map_clear(&tracee->owed.sums);
}

/* Puts the sums into the ring; those that got there are marked by a tally that is NULL. */
static bool pay_sums(struct outbox *outbox, struct tracee *tracee, uint64_t now_ns)
{
	struct owed_sum *sum;
	MAP_FOR_EACH (&tracee->owed.sums, at, sum) {
		if (!sum->tally)
			continue;
		struct event_sum record = {
			.event = event_of(tracee, EVENT_SUM, now_ns),
			.call = sum->call,
			.tally = sum->tally,
		};
		if (!push(outbox, &record, sizeof(record)))
			return false;
		sum->tally = NULL;
	}
	drop_sums(tracee);
	return true;
}

/* What it is doing now: both records where it is stopped inside a call, in this order. */
static bool pay_present(struct outbox *outbox, struct tracee *tracee, uint64_t now_ns)
{
	if (tracee_in_call(tracee) && !push_enter(outbox, tracee))
		return false;
	return push_state(outbox, tracee, now_ns);
}

static bool pay(struct outbox *outbox, struct tracee *tracee)
{
	uint64_t now_ns = clock_now_ns();
	if (tracee->owed.task && !push_task(outbox, tracee, now_ns))
		return false;
	tracee->owed.task = false;
	if (!pay_sums(outbox, tracee, now_ns))
		return false;
	if (tracee->owed.gone)
		return push(outbox, &tracee->owed.end, sizeof(tracee->owed.end));
	return pay_present(outbox, tracee, now_ns);
}

static void free_tracee(struct tracee *tracee)
{
	drop_sums(tracee);
	free(tracee);
}

/* Takes the oldest debtor off the list. */
static void unlist_first(struct outbox *outbox)
{
	struct tracee *tracee = outbox->first;
	outbox->first = tracee->owed.next;
	if (!outbox->first)
		outbox->last = &outbox->first;
	tracee->owed.listed = false;
	if (tracee->owed.gone)
		free_tracee(tracee);
}

bool outbox_flush(struct outbox *outbox)
{
	while (outbox->first) {
		if (!pay(outbox, outbox->first))
			return false;
		unlist_first(outbox);
	}
	if (outbox->end_owed) {
		struct event_end record = {
			.event = {.type = EVENT_END, .time_ns = clock_now_ns()},
			.error = outbox->end_error,
		};
		if (!push(outbox, &record, sizeof(record)))
			return false;
		outbox->end_owed = false;
		wake_reader(outbox);
	}
	atomic_store_explicit(&outbox->holding, false, memory_order_relaxed);
	return true;
}

/* Whether records may go straight into the ring: nothing is owed that has to come before them. */
static bool is_clear(struct outbox *outbox)
{
	return !outbox->first || outbox_flush(outbox);
}

void outbox_task(struct outbox *outbox, struct tracee *tracee, uint64_t now_ns)
{
	if (is_clear(outbox) && push_task(outbox, tracee, now_ns))
		return;
	tracee->owed.task = true;
	owe(outbox, tracee);
}

/* Tells of the calls that ended; from the first for which there is no room on they are added up. */
static bool tell_ends(struct outbox *outbox, struct tracee *tracee, const struct step *step,
	bool clear, uint64_t now_ns)
{
	for (unsigned int i = 0; i < step->ended; i++) {
		clear = clear && push_exit(outbox, tracee, &step->ends[i], now_ns);
		if (!clear)
			owe_call(outbox, tracee, &step->ends[i]);
	}
	return clear;
}

void outbox_step(
	struct outbox *outbox, struct tracee *tracee, const struct step *step, uint64_t now_ns)
{
	bool clear = tell_ends(outbox, tracee, step, is_clear(outbox), now_ns);
	if (step->entered && !(clear && push_enter(outbox, tracee))) {
		owe(outbox, tracee);
		clear = false;
	}
	if (step->state_changed && !(clear && push_state(outbox, tracee, now_ns)))
		owe(outbox, tracee);
}

void outbox_gone(struct outbox *outbox, struct tracee *tracee, int exit_code, int exit_signal,
	uint64_t now_ns)
{
	/* First: to pay the debt of a tracee that is gone is to free it. */
	bool clear = is_clear(outbox);
	tracee->owed.gone = true;
	tracee->owed.end = (struct event_gone){
		.event = event_of(tracee, EVENT_GONE, now_ns),
		.exit_code = exit_code,
		.exit_signal = exit_signal,
	};
	if (clear && push(outbox, &tracee->owed.end, sizeof(tracee->owed.end)))
		free_tracee(tracee);
	else
		owe(outbox, tracee);
}

void outbox_end(struct outbox *outbox, int error)
{
	outbox->end_owed = true;
	outbox->end_error = error;
	atomic_store_explicit(&outbox->holding, true, memory_order_relaxed);
	outbox_flush(outbox);
	wake_reader(outbox);
}

bool outbox_holding(const struct outbox *outbox)
{
	return atomic_load_explicit(&outbox->holding, memory_order_relaxed);
}

void outbox_drop(struct outbox *outbox)
{
	while (outbox->first) {
		drop_sums(outbox->first);
		unlist_first(outbox);
	}
}
