/* Leaving; see engine/ptrace/attach/leave.h. */
#include "config.h"

#include "engine/ptrace/attach/leave.h"

#include <time.h>

#include "base/clock.h"
#include "engine/ptrace/world/pt.h"

#define PAUSE_NS     (50 * NS_PER_US)

/*
 * Those that run are given so long to come to a stop by themselves: an interrupt that hits a thread
 * just as it enters a call can cut a transfer short.
 */
#define HASTE_NS     (2 * NS_PER_MS)

/*
 * A thread that was asked to stop is on its way out of its call, which fails if nobody repairs it.
 * So long it is waited for: no longer, as it may be one that cannot stop now.
 */
#define ASKED_NS     (300 * NS_PER_MS)

/*
 * Signals that a thread ignores break its calls until the very moment in which it is not traced any
 * more. One that had a call repaired so shortly ago is therefore let go at a stop, where that does
 * no harm: where a call ends, or is broken and has no timeout that would start anew. That timeout
 * is waited for so long; and so long the next stop: what lasts longer is late, but does not fail.
 */
#define RAIN_NS      (250 * NS_PER_MS)
#define PATIENCE_NS  (500 * NS_PER_MS)
#define NEXT_STOP_NS (550 * NS_PER_MS)

/*
 * Whom a signal wakes stops some microseconds later, or where the processors are busy a
 * millisecond: nobody may be on that way when we go. Where there are always some, there is no good
 * moment, and so long is enough.
 */
#define QUIET_NS     (1 * NS_PER_MS)
#define UNREST_NS    (20 * NS_PER_MS)

/* Whether signals that TRACEE ignores break its calls these days. */
static bool is_rained_on(const struct tracee *tracee, uint64_t now_ns)
{
	return tracee->ignored_signal_ns && now_ns - tracee->ignored_signal_ns < RAIN_NS;
}

/* Whether TRACEE, at a stop, is to go on being traced for a while though we leave. */
static bool is_spared(const struct tracer *tracer, const struct tracee *tracee)
{
	uint64_t now_ns = clock_now_ns();
	if (now_ns > tracer->patience_ns || !is_rained_on(tracee, now_ns))
		return false;
	return tracee->phase == TRACEE_CALL ||
	       (tracee->phase == TRACEE_BROKEN && tracee->current.deadline_ns);
}

void leave_task(struct tracer *tracer, struct task *task, const struct step *step, bool interrupted)
{
	const struct tracee *tracee = &task->tracee;
	/*
	 * An interrupt that comes as a call is entered wakes its wait at once, though the stop at
	 * the entry has swallowed the one that it asks for (ptrace_stop() of the kernel): so the
	 * call is seen to its end, to be repaired.
	 */
	if (interrupted && tracee->phase == TRACEE_CALL) {
		if (pt_resume(tracee->tid, step) == 0)
			tracer_interrupt(tracer, task);
		return;
	}
	if (is_spared(tracer, tracee)) {
		pt_resume(tracee->tid, step);
		return;
	}
	task->released = true;
	/*
	 * As long as it is traced, even signals that it ignores break its calls. But whoever is let
	 * go for good is woken as by a signal, which at the entry of a call is a break, too.
	 */
	if (tracee->phase == TRACEE_CALL)
		pt_continue(tracee->tid, step->signal);
	else
		pt_detach(tracee->tid, step->signal);
}

/* Whether TRACEE is in no call now, and could enter one while we go. */
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

/* Takes the reports that there are, and does what is due. */
static void drain(struct tracer *tracer)
{
	siginfo_t info;
	while (poller_poll(&tracer->poller, &info) == 1)
		tracer_report(tracer, &info);
	tracer_serve_due(tracer);
}

/* Whether a tracee is about to stop at the entry of a call that was broken. */
static bool awaits_restart(const struct tracer *tracer)
{
	const struct task *task;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		if (task->tracee.phase == TRACEE_BROKEN && task->tracee.state == TASK_RUNNING &&
			!task->released)
			return true;
	}
	return false;
}

/* Whether a tracee is about to come to a stop at which it is better let go. */
static bool is_any_spared(const struct tracer *tracer)
{
	const struct task *task;
	uint64_t now_ns = clock_now_ns();
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		const struct tracee *tracee = &task->tracee;
		uint64_t deadline_ns = tracee_deadline_ns(tracee);
		bool ends = deadline_ns && deadline_ns < tracer->patience_ns;
		if (!task->released && tracee_in_call(tracee) &&
			(ends || is_rained_on(tracee, now_ns)))
			return true;
	}
	return false;
}

/* Whether it is better not to go yet, SPENT_NS after we have begun to leave. */
static bool has_reason_to_stay(const struct tracer *tracer, uint64_t spent_ns)
{
	if (spent_ns < UNREST_NS && clock_now_ns() - tracer->heard_ns < QUIET_NS)
		return true;
	if (spent_ns < ASKED_NS && (tracer->interrupting || awaits_restart(tracer)))
		return true;
	return spent_ns < NEXT_STOP_NS && is_any_spared(tracer);
}

static uint64_t pause_since(uint64_t begin_ns)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	return clock_now_ns() - begin_ns;
}

void leave_all(struct tracer *tracer)
{
	uint64_t begin_ns = clock_now_ns(), spent_ns = 0;
	tracer->leaving = true;
	tracer->patience_ns = begin_ns + PATIENCE_NS;
	for (drain(tracer); is_any_outside(tracer) && spent_ns < HASTE_NS; drain(tracer))
		spent_ns = pause_since(begin_ns);
	stop_outside_calls(tracer);
	for (drain(tracer); has_reason_to_stay(tracer, spent_ns); drain(tracer))
		spent_ns = pause_since(begin_ns);
}
