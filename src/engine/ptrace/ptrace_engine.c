/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ptrace engine: the process that runs the tracer, and the functions that control it.
 *
 * Only the task that attaches can trace, and its exit detaches all tracees at once, wherever they
 * are: so leaving ends with its exit (see engine/ptrace/attach/leave.h). It is a process of its own
 * instead of a thread, because a SIGKILL can arrive between an interrupt and the repair of the
 * interrupted call: then it kills only our process, and the tracer leaves as carefully as always.
 * For the same reason, nobody waits for a tracer that has to wait for starved threads, or for
 * timeouts that it keeps: it hands over what it has written, and goes on alone. It does not depend
 * on our process then, which may start another tracer, or exit; only their memory stays the same.
 *
 *     our process                      the tracer's process
 *       engine_start() ──start──────▶    run(): measure, attach
 *             ◀─────────────────ready──    tracer_run()
 *       engine_nudge() ──kick───────▶      writes pending events
 *       engine_leave() ──kick───────▶    leave
 *             ◀─────────────────ended──    all are left: exit
 *             ◀──────ended, staying────    stay behind, leave the rest, exit
 */
#include "config.h"

#include "engine/ptrace/ptrace_engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ring.h"
#include "base/time.h"
#include "engine/ptrace/attach/attach.h"
#include "engine/ptrace/attach/leave.h"
#include "engine/ptrace/attach/refusal.h"
#include "engine/ptrace/capture.h"
#include "engine/ptrace/overhead.h"
#include "engine/ptrace/tracer.h"
#include "engine/ptrace/wait/colocation.h"
#include "engine/ptrace/wait/kick.h"
#include "engine/ptrace/world/world.h"
#include "event/engine.h"
#include "event/event.h"
#include "event/sink.h"
#include "event/stack_copy.h"

#define KICK_EVERY_NS  NS_PER_MS /* a kick between two waits is lost and has to be repeated */

/* How long the tracer leaves before it hands over: whoever asks it to leave waits for that. */
#define STAY_AFTER_NS  (500 * NS_PER_MS)

/* The same if all targets are left, but not its second thread. */
#define WATCHDOG_NS    (2 * NS_PER_S)

/*
 * A tracer that gets no CPU cannot hand over, so it is abandoned if it has done nothing for this
 * time: it is as if our process had been killed. But one that is asleep, and has not looked once
 * since it was asked to leave, is blocked, e.g. by the memory lock of a process that waits for a
 * file system: it is killed, which detaches all tracees.
 */
#define ABANDON_NS     (2 * NS_PER_S)
#define LEAVE_MAX_NS   (5 * NS_PER_S)
#define DIE_MAX_NS     (1 * NS_PER_S)
#define BLOCKED_CHECKS 50 /* consecutive checks that found it asleep, a millisecond apart */

/*
 * Memory that lasts while all targets are left, in case the system refuses any: tasks that are born
 * meanwhile, calls that end while the ring is full.
 */
#define RESERVE_SIZE   ((size_t)16 << 20)

struct engine {
	struct world *world;
	struct tracer tracer; /* owned by the tracer's process; after its end, by us */
	const struct engine_request *request;   /* valid until `process` is ready */
	int wake_fd;                            /* eventfd of the reader */
	const struct engine_survivor *survivor; /* or NULL */
	struct vm_process process;              /* runs the tracer; ready: the attach is over */
	struct kick kick;
	int result;                   /* of the attach; written before `process` is ready */
	struct refusal refusal;       /* its reason; likewise */
	struct overhead overhead;     /* of a tracer that is not colocated; likewise */
	struct overhead colocated;    /* of one that is; likewise */
	bool is_restored;             /* what our process has left behind; the tracer's */
	struct alloc_reserve reserve; /* of the tracer, which leaves when it is used */
	_Atomic bool leaving;         /* the tracer has to leave */
	_Atomic bool ended;           /* the tracer writes no more, or was killed */
	_Atomic bool staying;         /* … because it stays behind, for `rest` */
	struct leave_rest rest;
	_Atomic bool tracer_lost; /* its data must not be accessed: it was killed … */
	_Atomic bool abandoned;   /* … or is alive, and does not answer */
	struct engine *next;      /* in the list of those left behind */
	_Atomic uint64_t cpu_ns;  /* of the tracer, at its end */
};

