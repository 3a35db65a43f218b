/*
 * The ptrace engine: a thread that runs the tracer, and the calls by which the others steer it.
 *
 * The thread that attaches is the only one that may trace, and its end is what lets every tracee
 * go, at once and wherever it is: so leaving is nothing but ending the thread (see tracer_leave()).
 */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "trace/attach.h"
#include "trace/engine.h"
#include "trace/floor.h"
#include "trace/pt.h"
#include "trace/ride.h"
#include "trace/tracer.h"

#define KICK_EVERY_NS NS_PER_MS /* a kick between two waits is lost, and has to be repeated */

#define PERCENT       100
#define RIDDEN_ALL    95 /* so many per cent of the stops, and few calls show another's floor */

struct engine {
	struct tracer tracer;                 /* the thread's; after its end, ours */
	const struct engine_request *request; /* valid until `started` */
	struct refusal refusal;
	struct floor floor;  /* written before `started` */
	struct floor ridden; /* the same, for a tracer that rides; likewise */
	pthread_t thread;
	pthread_mutex_t lock; /* for the two below */
	pthread_cond_t changed;
	bool started; /* the attach is over, with `result` */
	int result;
	pid_t tid; /* of the thread, in the kernel */
	_Atomic bool leaving;
	_Atomic bool ended;      /* the thread is done tracing */
	_Atomic uint64_t cpu_ns; /* of the thread, at its end */
	bool joined;
};

static uint64_t cpu_time_ns(clockid_t clock)
{
	struct timespec time;
	if (clock_gettime(clock, &time) < 0)
		return 0;
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

static void tell_started(struct engine *engine, int result)
{
	pthread_mutex_lock(&engine->lock);
	engine->result = result;
	engine->started = true;
	pthread_cond_signal(&engine->changed);
	pthread_mutex_unlock(&engine->lock);
}

static void *run(void *argument)
{
	struct engine *engine = argument;
	engine->tid = (pid_t)syscall(SYS_gettid);
	pthread_setname_np(pthread_self(), "stop-tracer");
	pt_kick_setup();
	struct ride *ride = ride_new();
	floor_measure(&engine->floor, NULL);
	if (ride)
		floor_measure(&engine->ridden, ride);
	waiter_ride(&engine->tracer.waiter, ride);
	int result = alarm_init(&engine->tracer.alarm);
	if (result < 0)
		engine->refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = -result};
	else
		result = attach_all(&engine->tracer, engine->request, &engine->refusal);
	tell_started(engine, result);
	if (result == 0) {
		while (!atomic_load_explicit(&engine->leaving, memory_order_acquire) &&
			tracer_run(&engine->tracer) != -ECHILD)
			;
	}
	ride_free(ride);
	waiter_ride(&engine->tracer.waiter, NULL);
	tracer_leave(&engine->tracer);
	alarm_clear(&engine->tracer.alarm);
	atomic_store_explicit(
		&engine->cpu_ns, cpu_time_ns(CLOCK_THREAD_CPUTIME_ID), memory_order_relaxed);
	if (result == 0)
		outbox_end(&engine->tracer.outbox, 0);
	atomic_store_explicit(&engine->ended, true, memory_order_release);
	return NULL;
}

/* PTRACE_GET_SYSCALL_INFO came with Linux 5.3. */
static bool kernel_is_too_old(void)
{
	struct utsname name;
	int major = 0, minor = 0;
	return uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
	       (major < 5 || (major == 5 && minor < 3));
}

/* Starts the thread with every signal blocked but its own, so that none of the program's hits it.
 */
static int start_thread(struct engine *engine)
{
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&engine->thread, NULL, run, engine);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

static int await_start(struct engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	while (!engine->started)
		pthread_cond_wait(&engine->changed, &engine->lock);
	pthread_mutex_unlock(&engine->lock);
	return engine->result;
}

static void engine_free(struct engine *engine)
{
	if (!engine)
		return;
	tracer_clear(&engine->tracer);
	pthread_mutex_destroy(&engine->lock);
	pthread_cond_destroy(&engine->changed);
	free(engine);
}

