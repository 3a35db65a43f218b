/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Observing threads in /proc; see app/observer.h. */
#include "config.h"

#include "app/observer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/map.h"
#include "decode/wait_reason.h"
#include "proc/freezer.h"
#include "proc/stat.h"
#include "proc/status.h"
#include "proc/times.h"

/* A shorter wait is over before anybody could read what it is for. */
#define WAIT_MIN_NS  (100 * NS_PER_MS)

/* CPU time is counted in ticks of 10 ms: over a shorter time, the share would be noise. */
#define STAT_MIN_NS  (200 * NS_PER_MS)

/*
 * For this long, what was read is not read again; if reading took long, as for an epoll instance
 * with thousands of descriptors, for this many times as long, so that we and the target, which
 * waits for the kernel's locks meanwhile, lose little to it. At most for FRESH_MAX_NS.
 */
#define FRESH_NS     (100 * NS_PER_MS)
#define FRESH_FACTOR 50
#define FRESH_MAX_NS (5 * NS_PER_S)

/* Maximum length of a chain of threads that wait for each other. */
#define CHAIN_MAX    16

/* How long observer_observe_some() takes at most, as keys have to wait; checked every few threads.
 */
#define SOME_NS      (8 * NS_PER_MS)
#define SOME_BATCH   16

/* A thread that has not been observed for this long is forgotten. */
#define FORGET_NS    (60 * NS_PER_S)

/* A thread that has been observed. */
struct observed {
	pid_t tid;
	uint64_t time_ns;             /* the last time; 0: never */
	uint64_t fresh_ns;            /* for how long that is not repeated */
	uint64_t cpu_ns, cpu_time_ns; /* its CPU time, and when that was read; 0: never */
	char state;                   /* of /proc/TID/stat, at cpu_time_ns */
	bool is_frozen;               /* at that time */
	bool slept;        /* it was asleep then, and had used no CPU time since the last time */
	uint64_t since_ns; /* start of the call that the following is about; 0: none */
	pid_t owner;       /* the thread or process that it waits for, or 0 */
	bool lasts;        /* this is valid until the call ends */
};

struct observer {
	const struct model *model;
	struct event_sink *sink;
	struct wait_memory *memory; /* owned */
	struct map threads;         /* struct observed by tid; owned */
	uint64_t swept_ns;
	size_t next;           /* where observer_observe_some() continues */
	size_t next_refreshed; /* where observer_refresh() continues with those that sleep */
	bool has_sent;
};

struct observer *observer_new(const struct model *model, struct event_sink *sink)
{
	struct observer *observer = xcalloc(1, sizeof(*observer));
	observer->model = model;
	observer->sink = sink;
	observer->memory = wait_memory_new();
	return observer;
}

void observer_free(struct observer *observer)
{
	if (!observer)
		return;
	struct observed *thread;
	MAP_FOR_EACH (&observer->threads, at, thread)
		free(thread);
	map_clear(&observer->threads);
	wait_memory_free(observer->memory);
	free(observer);
}

static struct observed *thread_of(struct observer *observer, pid_t tid)
{
	struct observed *thread = map_get(&observer->threads, (uint64_t)tid);
	if (thread)
		return thread;
	thread = xcalloc(1, sizeof(*thread));
	thread->tid = tid;
	map_put(&observer->threads, (uint64_t)tid, thread);
	return thread;
}

/*
 * Whether ROW's thread, which was read as THREAD before and as EVENT now, is frozen. A thread that
 * sleeps interruptibly in a call runs when it is frozen or thawed.
 */
static bool is_frozen(const struct observed *thread, const struct thread_row *row,
	const struct event_observed *event)
{
	bool is_same = thread->state == event->state && thread->cpu_ns == event->times.cpu_ns;
	if (event->state != 'S' && event->state != 'D')
		return false;
	if (event->state == 'S' && row->in_call && thread->cpu_time_ns && is_same)
		return thread->is_frozen;
	return proc_is_frozen(row->pid, row->tid, event->state);
}

/* Reads name, state and CPU time of ROW's thread. */
static void read_stat(
	struct observed *thread, const struct thread_row *row, struct event_observed *event)
{
	uint64_t now_ns = event->event.time_ns;
	struct proc_stat stat;
	if (proc_stat(row->pid, row->tid, &stat) < 0)
		return;
	event->has_name = true;
	memcpy(event->comm, stat.comm, sizeof(event->comm));
	event->parent = stat.parent;
	event->has_cpu = true;
	event->state = stat.state;
	event->times = proc_times_of(row->pid, row->tid, &stat);
	event->is_frozen = thread->is_frozen = is_frozen(thread, row, event);
	thread->state = stat.state;
	thread->slept = thread->cpu_time_ns && stat.state == 'S' &&
	                event->times.cpu_ns == thread->cpu_ns;
	thread->cpu_ns = event->times.cpu_ns;
	thread->cpu_time_ns = now_ns;
}

