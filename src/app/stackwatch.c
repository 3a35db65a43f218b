/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks requested in a session; see app/stackwatch.h. */
#include "config.h"

#include "app/stackwatch.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/notes.h"
#include "base/clock.h"
#include "event/event.h"
#include "proc/wait.h"

/* Maximum number of kernel stacks to read at once. */
#define KERNEL_STACKS 64

/* Maximum number of stacks to read at once, of threads waiting in calls without a copy. */
#define STACK_READS   64

_Static_assert(EVENT_REFUSAL_MAX == SAMPLER_REASON_MAX, "the same reason");

/* Whether CALL's stacks are always requested. */
static bool is_always_wanted(const struct stackwatch *watch, struct call call)
{
	return watch->is_recorded || (watch->calls && callset_has(watch->calls, call));
}

/* Requests the stacks that are always wanted, and no others. */
static void request_always(struct stackwatch *watch)
{
	for (uint32_t abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t nr = 0; nr < INTEREST_NUMBERS; nr++) {
			struct call call = {.nr = nr, .abi = abi};
			interest_set(watch->interest, INTEREST_STACKS, call,
				is_always_wanted(watch, call));
		}
	}
}

int stackwatch_start(struct stackwatch *watch, struct interest *interest,
	const struct callset *calls, const struct stacks_config *config)
{
	*watch = (struct stackwatch){.interest = interest, .calls = calls};
	request_always(watch);
	return stacks_new(config, &watch->stacks);
}

bool stackwatch_reap(struct stackwatch *watch, pid_t pid)
{
	return watch->stacks && stacks_reap(watch->stacks, pid);
}

void stackwatch_clear(struct stackwatch *watch)
{
	stacks_free(watch->stacks);
	recorded_stacks_free(watch->recorded);
	*watch = (struct stackwatch){0};
}

void stackwatch_replay(struct stackwatch *watch, size_t memory, struct event_sinks *sinks)
{
	if (!watch->recorded)
		watch->recorded = recorded_stacks_new(memory);
	event_sinks_add(sinks, recorded_stacks_sink(watch->recorded));
}

void stackwatch_record(struct stackwatch *watch, bool wanted)
{
	if (!watch->stacks || watch->is_recorded == wanted)
		return;
	watch->is_recorded = wanted;
	watch->sent = (struct event_stacks){0};
	request_always(watch);
	for (size_t i = 0; i < watch->watched_count; i++)
		interest_set(watch->interest, INTEREST_STACKS, watch->watched[i], true);
}

bool stackwatch_lacks_stacks(const struct stackwatch *watch)
{
	return watch->recorded && !recorded_stacks_are_there(watch->recorded);
}

struct stack_copy_channel *stackwatch_channel(const struct stackwatch *watch)
{
	return watch->stacks ? stacks_channel(watch->stacks) : NULL;
}

void stackwatch_set(struct stackwatch *watch, const struct call *calls, size_t count, pid_t tid)
{
	if (!watch->stacks)
		return;
	for (size_t i = 0; i < watch->watched_count; i++)
		interest_set(watch->interest, INTEREST_STACKS, watch->watched[i],
			is_always_wanted(watch, watch->watched[i]));
	watch->watched_count = count < STACKWATCH_CALLS_MAX ? count : STACKWATCH_CALLS_MAX;
	for (size_t i = 0; i < watch->watched_count; i++) {
		watch->watched[i] = calls[i];
		interest_set(watch->interest, INTEREST_STACKS, calls[i], true);
	}
	watch->tid = tid;
	atomic_store_explicit(&watch->interest->stacks_of, tid, memory_order_relaxed);
}

void stackwatch_sample(struct stackwatch *watch, const struct samples_thread *threads, size_t count)
{
	if (watch->stacks)
		stacks_sample(watch->stacks, threads, count);
}