static uint64_t now(const struct engine *engine)
{
	return engine->world->clock->now_ns(engine->world);
}

/* The tracer's process. */

static bool is_orphan(const struct engine *engine)
{
	return engine->world->wait->is_orphan(engine->world);
}

static bool is_short_of_memory(const struct engine *engine)
{
	return atomic_load_explicit(&engine->reserve.is_used, memory_order_relaxed);
}

static bool has_to_leave(const struct engine *engine)
{
	return atomic_load_explicit(&engine->leaving, memory_order_acquire) || is_orphan(engine) ||
	       is_short_of_memory(engine);
}

/* The tracer was refused memory: ends its wait for reports, so that it leaves. */
static void kick_myself(void *argument)
{
	struct engine *engine = argument;
	struct world *world = engine->world;
	kick_send(&engine->kick, world->process->self(world));
}

/* Hands over what the tracer shares with our process. */
static void hand_over(struct engine *engine)
{
	struct world *world = engine->world;
	atomic_store_explicit(&engine->cpu_ns,
		world->process->cpu_ns(world, world->process->self(world)), memory_order_relaxed);
	if (engine->result == 0)
		event_writer_end(
			&engine->tracer.event_writer, is_short_of_memory(engine) ? -ENOMEM : 0);
	leave_alone(&engine->tracer);
	atomic_store_explicit(&engine->ended, true, memory_order_release);
}

/* Goes on leaving without our process. If that has died, it writes the report itself at the end. */
static void stay_behind(struct engine *engine)
{
	struct world *world = engine->world;
	if (!is_orphan(engine)) {
		engine->rest = leave_count_rest(&engine->tracer);
		atomic_store_explicit(&engine->staying, true, memory_order_relaxed);
		hand_over(engine);
		world->process->stay_behind(world);
	}
	leave_until(&engine->tracer, WORLD_FOREVER);
}

/*
 * Whether our process has died without having left the tracer to itself: then it has freed the
 * survivor.
 */
static bool is_survivor(const struct engine *engine)
{
	return is_orphan(engine) && engine->survivor &&
	       !atomic_load_explicit(&engine->ended, memory_order_relaxed) &&
	       !atomic_load_explicit(&engine->abandoned, memory_order_relaxed);
}

/* Our process has died, maybe while the tracer leaves: its terminal does not wait for that. */
static void restore(void *argument)
{
	struct engine *engine = argument;
	if (engine->is_restored || !is_survivor(engine))
		return;
	engine->is_restored = true;
	engine->survivor->restore(engine->survivor->context);
}

static void leave(struct engine *engine)
{
	colocation_dismiss(engine->tracer.poller.colocation);
	leave_begin(&engine->tracer);
	/* From a look that finds nothing to do, what is stopped is not served any more. */
	if (leave_until(&engine->tracer, now(engine) + STAY_AFTER_NS))
		return;
	struct leave_rest rest = leave_count_rest(&engine->tracer);
	/* Then it is only the watchdog that has not run, which is worth some more time. */
	bool is_done = !rest.unserved && !rest.timed &&
	               leave_until(&engine->tracer, now(engine) + WATCHDOG_NS);
	if (!is_done)
		stay_behind(engine);
}

/* Attaches the requested targets. Returns 0, or -errno with the reason in engine->refusal. */
static int attach(struct engine *engine)
{
	int result = alarm_init(&engine->tracer.alarm, engine->world);
	if (result < 0) {
		engine->refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = -result};
		return result;
	}
	result = attach_all(&engine->tracer, engine->request, &engine->refusal);
	if (is_short_of_memory(engine)) {
		result = -ENOMEM;
		engine->refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = ENOMEM};
	}
	return result;
}

/* To be done before any target is touched: without a descriptor, no wait can be repaired. */
static int separate_descriptors(struct engine *engine)
{
	const struct stack_copy_channel *channel = engine->tracer.capture.channel;
	int kept[] = {
		engine->wake_fd,
		engine->tracer.poller.load_fd,
		engine->request->command ? engine->request->go_fd : -1,
		channel ? channel->wake_fd : -1,
		engine->survivor ? engine->survivor->fd : -1,
	};
	struct world *world = engine->world;
	int result = world->process->separate_descriptors(
		world, kept, sizeof(kept) / sizeof(*kept));
	if (result < 0)
		engine->refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = -result};
	return result;
}

