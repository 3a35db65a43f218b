/*
 * The ptrace engine: a process vm_process that runs the tracer, and the calls by which we steer it.
 *
 * The task that attaches is the only one that may trace, and its end is what lets every tracee go,
 * at once and wherever it is: so leaving is nothing but its end (see engine/ptrace/attach/leave.h).
 * It is no thread of ours, because a SIGKILL can come between an interrupt and the repair of the
 * call that this has broken: it hits us, and the tracer leaves with the same care as always.
 */
#include "config.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "engine/ptrace/attach/attach.h"
#include "engine/ptrace/attach/leave.h"
#include "engine/ptrace/overhead.h"
#include "engine/ptrace/ptrace_engine.h"
#include "engine/ptrace/tracer.h"
#include "engine/ptrace/wait/colocation.h"
#include "engine/ptrace/world/pt.h"
#include "engine/ptrace/world/vm_process.h"
#include "event/engine.h"
#include "event/event.h"
#include "event/sink.h"
#include "proc/stat.h"

#define KICK_EVERY_NS NS_PER_MS /* a kick between two waits is lost, and has to be repeated */

/*
 * Leaving takes 600 ms at most. A tracer that takes longer is held by something, as by the lock on
 * the memory of a process that waits for a file system: it is killed then, which lets all go. But
 * one that could run, and has no turn on a machine that is far too busy, is waited for.
 */
#define LEAVE_MAX_NS  (5 * NS_PER_S)
#define DIE_MAX_NS    (1 * NS_PER_S)
#define HELD_LOOKS    50 /* in a row that found it asleep, a millisecond vm_process */

#define STOPS_A_CALL  2
#define PERCENT       100
#define RIDDEN_ALL    95 /* so many per cent of the stops, and few calls show another's floor */

struct engine {
	struct tracer tracer;                 /* the process vm_process's; after its end, ours */
	const struct engine_request *request; /* valid until `started` */
	int wake_fd;                          /* the reader's */
	struct refusal refusal;
	struct overhead floor;        /* written before `started` */
	struct overhead ridden;       /* the same, for a tracer that rides; likewise */
	struct vm_process vm_process; /* the process that traces */
	sem_t started; /* the attach is over, with `result`: no lock that we could die with */
	int result;
	_Atomic bool leaving;
	_Atomic bool ended;       /* the tracer is done, or was killed: then its work is not … */
	_Atomic bool tracer_lost; /* … to be touched */
	_Atomic uint64_t cpu_ns;  /* of the tracer, at its end */
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
	engine->result = result;
	sem_post(&engine->started);
}

static bool has_to_leave(const struct engine *engine)
{
	return atomic_load_explicit(&engine->leaving, memory_order_acquire) || pt_orphaned();
}

/* Leaves. An orphan does without whatever could ask for a lock of the C library. */
static void leave(struct engine *engine, struct colocation *colocation)
{
	if (pt_orphaned())
		colocation_end(colocation);
	else
		colocation_free(colocation);
	poller_ride(&engine->tracer.poller, NULL);
	leave_all(&engine->tracer);
}

/* In the process vm_process. */
static void run(void *argument)
{
	struct engine *engine = argument;
	pt_bell_setup();
	struct colocation *colocation = colocation_new();
	/* Behind that: a kick, and the news of our death, are not for its thread, the guard. */
	pt_kick_setup();
	overhead_measure(&engine->floor, NULL);
	if (colocation)
		overhead_measure(&engine->ridden, colocation);
	poller_ride(&engine->tracer.poller, colocation);
	int result = alarm_init(&engine->tracer.alarm);
	if (result < 0)
		engine->refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = -result};
	else
		result = attach_all(&engine->tracer, engine->request, &engine->refusal);
	tell_started(engine, result);
	if (result == 0) {
		while (!has_to_leave(engine) && tracer_run(&engine->tracer) != -ECHILD)
			;
	}
	leave(engine, colocation);
	if (pt_orphaned())
		return;
	alarm_clear(&engine->tracer.alarm);
	atomic_store_explicit(
		&engine->cpu_ns, cpu_time_ns(CLOCK_PROCESS_CPUTIME_ID), memory_order_relaxed);
	if (result == 0)
		event_writer_end(&engine->tracer.event_writer, 0);
	atomic_store_explicit(&engine->ended, true, memory_order_release);
}

/* The tracer is lost, and what it has left is not to be touched any more. */
static void lose_tracer(struct engine *engine)
{
	if (!atomic_exchange_explicit(&engine->tracer_lost, true, memory_order_relaxed))
		tracer_note(&engine->tracer, NOTE_TRACER_LOST, 1);
}

