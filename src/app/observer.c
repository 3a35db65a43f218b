/* Asking /proc about threads; see app/observer.h. */
#include "config.h"

#include "app/observer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/map.h"
#include "decode/wait_reason.h"
#include "proc/stat.h"

/* A shorter wait need not be explained, and would be over before it were. */
#define WAIT_MIN_NS (100 * NS_PER_MS)

/* Processor time comes in ticks of 10 ms: a share of less time than this would be noise. */
#define CPU_MIN_NS  (200 * NS_PER_MS)

/* What was read is as good as new for this long. */
#define FRESH_NS    (100 * NS_PER_MS)

/* How far a chain of threads that wait for each other is followed. */
#define CHAIN_MAX   16

/* How long observer_ask_some() takes at most, as keys wait meanwhile; and how often it looks. */
#define SOME_NS     (8 * NS_PER_MS)
#define SOME_BATCH  16

/* After this time without a question, what is known of a thread is forgotten. */
#define FORGET_NS   (60 * NS_PER_S)

/* A thread that was asked about. */
struct asked {
	pid_t tid;
	uint64_t time_ns;             /* when it was, last; 0: never */
	uint64_t cpu_ns, cpu_time_ns; /* its processor time, and when that was read; 0: never */
	bool slept;        /* it was asleep then, and had used none since the time before */
	uint64_t since_ns; /* beginning of the call of which the following is known; 0: none */
	pid_t owner;       /* for whom it waits, or 0 */
	bool lasts;        /* until that call ends */
};

struct observer {
	const struct model *model;
	struct event_sink *sink;
	struct map asked; /* struct asked by tid; owned */
	uint64_t swept_ns;
	size_t next; /* where observer_ask_some() goes on */
	bool has_sent;
};

struct observer *observer_new(const struct model *model, struct event_sink *sink)
{
	struct observer *observer = xcalloc(1, sizeof(*observer));
	observer->model = model;
	observer->sink = sink;
	return observer;
}

void observer_free(struct observer *observer)
{
	if (!observer)
		return;
	struct asked *asked;
	MAP_FOR_EACH (&observer->asked, at, asked)
		free(asked);
	map_clear(&observer->asked);
	free(observer);
}

static struct asked *asked_of(struct observer *observer, pid_t tid)
{
	struct asked *asked = map_get(&observer->asked, (uint64_t)tid);
	if (asked)
		return asked;
	asked = xcalloc(1, sizeof(*asked));
	asked->tid = tid;
	map_put(&observer->asked, (uint64_t)tid, asked);
	return asked;
}

/* Reads the processor time of ROW's thread, where the last time was long enough ago. */
static void read_cpu(
	struct asked *asked, const struct thread_row *row, struct event_observed *event)
{
	uint64_t now_ns = event->event.time_ns;
	struct proc_stat stat;
	if (asked->cpu_time_ns && now_ns - asked->cpu_time_ns < CPU_MIN_NS)
		return;
	if (proc_stat(row->pid, row->tid, &stat) < 0)
		return;
	event->has_cpu = true;
	event->state = stat.state;
	event->cpu_ns = stat.cpu_ns;
	asked->slept = asked->cpu_time_ns && stat.state == 'S' && event->cpu_ns == asked->cpu_ns;
	asked->cpu_ns = event->cpu_ns;
	asked->cpu_time_ns = now_ns;
}

/* Finds out what ROW's thread waits for, where it waits. */
static void read_wait(
	struct asked *asked, const struct thread_row *row, struct event_observed *event)
{
	bool waits = row->state == THREAD_IN_CALL && row->has_args &&
	             event->event.time_ns >= row->since_ns + WAIT_MIN_NS;
	bool is_known = waits && asked->since_ns == row->since_ns;
	if (is_known && asked->lasts)
		return;
	asked->owner = 0;
	asked->since_ns = 0;
	if (!waits)
		return;
	struct wait_place place = {.pid = row->pid, .tid = row->tid, .call = row->call};
	struct wait wait = {0};
	memcpy(place.args, row->args, sizeof(place.args));
	bool is_found = wait_describe(&place, &wait);
	if (!is_found && !is_known)
		return;
	/* Where it was known and is no more, the event says so. */
	event->has_wait = true;
	event->since_ns = row->since_ns;
	if (!is_found)
		return;
	event->lasts = asked->lasts = wait.lasts;
	event->owner = asked->owner = wait.owner;
	asked->since_ns = row->since_ns;
	snprintf(event->reason, sizeof(event->reason), "%s", wait.text);
}

