/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running on the target's CPU; see engine/ptrace/wait/colocation.h. */
#include "config.h"

#include "engine/ptrace/wait/colocation.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "engine/ptrace/world/world.h"

/*
 * Reports are evaluated in windows of this many: colocation has to pay off the cost of turning it
 * on (about 50 µs if the tracer has to change its CPU), and short-lived programs make only some
 * hundred calls.
 */
#define WINDOW            32
#define BUSY_NS           (200 * NS_PER_US) /* on average, between two reports */

/* With eight busy threads, those on other CPUs made less than half of their share of the calls. */
#define BUSY_THREADS_MAX  4

/* Maximum and minimum number of windows after which the busy thread's CPU is read again. */
#define READ_CPU_EVERY    32
#define READ_CPU_EARLIEST 2
#define SLOWER            2 /* at the minimum if a window takes this many times the shortest */

#define QUIET_WINDOWS_MAX 2 /* in a row; after one more, colocation ends */

/*
 * The longest time without a report, and so the longest time that a tracee waits for a starved
 * tracer. The watchdog's timer is repeatedly postponed, because waking the watchdog for a check
 * would put a task on some CPU, and the target was often seen to change its own CPU then.
 */
#define WATCHDOG_NS       (4 * NS_PER_MS)

/* How long colocation is barred after the watchdog has found the tracer starved. */
#define BARRED_MIN_NS     (20 * NS_PER_MS)
#define BARRED_MAX_NS     (5 * NS_PER_S)
#define LASTING_NS        (1 * NS_PER_S) /* a longer colocation resets that to the minimum */

/* The same after the busy thread was found on a CPU on which we must not run. */
#define OUTSIDE_NS        (20 * NS_PER_MS)

enum colocation_state {
	COLOCATION_OFF,
	COLOCATION_ON,
	COLOCATION_ENDING, /* by the tracer or the watchdog */
};

struct colocation {
	/* Shared by both threads. */
	_Atomic int state;    /* enum colocation_state */
	_Atomic bool starved; /* the tracer was starved when the watchdog ended it last */

	/* Constant. */
	struct world *world;
	struct watchdog watchdog;
	pid_t tracer;         /* the thread that is colocated */
	cpu_set_t usual_cpus; /* its CPUs outside colocation: no others are used */

	/* Used by the tracer: the current window. */
	uint64_t window_ns;   /* when it began */
	unsigned int reports; /* in it */
	pid_t busy;           /* the thread with most of them, by majority vote */
	unsigned int votes;   /* how many more than all others */

	/* Used by the tracer: the current colocation, or the last one. */
	int cpu;                    /* the tracer's CPU */
	pid_t followed;             /* the thread that had this CPU */
	unsigned int windows;       /* since that CPU was read */
	uint64_t shortest_ns;       /* of these */
	unsigned int quiet_windows; /* in a row, in which too little was reported */
	uint64_t watchdog_ns;       /* when the watchdog was last set */
	uint64_t begun_ns;          /* 0: it has ended, and was evaluated */
	uint64_t barred_until_ns;   /* no colocation before this time */
	uint64_t barred_ns;         /* duration of the next bar */
};

bool colocation_is_on(const struct colocation *colocation)
{
	return colocation &&
	       atomic_load_explicit(&colocation->state, memory_order_relaxed) == COLOCATION_ON;
}

/* Policy and CPUs. Either thread may restore those of the tracer; doing so twice is harmless. */

static void restore_scheduling(const struct colocation *colocation)
{
	struct world *world = colocation->world;
	world->sched->set_idle(world, colocation->tracer, false);
	world->sched->set_cpus(world, colocation->tracer, &colocation->usual_cpus);
}

/* Whichever thread takes the state from COLOCATION_ON has to end the colocation. */
static bool claim_end(struct colocation *colocation)
{
	int on = COLOCATION_ON;
	return atomic_compare_exchange_strong_explicit(&colocation->state, &on, COLOCATION_ENDING,
		memory_order_acq_rel, memory_order_relaxed);
}

