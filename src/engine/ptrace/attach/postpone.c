/* Stops that are postponed; see engine/ptrace/attach/postpone.h. */
#include "config.h"

#include "engine/ptrace/attach/postpone.h"

#include <string.h>

#include "base/clock.h"
#include "engine/ptrace/state/repair.h"
#include "engine/ptrace/tracer.h"
#include "proc/sched.h"
#include "proc/stat.h"
#include "proc/status.h"
#include "proc/wait.h"

/*
 * How long after it was found waiting a thread is looked at again, at first and at last. The first
 * wait that begins between two looks is given a timeout that is late by as much, at most.
 */
#define LOOK_FIRST_NS NS_PER_MS
#define LOOK_LAST_NS  (16 * NS_PER_MS)

/*
 * How often in a row a thread has to be found running before it is stopped while it does, and how
 * long it has to have run in between without a wait: one that transfers does so for less. On a busy
 * machine a thread that is woken is long found running before it does run.
 */
#define LOOK_TIMES    3
#define LOOK_RUN_NS   (100 * NS_PER_US)

/*
 * But no more looks than these are in vain: it may be in a stop of another kind, or dead, or wait
 * so shortly that no look finds it waiting.
 */
#define LOOK_STUCK    30

bool postpone_find_wait(const struct task *task, struct current_call *current)
{
	const struct tracee *tracee = &task->tracee;
	struct proc_wait wait;
	if (proc_waits(tracee->tgid, tracee->tid, &wait) != 1)
		return false;
	*current = (struct current_call){
		.call =
			{
				.nr = (uint32_t)wait.nr,
				.abi = task->compat ? ABI_COMPAT : ABI_NATIVE,
			},
		.partial = true,
		.since_ns = tracee->attached_ns,
		.ip = wait.ip,
		.sp = wait.sp,
	};
	memcpy(current->args, wait.args, sizeof(current->args));
	return true;
}

void postpone_write_wait(struct tracer *tracer, struct task *task)
{
	struct tracee *tracee = &task->tracee;
	if (!postpone_find_wait(task, &tracee->current))
		return;
	tracee->waiting = true;
	event_writer_step(
		&tracer->event_writer, tracee, &(struct step){.entered = true}, clock_now_ns());
}

enum activity postpone_find_activity(const struct task *task)
{
	const struct tracee *tracee = &task->tracee;
	struct current_call wait;
	uint64_t timeout_ns = REPAIR_FOREVER;
	bool waits = postpone_find_wait(task, &wait);
	/*
	 * The kernel passes the interrupt on to the server, and what that answers is the result: a
	 * failure with EINTR, or SIGBUS where it is no call. To be asked last: what waits in a call
	 * that is told by now may have waited for the server only since.
	 */
	if (proc_waits_for_server(tracee->tgid, tracee->tid))
		return ACTIVITY_CUT;
	if (!waits)
		return ACTIVITY_RUNNING;
	if (call_is_cut_short(wait.call, wait.args))
		return ACTIVITY_CUT;
	const struct repair *repair = repair_find(wait.call);
	if (repair)
		repair_timeout(repair, tracee->tid, wait.call, wait.args, &timeout_ns);
	if (!repair)
		return ACTIVITY_HARMLESS;
	if (timeout_ns == REPAIR_FOREVER)
		return ACTIVITY_FRAGILE;
	return repair_is_visible(repair) ? ACTIVITY_CUT : ACTIVITY_TIMED;
}

/*
 * Counts a look at TRACEE, by what it found. One that has waited since the look before may be in a
 * transfer, which waits and runs by turns.
 */
static void count_look(struct task *task, enum activity activity)
{
	struct postponement *postponement = &task->postponement;
	pid_t tid = task->tracee.tid;
	if (activity != ACTIVITY_RUNNING) {
		postponement->running = postponement->stuck = 0;
		return;
	}
	uint64_t cpu_ns = proc_cpu_ns(tid), sleeps = proc_sleeps(tid);
	bool first = !postponement->running;
	bool further = cpu_ns == UINT64_MAX || cpu_ns - postponement->cpu_ns >= LOOK_RUN_NS;
	bool slept = sleeps != postponement->sleeps;
	if (first || slept) {
		postponement->cpu_ns = cpu_ns;
		postponement->sleeps = sleeps;
	}
	if (!first && (slept || !further) && ++postponement->stuck < LOOK_STUCK)
		return;
	postponement->running++;
	postponement->cpu_ns = cpu_ns;
}

