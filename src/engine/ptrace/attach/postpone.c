/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Postponed stops; see engine/ptrace/attach/postpone.h. */
#include "config.h"

#include "engine/ptrace/attach/postpone.h"

#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "engine/ptrace/state/repair.h"
#include "engine/ptrace/tracer.h"
#include "engine/ptrace/world/world.h"

/*
 * The first and the longest time between two checks of a thread that was found waiting. A wait that
 * begins between two checks may get a timeout that is late by up to this time.
 */
#define CHECK_FIRST_NS NS_PER_MS
#define CHECK_LAST_NS  (16 * NS_PER_MS)

/*
 * How many times in a row a thread has to be found running before it is stopped, and how long it
 * has to run between these checks without a wait: a thread in a transfer runs for less. On a busy
 * machine, a woken thread is found running long before it gets a CPU.
 */
#define RUNNING_CHECKS 3
#define RUNNING_NS     (100 * NS_PER_US)

/*
 * After this many checks it counts as running even if it has not run that long: it may be in
 * another kind of stop, or dead, or its waits may be too short for a check to find it waiting.
 */
#define STUCK_CHECKS   30

static uint64_t sleeps_of(struct tracer *tracer, const struct task *task)
{
	return tracer->world->proc->sleeps(tracer->world, task->tracee.tid);
}

/* As postpone_find_wait(). Returns 1 if TASK waits, 0 if not, or -errno if that cannot be read. */
static int find_wait(struct tracer *tracer, const struct task *task, struct current_call *current)
{
	struct world *world = tracer->world;
	const struct tracee *tracee = &task->tracee;
	struct proc_wait wait;
	int result = world->proc->waits(world, tracee->tgid, tracee->tid, &wait);
	if (result != 1)
		return result;
	*current = (struct current_call){
		.call = call_from_proc(wait.nr, task->compat),
		.partial = true,
		.since_ns = tracee->attached_ns,
		.ip = wait.ip,
		.sp = wait.sp,
	};
	memcpy(current->args, wait.args, sizeof(current->args));
	return 1;
}

bool postpone_find_wait(
	struct tracer *tracer, const struct task *task, struct current_call *current)
{
	return find_wait(tracer, task, current) == 1;
}

/* Whether what could not be read because of ERROR can be read later. */
static bool is_for_now(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EINTR;
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

/* Whether the call that TID makes waits for several bytes, and would return those that it has. */
static bool waits_for_several(struct world *world, pid_t tid, const struct made_call *made)
{
	unsigned int bytes;
	return call_reads_several(made->name, made->args) &&
	       world->target->read_minimum(world, tid, (int)made->args[0], &bytes) == 0 &&
	       bytes > 1;
}

/* How the call NAME is repaired if TRACEE's filters may refuse that the kernel restarts it. */
static const struct repair *find_refused(
	const struct tracer *tracer, const struct tracee *tracee, const char *name)
{
	const struct repair *repair = repair_find_block(name);
	bool may_be_refused = repair && filters_may_refuse(&tracer->filters, tracer->world,
						tracee->tgid, tracee->tid);
	return may_be_refused ? repair : NULL;
}

enum activity postpone_find_activity(struct tracer *tracer, const struct task *task)
{
	struct world *world = tracer->world;
	const struct tracee *tracee = &task->tracee;
	struct current_call wait;
	struct made_call made;
	uint64_t timeout_ns = REPAIR_FOREVER;
	int waits = find_wait(tracer, task, &wait);
	/*
	 * The kernel forwards the interrupt to the server, whose reply is the result: a failure
	 * with EINTR, or SIGBUS for a page fault. A seccomp supervisor is asked again. Check this
	 * after reading the call, during which it may have begun to wait for the server.
	 */
	if (world->proc->waits_for_server(world, tracee->tgid, tracee->tid))
		return ACTIVITY_CUT;
	/* It may be in a transfer. */
	if (is_for_now(waits))
		return ACTIVITY_CUT;
	if (waits != 1)
		return ACTIVITY_RUNNING;
	repair_read_call(world, tracee->tid, wait.call, wait.args, &made);
	if (call_is_cut_short(made.name, made.args) || waits_for_several(world, tracee->tid, &made))
		return ACTIVITY_CUT;
	if (repair_is_uncertain(&made, wait.sp))
		return ACTIVITY_TIMED;
	const struct repair *repair = repair_find(made.name);
	if (!repair)
		repair = find_refused(tracer, tracee, made.name);
	if (!repair)
		return ACTIVITY_HARMLESS;
	repair_timeout(world, repair, tracee->tid, wait.call, made.args, &timeout_ns);
	if (timeout_ns == REPAIR_FOREVER || repair_timeout_remains(repair, made.args))
		return ACTIVITY_FRAGILE;
	return repair_is_visible(repair) ? ACTIVITY_CUT : ACTIVITY_TIMED;
}

/*
 * Counts a check of TASK, which found ACTIVITY. A thread that has waited since the last check may
 * be in a transfer, which alternates between waiting and running.
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
	bool progressed = cpu_ns == UINT64_MAX || cpu_ns - postponement->cpu_ns >= RUNNING_NS;
	bool slept = sleeps != postponement->sleeps;
	if (first || slept) {
		postponement->cpu_ns = cpu_ns;
		postponement->sleeps = sleeps;
	}
	if (!first && (slept || !progressed) && ++postponement->stuck < STUCK_CHECKS)
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
	/* A wait that is counted there may have begun after the attach, but not later than now. */
	tracee->attached_ns = world->clock->now_ns(world);
	/* After sleeps_of(): the start of a wait that begins in between then counts as unknown. */
	if (activity == ACTIVITY_TIMED || activity == ACTIVITY_CUT)
		tracee->begun_ns = world->proc->asleep_since(world, sleep_clock, tracee->tid);
	tracer_count_note(tracer, NOTE_POSTPONED, 1);
	if (activity != ACTIVITY_RUNNING)
		postpone_write_wait(tracer, task);
	/* What was written last may be another wait, which has begun by now. */
	tracee->attached_ns = world->clock->now_ns(world);
	if (sleeps_of(tracer, task) != postponement->waits)
		tracee->begun_ns = 0;
	tracer_remind(tracer, postponement->check_ns);
}