/* Whether what read_stat() reads was not read a short time ago. */
static bool is_due(const struct observed *thread, uint64_t now_ns)
{
	return !thread->cpu_time_ns || now_ns - thread->cpu_time_ns >= STAT_MIN_NS;
}

/* Finds out what ROW's thread is waiting for, if it is waiting. */
static void read_wait(struct observer *observer, struct observed *thread,
	const struct thread_row *row, struct event_observed *event)
{
	bool is_worker = row->state == THREAD_WORKER;
	bool waits = is_worker || (row->state == THREAD_IN_CALL && row->has_args &&
					  event->event.time_ns >= row->since_ns + WAIT_MIN_NS);
	bool is_known = waits && thread->since_ns == row->since_ns;
	if (is_known && thread->lasts)
		return;
	thread->owner = 0;
	thread->since_ns = 0;
	if (!waits)
		return;
	struct wait_place place = {.pid = row->pid, .tid = row->tid, .call = row->call};
	if (thread->cpu_time_ns >= row->since_ns)
		place.state = thread->state;
	struct wait wait = {0};
	memcpy(place.args, row->args, sizeof(place.args));
	bool is_found = is_worker ? wait_describe_worker(&place, &wait)
	                          : wait_describe(observer->memory, &place, &wait);
	if (!is_found && !is_known)
		return;
	/* What was known and no longer is, is reported as unknown. */
	event->has_wait = true;
	event->since_ns = row->since_ns;
	if (!is_found)
		return;
	event->lasts = thread->lasts = wait.lasts;
	event->owner = thread->owner = wait.owner;
	event->is_held = wait.is_held;
	thread->since_ns = row->since_ns;
	snprintf(event->reason, sizeof(event->reason), "%s", wait.text);
}

/* For how long an observation that took TAKEN_NS is not repeated. */
static uint64_t fresh_ns(uint64_t taken_ns)
{
	uint64_t ns = taken_ns * FRESH_FACTOR;
	return ns < FRESH_NS ? FRESH_NS : ns > FRESH_MAX_NS ? FRESH_MAX_NS : ns;
}

/*
 * Observes thread TID, unless that was done a moment ago. Returns the thread that it waits for; 0:
 * there is none, or TID was not observed.
 */
static pid_t observe_one(struct observer *observer, pid_t tid)
{
	uint64_t now_ns = clock_now_ns();
	struct thread_row row;
	if (!model_thread(observer->model, tid, now_ns, &row))
		return 0;
	struct observed *thread = thread_of(observer, tid);
	if (thread->time_ns && now_ns < thread->time_ns + thread->fresh_ns)
		return 0;
	struct event_observed event = {.event = {EVENT_OBSERVED, tid, now_ns}};
	if (is_due(thread, now_ns))
		read_stat(thread, &row, &event);
	read_wait(observer, thread, &row, &event);
	thread->time_ns = clock_now_ns();
	thread->fresh_ns = fresh_ns(thread->time_ns - now_ns);
	if (event.has_cpu || event.has_wait) {
		event_send(observer->sink, &event.event);
		observer->has_sent = true;
	}
	return thread->owner;
}

/* Observes thread TID and the chain of threads that it waits for. */
static void observe_chain(struct observer *observer, pid_t tid)
{
	for (int step = 0; tid > 0 && step < CHAIN_MAX; step++)
		tid = observe_one(observer, tid);
}

/* A thread to forget, or NULL. */
static struct observed *forgotten(const struct observer *observer, uint64_t now_ns)
{
	struct observed *thread;
	MAP_FOR_EACH (&observer->threads, at, thread) {
		if (thread->time_ns + FORGET_NS < now_ns &&
			thread->cpu_time_ns + FORGET_NS < now_ns)
			return thread;
	}
	return NULL;
}

static void sweep(struct observer *observer, uint64_t now_ns)
{
	if (observer->swept_ns + FORGET_NS > now_ns)
		return;
	observer->swept_ns = now_ns;
	for (struct observed *thread; (thread = forgotten(observer, now_ns)) != NULL;) {
		map_remove(&observer->threads, (uint64_t)thread->tid);
		free(thread);
	}
}