bool postpone_allows(struct task *task, enum activity activity, bool moved)
{
	count_look(task, activity);
	return activity == ACTIVITY_HARMLESS || activity == ACTIVITY_FRAGILE ||
	       (activity == ACTIVITY_TIMED && moved) || task->postponement.running >= LOOK_TIMES;
}

void postpone_begin(struct tracer *tracer, struct task *task, enum activity activity,
	struct sleep_clock *sleep_clock, uint64_t now_ns)
{
	struct postponement *postponement = &task->postponement;
	struct tracee *tracee = &task->tracee;
	postponement->on = true;
	postponement->pause_ns = LOOK_FIRST_NS;
	postponement->look_ns = now_ns + LOOK_FIRST_NS;
	postponement->waits = proc_sleeps(tracee->tid);
	/* In this order: of a wait that begins in between nothing is known, rather than too much.
	 */
	if (activity == ACTIVITY_TIMED || activity == ACTIVITY_CUT)
		tracee->begun_ns = sleep_clock_since(sleep_clock, tracee->tid);
	tracer_note(tracer, NOTE_POSTPONED, 1);
	if (activity != ACTIVITY_RUNNING)
		postpone_write_wait(tracer, task);
	tracer_remind(tracer, postponement->look_ns);
}

static void stop_postponed(struct tracer *tracer, struct task *task)
{
	struct tracee *tracee = &task->tracee;
	task->postponement.on = false;
	tracer_note(tracer, NOTE_POSTPONED, -1);
	/* The wait that was shown is over, at a time that is not known. */
	tracee->waiting = false;
	tracee->attached_ns = clock_now_ns();
	tracee->begun_ns = 0;
	event_writer_step(&tracer->event_writer, tracee, &(struct step){.state_changed = true},
		tracee->attached_ns);
	tracer_interrupt(tracer, task);
}

/* Whether TRACEE has stopped, which we are to hear of next: see postpone_interrupted(). */
static bool awaits_tracer(const struct task *task)
{
	return proc_state(task->tracee.tid) == 't';
}

uint64_t postpone_serve(struct tracer *tracer, struct task *task, uint64_t now_ns)
{
	struct postponement *postponement = &task->postponement;
	if (now_ns < postponement->look_ns)
		return postponement->look_ns;
	uint64_t waits = proc_sleeps(task->tracee.tid);
	enum activity activity = postpone_find_activity(task);
	/* To be asked after that: it shows the call that it was in when a signal stopped it. */
	if (awaits_tracer(task)) {
		postponement->look_ns = now_ns + postponement->pause_ns;
		return postponement->look_ns;
	}
	if (postpone_allows(task, activity, waits != postponement->waits)) {
		stop_postponed(tracer, task);
		return 0;
	}
	postponement->waits = waits;
	if (activity != ACTIVITY_RUNNING && postponement->pause_ns < LOOK_LAST_NS)
		postponement->pause_ns *= 2;
	postponement->look_ns = now_ns + postponement->pause_ns;
	return postponement->look_ns;
}

void postpone_interrupted(struct tracer *tracer, struct task *task, uint64_t now_ns)
{
	struct postponement *postponement = &task->postponement;
	struct tracee *tracee = &task->tracee;
	if (!postponement->on)
		return;
	/* To stop is to wait once more. Later than it is the call cannot have begun. */
	if (proc_sleeps(tracee->tid) > postponement->waits + 1) {
		tracee->attached_ns = now_ns;
		tracee->begun_ns = 0;
	}
	postponement->on = false;
	tracer_note(tracer, NOTE_POSTPONED, -1);
}

bool postpone_serve_running(struct tracer *tracer)
{
	struct task *task;
	bool more = false;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		if (!task->postponement.on || !task->postponement.running)
			continue;
		postpone_serve(tracer, task, clock_now_ns());
		more |= task->postponement.on && task->postponement.running;
	}
	return more;
}