static void send_sample(struct event_sink *sink, const struct stack_result *result)
{
	const struct event_sample event = {
		.event = {EVENT_SAMPLE, result->tid, result->time_ns},
		.stack = result->stack->id,
	};
	event_send(sink, &event.event);
}

static void send_result(struct event_sink *sink, const struct stack_result *result)
{
	if (!result->stack) {
		const struct event known = {EVENT_STACKS_KNOWN, 0, result->time_ns};
		event_send(sink, &known);
		return;
	}
	if (result->is_sample) {
		send_sample(sink, result);
		return;
	}
	const struct event_stack event = {
		.event = {EVENT_STACK, result->tid, result->time_ns},
		.number = (uint32_t)result->number,
		.stack = result->stack->id,
		.is_provisional = result->is_provisional,
		.call = {.nr = result->nr, .abi = ABI_NATIVE},
	};
	event_send(sink, &event.event);
}

void stackwatch_pump(struct stackwatch *watch, struct event_sink *sink)
{
	struct stack_result result;
	while (watch->stacks && stacks_next(watch->stacks, &result))
		send_result(sink, &result);
	if (watch->stacks)
		stacks_show_names(watch->stacks);
}

bool stackwatch_finish(struct stackwatch *watch, struct event_sink *sink)
{
	bool is_wanted = watch->calls || watch->is_recorded;
	bool is_done = !is_wanted || !watch->stacks || stacks_finish(watch->stacks);
	stackwatch_pump(watch, sink);
	return is_done;
}

void stackwatch_stats(const struct stackwatch *watch, struct stacks_stats *stats)
{
	const struct event_stacks *recorded = watch->recorded
	                                              ? recorded_stacks_state(watch->recorded)
	                                              : NULL;
	*stats = (struct stacks_stats){0};
	if (watch->recorded)
		stats->beyond = recorded_stacks_beyond(watch->recorded);
	if (recorded) {
		stats->taken = recorded->taken;
		stats->missed = recorded->missed;
		stats->cpu_ns = recorded->cpu_ns;
		snprintf(stats->unsampled, sizeof(stats->unsampled), "%s", recorded->unsampled);
		return;
	}
	if (watch->stacks)
		stacks_stats(watch->stacks, stats);
	if (watch->has_ended)
		stats->cpu_ns = watch->cpu_ns;
}

void stackwatch_send_stats(struct stackwatch *watch, const struct stacks_stats *stats,
	uint64_t now_ns, struct event_sink *sink)
{
	struct event_stacks event = {
		.event = {.type = EVENT_STACKS, .time_ns = watch->sent.event.time_ns},
		.taken = stats->taken,
		.missed = stats->missed,
		.cpu_ns = stats->cpu_ns,
	};
	snprintf(event.unsampled, sizeof(event.unsampled), "%s", stats->unsampled);
	if (!watch->is_recorded || memcmp(&event, &watch->sent, sizeof(event)) == 0)
		return;
	event.event.time_ns = now_ns;
	watch->sent = event;
	event_send(sink, &event.event);
}

void stackwatch_repeat_stats(
	const struct stackwatch *watch, uint64_t now_ns, struct event_sink *sink)
{
	struct event_stacks event = watch->sent;
	event.event = (struct event){.type = EVENT_STACKS, .time_ns = now_ns};
	if (watch->is_recorded)
		event_send(sink, &event.event);
}

void stackwatch_begin(struct stackwatch *watch)
{
	watch->has_ended = false;
}

void stackwatch_end(struct stackwatch *watch)
{
	struct stacks_stats stats;
	stackwatch_stats(watch, &stats);
	watch->cpu_ns = stats.cpu_ns;
	watch->has_ended = true;
}

/* Sends note ID with COUNT: WHAT says of what. */
static void send_note(
	struct event_sink *sink, uint64_t now_ns, uint32_t id, uint64_t count, const char *what)
{
	struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = now_ns},
		.id = id,
		.count = count,
	};
	snprintf(note.text, sizeof(note.text), "%llu %s", (unsigned long long)count, what);
	if (count)
		event_send(sink, &note.event);
}