static void finish(void *argument)
{
	struct engine *engine = argument;
	event_writer_end(&engine->tracer.event_writer, 0);
	engine->survivor->finish(engine->survivor->context);
}

/*
 * All targets can be left, and our process has died: what is left to do in its place takes its
 * time, and is done by a process that traces nothing.
 */
static void survive(struct engine *engine, int result)
{
	struct world *world = engine->world;
	if (result < 0 || !is_survivor(engine) || !engine->survivor->finish)
		return;
	if (world->process->succeed(world, finish, engine) < 0)
		finish(engine);
}

/* Traces until we are to leave, or nothing is left. */
static void trace(struct engine *engine)
{
	bool goes_on = true;
	while (goes_on && !has_to_leave(engine)) {
		goes_on = tracer_run(&engine->tracer) != -ECHILD;
		if (!has_to_leave(engine))
			goes_on |= attach_unlisted(&engine->tracer);
	}
}

static void run(void *argument)
{
	struct engine *engine = argument;
	struct world *world = engine->world;
	alloc_use_reserve(&engine->reserve);
	int separated = separate_descriptors(engine);
	world->wait->setup_stop_signal(world);
	struct colocation *colocation = colocation_new(world);
	/* Afterwards, so that the watchdog thread gets neither kicks nor the signal at our death.
	 */
	world->wait->setup_kick(world, kick_arrived, &engine->kick);
	overhead_measure(&engine->overhead, world, NULL);
	if (colocation)
		overhead_measure(&engine->colocated, world, colocation);
	poller_colocate(&engine->tracer.poller, colocation);
	int result = separated < 0 ? separated : attach(engine);
	if (result == 0)
		event_writer_attached(&engine->tracer.event_writer);
	engine->result = result;
	world->process->set_ready(world, &engine->process);
	if (result == 0)
		trace(engine);
	restore(engine);
	leave(engine);
	if (atomic_load_explicit(&engine->ended, memory_order_relaxed))
		return;
	if (is_orphan(engine)) {
		restore(engine);
		survive(engine, result);
		return;
	}
	poller_colocate(&engine->tracer.poller, NULL);
	colocation_free(colocation);
	/* Their descriptors are this process's. */
	capture_clear(&engine->tracer.capture);
	pages_clear(&engine->tracer.pages);
	alarm_clear(&engine->tracer.alarm);
	hand_over(engine);
	alloc_use_reserve(NULL);
}

/* The tracer was killed, so its data must no longer be accessed. */
static void mark_tracer_lost(struct engine *engine)
{
	if (!atomic_exchange_explicit(&engine->tracer_lost, true, memory_order_relaxed))
		tracer_count_note(&engine->tracer, NOTE_TRACER_LOST, 1);
}

/* The tracer's process has exited. Called in its reaper thread. */
static void after_run(void *argument)
{
	struct engine *engine = argument;
	struct world *world = engine->world;
	if (atomic_load_explicit(&engine->ended, memory_order_acquire))
		return;
	mark_tracer_lost(engine);
	atomic_store_explicit(&engine->ended, true, memory_order_release);
	world->process->set_ready(world, &engine->process);
	world->process->wake(world, engine->wake_fd);
}

/* Our process. */

/* PTRACE_GET_SYSCALL_INFO came with Linux 5.3. */
static bool kernel_is_too_old(struct world *world)
{
	int major, minor;
	return world->access->kernel_version(world, &major, &minor) &&
	       (major < 5 || (major == 5 && minor < 3));
}

static void engine_free(struct engine *engine)
{
	/* Those of tracers that still use them, or were killed, so that sanitizers know them. */
	static struct engine *left_behind;
	if (!engine)
		return;
	/* A killed tracer's data may be inconsistent, and its locks stay locked. */
	if (!engine->process.joined ||
		atomic_load_explicit(&engine->tracer_lost, memory_order_relaxed)) {
		if (engine->process.joined)
			alloc_reserve_clear(&engine->reserve);
		engine->next = left_behind;
		left_behind = engine;
		return;
	}
	tracer_clear(&engine->tracer);
	engine->world->process->clear(engine->world, &engine->process);
	alloc_reserve_clear(&engine->reserve);
	free(engine);
}