static void end(struct colocation *colocation)
{
	restore_scheduling(colocation);
	atomic_store_explicit(&colocation->state, COLOCATION_OFF, memory_order_release);
}

/* The watchdog: there was no report for WATCHDOG_NS, so colocation ends in any case. */
static void end_by_watchdog(void *argument)
{
	struct colocation *colocation = argument;
	struct world *world = colocation->world;
	if (!colocation_is_on(colocation))
		return;
	bool starved = world->proc->state(world, colocation->tracer) == 'R';
	if (!claim_end(colocation))
		return;
	atomic_store_explicit(&colocation->starved, starved, memory_order_relaxed);
	end(colocation);
}

static void set_watchdog(struct colocation *colocation, uint64_t now_ns)
{
	struct world *world = colocation->world;
	world->sched->set_watchdog(world, &colocation->watchdog, WATCHDOG_NS);
	colocation->watchdog_ns = now_ns;
}

struct colocation *colocation_new(struct world *world)
{
	if (!world->sched->can_leave_idle(world))
		return NULL;
	struct colocation *colocation = xcalloc(1, sizeof(*colocation));
	colocation->world = world;
	colocation->tracer = world->process->thread(world);
	colocation->barred_ns = BARRED_MIN_NS;
	colocation->watchdog.expired = end_by_watchdog;
	colocation->watchdog.argument = colocation;
	if (world->sched->get_cpus(world, &colocation->usual_cpus) &&
		world->sched->start_watchdog(world, &colocation->watchdog))
		return colocation;
	xfree(colocation);
	return NULL;
}

void colocation_dismiss(struct colocation *colocation)
{
	if (!colocation)
		return;
	colocation_end(colocation);
	colocation->world->sched->end_watchdog(colocation->world, &colocation->watchdog);
}

bool colocation_is_over(const struct colocation *colocation)
{
	return !colocation || colocation->world->sched->has_watchdog_ended(
				      colocation->world, &colocation->watchdog);
}

void colocation_free(struct colocation *colocation)
{
	if (!colocation)
		return;
	colocation_dismiss(colocation);
	colocation->world->sched->join_watchdog(colocation->world, &colocation->watchdog);
	xfree(colocation);
}

/* The tracer. */

void colocation_end(struct colocation *colocation)
{
	if (colocation && claim_end(colocation))
		end(colocation);
}

/* Whether CPU exists, and the user has not kept us from it (taskset(1)). */
static bool may_run_on(const struct colocation *colocation, int cpu)
{
	return cpu >= 0 && cpu < CPU_SETSIZE && CPU_ISSET(cpu, &colocation->usual_cpus);
}

/* Restricts the tracer to CPU. False if that is not possible. */
static bool move_to(struct colocation *colocation, int cpu)
{
	struct world *world = colocation->world;
	cpu_set_t place;
	if (!may_run_on(colocation, cpu))
		return false;
	if (cpu == colocation->cpu)
		return true;
	CPU_ZERO(&place);
	CPU_SET(cpu, &place);
	if (!world->sched->set_cpus(world, 0, &place))
		return false;
	colocation->cpu = cpu;
	return true;
}

/* Whether the busy thread's CPU has to be read again. SPENT_NS: duration of this window. */
static bool has_to_read_cpu(struct colocation *colocation, uint64_t spent_ns)
{
	colocation->windows++;
	if (spent_ns < colocation->shortest_ns)
		colocation->shortest_ns = spent_ns;
	bool slower = spent_ns > colocation->shortest_ns * SLOWER;
	return colocation->busy != colocation->followed || colocation->windows >= READ_CPU_EVERY ||
	       (slower && colocation->windows >= READ_CPU_EARLIEST);
}

/* Moves the tracer to the CPU of the busy thread. False if that is not possible. */
static bool follow(struct colocation *colocation)
{
	struct world *world = colocation->world;
	colocation->followed = colocation->busy;
	colocation->windows = 0;
	colocation->shortest_ns = UINT64_MAX;
	return move_to(colocation, world->proc->cpu(world, colocation->busy));
}

