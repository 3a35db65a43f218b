/*
 * Stops that are postponed. A thread that is attached to has to be stopped for a moment, so that
 * its calls are reported from then on. That interrupts the call that it waits in. Where neither the
 * kernel nor a repair (abi/restart.h) makes that call go on, the stop is postponed until the thread
 * has left the call:
 *
 *   a transfer that would be cut short   until it waits in something else, or is found running more
 *                                        often than a thread that transfers is
 *   a wait with a relative timeout       until that wait is over: of the next one, seen from its
 *                                        beginning, the timeout can be kept
 *
 * Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_ATTACH_POSTPONE_H
#define STOP_ENGINE_PTRACE_ATTACH_POSTPONE_H

#include <stdbool.h>
#include <stdint.h>

struct current_call;
struct sleep_clock;
struct task;
struct tracer;

/* What is kept of a task whose stop may be postponed; part of struct task. Zeroed: it is not. */
struct postponement {
	bool on;              /* its stop is postponed */
	uint64_t check_ns;    /* when to check it again */
	uint64_t pause_ns;    /* time to the check after that */
	unsigned int running; /* checks in a row that found it running, and further than before */
	uint64_t cpu_ns;      /* how long it had run at the last of these */
	uint64_t sleeps;      /* how often it had waited by then */
	unsigned int stuck;   /* checks that found it running, but no further */
	uint64_t waits;       /* how often it had begun to wait at the last check */
};

/* What a thread is found doing, by what an interrupt would do to it. */
enum activity {
	ACTIVITY_HARMLESS, /* it waits: the kernel restarts its call */
	ACTIVITY_FRAGILE,  /* it waits: we make the kernel restart its call, if we live */
	ACTIVITY_TIMED,   /* it waits: the timeout would start anew, and its beginning is unknown */
	ACTIVITY_CUT,     /* it waits: its call would return with less */
	ACTIVITY_RUNNING, /* it runs: in user code, or in a transfer that would be cut short */
};

/* What TASK is found doing now. */
enum activity postpone_find_activity(struct tracer *tracer, const struct task *task);

/*
 * Whether TASK, found doing ACTIVITY, can be stopped; counts how often it was found running.
 * MOVED: it has run since the last check.
 */
bool postpone_allows(struct tracer *tracer, struct task *task, enum activity activity, bool moved);

/* Postpones the stop of TASK, found doing ACTIVITY, and writes what it waits in. */
void postpone_begin(struct tracer *tracer, struct task *task, enum activity activity,
	struct sleep_clock *sleep_clock, uint64_t now_ns);

/*
 * Checks TASK, whose stop was postponed, if it is time, and stops it if it can be now. Returns when
 * to check next; 0: never.
 */
uint64_t postpone_serve(struct tracer *tracer, struct task *task, uint64_t now_ns);

/* Does so with all that were found running. Returns whether some of them are still postponed. */
bool postpone_serve_running(struct tracer *tracer);

/* TASK, whose stop may be postponed, has stopped for a signal: it is postponed no longer. */
void postpone_interrupted(struct tracer *tracer, struct task *task, uint64_t now_ns);

/* What TASK waits in, by /proc, into *CURRENT. Returns whether it waits. */
bool postpone_find_wait(
	struct tracer *tracer, const struct task *task, struct current_call *current);

/* Writes what TASK waits in, which has not stopped: that may last. */
void postpone_write_wait(struct tracer *tracer, struct task *task);

#endif
