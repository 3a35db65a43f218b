/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaving; see engine/ptrace/attach/leave.h. */
#include "config.h"

#include "engine/ptrace/attach/leave.h"

#include "base/time.h"
#include "engine/ptrace/report.h"
#include "engine/ptrace/tracer.h"
#include "engine/ptrace/world/world.h"

#define PAUSE_NS           (50 * NS_PER_US)

/*
 * How long running threads may take to stop on their own: an interrupt that hits a thread just as
 * it enters a call can cut a transfer short.
 */
#define VOLUNTARY_NS       (2 * NS_PER_MS)

/*
 * How long to wait for a thread that was asked to stop: it is leaving its call, which fails unless
 * it is repaired. Limited, because the thread may be unable to stop now.
 */
#define INTERRUPTING_NS    (300 * NS_PER_MS)

/*
 * Signals that a thread ignores interrupt its calls as long as it is traced. So a thread that had a
 * call repaired within IGNORED_SIGNALS_NS is resumed for good only at a stop where that does no
 * harm: at the end of a call, or when a call without a timeout that would start over is
 * interrupted. Such a timeout is waited for until KEEP_NS after leaving began, and the next stop
 * until NEXT_STOP_NS: calls that take longer then end late, but do not fail.
 */
#define IGNORED_SIGNALS_NS (250 * NS_PER_MS)
#define KEEP_NS            (500 * NS_PER_MS)
#define NEXT_STOP_NS       (550 * NS_PER_MS)

/*
 * A thread woken by a signal stops some microseconds later, or a millisecond if the CPUs are busy.
 * As none may be between the two when we leave, we wait until there was no report for QUIET_NS. If
 * there are always reports, no moment is good, and UNREST_NS is enough.
 */
#define QUIET_NS           (1 * NS_PER_MS)
#define UNREST_NS          (20 * NS_PER_MS)

static uint64_t now(const struct tracer *tracer)
{
	return tracer->world->clock->now_ns(tracer->world);
}

/* Whether ignored signals have recently interrupted calls of TRACEE. */
static bool gets_ignored_signals(const struct tracee *tracee, uint64_t now_ns)
{
	return tracee->ignored_signal_ns && now_ns - tracee->ignored_signal_ns < IGNORED_SIGNALS_NS;
}

/* Whether TRACEE, at a stop, has to be traced for a while longer although we are leaving. */
static bool is_kept(const struct tracer *tracer, const struct tracee *tracee)
{
	uint64_t now_ns = now(tracer), deadline_ns = tracee_deadline_ns(tracee);
	if (now_ns > tracer->keep_until_ns)
		return false;
	/* Its timeout, which would start anew, is soon over. */
	if (deadline_ns && deadline_ns < tracer->keep_until_ns)
		return true;
	return gets_ignored_signals(tracee, now_ns) &&
	       (tracee->phase == TRACEE_CALL || deadline_ns);
}

void leave_task(struct tracer *tracer, struct task *task, const struct step *step, bool interrupted)
{
	struct world *world = tracer->world;
	const struct tracee *tracee = &task->tracee;
	/*
	 * An interrupt that arrives at the entry of a call immediately wakes the call's wait,
	 * although the entry stop has replaced the stop that was asked for (ptrace_stop() of the
	 * kernel). So the call is traced to its end, to be repaired.
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
	 * Detach it, because while it is traced, even ignored signals interrupt its calls. But not
	 * at the entry of a call: a detach wakes it like a signal, which would interrupt the call.
	 */
	if (tracee->phase == TRACEE_CALL)
		world->trace->release(world, tracee->tid, step->signal);
	else
		world->trace->detach(world, tracee->tid, step->signal);
}

/* Whether TASK is not in a call now, and could enter one while we are leaving. */
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

/* Asks threads to stop that have not stopped on their own. */
static void stop_outside_calls(struct tracer *tracer)
{
	struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		if (may_enter_call(task))
			tracer_interrupt(tracer, task);
	}
}

/* Handles all pending reports and due deadlines. */
static void serve_all(struct tracer *tracer)
{
	siginfo_t info;
	while (poller_poll(&tracer->poller, &info) == 1)
		report_handle(tracer, &info);
	tracer_serve_deadlines(tracer);
}

/* Whether a tracee is about to stop at the entry of a call that the kernel restarts. */
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

/* Whether a tracee is about to reach a stop at which it is better resumed for good. */
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

/* Whether it is better not to leave yet, SPENT_NS after leaving began. */
static bool should_wait(const struct tracer *tracer, uint64_t spent_ns)
{
	if (spent_ns < UNREST_NS && now(tracer) - tracer->reported_ns < QUIET_NS)
		return true;
	if (spent_ns < INTERRUPTING_NS && (tracer->interrupting || awaits_restart(tracer)))
		return true;
	return spent_ns < NEXT_STOP_NS && is_any_kept(tracer);
}

/* Sleeps for PAUSE_NS. Returns the time since BEGIN_NS. */
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
	for (serve_all(tracer); should_wait(tracer, spent_ns); serve_all(tracer))
		spent_ns = pause_since(tracer, begin_ns);
}