/* Evaluates the last colocation: bars the next one if the watchdog found the tracer starved. */
static void evaluate(struct colocation *colocation, uint64_t now_ns)
{
	if (now_ns - colocation->begun_ns > LASTING_NS)
		colocation->barred_ns = BARRED_MIN_NS;
	if (atomic_exchange_explicit(&colocation->starved, false, memory_order_relaxed)) {
		colocation->barred_until_ns = now_ns + colocation->barred_ns;
		if (colocation->barred_ns < BARRED_MAX_NS)
			colocation->barred_ns *= 2;
	}
	colocation->begun_ns = 0;
}

/* Restores again, because the watchdog may have ended it just before the tracer was moved. */
static void restore_if_off(const struct colocation *colocation)
{
	if (!colocation_is_on(colocation))
		restore_scheduling(colocation);
}

static void begin(struct colocation *colocation, uint64_t now_ns)
{
	struct world *world = colocation->world;
	if (colocation->begun_ns)
		evaluate(colocation, now_ns);
	if (now_ns < colocation->barred_until_ns)
		return;
	/* That takes a tenth of what it costs to begin in vain. */
	if (!may_run_on(colocation, world->proc->cpu(world, colocation->busy))) {
		colocation->barred_until_ns = now_ns + OUTSIDE_NS;
		return;
	}
	colocation->begun_ns = now_ns;
	colocation->cpu = -1;
	colocation->quiet_windows = 0;
	atomic_store_explicit(&colocation->state, COLOCATION_ON, memory_order_release);
	set_watchdog(colocation, now_ns);
	if (!follow(colocation) || !world->sched->set_idle(world, 0, true))
		colocation_end(colocation);
	restore_if_off(colocation);
}

/*
 * Continues colocation after a window of SPENT_NS, or ends it. IS_BUSY: the window was short enough
 * to begin one; IS_MOSTLY_ONE: nearly all of its reports were from one thread.
 */
static void continue_or_end(struct colocation *colocation, bool is_busy, bool is_mostly_one,
	uint64_t spent_ns, uint64_t now_ns)
{
	colocation->quiet_windows = is_busy ? 0 : colocation->quiet_windows + 1;
	if (now_ns - colocation->watchdog_ns > WATCHDOG_NS / 2)
		set_watchdog(colocation, now_ns);
	if (colocation->quiet_windows > QUIET_WINDOWS_MAX ||
		(is_mostly_one && has_to_read_cpu(colocation, spent_ns) && !follow(colocation)))
		colocation_end(colocation);
	restore_if_off(colocation);
}

static void end_window(struct colocation *colocation, size_t busy_threads, uint64_t now_ns)
{
	uint64_t spent_ns = now_ns - colocation->window_ns;
	bool is_busy = spent_ns < WINDOW * BUSY_NS && busy_threads <= BUSY_THREADS_MAX;
	bool is_mostly_one = colocation->votes > WINDOW / 2;
	int state = atomic_load_explicit(&colocation->state, memory_order_acquire);
	if (state == COLOCATION_ON)
		continue_or_end(colocation, is_busy, is_mostly_one, spent_ns, now_ns);
	else if (state == COLOCATION_OFF && is_busy)
		begin(colocation, now_ns);
}

void colocation_report(struct colocation *colocation, pid_t tid, size_t busy_threads)
{
	if (!colocation)
		return;
	if (tid == colocation->busy) {
		colocation->votes++;
	} else if (colocation->votes) {
		colocation->votes--;
	} else {
		colocation->busy = tid;
		colocation->votes = 1;
	}
	if (++colocation->reports < WINDOW)
		return;
	uint64_t now_ns = colocation->world->clock->now_ns(colocation->world);
	end_window(colocation, busy_threads, now_ns);
	colocation->reports = 0;
	colocation->votes = 0;
	colocation->window_ns = now_ns;
}