/* Starts the tracer's process, and waits until the attach is over. Returns 0 or -errno. */
static int start_tracer(struct engine *engine)
{
	struct world *world = engine->world;
	engine->result = -EINTR; /* if it is killed before it is ready */
	engine->refusal = (struct refusal){.reason = REFUSAL_KILLED};
	engine->process = (struct vm_process){
		.run = run,
		.after = after_run,
		.argument = engine,
		.name = TRACER_NAME,
	};
	int result = world->process->start(world, &engine->process);
	if (result < 0) {
		engine->refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = -result};
		return result;
	}
	world->process->await_ready(world, &engine->process);
	return engine->result;
}

/* The state of the tracer's process, which is continued if somebody has stopped it. */
static char find_state(const struct engine *engine)
{
	struct world *world = engine->world;
	char state = world->proc->state(world, engine->process.pid);
	if (state == 'T')
		world->process->go_on(world, engine->process.pid);
	return state;
}

static uint64_t count_looks(const struct engine *engine)
{
	return atomic_load_explicit(&engine->tracer.looks, memory_order_relaxed);
}

/* The tracer does not answer, but is not blocked: we go on as if it had been killed. */
static void abandon(struct engine *engine)
{
	atomic_store_explicit(&engine->abandoned, true, memory_order_relaxed);
	atomic_store_explicit(&engine->tracer_lost, true, memory_order_relaxed);
}

/* Makes the tracer leave, and waits until it has, or stays behind, or (MAY_ABANDON) is abandoned.
 */
static void make_leave(struct engine *engine, bool may_abandon)
{
	struct world *world = engine->world;
	struct vm_process *process = &engine->process;
	if (process->joined || atomic_load_explicit(&engine->staying, memory_order_acquire))
		return;
	atomic_store_explicit(&engine->leaving, true, memory_order_release);
	/* It may run below the priority of its tracees, and leaves with its own. */
	world->sched->set_idle(world, process->pid, false);
	uint64_t begin_ns = now(engine), active_ns = begin_ns, killed_ns = 0, looks = 0, cpu_ns = 0;
	for (unsigned int blocked = 0; !world->process->join(world, process, KICK_EVERY_NS);) {
		bool ended = atomic_load_explicit(&engine->ended, memory_order_acquire);
		if (ended && atomic_load_explicit(&engine->staying, memory_order_relaxed))
			return;
		if (!ended)
			kick_send(&engine->kick, engine->process.pid);
		uint64_t now_ns = now(engine);
		char state = find_state(engine);
		bool is_asleep = state == 'S' || state == 'D';
		uint64_t cpu_now_ns = world->process->cpu_ns(world, process->pid);
		if (looks != count_looks(engine) || cpu_now_ns != cpu_ns)
			active_ns = now_ns;
		cpu_ns = cpu_now_ns;
		looks = count_looks(engine);
		blocked = is_asleep && looks == 0 ? blocked + 1 : 0;
		if (killed_ns && now_ns - killed_ns > DIE_MAX_NS) {
			mark_tracer_lost(engine);
			return;
		}
		if (killed_ns)
			continue;
		if (blocked >= BLOCKED_CHECKS && now_ns - begin_ns > LEAVE_MAX_NS) {
			world->process->kill(world, process->pid);
			killed_ns = now_ns;
		} else if (blocked < BLOCKED_CHECKS && now_ns - active_ns > ABANDON_NS) {
			if (!ended && !may_abandon)
				continue;
			if (!ended)
				abandon(engine);
			return;
		}
	}
}

static void engine_leave(struct engine *engine)
{
	make_leave(engine, true);
	event_writer_await_division(&engine->tracer.event_writer);
}

