/* Stops that are postponed; see engine/ptrace/postpone.h. */
#include "config.h"

#include "engine/ptrace/postpone.h"

#include <string.h>

#include "base/clock.h"
#include "engine/ptrace/repair.h"
#include "proc/proc.h"

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

bool postpone_find_wait(const struct tracee *tracee, struct current_call *current)
{
	struct proc_wait wait;
	if (proc_waits(tracee->tgid, tracee->tid, &wait) != 1)
		return false;
	*current = (struct current_call){
		.call =
			{
				.nr = (uint32_t)wait.nr,
				.abi = tracee->compat ? ABI_COMPAT : ABI_NATIVE,
			},
		.partial = true,
		.since_ns = tracee->attached_ns,
		.ip = wait.ip,
		.sp = wait.sp,
	};
	memcpy(current->args, wait.args, sizeof(current->args));
	return true;
}

void postpone_tell_wait(struct tracer *tracer, struct tracee *tracee)
{
	if (!postpone_find_wait(tracee, &tracee->current))
		return;
	tracee->waiting = true;
	event_writer_step(
		&tracer->event_writer, tracee, &(struct step){.entered = true}, clock_now_ns());
}

enum look postpone_look(const struct tracee *tracee)
{
	struct current_call wait;
	uint64_t timeout_ns = REPAIR_FOREVER;
	bool waits = postpone_find_wait(tracee, &wait);
	/*
	 * The kernel passes the interrupt on to the server, and what that answers is the result: a
	 * failure with EINTR, or SIGBUS where it is no call. To be asked last: what waits in a call
	 * that is told by now may have waited for the server only since.
	 */
	if (proc_waits_for_server(tracee->tgid, tracee->tid))
		return LOOK_CUT;
	if (!waits)
		return LOOK_RUNNING;
	if (repair_is_cut(wait.call, wait.args))
		return LOOK_CUT;
	const struct repair *repair = repair_find(wait.call);
	if (repair)
		repair_timeout(repair, tracee->tid, wait.call, wait.args, &timeout_ns);
	if (!repair)
		return LOOK_HARMLESS;
	if (timeout_ns == REPAIR_FOREVER)
		return LOOK_FRAGILE;
	return repair_is_final(repair) ? LOOK_CUT : LOOK_TIMED;
}

/*
 * Counts a look at TRACEE, by what it found. One that has waited since the look before may be in a
 * transfer, which waits and runs by turns.
 */
static void count_look(struct tracee *tracee, enum look look)
{
	if (look != LOOK_RUNNING) {
		tracee->postponed.running = tracee->postponed.stuck = 0;
		return;
	}
	uint64_t cpu_ns = proc_cpu_ns(tracee->tid), sleeps = proc_sleeps(tracee->tid);
	bool first = !tracee->postponed.running;
	bool further = cpu_ns == UINT64_MAX || cpu_ns - tracee->postponed.cpu_ns >= LOOK_RUN_NS;
	bool slept = sleeps != tracee->postponed.sleeps;
	if (first || slept) {
		tracee->postponed.cpu_ns = cpu_ns;
		tracee->postponed.sleeps = sleeps;
	}
	if (!first && (slept || !further) && ++tracee->postponed.stuck < LOOK_STUCK)
		return;
	tracee->postponed.running++;
	tracee->postponed.cpu_ns = cpu_ns;
}

bool postpone_allows(struct tracee *tracee, enum look look, bool moved)
{
	count_look(tracee, look);
	return look == LOOK_HARMLESS || look == LOOK_FRAGILE || (look == LOOK_TIMED && moved) ||
	       tracee->postponed.running >= LOOK_TIMES;
}

void postpone_begin(struct tracer *tracer, struct tracee *tracee, enum look look,
	struct sleep_clock *asleep, uint64_t now_ns)
{
	tracee->postponed.on = true;
	tracee->postponed.pause_ns = LOOK_FIRST_NS;
	tracee->postponed.look_ns = now_ns + LOOK_FIRST_NS;
	tracee->postponed.waits = proc_sleeps(tracee->tid);
	/* In this order: of a wait that begins in between nothing is known, rather than too much.
	 */
	if (look == LOOK_TIMED || look == LOOK_CUT)
		tracee->begun_ns = sleep_clock_since(asleep, tracee->tid);
	tracer_note(tracer, NOTE_POSTPONED, 1);
	if (look != LOOK_RUNNING)
		postpone_tell_wait(tracer, tracee);
	tracer_remind(tracer, tracee->postponed.look_ns);
}

static void stop_postponed(struct tracer *tracer, struct tracee *tracee)
{
	tracee->postponed.on = false;
	tracer_note(tracer, NOTE_POSTPONED, -1);
	/* The wait that was shown is over, at a time that is not known. */
	tracee->waiting = false;
	tracee->attached_ns = clock_now_ns();
	tracee->begun_ns = 0;
	event_writer_step(&tracer->event_writer, tracee, &(struct step){.state_changed = true},
		tracee->attached_ns);
	tracer_interrupt(tracer, tracee);
}

/* Whether TRACEE has stopped, which we are to hear of next: see postpone_interrupted(). */
static bool awaits_tracer(const struct tracee *tracee)
{
	return proc_state(tracee->tid) == 't';
}

uint64_t postpone_serve(struct tracer *tracer, struct tracee *tracee, uint64_t now_ns)
{
	if (now_ns < tracee->postponed.look_ns)
		return tracee->postponed.look_ns;
	uint64_t waits = proc_sleeps(tracee->tid);
	enum look look = postpone_look(tracee);
	/* To be asked after that: it shows the call that it was in when a signal stopped it. */
	if (awaits_tracer(tracee)) {
		tracee->postponed.look_ns = now_ns + tracee->postponed.pause_ns;
		return tracee->postponed.look_ns;
	}
	if (postpone_allows(tracee, look, waits != tracee->postponed.waits)) {
		stop_postponed(tracer, tracee);
		return 0;
	}
	tracee->postponed.waits = waits;
	if (look != LOOK_RUNNING && tracee->postponed.pause_ns < LOOK_LAST_NS)
		tracee->postponed.pause_ns *= 2;
	tracee->postponed.look_ns = now_ns + tracee->postponed.pause_ns;
	return tracee->postponed.look_ns;
}

void postpone_interrupted(struct tracer *tracer, struct tracee *tracee, uint64_t now_ns)
{
	if (!tracee->postponed.on)
		return;
	/* To stop is to wait once more. Later than it is the call cannot have begun. */
	if (proc_sleeps(tracee->tid) > tracee->postponed.waits + 1) {
		tracee->attached_ns = now_ns;
		tracee->begun_ns = 0;
	}
	tracee->postponed.on = false;
	tracer_note(tracer, NOTE_POSTPONED, -1);
}

bool postpone_serve_running(struct tracer *tracer)
{
	struct tracee *tracee;
	bool more = false;
	MAP_FOR_EACH (&tracer->tracees, at, tracee) {
		if (!tracee->postponed.on || !tracee->postponed.running)
			continue;
		postpone_serve(tracer, tracee, clock_now_ns());
		more |= tracee->postponed.on && tracee->postponed.running;
	}
	return more;
}
