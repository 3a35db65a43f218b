/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long tracees stand still because of us, beyond what each stop costs (engine/ptrace/
 * overhead.h): while the tracer handles other reports, attaches to others, or has no CPU.
 *
 *     known to run        stopped    seen            resumed
 *     ──────┬────────────────┬────────┬─────────────────┬──▶
 *           └── since here, unless nobody was ──────────┘
 *               stopped at a later time
 *
 * When a tracee has stopped is not known, but the poller knows when it had not yet: when it was
 * polled, and when the tracer slept, as any stop ends that. A thread that waits in a call, and goes
 * on waiting after the stop, loses nothing: such stops are not counted.
 *
 * Tracees that stand still at the same time have lost no more time than there are CPUs: each stop
 * is put on the CPU that was lost last before, and counts from the end of what was lost there.
 *
 * Tracer only, except for `lost_ns`.
 */
#ifndef STOP_ENGINE_PTRACE_WAIT_STANDSTILL_H
#define STOP_ENGINE_PTRACE_WAIT_STANDSTILL_H

#include <stdbool.h>
#include <stdint.h>

struct world;

/* A stop that does not last longer costs what was measured. */
#define STANDSTILL_USUAL_NS 100000

struct standstill {
	struct world *world;
	uint64_t nobody_ns;       /* the last time at which no tracee is known to be stopped */
	uint64_t queued_ns;       /* how long the tracer had waited for a CPU … */
	uint64_t read_ns;         /* … by then */
	bool is_colocated;        /* during the current sleep */
	unsigned int cpus;        /* number of CPUs */
	uint64_t *until_ns;       /* until when each was lost; owned */
	_Atomic uint64_t lost_ns; /* the sum of what was lost; written only by the tracer */
};

/* A stop of a tracee. */
struct standstill_stop {
	uint64_t running_ns;  /* when the tracee was last known not to be stopped */
	bool is_expected;     /* it was expected to stop soon after that */
	uint64_t reported_ns; /* when its report was seen */
	uint64_t resumed_ns;
};

/* Initializes STANDSTILL; cleared with standstill_clear(). */
void standstill_init(struct standstill *standstill, struct world *world);
void standstill_clear(struct standstill *standstill);

/* Nothing was left to do at NOW_NS: no tracee is known to be stopped. */
void standstill_nobody(struct standstill *standstill, uint64_t now_ns);

/*
 * At NOW_NS the tracer begins to sleep until a tracee stops; the sleep ended at END_NS, with a
 * report or without. The time for which it was woken and had no CPU is not sleep, unless tracees
 * run on its CPU meanwhile (IS_COLOCATED).
 */
void standstill_sleep(struct standstill *standstill, uint64_t now_ns, bool is_colocated);
void standstill_wake(struct standstill *standstill, uint64_t now_ns, uint64_t end_ns);

/* Adds STOP, if it has lasted unusually long. */
void standstill_count(struct standstill *standstill, const struct standstill_stop *stop);

#endif