/* What is left to do after leave(), for the user. */
static bool engine_remains(const struct engine *engine, char *text, size_t size)
{
	const struct leave_rest *rest = &engine->rest;
	int pid = (int)engine->process.pid;
	if (engine->process.joined)
		return false;
	if (atomic_load_explicit(&engine->abandoned, memory_order_relaxed))
		snprintf(text, size, "the tracer (%d) leaves the target when it gets a processor",
			pid);
	else if (rest->unserved)
		snprintf(text, size, "%zu thread%s not run yet; leaving goes on (%d)",
			rest->unserved, rest->unserved == 1 ? " has" : "s have", pid);
	else if (rest->timed)
		snprintf(text, size, "%zu timeout%s kept; leaving goes on (%d)", rest->timed,
			rest->timed == 1 ? " has to be" : "s have to be", pid);
	else
		snprintf(text, size, "leaving goes on (%d)", pid);
	return true;
}

int ptrace_engine_start(struct world *world, const struct engine_request *request,
	const struct engine_links *links, struct engine **out, char error[ENGINE_ERROR_MAX])
{
	if (kernel_is_too_old(world)) {
		const struct refusal refusal = {.reason = REFUSAL_OLD_KERNEL};
		refusal_text(world, &refusal, error, ENGINE_ERROR_MAX);
		return -ENOSYS;
	}
	struct engine *engine = xcalloc(1, sizeof(*engine));
	engine->world = world;
	engine->request = request;
	engine->wake_fd = links->wake_fd;
	engine->survivor = links->survivor;
	kick_init(&engine->kick, world);
	engine->reserve.on_first_use = kick_myself;
	engine->reserve.argument = engine;
	int result = alloc_reserve_init(&engine->reserve, RESERVE_SIZE);
	if (result < 0) {
		const struct refusal refusal = {.reason = REFUSAL_SYSTEM, .error = -result};
		refusal_text(world, &refusal, error, ENGINE_ERROR_MAX);
		free(engine);
		return result;
	}
	tracer_init(&engine->tracer, world, links, ring_capacity(links->ring), request);
	engine->tracer.on_orphan = restore;
	engine->tracer.argument = engine;
	engine->tracer.home = world->process->self(world);
	result = start_tracer(engine);
	if (result == 0) {
		*out = engine;
		return 0;
	}
	refusal_text(world, &engine->refusal, error, ENGINE_ERROR_MAX);
	/* The caller is free to free what the tracer writes to. */
	make_leave(engine, false);
	size_t used = strlen(error);
	char remains[ENGINE_ERROR_MAX];
	if (engine_remains(engine, remains, sizeof(remains)))
		snprintf(error + used, ENGINE_ERROR_MAX - used, "; %s", remains);
	engine_free(engine);
	return result;
}

static int engine_start(const struct engine_request *request, const struct engine_links *links,
	struct engine **out, char error[ENGINE_ERROR_MAX])
{
	return ptrace_engine_start(world_kernel(), request, links, out, error);
}

/* Writes pending events to the ring. Returns whether none are left. */
static bool flush(struct engine *engine)
{
	return atomic_load_explicit(&engine->tracer_lost, memory_order_relaxed) ||
	       event_writer_flush(&engine->tracer.event_writer);
}

static void engine_nudge(struct engine *engine)
{
	if (!event_writer_has_pending(&engine->tracer.event_writer))
		return;
	if (!engine->process.joined &&
		!atomic_load_explicit(&engine->ended, memory_order_acquire)) {
		kick_send(&engine->kick, engine->process.pid);
		return;
	}
	/* The last tracee exited while the ring was full: the tracer no longer writes events. */
	engine_leave(engine);
	flush(engine);
}

static int engine_drain(struct engine *engine)
{
	return !flush(engine);
}

/* The CPU time of the tracer so far. */
static uint64_t tracer_cpu_ns(const struct engine *engine)
{
	struct world *world = engine->world;
	uint64_t cpu_ns = atomic_load_explicit(&engine->cpu_ns, memory_order_relaxed);
	if (!engine->process.joined && cpu_ns == 0)
		cpu_ns = world->process->cpu_ns(world, engine->process.pid);
	return cpu_ns;
}