/* The wait of TASK that was written has ended at an unknown time. */
static void end_wait(struct tracer *tracer, struct task *task)
{
	struct world *world = tracer->world;
	struct tracee *tracee = &task->tracee;
	tracee->waiting = false;
	tracee->begun_ns = 0;
	event_writer_step(&tracer->event_writer, tracee, &(struct step){.state_changed = true},
		world->clock->now_ns(world));
}

static void stop_postponed(struct tracer *tracer, struct task *task)
{
	struct world *world = tracer->world;
	struct tracee *tracee = &task->tracee;
	task->postponement.on = false;
	tracer_count_note(tracer, NOTE_POSTPONED, -1);
	end_wait(tracer, task);
	tracer_interrupt(tracer, task);
	/* Afterwards: it may be in another call by now, whose timeout cannot have begun later. */
	tracee->attached_ns = world->clock->now_ns(world);
}

bool postpone_may_have_stopped(const struct tracer *tracer, const struct task *task)
{
	char state = tracer->world->proc->state(tracer->world, task->tracee.tid);
	return state == 't' || state == PROC_STATE_LATER;
}

uint64_t postpone_serve(struct tracer *tracer, struct task *task, uint64_t now_ns)
{
	struct postponement *postponement = &task->postponement;
	if (now_ns < postponement->check_ns)
		return postponement->check_ns;
	uint64_t waits = sleeps_of(tracer, task);
	enum activity activity = postpone_find_activity(tracer, task);
	/* Check this afterwards: if a signal has stopped it, the call read is the interrupted one.
	 */
	if (postpone_may_have_stopped(tracer, task)) {
		postponement->check_ns = now_ns + postponement->pause_ns;
		return postponement->check_ns;
	}
	if (postpone_allows(tracer, task, activity, waits != postponement->waits)) {
		stop_postponed(tracer, task);
		return 0;
	}
	/*
	 * The wait that was known is over. Both a new one that is counted in WAITS and one that is
	 * written, which may not have slept yet and so is not counted, began by now.
	 */
	if (waits != postponement->waits) {
		end_wait(tracer, task);
		task->tracee.attached_ns = tracer->world->clock->now_ns(tracer->world);
		postpone_write_wait(tracer, task);
		task->tracee.attached_ns = tracer->world->clock->now_ns(tracer->world);
	}
	postponement->waits = waits;
	if (activity != ACTIVITY_RUNNING && postponement->pause_ns < CHECK_LAST_NS)
		postponement->pause_ns *= 2;
	postponement->check_ns = now_ns + postponement->pause_ns;
	return postponement->check_ns;
}

/*
 * Whether TASK is in the wait that was known when its stop was postponed, or last checked. The stop
 * itself counts as one wait; but a call that a signal finds at its beginning does not wait. If that
 * cannot be read, it counts as another one: it had rather time out late than early.
 */
static bool is_same_wait(
	struct tracer *tracer, const struct task *task, const struct syscall_view *view)
{
	const struct tracee *tracee = &task->tracee;
	uint64_t sleeps = sleeps_of(tracer, task);
	return sleeps && sleeps <= task->postponement.waits + 1 && tracee->waiting &&
	       (!view || call_equal(view->call, tracee->current.call));
}

void postpone_interrupted(
	struct tracer *tracer, struct task *task, const struct syscall_view *view, uint64_t now_ns)
{
	struct postponement *postponement = &task->postponement;
	struct tracee *tracee = &task->tracee;
	if (!postponement->on)
		return;
	/* A new call has begun by now. */
	if (!is_same_wait(tracer, task, view)) {
		tracee->attached_ns = now_ns;
		tracee->begun_ns = 0;
	}
	postponement->on = false;
	tracer_count_note(tracer, NOTE_POSTPONED, -1);
}

bool postpone_serve_running(struct tracer *tracer)
{
	struct world *world = tracer->world;
	struct task_walk walk;
	struct task *task;
	bool more = false;
	task_walk_begin(&walk, tracer);
	while ((task = task_walk_next(&walk))) {
		if (!task->postponement.on || !task->postponement.running)
			continue;
		postpone_serve(tracer, task, world->clock->now_ns(world));
		more |= task->postponement.on && task->postponement.running;
		tracer_serve(tracer);
	}
	return more;
}
