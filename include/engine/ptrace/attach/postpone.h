/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Postponed stops. After the attach, a thread has to be stopped once, so that its calls are
 * reported from then on. That interrupts the call that it is waiting in. If neither the kernel nor
 * a repair (abi/restart.h) makes that call continue, the stop is postponed until the thread has
 * left the call:
 *
 *   a transfer that would be cut short   until it waits in another call, or is found running more
 *                                        often than a thread in a transfer
 *   a call that waits for a server       until that has answered: a FUSE file system may fail it,
 *                                        and a seccomp supervisor would be asked twice
 *   a wait with a relative timeout       until that wait ends: the next one is seen from its start,
 *                                        so its timeout can be kept
 *
 * Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_ATTACH_POSTPONE_H
#define STOP_ENGINE_PTRACE_ATTACH_POSTPONE_H

#include <stdbool.h>
#include <stdint.h>

struct current_call;
struct sleep_clock;
struct syscall_view;
struct task;
struct tracer;

/* The state of a postponed stop; part of struct task. All zero: not postponed. */
struct postponement {
	bool on;              /* its stop is postponed */
	uint64_t check_ns;    /* when to check it again */
	uint64_t pause_ns;    /* time to the check after that */
	unsigned int running; /* consecutive checks that found it running, with progress */
	uint64_t cpu_ns;      /* its CPU time at the last of these */
	uint64_t sleeps;      /* number of its waits by then */
	unsigned int stuck;   /* checks that found it running, without progress */
	uint64_t waits;       /* number of waits begun by the last check */
};

/* What a thread was found doing, by the effect of an interrupt. */
enum activity {
	ACTIVITY_HARMLESS, /* it waits: the kernel restarts its call */
	ACTIVITY_FRAGILE,  /* it waits: we make the kernel restart its call, unless we are killed */
	ACTIVITY_TIMED,    /* it waits: the timeout would start over, and its start is unknown */
	ACTIVITY_CUT,      /* it waits: its call would return a short count */
	ACTIVITY_RUNNING,  /* it runs: in user code, or in a transfer that would be cut short */
};

/* What TASK is doing now. */
enum activity postpone_find_activity(struct tracer *tracer, const struct task *task);

/*
 * Whether TASK, found doing ACTIVITY, can be stopped; counts how often it was found running. MOVED:
 * it has run since the last check.
 */
bool postpone_allows(struct tracer *tracer, struct task *task, enum activity activity, bool moved);

/* Postpones the stop of TASK, found doing ACTIVITY, and reports the call that it is waiting in. */
void postpone_begin(struct tracer *tracer, struct task *task, enum activity activity,
	struct sleep_clock *sleep_clock, uint64_t now_ns);

/*
 * Checks TASK, whose stop is postponed, if it is time, and stops it if that is possible now.
 * Returns the time of the next check; 0: never.
 */
uint64_t postpone_serve(struct tracer *tracer, struct task *task, uint64_t now_ns);

/*
 * The same for all tasks that were found running; handles reports in between. Returns whether some
 * are still postponed.
 */
bool postpone_serve_running(struct tracer *tracer);

/*
 * Whether TASK has stopped, and its report is pending: see postpone_interrupted(). Also if that
 * cannot be seen now.
 */
bool postpone_may_have_stopped(const struct tracer *tracer, const struct task *task);

/*
 * TASK, whose stop may be postponed, has stopped for a signal, in the call that VIEW shows: ends
 * the postponement.
 */
void postpone_interrupted(
	struct tracer *tracer, struct task *task, const struct syscall_view *view, uint64_t now_ns);

/* Stores the call that TASK is waiting in, from /proc, in *CURRENT. Returns whether it is waiting.
 */
bool postpone_find_wait(
	struct tracer *tracer, const struct task *task, struct current_call *current);

/* Reports the call that TASK, which has not stopped, is waiting in, because that may last. */
void postpone_write_wait(struct tracer *tracer, struct task *task);

#endif