static void send_cost(const struct engine *engine, uint64_t now_ns, struct event_sink *sink)
{
	uint64_t stops = atomic_load_explicit(&engine->tracer.stops, memory_order_relaxed);
	struct overhead_so_far so_far = overhead_of_stops(&engine->overhead, &engine->colocated,
		stops, atomic_load_explicit(&engine->tracer.colocated_stops, memory_order_relaxed));
	const struct standstill *standstill = &engine->tracer.poller.standstill;
	struct event_cost cost = {
		.event = {.type = EVENT_COST, .time_ns = now_ns},
		.stops = stops,
		.details_lost = atomic_load_explicit(
			&engine->tracer.event_writer.details_lost, memory_order_relaxed),
		.cpu_ns = tracer_cpu_ns(engine),
		.minimum = so_far.overhead.latency_ns ? MINIMUM_KNOWN : MINIMUM_UNKNOWN,
		.processors = engine->world->sched->online_cpus(engine->world),
		.minimum_ns = so_far.overhead.latency_ns,
		.call_ns = so_far.overhead.call_ns,
		.lost_ns = so_far.lost_ns +
	                   atomic_load_explicit(&standstill->lost_ns, memory_order_relaxed),
		.user = "the tracer",
	};
	event_send(sink, &cost.event);
}

/* The count of NOTE. */
static uint64_t note_count(const struct engine *engine, enum ptrace_note note)
{
	const struct tracer *tracer = &engine->tracer;
	const _Atomic uint64_t *count = note == NOTE_UNCOUNTED    ? &tracer->event_writer.uncounted
	                                : note == NOTE_UNCOPIED   ? &tracer->pages.unopened
	                                : note == NOTE_UNANSWERED ? &tracer->pages.unanswered
	                                                          : &tracer->notes[note];
	return atomic_load_explicit(count, memory_order_relaxed);
}

static void send_notes(const struct engine *engine, uint64_t now_ns, struct event_sink *sink)
{
	for (enum ptrace_note note = 0; note < PTRACE_NOTES; note++) {
		struct event_note event = {
			.event = {.type = EVENT_NOTE, .time_ns = now_ns},
			.id = note,
			.transient = ptrace_note_is_transient(note),
			.count = note_count(engine, note),
		};
		ptrace_note_text(note, event.count,
			atomic_load_explicit(&engine->tracer.foreign, memory_order_relaxed),
			event.text, sizeof(event.text));
		event_send(sink, &event.event);
	}
}

static void engine_collect(struct engine *engine, uint64_t now_ns, struct event_sink *sink)
{
	send_cost(engine, now_ns, sink);
	send_notes(engine, now_ns, sink);
}

/* SINK gets nothing: all sums are in the ring or pending. */
static uint64_t engine_divide(struct engine *engine, struct event_sink *sink)
{
	(void)sink;
	return event_writer_divide(&engine->tracer.event_writer);
}

static enum engine_state engine_state(const struct engine *engine)
{
	if (atomic_load_explicit(&engine->tracer_lost, memory_order_relaxed))
		return ENGINE_LOST;
	return atomic_load_explicit(&engine->ended, memory_order_acquire) ? ENGINE_ENDED
	                                                                  : ENGINE_RUNNING;
}

/* In the order of the bits PTRACE_*. */
static const struct engine_option engine_options[] = {
	{"no-repair", "do not repair waiting calls that attaching interrupts:\n"
		      "they fail with EINTR, as under other tracers"},
};

const struct engine_class ptrace_engine = {
	.name = "ptrace",
	.summary = "stops each thread at the entry and the exit of every call",
	.capabilities = ENGINE_SENDS_DETAILS | ENGINE_SENDS_EXITS | ENGINE_AWAITS_READER |
                        ENGINE_STOPS_TARGETS | ENGINE_REPAIRS_CALLS | ENGINE_COPIES_STACKS |
                        ENGINE_READS_ARGS | ENGINE_TRACES_COMMANDS,
	.options = engine_options,
	.option_count = sizeof(engine_options) / sizeof(*engine_options),
	.start = engine_start,
	.nudge = engine_nudge,
	.collect = engine_collect,
	.divide = engine_divide,
	.state = engine_state,
	.leave = engine_leave,
	.drain = engine_drain,
	.remains = engine_remains,
	.free = engine_free,
};
