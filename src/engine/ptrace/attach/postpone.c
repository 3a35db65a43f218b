/* Stops that are postponed; see engine/ptrace/attach/postpone.h. */
#include "config.h"

#include "engine/ptrace/attach/postpone.h"

#include <string.h>

#include "base/time.h"
#include "engine/ptrace/state/repair.h"
#include "engine/ptrace/tracer.h"
#include "engine/ptrace/world/world.h"

/*
 * The time between two checks of a thread that was found waiting, at first and at last. The first
 * wait that begins between two checks gets a timeout that is late by as much, at most.
 */
#define CHECK_FIRST_NS NS_PER_MS
#define CHECK_LAST_NS  (16 * NS_PER_MS)

/*
 * How often in a row a thread has to be found running before it is stopped in that, and how long it
 * has to have run in between without a wait: one that transfers runs for less. On a busy machine a
 * thread that was woken is found running long before it does run.
 */
#define RUNNING_CHECKS 3
#define RUNNING_NS     (100 * NS_PER_US)

/*
 * After this many checks of one that has not run as long, it counts all the same: it may be in a
 * stop of another kind, or dead, or wait for so short a time that no check finds it waiting.
 */
#define STUCK_CHECKS   30

static uint64_t sleeps_of(struct tracer *tracer, const struct task *task)
{
	return tracer->world->proc->sleeps(tracer->world, task->tracee.tid);
}

bool postpone_find_wait(
	struct tracer *tracer, const struct task *task, struct current_call *current)
{
	struct world *world = tracer->world;
	const struct tracee *tracee = &task->tracee;
	struct proc_wait wait;
	if (world->proc->waits(world, tracee->tgid, tracee->tid, &wait) != 1)
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
	struct world *world = tracer->world;
	struct tracee *tracee = &task->tracee;
	if (!postpone_find_wait(tracer, task, &tracee->current))
		return;
	tracee->waiting = true;
	event_writer_step(&tracer->event_writer, tracee, &(struct step){.entered = true},
		world->clock->now_ns(world));
}

enum activity postpone_find_activity(struct tracer *tracer, const struct task *task)
{
	struct world *world = tracer->world;
	const struct tracee *tracee = &task->tracee;
	struct current_call wait;
	uint64_t timeout_ns = REPAIR_FOREVER;
	bool waits = postpone_find_wait(tracer, task, &wait);
	/*
	 * The kernel passes the interrupt on to the server, and what that answers is the result: a
	 * failure with EINTR, or SIGBUS where it is no call. To be asked after the call that it
	 * waits in: by now it may wait for the server in it.
	 */
	if (world->proc->waits_for_server(world, tracee->tgid, tracee->tid))
		return ACTIVITY_CUT;
	if (!waits)
		return ACTIVITY_RUNNING;
	if (call_is_cut_short(wait.call, wait.args))
		return ACTIVITY_CUT;
	const struct repair *repair = repair_find(wait.call);
	if (!repair)
		return ACTIVITY_HARMLESS;
	repair_timeout(world, repair, tracee->tid, wait.call, wait.args, &timeout_ns);
	if (timeout_ns == REPAIR_FOREVER)
		return ACTIVITY_FRAGILE;
	return repair_is_visible(repair) ? ACTIVITY_CUT : ACTIVITY_TIMED;
}

/*
 * Counts a check of TASK, by what it found. One that has waited since the last check may be in a
 * transfer, which waits and runs by turns.
 */
static void count_check(struct tracer *tracer, struct task *task, enum activity activity)
{
	struct world *world = tracer->world;
	struct postponement *postponement = &task->postponement;
	if (activity != ACTIVITY_RUNNING) {
		postponement->running = postponement->stuck = 0;
		return;
	}
	uint64_t cpu_ns = world->proc->cpu_ns(world, task->tracee.tid);
	uint64_t sleeps = sleeps_of(tracer, task);
	bool first = !postponement->running;
	bool further = cpu_ns == UINT64_MAX || cpu_ns - postponement->cpu_ns >= RUNNING_NS;
	bool slept = sleeps != postponement->sleeps;
	if (first || slept) {
		postponement->cpu_ns = cpu_ns;
		postponement->sleeps = sleeps;
	}
	if (!first && (slept || !further) && ++postponement->stuck < STUCK_CHECKS)
		return;
	postponement->running++;
	postponement->cpu_ns = cpu_ns;
}