/* The process vm_process is no more. In its keeper. */
static void look_after(void *argument)
{
	struct engine *engine = argument;
	if (atomic_load_explicit(&engine->ended, memory_order_acquire))
		return;
	lose_tracer(engine);
	atomic_store_explicit(&engine->ended, true, memory_order_release);
	sem_post(&engine->started);
	uint64_t one = 1;
	if (write(engine->wake_fd, &one, sizeof(one)) < 0)
		return; /* it is noticed a quarter of a second later */
}

/* PTRACE_GET_SYSCALL_INFO came with Linux 5.3. */
static bool kernel_is_too_old(void)
{
	struct utsname name;
	int major = 0, minor = 0;
	return uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
	       (major < 5 || (major == 5 && minor < 3));
}

static void engine_free(struct engine *engine)
{
	/* What a tracer leaves that was killed may be half done, and its locks are held for ever.
	 */
	if (!engine || atomic_load_explicit(&engine->tracer_lost, memory_order_relaxed))
		return;
	tracer_clear(&engine->tracer);
	sem_destroy(&engine->started);
	free(engine);
}

static int engine_start(const struct engine_request *request, const struct engine_links *links,
	struct engine **out, char error[ENGINE_ERROR_MAX])
{
	if (kernel_is_too_old()) {
		refusal_text(
			&(struct refusal){.reason = REFUSAL_OLD_KERNEL}, error, ENGINE_ERROR_MAX);
		return -ENOSYS;
	}
	struct engine *engine = xcalloc(1, sizeof(*engine));
	tracer_init(&engine->tracer, links, ring_capacity(links->ring), request);
	engine->tracer.home = getpid();
	engine->request = request;
	engine->wake_fd = links->wake_fd;
	engine->result = -EINTR; /* where it is killed before it knows */
	engine->refusal = (struct refusal){.reason = REFUSAL_KILLED};
	engine->vm_process = (struct vm_process){
		.run = run,
		.argument = engine,
		.name = PT_NAME,
		.death_signal = pt_kick_signal(),
		.after = look_after,
	};
	sem_init(&engine->started, 0, 0);
	int result = vm_process_start(&engine->vm_process);
	if (result < 0) {
		engine->refusal = (struct refusal){.reason = REFUSAL_SYSTEM, .error = -result};
	} else {
		while (sem_wait(&engine->started) < 0 && errno == EINTR)
			;
		result = engine->result;
	}
	if (result == 0) {
		*out = engine;
		return 0;
	}
	refusal_text(&engine->refusal, error, ENGINE_ERROR_MAX);
	while (!vm_process_join(&engine->vm_process, KICK_EVERY_NS))
		;
	engine_free(engine);
	return result;
}

static void kick(struct engine *engine)
{
	pid_t pid = engine->vm_process.pid;
	syscall(SYS_tgkill, pid, pid, pt_kick_signal());
}

static bool is_asleep(const struct engine *engine)
{
	return proc_state(engine->vm_process.pid) != 'R';
}

static void engine_leave(struct engine *engine)
{
	if (engine->vm_process.joined)
		return;
	atomic_store_explicit(&engine->leaving, true, memory_order_release);
	uint64_t begin_ns = clock_now_ns(), killed_ns = 0;
	for (unsigned int held = 0; !vm_process_join(&engine->vm_process, KICK_EVERY_NS);) {
		if (!atomic_load_explicit(&engine->ended, memory_order_acquire))
			kick(engine);
		uint64_t now_ns = clock_now_ns();
		held = now_ns - begin_ns > LEAVE_MAX_NS && is_asleep(engine) ? held + 1 : 0;
		if (killed_ns && now_ns - killed_ns > DIE_MAX_NS) {
			lose_tracer(engine);
			return;
		}
		if (held >= HELD_LOOKS && !killed_ns) {
			kill(engine->vm_process.pid, SIGKILL);
			killed_ns = now_ns;
		}
	}
}

/* Writes what the ring has not taken. Returns whether all of it is in there. */
static bool flush(struct engine *engine)
{
	return atomic_load_explicit(&engine->tracer_lost, memory_order_relaxed) ||
	       event_writer_flush(&engine->tracer.event_writer);
}

static void engine_nudge(struct engine *engine)
{
	if (!event_writer_has_pending(&engine->tracer.event_writer))
		return;
	if (!engine->vm_process.joined &&
		!atomic_load_explicit(&engine->ended, memory_order_acquire)) {
		kick(engine);
		return;
	}
	/* The last tracee has ended while the ring was full: nobody else pays what is owed now. */
	engine_leave(engine);
	flush(engine);
}

