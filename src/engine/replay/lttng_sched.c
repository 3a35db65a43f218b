/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the time of calls went; see engine/replay/lttng_sched.h. */
#include "config.h"

#include "engine/replay/lttng_sched.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"

/* Maximum number of threads that are remembered: beyond it, all are forgotten. */
#define THREADS_MAX 65536

enum place {
	ON_CPU,
	RUNNABLE,
	BLOCKED,
};

/* A thread that has made a call. */
struct thread {
	enum place place;
	uint64_t since_ns;    /* there since then */
	bool is_in_call;      /* of which: */
	uint64_t losses;      /* as in struct lttng_sched when it began */
	uint64_t start_ns;    /* when that was */
	uint64_t runnable_ns; /* so far */
	uint64_t blocked_ns;  /* so far */
};

struct lttng_sched {
	struct map threads; /* struct thread by tid; owned */
	bool has_switches, has_wakes;
	uint64_t losses; /* how often events were missing */
};

struct lttng_sched *lttng_sched_new(void)
{
	return xcalloc(1, sizeof(struct lttng_sched));
}

static void forget_all(struct lttng_sched *sched)
{
	struct thread *thread;
	MAP_FOR_EACH (&sched->threads, at, thread)
		free(thread);
	map_clear(&sched->threads);
}

void lttng_sched_free(struct lttng_sched *sched)
{
	if (!sched)
		return;
	forget_all(sched);
	free(sched);
}

void lttng_sched_forget(struct lttng_sched *sched, pid_t tid)
{
	free(map_remove(&sched->threads, (uint64_t)tid));
}

/* THREAD goes to PLACE at NOW_NS. */
static void go(struct thread *thread, enum place place, uint64_t now_ns)
{
	uint64_t passed_ns = now_ns - thread->since_ns;
	if (thread->place == RUNNABLE)
		thread->runnable_ns += passed_ns;
	else if (thread->place == BLOCKED)
		thread->blocked_ns += passed_ns;
	thread->place = place;
	thread->since_ns = now_ns;
}

/* The thread TID if it has made a call, or NULL. */
static struct thread *find(const struct lttng_sched *sched, pid_t tid)
{
	return tid ? map_get(&sched->threads, (uint64_t)tid) : NULL;
}

void lttng_sched_switch(
	struct lttng_sched *sched, pid_t from, bool is_runnable, pid_t to, uint64_t now_ns)
{
	struct thread *left = find(sched, from), *entered = find(sched, to);
	sched->has_switches = true;
	if (left)
		go(left, is_runnable ? RUNNABLE : BLOCKED, now_ns);
	if (entered)
		go(entered, ON_CPU, now_ns);
}

bool lttng_sched_wake(struct lttng_sched *sched, pid_t tid, uint64_t now_ns)
{
	struct thread *thread = find(sched, tid);
	bool was_blocked = thread && thread->place == BLOCKED;
	sched->has_wakes = true;
	/* Before the switch, its wait is none; sched_wakeup, too, may be as early. */
	if (was_blocked)
		go(thread, RUNNABLE, now_ns);
	return was_blocked && thread->is_in_call;
}

void lttng_sched_lose(struct lttng_sched *sched)
{
	sched->losses++;
}

void lttng_sched_begin(struct lttng_sched *sched, pid_t tid, uint64_t now_ns)
{
	struct thread *thread = find(sched, tid);
	if (!thread) {
		if (sched->threads.count >= THREADS_MAX)
			forget_all(sched);
		thread = xcalloc(1, sizeof(*thread));
		map_put(&sched->threads, (uint64_t)tid, thread);
	}
	/* It is on a CPU, whatever was missed. */
	*thread = (struct thread){
		.place = ON_CPU,
		.since_ns = now_ns,
		.is_in_call = true,
		.losses = sched->losses,
		.start_ns = now_ns,
	};
}

bool lttng_sched_end(struct lttng_sched *sched, pid_t tid, uint64_t now_ns, struct split *split)
{
	struct thread *thread = find(sched, tid);
	if (!thread || !thread->is_in_call)
		return false;
	thread->is_in_call = false;
	*split = (struct split){
		.calls = 1,
		.total_ns = now_ns - thread->start_ns,
		.runnable_ns = thread->runnable_ns,
		.blocked_ns = thread->blocked_ns,
	};
	return sched->has_switches && sched->has_wakes && thread->losses == sched->losses &&
	       thread->place == ON_CPU;
}