void stackwatch_send_notes(const struct stackwatch *watch, uint64_t now_ns, struct event_sink *sink)
{
	struct stacks_stats stats;
	stackwatch_stats(watch, &stats);
	send_note(sink, now_ns, NOTE_STACKS_REFUSED, stats.refused,
		"stacks or names are missing, because memory was refused");
	send_note(sink, now_ns, NOTE_STACKS_UNOPENED, stats.unopened,
		"files were not read for stacks and names: too many open files (ulimit -n)");
	send_note(sink, now_ns, NOTE_STACKS_BEYOND, stats.beyond,
		"names are missing: they need more memory than --stack-memory allows");
	send_note(sink, now_ns, NOTE_STACKS_FAILED, stats.failures,
		"times, the process that reads stacks and symbols failed and was replaced: what it "
		"was reading has no names");
}

/*
 * Whether ROW is a thread waiting in a call without a copy, although its stack is requested: the
 * call began before that, or the thread could not be stopped at the attach.
 */
static bool is_unseen(const struct stackwatch *watch, const struct thread_row *row)
{
	return row->state == THREAD_IN_CALL && !row->stack && row->call.abi == ABI_NATIVE &&
	       interest_has_stack(watch->interest, row->call, row->tid);
}

/* Reads the kernel stack of ROW's thread. */
static void read_kernel_stack(
	const struct thread_row *row, uint64_t now_ns, struct event_sink *sink)
{
	union {
		struct event_kernel_stack event;
		char room[sizeof(struct event_kernel_stack) + EVENT_KERNEL_MAX];
	} record = {.event = {.event = {EVENT_KERNEL_STACK, row->tid, now_ns}}};
	if (proc_kernel_stack(row->pid, row->tid, record.event.text, EVENT_KERNEL_MAX) < 0)
		record.event.text[0] = '\0';
	record.event.size = (uint32_t)strlen(record.event.text) + 1;
	event_send(sink, &record.event.event);
}

void stackwatch_observe(struct stackwatch *watch, const struct model *model, bool shown,
	uint64_t now_ns, struct event_sink *sink)
{
	struct thread_row *rows;
	bool is_wanted = shown || watch->calls || watch->is_recorded || watch->watched_count ||
	                 watch->tid;
	if (!watch->stacks || !is_wanted)
		return;
	size_t count = model_threads(model, now_ns, &rows);
	size_t kernel_left = shown ? KERNEL_STACKS : 0;
	size_t reads_left = model_has_ended(model) ? 0 : STACK_READS;
	for (size_t i = 0; i < count; i++) {
		const struct thread_row *row = &rows[i];
		bool is_watched = row->tid == watch->tid;
		/* In state D the kernel's stack says most, even if ours is unknown. */
		bool is_shown = row->stack || row->proc_state == 'D';
		bool can_wait = row->state == THREAD_IN_CALL || row->state == THREAD_WORKER;
		if (can_wait && (is_watched || (is_shown && kernel_left))) {
			read_kernel_stack(row, now_ns, sink);
			kernel_left -= !is_watched;
		}
		if (reads_left && is_unseen(watch, row)) {
			stacks_peek(watch->stacks, row->pid, row->tid, row->call.nr);
			reads_left--;
		}
	}
	free(rows);
}

/* See struct stack_lookup. */
static const struct stack *find_stack(const void *context, uint32_t id)
{
	return stacks_by_id(context, id);
}

/* The same of a replay. */
static const struct stack *find_recorded(const void *context, uint32_t id)
{
	return recorded_stacks_by_id(context, id);
}

struct stack_lookup stackwatch_lookup(const struct stackwatch *watch)
{
	if (watch->recorded)
		return (struct stack_lookup){.find = find_recorded, .context = watch->recorded};
	if (!watch->stacks)
		return (struct stack_lookup){0};
	return (struct stack_lookup){.find = find_stack, .context = watch->stacks};
}