static int engine_drain(struct engine *engine)
{
	return !flush(engine);
}

/* The floor under all but a few stops: where those of a colocation were not nearly all, the higher
 * one.
 */
static struct overhead overhead_so_far(const struct engine *engine, uint64_t stops)
{
	uint64_t ridden = atomic_load_explicit(&engine->tracer.ridden, memory_order_relaxed);
	uint64_t share = stops ? ridden * PERCENT / stops : 0;
	bool all = share >= RIDDEN_ALL && engine->ridden.latency_ns;
	return (struct overhead){
		.latency_ns = all ? engine->ridden.latency_ns : engine->floor.latency_ns,
		.call_ns = (engine->ridden.call_ns * share +
				   engine->floor.call_ns * (PERCENT - share)) /
	                   PERCENT,
	};
}

/* The tracer's processor time so far. */
static uint64_t tracer_cpu_ns(const struct engine *engine)
{
	uint64_t cpu_ns = atomic_load_explicit(&engine->cpu_ns, memory_order_relaxed);
	clockid_t clock;
	if (!engine->vm_process.joined && cpu_ns == 0 &&
		clock_getcpuclockid(engine->vm_process.pid, &clock) == 0)
		cpu_ns = cpu_time_ns(clock);
	return cpu_ns;
}

static void send_cost(const struct engine *engine, uint64_t now_ns, struct event_sink *sink)
{
	uint64_t stops = atomic_load_explicit(&engine->tracer.stops, memory_order_relaxed);
	struct overhead overhead = overhead_so_far(engine, stops);
	struct event_cost cost = {
		.event = {.type = EVENT_COST, .time_ns = now_ns},
		.stops = stops,
		.details_lost = atomic_load_explicit(
			&engine->tracer.event_writer.details_lost, memory_order_relaxed),
		.cpu_ns = tracer_cpu_ns(engine),
		.minimum = overhead.latency_ns ? MINIMUM_KNOWN : MINIMUM_UNKNOWN,
		.processors = (uint32_t)sysconf(_SC_NPROCESSORS_ONLN),
		.minimum_ns = overhead.latency_ns,
		.call_ns = overhead.call_ns,
		.lost_ns = stops * overhead.call_ns / STOPS_A_CALL,
		.user = "the tracer",
	};
	event_send(sink, &cost.event);
}

static void send_notes(const struct engine *engine, uint64_t now_ns, struct event_sink *sink)
{
	for (enum ptrace_note note = 0; note < PTRACE_NOTES; note++) {
		struct event_note event = {
			.event = {.type = EVENT_NOTE, .time_ns = now_ns},
			.id = note,
			.passing = ptrace_note_is_passing(note),
			.count = atomic_load_explicit(
				&engine->tracer.notes[note], memory_order_relaxed),
		};
		ptrace_note_text(note, event.count, event.text, sizeof(event.text));
		event_send(sink, &event.event);
	}
}

static uint64_t engine_collect(struct engine *engine, uint64_t now_ns, struct event_sink *sink)
{
	send_cost(engine, now_ns, sink);
	send_notes(engine, now_ns, sink);
	return event_writer_divide(&engine->tracer.event_writer);
}

static enum engine_state engine_state(const struct engine *engine)
{
	if (atomic_load_explicit(&engine->tracer_lost, memory_order_relaxed))
		return ENGINE_LOST;
	return atomic_load_explicit(&engine->ended, memory_order_acquire) ? ENGINE_ENDED
	                                                                  : ENGINE_RUNNING;
}

/* By the bits PTRACE_*. */
static const struct engine_option engine_options[] = {
	{"no-repair", "do not repair waiting calls that attaching interrupts:\n"
		      "they fail with EINTR, as under other tracers"},
};

const struct engine_class ptrace_engine = {
	.name = "ptrace",
	.summary = "stops each thread at the entry and the exit of every call",
	.capabilities = ENGINE_STOPS_TARGETS | ENGINE_REPAIRS_CALLS | ENGINE_COPIES_STACKS |
                        ENGINE_READS_ARGS | ENGINE_TRACES_COMMANDS,
	.options = engine_options,
	.option_count = sizeof(engine_options) / sizeof(*engine_options),
	.start = engine_start,
	.nudge = engine_nudge,
	.collect = engine_collect,
	.state = engine_state,
	.leave = engine_leave,
	.drain = engine_drain,
	.free = engine_free,
};
