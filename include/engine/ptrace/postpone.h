/*
 * Stops that are postponed. A thread that is attached to has to be stopped for a moment, so that
 * its calls are reported from then on. That breaks the call that it waits in. Where neither the
 * kernel nor engine/ptrace/repair.h can mend that, the stop is postponed until the thread has left
 * the call:
 *
 *   a transfer that would be cut      until it waits in something else, or is found running more
 *                                     often than one that transfers is
 *   a wait with a relative timeout    until that wait is over: of the next one, seen from its
 *                                     beginning, the timeout can be kept
 *
 * Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_POSTPONE_H
#define STOP_ENGINE_PTRACE_POSTPONE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/ptrace/tracer.h"
#include "proc/sleep_clock.h"

/* What a thread is found doing, by what an interrupt would do to it. */
enum look {
	LOOK_HARMLESS, /* it waits: the kernel restarts that */
	LOOK_FRAGILE,  /* it waits: we restart that, where we live */
	LOOK_TIMED,    /* it waits: the timeout would start anew, and when it began is not known */
	LOOK_CUT,      /* it waits: it would return with less */
	LOOK_RUNNING,  /* it runs: in user code, or in a transfer that would be cut */
};

/* What TRACEE is found doing now. */
enum look postpone_look(const struct tracee *tracee);

/*
 * Whether TRACEE, found as LOOK says, can be stopped; counts the looks that found it running.
 * MOVED: it has run since the look before.
 */
bool postpone_allows(struct tracee *tracee, enum look look, bool moved);

/* Puts off the stop of TRACEE, found as LOOK says, and tells what it waits in. */
void postpone_begin(struct tracer *tracer, struct tracee *tracee, enum look look,
	struct sleep_clock *asleep, uint64_t now_ns);

/*
 * Looks again at TRACEE, whose stop was postponed, and stops it if it can be now. Returns when to
 * look next; 0: never.
 */
uint64_t postpone_serve(struct tracer *tracer, struct tracee *tracee, uint64_t now_ns);

/* Does so with all that were found running. Returns whether some of them are still postponed. */
bool postpone_serve_running(struct tracer *tracer);

/* TRACEE, whose stop may be postponed, has stopped by itself, for a signal: so it is over. */
void postpone_interrupted(struct tracer *tracer, struct tracee *tracee, uint64_t now_ns);

/* What TRACEE waits in, by /proc, into *CURRENT. Returns whether it waits. */
bool postpone_find_wait(const struct tracee *tracee, struct current_call *current);

/* Tells what TRACEE waits in, which has not stopped: that may be for long. */
void postpone_tell_wait(struct tracer *tracer, struct tracee *tracee);

#endif
