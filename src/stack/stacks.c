/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack thread, and what it shares with others; see stack/stacks.h. */
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
#include "engine/sample/sampler.h"
#include "proc/machine.h"
#include "stack/generations.h"
#include "stack/intern.h"
#include "stack/namer.h"
#include "stack/peek.h"
#include "stack/protocol.h"
#include "stack/resolver.h"
#include "stack/samples.h"
#include "stack/sandbox.h"
#include "stack/symbolizer.h"
#include "stack/unnamed.h"
#include "stack/unwinder.h"
#include "stack/worker.h"

#define RESULT_RING    (1 << 20)
#define PEEK_RING      (16 << 10)

/*
 * How long to sleep when idle. The engine wakes the thread when part of the ring is full; every
 * unnecessary wakeup takes a CPU from the tracer or the target, and may move one of them to another
 * CPU: at 100 wakeups per second that was a tenth of the cost of a call.
 */
#define SLEEP_MS       50

/* How long to wait for the thread to exit. */
#define JOIN_NS        (300 * NS_PER_MS)

/* Shares of the memory for names: of the namer, the unwinder, and of what we keep ourselves. */
#define NAMER_SHARE    2
#define UNWINDER_SHARE 4
#define NAMES_SHARE    4

const char *const stacks_debug_directories[] = {"/usr/lib/debug", NULL};