static int engine_start(const struct engine_request *request, const struct engine_links *links,
	struct engine **out, struct refusal *refusal)
{
	if (kernel_is_too_old()) {
		*refusal = (struct refusal){.reason = REFUSAL_OLD_KERNEL};
		return -ENOSYS;
	}
	pt_bell_setup();
	struct engine *engine = xcalloc(1, sizeof(*engine));
	tracer_init(&engine->tracer, links, ring_capacity(links->ring), request);
	engine->request = request;
	pthread_mutex_init(&engine->lock, NULL);
	pthread_cond_init(&engine->changed, NULL);
	int result = start_thread(engine);
	if (result < 0) {
		*refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = -result};
	} else if ((result = await_start(engine)) < 0) {
		*refusal = engine->refusal;
		pthread_join(engine->thread, NULL);
	}
	if (result < 0)
		engine_free(engine);
	else
		*out = engine;
	return result;
}

static void kick(struct engine *engine)
{
	syscall(SYS_tgkill, getpid(), engine->tid, pt_kick_signal());
}

static void engine_leave(struct engine *engine)
{
	if (engine->joined)
		return;
	atomic_store_explicit(&engine->leaving, true, memory_order_release);
	struct timespec until;
	do {
		if (!atomic_load_explicit(&engine->ended, memory_order_acquire))
			kick(engine);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += KICK_EVERY_NS;
		if (until.tv_nsec >= (long)NS_PER_S) {
			until.tv_nsec -= (long)NS_PER_S;
			until.tv_sec++;
		}
	} while (pthread_clockjoin_np(engine->thread, NULL, CLOCK_MONOTONIC, &until) != 0);
	engine->joined = true;
}

static void engine_nudge(struct engine *engine)
{
	if (!outbox_holding(&engine->tracer.outbox))
		return;
	if (!engine->joined && !atomic_load_explicit(&engine->ended, memory_order_acquire)) {
		kick(engine);
		return;
	}
	/* The last tracee has ended while the ring was full: nobody else pays what is owed now. */
	engine_leave(engine);
	outbox_flush(&engine->tracer.outbox);
}

static int engine_drain(struct engine *engine)
{
	return !outbox_flush(&engine->tracer.outbox);
}

/* The floor under all but a few stops: where those of a ride were not nearly all, the higher one.
 */
static struct floor floor_so_far(const struct engine *engine, uint64_t stops)
{
	uint64_t ridden = atomic_load_explicit(&engine->tracer.ridden, memory_order_relaxed);
	uint64_t share = stops ? ridden * PERCENT / stops : 0;
	bool all = share >= RIDDEN_ALL && engine->ridden.latency_ns;
	return (struct floor){
		.latency_ns = all ? engine->ridden.latency_ns : engine->floor.latency_ns,
		.call_ns = (engine->ridden.call_ns * share +
				   engine->floor.call_ns * (PERCENT - share)) /
	                   PERCENT,
	};
}

static void engine_stats(const struct engine *engine, struct engine_stats *stats)
{
	uint64_t stops = atomic_load_explicit(&engine->tracer.stops, memory_order_relaxed);
	struct floor floor = floor_so_far(engine, stops);
	uint64_t cpu_ns = atomic_load_explicit(&engine->cpu_ns, memory_order_relaxed);
	clockid_t clock;
	if (!engine->joined && cpu_ns == 0 && pthread_getcpuclockid(engine->thread, &clock) == 0)
		cpu_ns = cpu_time_ns(clock);
	*stats = (struct engine_stats){
		.stops = stops,
		.details_lost = atomic_load_explicit(
			&engine->tracer.outbox.details_lost, memory_order_relaxed),
		.cpu_ns = cpu_ns,
		.floor_ns = floor.latency_ns,
		.call_cost_ns = floor.call_ns,
	};
	for (int note = 0; note < ENGINE_NOTES; note++)
		stats->notes[note] = atomic_load_explicit(
			&engine->tracer.notes[note], memory_order_relaxed);
}

const struct engine_class ptrace_engine = {
	.name = "ptrace",
	.start = engine_start,
	.nudge = engine_nudge,
	.leave = engine_leave,
	.drain = engine_drain,
	.stats = engine_stats,
	.free = engine_free,
};