void observer_observe_waiting(struct observer *observer, size_t count)
{
	uint64_t now_ns = clock_now_ns();
	pid_t *tids;
	size_t waiting = model_waiting(observer->model, now_ns - WAIT_MIN_NS, &tids);
	sweep(observer, now_ns);
	observer_observe(observer, tids, waiting < count ? waiting : count);
	free(tids);
}

bool observer_observe(struct observer *observer, const pid_t *tids, size_t count)
{
	observer->has_sent = false;
	for (size_t i = 0; i < count; i++)
		observe_chain(observer, tids[i]);
	return observer->has_sent;
}

/* Whether thread TID was asleep when it was observed last, and is still in the same call. */
static bool sleeps_on(const struct observer *observer, pid_t tid)
{
	const struct observed *thread = map_get(&observer->threads, (uint64_t)tid);
	return thread && thread->slept &&
	       model_is_in_call_since(observer->model, tid, thread->cpu_time_ns);
}

/* Reads name, state and CPU time of thread TID. */
static void refresh_one(struct observer *observer, pid_t tid, uint64_t now_ns)
{
	struct thread_row row;
	if (!model_thread(observer->model, tid, now_ns, &row))
		return;
	struct event_observed event = {.event = {EVENT_OBSERVED, tid, now_ns}};
	read_stat(thread_of(observer, tid), &row, &event);
	if (event.has_name)
		event_send(observer->sink, &event.event);
}

void observer_refresh(struct observer *observer, uint64_t limit_ns)
{
	pid_t *tids;
	uint64_t begin_ns = clock_now_ns(), now_ns = begin_ns;
	size_t count = model_alive(observer->model, &tids), first = observer->next_refreshed;
	sweep(observer, now_ns);
	/* First those that can have used CPU time, then the others. */
	for (size_t step = 0; step < 2 * count && now_ns - begin_ns <= limit_ns; step++) {
		size_t at = (first + step) % count;
		struct observed *thread = thread_of(observer, tids[at]);
		if (thread->cpu_time_ns >= begin_ns ||
			(step >= count) != sleeps_on(observer, tids[at]) ||
			(limit_ns != UINT64_MAX && !is_due(thread, now_ns)))
			continue;
		refresh_one(observer, tids[at], now_ns);
		now_ns = clock_now_ns();
		if (step >= count)
			observer->next_refreshed = at + 1;
	}
	free(tids);
}

/* Whether the thread of ROW has ended. A leader stays, as a zombie, until its last thread ends. */
static bool is_gone(const struct thread_row *row)
{
	struct proc_stat stat;
	int result = proc_stat(row->pid, row->tid, &stat);
	if (result < 0)
		return (result == -ENOENT || result == -ESRCH) && !proc_exists(row->tid);
	return stat.state == 'X' || (stat.state == 'Z' && stat.threads <= 1);
}

void observer_find_ended(struct observer *observer, pid_t except)
{
	struct thread_row *rows;
	uint64_t now_ns = clock_now_ns();
	size_t count = model_threads(observer->model, now_ns, &rows);
	for (size_t i = 0; i < count; i++) {
		const struct event_gone gone = {
			.event = {EVENT_GONE, rows[i].tid, now_ns}, .exit_code = -1};
		if (rows[i].state != THREAD_ENDED && rows[i].tid != except && is_gone(&rows[i]))
			event_send(observer->sink, &gone.event);
	}
	free(rows);
}

bool observer_observe_some(struct observer *observer, const pid_t *tids, size_t count)
{
	uint64_t until_ns = clock_now_ns() + SOME_NS;
	size_t number = 0, at = observer->next;
	observer->has_sent = false;
	/* First those that can have used CPU time, then the others. */
	for (size_t step = 0; step < 2 * count; step++, at++) {
		pid_t tid = tids[at % count];
		if ((step >= count) != sleeps_on(observer, tid))
			continue;
		observe_chain(observer, tid);
		if (++number % SOME_BATCH == 0 && clock_now_ns() > until_ns)
			break;
	}
	observer->next = count ? at % count : 0;
	return observer->has_sent;
}

void observer_observe_signals(struct observer *observer, size_t count)
{
	struct proc_status status;
	pid_t *tids;
	size_t alive = model_alive(observer->model, &tids);
	for (size_t i = 0; i < alive && i < count; i++) {
		if (proc_status(tids[i], &status) < 0)
			continue;
		const struct event_masks masks = {
			.event = {EVENT_MASKS, tids[i], clock_now_ns()},
			.tgid = status.tgid,
			.blocked = status.blocked,
			.pending = status.pending,
			.ignored = status.ignored,
			.handled = status.handled,
		};
		event_send(observer->sink, &masks.event);
	}
	free(tids);
}
