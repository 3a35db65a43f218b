/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack thread; see stack/stacks.h. */
#include "config.h"

#include "stack/stacks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/ring.h"
#include "stack/intern.h"
#include "stack/peek.h"
#include "stack/resolver.h"
#include "stack/symbolizer.h"

#define RESULT_RING (1 << 20)
#define PEEK_RING   (16 << 10)

/*
 * How long to sleep when idle. The engine wakes the thread when part of the ring is full; every
 * unnecessary wakeup takes a CPU from the tracer or the target, and may move one of them to another
 * CPU: at 100 wakeups per second that was a tenth of the cost of a call.
 */
#define SLEEP_MS    50

/* How long to wait for the thread to exit. */
#define JOIN_NS     (300 * NS_PER_MS)

struct stacks {
	struct stack_copy_channel channel; /* owned */
	struct ring *results;              /* struct stack_result */
	struct ring *peeks;                /* struct peek; the thread is the consumer */
	struct symbolizer *symbolizer;
	pthread_t thread;
	_Atomic bool closing; /* there are no more copies */
	_Atomic bool leave;   /* the results are no longer needed */
	_Atomic bool done;    /* closing, and everything has been processed */
	_Atomic uint64_t walked;
	_Atomic uint64_t refused; /* stacks that were lost, because memory was refused */
	bool joined;
	struct intern intern;      /* the thread adds to it */
	struct resolver *resolver; /* used only by the thread; owned */
	struct stack_copy *peeked; /* buffer for a peek; owned */
	struct stacks *left;       /* the next abandoned one */
};

/* Puts the result into its ring; may wait for space, unlike the tracer. */
static void push_result(struct stacks *stacks, struct stack_result result)
{
	struct stack_result *room;
	while (!(room = ring_reserve(stacks->results, sizeof(*room)))) {
		if (atomic_load_explicit(&stacks->leave, memory_order_relaxed))
			return;
		nanosleep(&(struct timespec){.tv_nsec = NS_PER_MS}, NULL);
	}
	*room = result;
	ring_commit(stacks->results);
}

/* Records. */

static void on_maps(struct stacks *stacks, const struct stack_copy_record *record)
{
	resolver_set_maps(stacks->resolver, (const struct stack_copy_maps *)record);
}

static void on_stack(struct stacks *stacks, const struct stack_copy_record *record)
{
	const struct stack_copy *copy = (const struct stack_copy *)record;
	push_result(stacks, (struct stack_result){.number = copy->number,
				    .stack = resolver_resolve(stacks->resolver, copy)});
	atomic_fetch_add_explicit(&stacks->walked, 1, memory_order_relaxed);
}

static void on_cached(struct stacks *stacks, const struct stack_copy_record *record)
{
	const struct stack_copy_cached *cached = (const struct stack_copy_cached *)record;
	push_result(stacks, (struct stack_result){
				    .number = cached->number,
				    .stack = intern_stack_by_id(&stacks->intern, cached->stack),
			    });
	atomic_fetch_add_explicit(&stacks->walked, 1, memory_order_relaxed);
}

static void on_lost(struct stacks *stacks, const struct stack_copy_record *record)
{
	const struct stack_copy_lost *lost = (const struct stack_copy_lost *)record;
	push_result(stacks, (struct stack_result){
				    .number = lost->number, .stack = stack_special(STACK_MISSED)});
}

static void on_gone(struct stacks *stacks, const struct stack_copy_record *record)
{
	resolver_forget(stacks->resolver, record->tgid);
}

static void handle_record(void *argument)
{
	struct stacks *stacks = argument;
	const struct stack_copy_record *record = ring_peek(stacks->channel.ring);
	static void (*const handlers[])(struct stacks *, const struct stack_copy_record *) = {
		[STACK_COPY_MAPS] = on_maps,
		[STACK_COPY_STACK] = on_stack,
		[STACK_COPY_CACHED] = on_cached,
		[STACK_COPY_LOST] = on_lost,
		[STACK_COPY_GONE] = on_gone,
	};
	handlers[record->type](stacks, record);
}

static void handle_peek(void *argument)
{
	struct stacks *stacks = argument;
	struct peek peek = *(const struct peek *)ring_peek(stacks->peeks);
	if (!peek_take(&peek, stacks->channel.limit, stacks->peeked))
		return;
	push_result(
		stacks, (struct stack_result){
				.stack = resolver_resolve_peek(stacks->resolver, stacks->peeked),
				.tid = peek.tid,
				.nr = peek.nr,
				.time_ns = peek.time_ns,
			});
}

/* Handles the oldest record or request in RING, whose stack is missing if memory is refused. */
static void handle(struct stacks *stacks, struct ring *ring, void (*function)(void *argument))
{
	if (!alloc_try(function, stacks))
		atomic_fetch_add_explicit(&stacks->refused, 1, memory_order_relaxed);
	ring_pop(ring);
}

static void sleep_until_woken(struct stacks *stacks)
{
	struct pollfd fd = {.fd = stacks->channel.wake_fd, .events = POLLIN};
	uint64_t woken;
	if (poll(&fd, 1, SLEEP_MS) > 0 && read(stacks->channel.wake_fd, &woken, sizeof(woken)) < 0)
		return;
}