struct stacks {
	struct stack_copy_channel channel; /* owned */
	struct worker unwinder, namer;     /* owned */
	struct sandbox sandbox;            /* owned; starts these */
	struct debuginfod debuginfod;      /* owned */
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
	bool has_to_look;     /* used only by the thread: at the worker, which may have ended */
	bool has_answers;     /* used only by the thread: the worker has answered */
	struct intern intern; /* the thread adds to it */
	struct resolver *resolver;       /* used only by the thread; owned */
	struct generations *generations; /* used only by the thread; owned */
	struct stack_copy *peeked;       /* buffer for a peek; owned */
	struct samples *samples;         /* owned */
	struct stack_copy *sampled;      /* the sample that is being handled; owned */
	uint64_t sampled_ns;             /* when it was taken */
	uint64_t seen_calls;             /* of the channel, when generations were told */
	struct unnamed unnamed;          /* used only by the owner */
	struct stacks *left;             /* the next abandoned one */
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

/* See resolver_sink: what comes from the resolver. */
static void take_stack(
	void *context, const struct resolver_subject *subject, const struct stack *stack)
{
	struct stacks *stacks = context;
	generations_add(stacks->generations, subject, stack);
}

/* See generations_sink: what is to be shown. */
static void deliver(void *context, const struct resolver_subject *subject,
	const struct stack *stack, bool is_provisional)
{
	struct stacks *stacks = context;
	push_result(stacks, (struct stack_result){
				    .number = subject->number,
				    .stack = stack,
				    .is_sample = subject->is_sample,
				    .is_provisional = is_provisional,
				    .tid = subject->tid,
				    .nr = subject->nr,
				    .time_ns = subject->time_ns,
			    });
	if (subject->number)
		atomic_fetch_add_explicit(&stacks->walked, 1, memory_order_relaxed);
}

/* See generations_sink. */
static void know(void *context, uint64_t until_ns)
{
	push_result(context, (struct stack_result){.time_ns = until_ns});
}

static void on_maps(struct stacks *stacks, const struct stack_copy_record *record)
{
	resolver_set_maps(stacks->resolver, (const struct stack_copy_maps *)record);
}

static void on_stack(struct stacks *stacks, const struct stack_copy_record *record)
{
	const struct stack_copy *copy = (const struct stack_copy *)record;
	const struct resolver_subject subject = {.number = copy->number};
	resolver_resolve(stacks->resolver, copy, &subject);
}

static void on_cached(struct stacks *stacks, const struct stack_copy_record *record)
{
	const struct stack_copy_cached *cached = (const struct stack_copy_cached *)record;
	const struct resolver_subject subject = {.number = cached->number};
	take_stack(stacks, &subject, intern_stack_by_id(&stacks->intern, cached->stack));
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

/* What is done with a record, and what that has to wait for. */
static const struct {
	void (*handle)(struct stacks *, const struct stack_copy_record *);
	bool needs_room;  /* not while as many copies are pending as may be */
	bool needs_order; /* not while any is: they need the map as it is */
} kinds[] = {
	[STACK_COPY_MAPS] = {on_maps, .needs_order = true},
	[STACK_COPY_STACK] = {on_stack, .needs_room = true},
	[STACK_COPY_CACHED] = {on_cached},
	[STACK_COPY_LOST] = {on_lost},
	[STACK_COPY_GONE] = {on_gone, .needs_order = true},
};

/* Whether the oldest record can be handled now. */
static bool has_record(struct stacks *stacks)
{
	const struct stack_copy_record *record = ring_peek(stacks->channel.ring);
	return record &&
	       !(kinds[record->type].needs_order && resolver_is_pending(stacks->resolver)) &&
	       !(kinds[record->type].needs_room && resolver_is_full(stacks->resolver));
}

static void handle_record(void *argument)
{
	struct stacks *stacks = argument;
	const struct stack_copy_record *record = ring_peek(stacks->channel.ring);
	kinds[record->type].handle(stacks, record);
}

static bool has_peek(struct stacks *stacks)
{
	return ring_peek(stacks->peeks) && !resolver_is_full(stacks->resolver);
}

static void handle_peek(void *argument)
{
	struct stacks *stacks = argument;
	struct peek peek = *(const struct peek *)ring_peek(stacks->peeks);
	if (!peek_take(&peek, stacks->channel.limit, stacks->peeked))
		return;
	const struct resolver_subject subject = {
		.tid = peek.tid, .nr = peek.nr, .time_ns = peek.time_ns, .switches = peek.switches};
	resolver_resolve(stacks->resolver, stacks->peeked, &subject);
}

/* Takes a sample, if there is one and room for it. */
static bool take_sample(struct stacks *stacks)
{
	return !resolver_is_full(stacks->resolver) &&
	       samples_next(stacks->samples, stacks->sampled, &stacks->sampled_ns);
}

static void handle_sample(void *argument)
{
	struct stacks *stacks = argument;
	const struct resolver_subject subject = {
		.is_sample = true,
		.tid = stacks->sampled->record.tid,
		.time_ns = stacks->sampled_ns,
	};
	resolver_resolve(stacks->resolver, stacks->sampled, &subject);
}

static void update_samples(void *argument)
{
	struct stacks *stacks = argument;
	samples_update(stacks->samples);
}

/* Calls FUNCTION; what it works on is missing if memory is refused. */
static void attempt(struct stacks *stacks, void (*function)(void *argument))
{
	if (!alloc_try(function, stacks))
		atomic_fetch_add_explicit(&stacks->refused, 1, memory_order_relaxed);
}

/* Handles the oldest record or request in RING. */
static void handle(struct stacks *stacks, struct ring *ring, void (*function)(void *argument))
{
	attempt(stacks, function);
	ring_pop(ring);
}

static void take_answers(void *argument)
{
	struct stacks *stacks = argument;
	while (resolver_take_answer(stacks->resolver))
		stacks->has_answers = true;
}

static void check_worker(void *argument)
{
	struct stacks *stacks = argument;
	resolver_check_worker(stacks->resolver);
}

/*
 * Waits for the engine, the worker, or what is asked of us. While there were records a moment ago,
 * the engine does not wake us for each, and we look after some time; after that, it does.
 */
static void sleep_until_woken(struct stacks *stacks, bool is_idle)
{
	struct pollfd fds[1 + WORKER_POLLED] = {{.fd = stacks->channel.wake_fd, .events = POLLIN}};
	uint64_t woken;
	int timeout = worker_timeout_ms(&stacks->unwinder);
	worker_poll(&stacks->unwinder, fds + 1);
	bool can_wait = worker_begin_wait(&stacks->unwinder);
	int look = generations_timeout_ms(stacks->generations);
	bool has_samples = samples_are_active(stacks->samples);
	if ((!is_idle || has_samples) && (timeout < 0 || timeout > SLEEP_MS))
		timeout = SLEEP_MS;
	else if (is_idle && !resolver_is_pending(stacks->resolver))
		can_wait &= stack_copy_begin_sleep(&stacks->channel);
	/* It comes after what is pending. */
	if (look == 0)
		look = 1;
	if (look >= 0 && (timeout < 0 || timeout > look))
		timeout = look;
	if (can_wait && poll(fds, 1 + WORKER_POLLED, timeout) > 0)
		timeout = -1;
	stack_copy_end_sleep(&stacks->channel);
	stacks->has_to_look = worker_end_wait(&stacks->unwinder, fds + 1) || timeout >= 0;
	if (fds[0].revents && read(stacks->channel.wake_fd, &woken, sizeof(woken)) < 0)
		return;
}

/* Does what there is to do. Returns whether there was anything. */
static bool work(struct stacks *stacks)
{
	stacks->has_answers = false;
	attempt(stacks, take_answers);
	if (has_record(stacks))
		handle(stacks, stacks->channel.ring, handle_record);
	else if (has_peek(stacks))
		handle(stacks, stacks->peeks, handle_peek);
	else if (take_sample(stacks))
		attempt(stacks, handle_sample);
	else
		return stacks->has_answers;
	return true;
}

static bool has_more(struct stacks *stacks)
{
	return ring_peek(stacks->channel.ring) || ring_peek(stacks->peeks) ||
	       resolver_is_pending(stacks->resolver);
}

/* Tells the generations that there were calls. */
static void look_at_calls(struct stacks *stacks)
{
	uint64_t taken = atomic_load(&stacks->channel.taken);
	if (taken == stacks->seen_calls)
		return;
	stacks->seen_calls = taken;
	generations_note_calls(stacks->generations);
}

/* Within alloc_try(). */
static void look_at_generations(void *argument)
{
	struct stacks *stacks = argument;
	look_at_calls(stacks);
	generations_look(stacks->generations, !has_more(stacks));
	/* In this order, we or the engine see of the other. */
	atomic_store(&stacks->channel.is_watched, generations_has_lasting(stacks->generations));
	look_at_calls(stacks);
}

/* Within alloc_try(). The last look. */
static void review_generations(void *argument)
{
	struct stacks *stacks = argument;
	generations_note_calls(stacks->generations);
}

static void *run(void *argument)
{
	struct stacks *stacks = argument;
	bool is_idle = false, is_reviewed = false;
	stacks->has_to_look = true;
	pthread_setname_np(pthread_self(), "stop-stacks");
	while (!atomic_load_explicit(&stacks->leave, memory_order_relaxed)) {
		/* Read this first: everything queued before it is then seen below. */
		bool closing = atomic_load_explicit(&stacks->closing, memory_order_acquire);
		if (!closing)
			attempt(stacks, update_samples);
		bool has_worked = work(stacks);
		/* Once all that has come is done, if that does not take long. */
		if ((!has_worked && !has_more(stacks)) || generations_is_late(stacks->generations))
			attempt(stacks, look_at_generations);
		if (has_worked) {
			is_idle = false;
			continue;
		}
		if (closing && !has_more(stacks) && !is_reviewed) {
			is_reviewed = true;
			attempt(stacks, review_generations);
			continue;
		}
		if (closing && !has_more(stacks) && !generations_is_holding(stacks->generations))
			break;
		if (stacks->has_to_look)
			attempt(stacks, check_worker);
		sleep_until_woken(stacks, is_idle);
		is_idle = true;
	}
	atomic_store_explicit(&stacks->done, true, memory_order_release);
	return NULL;
}

/* Public functions. */

/* The longest request to the unwinder. */
static size_t longest_request(size_t copy_limit)
{
	size_t mappings = sizeof(struct unwind_mappings) +
	                  UNWIND_MAPPINGS_MAX * sizeof(struct unwind_mapping);
	size_t copy = sizeof(struct unwind_request) + sizeof(struct stack_copy) + copy_limit;
	return mappings > copy ? mappings : copy;
}

static int start_workers(struct stacks *stacks, const struct stacks_config *config)
{
	struct worker *const workers[] = {&stacks->unwinder, &stacks->namer};
	int error = worker_init(&stacks->unwinder, &unwinder_kind, config->memory / UNWINDER_SHARE,
		longest_request(config->copy_limit));
	if (!error)
		error = worker_init(&stacks->namer, &namer_kind, config->memory / NAMER_SHARE,
			sizeof(struct name_request));
	if (!error)
		error = sandbox_start(
			&stacks->sandbox, workers, sizeof(workers) / sizeof(*workers));
	return error;
}

static int start_threads(struct stacks *stacks, const struct stacks_config *config)
{
	sigset_t all, before;
	const struct symbolizer_config symbolizer = {
		.worker = &stacks->namer,
		.directories = config->debug_directories,
		.debuginfod = &stacks->debuginfod,
		.memory = config->memory / NAMES_SHARE,
	};
	const struct generations_sink last = {deliver, know, stacks};
	const struct resolver_sink sink = {take_stack, stacks};
	int error = symbolizer_new(&symbolizer, &stacks->symbolizer);
	if (error)
		return error;
	stacks->generations = generations_new(
		&stacks->intern, stacks->symbolizer, &stacks->channel, &last);
	stacks->resolver = resolver_new(
		&stacks->intern, &stacks->unwinder, stacks->symbolizer, &stacks->channel, &sink);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&stacks->thread, NULL, run, stacks);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

int stacks_new(const struct stacks_config *config, struct stacks **out)
{
	struct stacks *stacks = xcalloc(1, sizeof(*stacks));
	/* First: the less we have, the less they inherit. */
	debuginfod_start(&stacks->debuginfod, config->debuginfod);
	int error = start_workers(stacks, config);
	stacks->results = ring_new(RESULT_RING);
	stacks->peeks = ring_new(PEEK_RING);
	stacks->peeked = xcalloc(1, sizeof(*stacks->peeked) + config->copy_limit);
	stacks->samples = samples_new(config->copy_limit);
	stacks->sampled = xcalloc(1, sizeof(*stacks->sampled) + SAMPLER_STACK_MAX);
	if (!error)
		error = stack_copy_channel_init(&stacks->channel, config->copy_limit);
	if (!error)
		error = start_threads(stacks, config);
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
	sandbox_end(&stacks->sandbox);
	if (!join(stacks)) {
		abandon(stacks);
		return;
	}
	resolver_free(stacks->resolver);
	generations_free(stacks->generations);
	ring_free(stacks->results);
	ring_free(stacks->peeks);
	free(stacks->peeked);
	free(stacks->sampled);
	samples_free(stacks->samples);
	unnamed_clear(&stacks->unnamed);
	stack_copy_channel_clear(&stacks->channel);
	/* A thread that is waiting for a server still uses modules and frames. */
	if (!symbolizer_free(stacks->symbolizer)) {
		abandon(stacks);
		return;
	}
	worker_clear(&stacks->unwinder);
	worker_clear(&stacks->namer);
	debuginfod_end(&stacks->debuginfod);
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

void stacks_sample(struct stacks *stacks, const struct samples_thread *threads, size_t count)
{
	if (samples_request(stacks->samples, threads, count))
		stack_copy_wake(&stacks->channel);
}

bool stacks_next(struct stacks *stacks, struct stack_result *result)
{
	const struct stack_result *oldest = ring_peek(stacks->results);
	if (!oldest)
		return false;
	*result = *oldest;
	ring_pop(stacks->results);
	if (result->stack)
		unnamed_add(&stacks->unnamed, result->stack);
	return true;
}

void stacks_show_names(struct stacks *stacks)
{
	unnamed_show(&stacks->unnamed);
}

bool stacks_finish(struct stacks *stacks)
{
	if (!atomic_exchange_explicit(&stacks->closing, true, memory_order_release))
		stack_copy_wake(&stacks->channel);
	/* Pairs with the thread's store: its last results are in the ring then. */
	return atomic_load_explicit(&stacks->done, memory_order_acquire) &&
	       symbolizer_is_done(stacks->symbolizer);
}

bool stacks_reap(struct stacks *stacks, pid_t pid)
{
	return pid == stacks->unwinder.pid || pid == stacks->namer.pid ||
	       sandbox_reap(&stacks->sandbox, pid) || debuginfod_reap(&stacks->debuginfod, pid);
}

const struct stack *stacks_by_id(const struct stacks *stacks, uint32_t id)
{
	return intern_stack_by_id(&stacks->intern, id);
}

/* Says why threads are not sampled, if it is so. */
static void explain_samples(const struct stacks *stacks, char reason[SAMPLER_REASON_MAX])
{
	int error = samples_error(stacks->samples);
	if (error)
		sampler_explain(error, proc_perf_paranoid(), reason);
}

void stacks_stats(const struct stacks *stacks, struct stacks_stats *stats)
{
	struct symbolizer_stats names;
	symbolizer_stats(stacks->symbolizer, &names);
	*stats = (struct stacks_stats){
		.taken = atomic_load_explicit(&stacks->channel.taken, memory_order_relaxed),
		.missed = atomic_load_explicit(&stacks->channel.missed, memory_order_relaxed),
		.walked = atomic_load_explicit(&stacks->walked, memory_order_relaxed),
		.refused = atomic_load_explicit(&stacks->refused, memory_order_relaxed) +
	                   names.refused,
		.beyond = names.beyond,
		.failures = names.failures + resolver_failures(stacks->resolver),
		.unopened = atomic_load_explicit(&stacks->intern.unopened, memory_order_relaxed),
	};
	clockid_t clock;
	struct timespec time;
	if (!stacks->joined && pthread_getcpuclockid(stacks->thread, &clock) == 0 &&
		clock_gettime(clock, &time) == 0)
		stats->cpu_ns = worker_cpu_ns(&stacks->unwinder) +
		                (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
	explain_samples(stacks, stats->unsampled);
}