/*
 * Asks about thread TID, unless that has just been done. Returns the thread for which it waits, or
 * 0 where there is none, or that was asked about as well.
 */
static pid_t ask_one(struct observer *observer, pid_t tid)
{
	uint64_t now_ns = clock_now_ns();
	struct thread_row row;
	if (!model_thread(observer->model, tid, now_ns, &row))
		return 0;
	struct asked *asked = asked_of(observer, tid);
	if (asked->time_ns && now_ns < asked->time_ns + FRESH_NS)
		return 0;
	asked->time_ns = now_ns;
	struct event_observed event = {.event = {EVENT_OBSERVED, tid, now_ns}};
	read_cpu(asked, &row, &event);
	read_wait(asked, &row, &event);
	if (event.has_cpu || event.has_wait) {
		event_send(observer->sink, &event.event);
		observer->has_sent = true;
	}
	return asked->owner;
}

/* Asks about thread TID, and those for which it waits, one after the other. */
static void ask_chain(struct observer *observer, pid_t tid)
{
	for (int step = 0; tid > 0 && step < CHAIN_MAX; step++)
		tid = ask_one(observer, tid);
}

/* A thread that nobody has asked about in a long while, or NULL. */
static struct asked *forgotten(const struct observer *observer, uint64_t now_ns)
{
	struct asked *asked;
	MAP_FOR_EACH (&observer->asked, at, asked) {
		if (asked->time_ns + FORGET_NS < now_ns)
			return asked;
	}
	return NULL;
}

static void sweep(struct observer *observer, uint64_t now_ns)
{
	if (observer->swept_ns + FORGET_NS > now_ns)
		return;
	observer->swept_ns = now_ns;
	for (struct asked *asked; (asked = forgotten(observer, now_ns)) != NULL;) {
		map_remove(&observer->asked, (uint64_t)asked->tid);
		free(asked);
	}
}

void observer_ask_waiting(struct observer *observer, size_t count)
{
	uint64_t now_ns = clock_now_ns();
	pid_t *tids;
	size_t waiting = model_waiting(observer->model, now_ns - WAIT_MIN_NS, &tids);
	sweep(observer, now_ns);
	observer_ask(observer, tids, waiting < count ? waiting : count);
	free(tids);
}

bool observer_ask(struct observer *observer, const pid_t *tids, size_t count)
{
	observer->has_sent = false;
	for (size_t i = 0; i < count; i++)
		ask_chain(observer, tids[i]);
	return observer->has_sent;
}

/* Whether thread TID slept when it was asked about last, and has been in the same call ever since.
 */
static bool sleeps_on(const struct observer *observer, pid_t tid)
{
	const struct asked *asked = map_get(&observer->asked, (uint64_t)tid);
	struct thread_row row;
	return asked && asked->slept && model_thread(observer->model, tid, 0, &row) &&
	       row.state == THREAD_IN_CALL && row.since_ns <= asked->cpu_time_ns;
}

bool observer_ask_some(struct observer *observer, const pid_t *tids, size_t count)
{
	uint64_t until_ns = clock_now_ns() + SOME_NS;
	size_t number = 0, at = observer->next;
	observer->has_sent = false;
	/* Twice round: first those that can have used a processor, so that all have their turn. */
	for (size_t step = 0; step < 2 * count; step++, at++) {
		pid_t tid = tids[at % count];
		if ((step >= count) != sleeps_on(observer, tid))
			continue;
		ask_chain(observer, tid);
		if (++number % SOME_BATCH == 0 && clock_now_ns() > until_ns)
			break;
	}
	observer->next = count ? at % count : 0;
	return observer->has_sent;
}