static void *run(void *argument)
{
	struct stacks *stacks = argument;
	pthread_setname_np(pthread_self(), "stop-stacks");
	while (!atomic_load_explicit(&stacks->leave, memory_order_relaxed)) {
		/* Read this first: everything queued before it is then seen below. */
		bool closing = atomic_load_explicit(&stacks->closing, memory_order_acquire);
		if (ring_peek(stacks->channel.ring)) {
			handle(stacks, stacks->channel.ring, handle_record);
		} else if (ring_peek(stacks->peeks)) {
			handle(stacks, stacks->peeks, handle_peek);
		} else if (closing) {
			break;
		} else {
			sleep_until_woken(stacks);
		}
	}
	atomic_store_explicit(&stacks->done, true, memory_order_release);
	return NULL;
}

/* Public functions. */

static int start(struct stacks *stacks)
{
	sigset_t all, before;
	int error = symbolizer_new(&stacks->symbolizer);
	if (error)
		return error;
	stacks->resolver = resolver_new(&stacks->intern, stacks->symbolizer, &stacks->channel);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&stacks->thread, NULL, run, stacks);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

int stacks_new(size_t limit, struct stacks **out)
{
	struct stacks *stacks = xcalloc(1, sizeof(*stacks));
	stacks->results = ring_new(RESULT_RING);
	stacks->peeks = ring_new(PEEK_RING);
	stacks->peeked = xcalloc(1, sizeof(*stacks->peeked) + limit);
	int error = stack_copy_channel_init(&stacks->channel, limit);
	if (!error)
		error = start(stacks);
	if (error) {
		stacks->joined = true;
		stacks_free(stacks);
		return error;
	}
	*out = stacks;
	return 0;
}

/* Returns whether the thread has exited: it may be peeking at a process that is stuck. */
static bool join(struct stacks *stacks)
{
	struct timespec until;
	if (stacks->joined)
		return true;
	atomic_store_explicit(&stacks->leave, true, memory_order_relaxed);
	stack_copy_wake(&stacks->channel);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)JOIN_NS;
	until.tv_sec += until.tv_nsec / (long)NS_PER_S;
	until.tv_nsec %= (long)NS_PER_S;
	stacks->joined = pthread_clockjoin_np(stacks->thread, NULL, CLOCK_MONOTONIC, &until) == 0;
	return stacks->joined;
}

/* What a thread still uses that does not exit in time is kept until we exit, but stays reachable.
 */
static struct stacks *abandoned;

static void abandon(struct stacks *stacks)
{
	stacks->left = abandoned;
	abandoned = stacks;
}

bool stacks_are_abandoned(void)
{
	return abandoned != NULL;
}

void stacks_free(struct stacks *stacks)
{
	if (!stacks)
		return;
	if (!join(stacks)) {
		abandon(stacks);
		return;
	}
	resolver_free(stacks->resolver);
	ring_free(stacks->results);
	ring_free(stacks->peeks);
	free(stacks->peeked);
	stack_copy_channel_clear(&stacks->channel);
	/* A thread that is waiting for a server still uses modules and frames. */
	if (!symbolizer_free(stacks->symbolizer)) {
		abandon(stacks);
		return;
	}
	intern_clear(&stacks->intern);
	free(stacks);
}

struct stack_copy_channel *stacks_channel(struct stacks *stacks)
{
	return &stacks->channel;
}

void stacks_peek(struct stacks *stacks, pid_t tgid, pid_t tid, uint32_t nr)
{
	struct peek *peek = ring_reserve(stacks->peeks, sizeof(*peek));
	if (!peek)
		return; /* the ring is full; the caller requests it again */
	*peek = (struct peek){.tgid = tgid, .tid = tid, .nr = nr};
	ring_commit(stacks->peeks);
	stack_copy_wake(&stacks->channel);
}

bool stacks_next(struct stacks *stacks, struct stack_result *result)
{
	const struct stack_result *oldest = ring_peek(stacks->results);
	if (!oldest)
		return false;
	*result = *oldest;
	ring_pop(stacks->results);
	return true;
}

bool stacks_finish(struct stacks *stacks)
{
	if (!atomic_exchange_explicit(&stacks->closing, true, memory_order_release))
		stack_copy_wake(&stacks->channel);
	/* Pairs with the thread's store: its last results are in the ring then. */
	return atomic_load_explicit(&stacks->done, memory_order_acquire) &&
	       symbolizer_is_done(stacks->symbolizer);
}

const struct stack *stacks_by_id(const struct stacks *stacks, uint32_t id)
{
	return intern_stack_by_id(&stacks->intern, id);
}

void stacks_stats(const struct stacks *stacks, struct stacks_stats *stats)
{
	*stats = (struct stacks_stats){
		.taken = atomic_load_explicit(&stacks->channel.taken, memory_order_relaxed),
		.missed = atomic_load_explicit(&stacks->channel.missed, memory_order_relaxed),
		.walked = atomic_load_explicit(&stacks->walked, memory_order_relaxed),
		.refused = atomic_load_explicit(&stacks->refused, memory_order_relaxed) +
	                   symbolizer_refused(stacks->symbolizer),
		.unopened = atomic_load_explicit(&stacks->intern.unopened, memory_order_relaxed),
	};
	clockid_t clock;
	struct timespec time;
	if (!stacks->joined && pthread_getcpuclockid(stacks->thread, &clock) == 0 &&
		clock_gettime(clock, &time) == 0)
		stats->cpu_ns = (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}
