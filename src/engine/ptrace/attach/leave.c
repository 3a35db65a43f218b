/* Leaving; see engine/ptrace/attach/leave.h. */
#include "config.h"

#include "engine/ptrace/attach/leave.h"

#include "base/time.h"
#include "engine/ptrace/report.h"
#include "engine/ptrace/tracer.h"
#include "engine/ptrace/world/world.h"

#define PAUSE_NS           (50 * NS_PER_US)

/*
 * How long those that run may take to come to a stop by themselves: an interrupt that hits a thread
 * just as it enters a call can cut a transfer short.
 */
#define VOLUNTARY_NS       (2 * NS_PER_MS)

/*
 * How long a thread that was asked to stop is waited for: it is on its way out of its call, which
 * fails if nobody repairs it. No longer, as it may be one that cannot stop now.
 */
#define INTERRUPTING_NS    (300 * NS_PER_MS)

/*
 * Signals that a thread ignores interrupt its calls until the very moment in which it is traced no
 * longer. So one that had a call repaired within IGNORED_SIGNALS_NS is resumed for good at a stop
 * at which that does no harm: where a call ends, or is interrupted and has no timeout that would
 * start anew. Such a timeout is waited for until KEEP_NS after the beginning, and the next stop
 * until NEXT_STOP_NS: what lasts longer is late then, but does not fail.
 */
#define IGNORED_SIGNALS_NS (250 * NS_PER_MS)
#define KEEP_NS            (500 * NS_PER_MS)
#define NEXT_STOP_NS       (550 * NS_PER_MS)

/*
 * A thread that a signal wakes stops some microseconds later, or a millisecond where the processors
 * are busy: none may be on that way when we leave. So no report may have come for QUIET_NS. Where
 * there are reports all the time no moment is good, and UNREST_NS is enough.
 */
#define QUIET_NS           (1 * NS_PER_MS)
#define UNREST_NS          (20 * NS_PER_MS)

static uint64_t now(const struct tracer *tracer)
{
	return tracer->world->clock->now_ns(tracer->world);
}

/* Whether signals that TRACEE ignores interrupt its calls these days. */
static bool gets_ignored_signals(const struct tracee *tracee, uint64_t now_ns)
{
	return tracee->ignored_signal_ns && now_ns - tracee->ignored_signal_ns < IGNORED_SIGNALS_NS;
}

/* Whether TRACEE, at a stop, is to be traced for a while longer though we leave. */
static bool is_kept(const struct tracer *tracer, const struct tracee *tracee)
{
	uint64_t now_ns = now(tracer);
	if (now_ns > tracer->keep_until_ns || !gets_ignored_signals(tracee, now_ns))
		return false;
	return tracee->phase == TRACEE_CALL ||
	       (tracee->phase == TRACEE_INTERRUPTED && tracee->current.deadline_ns);
}

void leave_task(struct tracer *tracer, struct task *task, const struct step *step, bool interrupted)
{
	struct world *world = tracer->world;
	const struct tracee *tracee = &task->tracee;
	/*
	 * An interrupt that comes as a call is entered wakes its wait at once, though the stop at
	 * the entry has swallowed the stop that it asks for (ptrace_stop() of the kernel): so the
	 * call is traced to its end, to be repaired.
	 */
	if (interrupted && tracee->phase == TRACEE_CALL) {
		if (world->trace->resume(world, tracee->tid, step->signal) == 0)
			tracer_interrupt(tracer, task);
		return;
	}
	if (is_kept(tracer, tracee)) {
		world->trace->resume(world, tracee->tid, step->signal);
		return;
	}
	task->released = true;
	/*
	 * While it is traced, even signals that it ignores interrupt its calls. But a detach wakes
	 * it as a signal does, which at the entry of a call interrupts that, too.
	 */
	if (tracee->phase == TRACEE_CALL)
		world->trace->release(world, tracee->tid, step->signal);
	else
		world->trace->detach(world, tracee->tid, step->signal);
}

/* Whether TASK is in no call now, and could enter one as we leave. */
static bool may_enter_call(const struct task *task)
{
	return task->tracee.phase == TRACEE_USER && task->tracee.state == TASK_RUNNING &&
	       !task->released;
}

static bool is_any_outside(const struct tracer *tracer)
{
	const struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		if (may_enter_call(task))
			return true;
	}
	return false;
}

/* Asks those to stop that have not come to a stop by themselves. */
static void stop_outside_calls(struct tracer *tracer)
{
	struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		if (may_enter_call(task))
			tracer_interrupt(tracer, task);
	}
}

/* Takes the reports that exist, and serves the deadlines. */
static void serve_all(struct tracer *tracer)
{
	siginfo_t info;
	while (poller_poll(&tracer->poller, &info) == 1)
		report_handle(tracer, &info);
	tracer_serve_deadlines(tracer);
}

/* Whether a tracee is about to stop at the entry of a call that was interrupted. */
static bool awaits_restart(const struct tracer *tracer)
{
	const struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		if (task->tracee.phase == TRACEE_INTERRUPTED &&
			task->tracee.state == TASK_RUNNING && !task->released)
			return true;
	}
	return false;
}

/* Whether a tracee is about to come to a stop at which it is better resumed for good. */
static bool is_any_kept(const struct tracer *tracer)
{
	const struct task *task;
	uint64_t now_ns = now(tracer);
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		const struct tracee *tracee = &task->tracee;
		uint64_t deadline_ns = tracee_deadline_ns(tracee);
		bool ends = deadline_ns && deadline_ns < tracer->keep_until_ns;
		if (!task->released && tracee_in_call(tracee) &&
			(ends || gets_ignored_signals(tracee, now_ns)))
			return true;
	}
	return false;
}

/* Whether it is better not to leave yet, SPENT_NS after we have begun to. */
static bool has_reason_to_stay(const struct tracer *tracer, uint64_t spent_ns)
{
	if (spent_ns < UNREST_NS && now(tracer) - tracer->reported_ns < QUIET_NS)
		return true;
	if (spent_ns < INTERRUPTING_NS && (tracer->interrupting || awaits_restart(tracer)))
		return true;
	return spent_ns < NEXT_STOP_NS && is_any_kept(tracer);
}

/* Sleeps for a moment. Returns the time since BEGIN_NS. */
static uint64_t pause_since(const struct tracer *tracer, uint64_t begin_ns)
{
	tracer->world->clock->sleep(tracer->world, PAUSE_NS);
	return now(tracer) - begin_ns;
}

void leave_all(struct tracer *tracer)
{
	uint64_t begin_ns = now(tracer), spent_ns = 0;
	tracer->leaving = true;
	tracer->keep_until_ns = begin_ns + KEEP_NS;
	for (serve_all(tracer); is_any_outside(tracer) && spent_ns < VOLUNTARY_NS;
		serve_all(tracer))
		spent_ns = pause_since(tracer, begin_ns);
	stop_outside_calls(tracer);
	for (serve_all(tracer); has_reason_to_stay(tracer, spent_ns); serve_all(tracer))
		spent_ns = pause_since(tracer, begin_ns);
}