bool postpone_allows(struct tracer *tracer, struct task *task, enum activity activity, bool moved)
{
	count_check(tracer, task, activity);
	return activity == ACTIVITY_HARMLESS || activity == ACTIVITY_FRAGILE ||
	       (activity == ACTIVITY_TIMED && moved) ||
	       task->postponement.running >= RUNNING_CHECKS;
}

void postpone_begin(struct tracer *tracer, struct task *task, enum activity activity,
	struct sleep_clock *sleep_clock, uint64_t now_ns)
{
	struct world *world = tracer->world;
	struct postponement *postponement = &task->postponement;
	struct tracee *tracee = &task->tracee;
	postponement->on = true;
	postponement->pause_ns = CHECK_FIRST_NS;
	postponement->check_ns = now_ns + CHECK_FIRST_NS;
	postponement->waits = sleeps_of(tracer, task);
	/* In this order: of a wait that begins in between nothing is known, rather than too much.
	 */
	if (activity == ACTIVITY_TIMED || activity == ACTIVITY_CUT)
		tracee->begun_ns = world->proc->asleep_since(world, sleep_clock, tracee->tid);
	tracer_count_note(tracer, NOTE_POSTPONED, 1);
	if (activity != ACTIVITY_RUNNING)
		postpone_write_wait(tracer, task);
	tracer_remind(tracer, postponement->check_ns);
}

static void stop_postponed(struct tracer *tracer, struct task *task)
{
	struct world *world = tracer->world;
	struct tracee *tracee = &task->tracee;
	task->postponement.on = false;
	tracer_count_note(tracer, NOTE_POSTPONED, -1);
	/* The wait that was shown is over, since a time that is not known. */
	tracee->waiting = false;
	tracee->attached_ns = world->clock->now_ns(world);
	tracee->begun_ns = 0;
	event_writer_step(&tracer->event_writer, tracee, &(struct step){.state_changed = true},
		tracee->attached_ns);
	tracer_interrupt(tracer, task);
}

/* Whether TASK has stopped, and its report is there to be taken: see postpone_interrupted(). */
static bool has_stopped(struct tracer *tracer, const struct task *task)
{
	return tracer->world->proc->state(tracer->world, task->tracee.tid) == 't';
}

uint64_t postpone_serve(struct tracer *tracer, struct task *task, uint64_t now_ns)
{
	struct postponement *postponement = &task->postponement;
	if (now_ns < postponement->check_ns)
		return postponement->check_ns;
	uint64_t waits = sleeps_of(tracer, task);
	enum activity activity = postpone_find_activity(tracer, task);
	/* To be asked after that, which shows the call that it was in when a signal stopped it. */
	if (has_stopped(tracer, task)) {
		postponement->check_ns = now_ns + postponement->pause_ns;
		return postponement->check_ns;
	}
	if (postpone_allows(tracer, task, activity, waits != postponement->waits)) {
		stop_postponed(tracer, task);
		return 0;
	}
	postponement->waits = waits;
	if (activity != ACTIVITY_RUNNING && postponement->pause_ns < CHECK_LAST_NS)
		postponement->pause_ns *= 2;
	postponement->check_ns = now_ns + postponement->pause_ns;
	return postponement->check_ns;
}

void postpone_interrupted(struct tracer *tracer, struct task *task, uint64_t now_ns)
{
	struct postponement *postponement = &task->postponement;
	struct tracee *tracee = &task->tracee;
	if (!postponement->on)
		return;
	/* To stop counts as one more wait. The call cannot have begun later than now. */
	if (sleeps_of(tracer, task) > postponement->waits + 1) {
		tracee->attached_ns = now_ns;
		tracee->begun_ns = 0;
	}
	postponement->on = false;
	tracer_count_note(tracer, NOTE_POSTPONED, -1);
}

bool postpone_serve_running(struct tracer *tracer)
{
	struct world *world = tracer->world;
	struct task *task;
	bool more = false;
	MAP_FOR_EACH (&tracer->tasks, at, task) {
		if (!task->postponement.on || !task->postponement.running)
			continue;
		postpone_serve(tracer, task, world->clock->now_ns(world));
		more |= task->postponement.on && task->postponement.running;
	}
	return more;
}
