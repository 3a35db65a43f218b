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
 * Reports are judged a window at a time: colocation has to pay for what it takes to turn it on
 * (some 50 µs where the tracer has to change its CPU), and short-lived programs make only some
 * hundred calls.
 */
#define WINDOW            32
#define BUSY_NS           (200 * NS_PER_US) /* on average, between two reports */

/* With eight busy threads, those on other CPUs got less than half of their share of the calls. */
#define BUSY_THREADS_MAX  4

/* After how many windows the busy thread's CPU is read again, at the latest and at the earliest. */
#define READ_CPU_EVERY    32
#define READ_CPU_EARLIEST 2
#define SLOWER            2 /* earlier where one takes this many times the shortest since then */

#define QUIET_WINDOWS_MAX 2 /* in a row; with one more it ends */

/*
 * The longest time without a report, and so the longest that a tracee waits for a starved tracer.
 * The watchdog's timer is set anew again and again, rather than waking it to check: that would be a
 * task on some CPU, and the target was often seen to change its own just then.
 */
#define WATCHDOG_NS       (4 * NS_PER_MS)

/* After the watchdog has found the tracer starved, colocation is barred for as long. */
#define BARRED_MIN_NS     (20 * NS_PER_MS)
#define BARRED_MAX_NS     (5 * NS_PER_S)
#define LASTING_NS        (1 * NS_PER_S) /* one that lasted longer resets that to the minimum */

enum colocation_state {
	COLOCATION_OFF,
	COLOCATION_ON,
	COLOCATION_ENDING, /* by the tracer, or by the watchdog */
};

struct colocation {
	/* Both threads'. */
	_Atomic int state;    /* enum colocation_state */
	_Atomic bool starved; /* the tracer was, when the watchdog ended the last colocation */

	/* Constant. */
	struct world *world;
	struct watchdog watchdog;
	pid_t tracer;         /* the thread that is colocated */
	cpu_set_t usual_cpus; /* where it may run otherwise */

	/* The tracer's: this window. */
	uint64_t window_ns;   /* when it began */
	unsigned int reports; /* in it */
	pid_t busy;           /* the thread with most of them, by majority vote … */
	unsigned int votes;   /* … with this many more than all others */

	/* The tracer's: the present colocation, or the last one. */
	int cpu;                    /* where it is */
	pid_t followed;             /* the thread whose CPU that was */
	unsigned int windows;       /* since that CPU was read */
	uint64_t shortest_ns;       /* of these */
	unsigned int quiet_windows; /* in a row, in which too little was reported */
	uint64_t watchdog_ns;       /* when the watchdog was last set */
	uint64_t begun_ns;          /* 0: it is over, and that was taken into account */
	uint64_t barred_until_ns;   /* no colocation before */
	uint64_t barred_ns;         /* for how long the next bar is */
};

bool colocation_is_on(const struct colocation *colocation)
{
	return colocation &&
	       atomic_load_explicit(&colocation->state, memory_order_relaxed) == COLOCATION_ON;
}

/* Policy and CPUs. Either thread may give these back to the tracer; twice does no harm. */

static void give_back(const struct colocation *colocation)
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
	give_back(colocation);
	atomic_store_explicit(&colocation->state, COLOCATION_OFF, memory_order_release);
}

/* The watchdog: there was no report for WATCHDOG_NS, so the colocation is over in any case. */
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
	free(colocation);
	return NULL;
}

void colocation_free(struct colocation *colocation)
{
	if (!colocation)
		return;
	colocation_end(colocation);
	colocation->world->sched->stop_watchdog(colocation->world, &colocation->watchdog);
	free(colocation);
}

/* The tracer. */

void colocation_end(struct colocation *colocation)
{
	if (colocation && claim_end(colocation))
		end(colocation);
}

/* Moves the tracer to CPU, and to no other. False where that is not possible. */
static bool move_to(struct colocation *colocation, int cpu)
{
	struct world *world = colocation->world;
	cpu_set_t place;
	if (cpu < 0 || cpu >= CPU_SETSIZE)
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

/* Whether it is time to read on which CPU the busy thread is. SPENT_NS: what this window took. */
static bool has_to_read_cpu(struct colocation *colocation, uint64_t spent_ns)
{
	colocation->windows++;
	if (spent_ns < colocation->shortest_ns)
		colocation->shortest_ns = spent_ns;
	bool slower = spent_ns > colocation->shortest_ns * SLOWER;
	return colocation->busy != colocation->followed || colocation->windows >= READ_CPU_EVERY ||
	       (slower && colocation->windows >= READ_CPU_EARLIEST);
}

/* Moves to the CPU of the busy thread. False where that is not possible. */
static bool follow(struct colocation *colocation)
{
	struct world *world = colocation->world;
	colocation->followed = colocation->busy;
	colocation->windows = 0;
	colocation->shortest_ns = UINT64_MAX;
	return move_to(colocation, world->proc->cpu(world, colocation->busy));
}

/* The last colocation is over: it bars the next one where the watchdog has found it starved. */
static void account(struct colocation *colocation, uint64_t now_ns)
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

/* The watchdog may have ended it just before the tracer was moved: gives back once more. */
static void give_back_if_off(const struct colocation *colocation)
{
	if (!colocation_is_on(colocation))
		give_back(colocation);
}

static void begin(struct colocation *colocation, uint64_t now_ns)
{
	struct world *world = colocation->world;
	if (colocation->begun_ns)
		account(colocation, now_ns);
	if (now_ns < colocation->barred_until_ns)
		return;
	colocation->begun_ns = now_ns;
	colocation->cpu = -1;
	colocation->quiet_windows = 0;
	atomic_store_explicit(&colocation->state, COLOCATION_ON, memory_order_release);
	set_watchdog(colocation, now_ns);
	if (!follow(colocation) || !world->sched->set_idle(world, 0, true))
		colocation_end(colocation);
	give_back_if_off(colocation);
}

/*
 * Continues after a window of SPENT_NS, or ends. IS_BUSY: it was short enough to begin one;
 * IS_MOSTLY_ONE: nearly all of its reports were of one thread.
 */
static void go_on(struct colocation *colocation, bool is_busy, bool is_mostly_one,
	uint64_t spent_ns, uint64_t now_ns)
{
	colocation->quiet_windows = is_busy ? 0 : colocation->quiet_windows + 1;
	if (now_ns - colocation->watchdog_ns > WATCHDOG_NS / 2)
		set_watchdog(colocation, now_ns);
	if (colocation->quiet_windows > QUIET_WINDOWS_MAX ||
		(is_mostly_one && has_to_read_cpu(colocation, spent_ns) && !follow(colocation)))
		colocation_end(colocation);
	give_back_if_off(colocation);
}

static void end_window(struct colocation *colocation, size_t busy_threads, uint64_t now_ns)
{
	uint64_t spent_ns = now_ns - colocation->window_ns;
	bool is_busy = spent_ns < WINDOW * BUSY_NS && busy_threads <= BUSY_THREADS_MAX;
	bool is_mostly_one = colocation->votes > WINDOW / 2;
	int state = atomic_load_explicit(&colocation->state, memory_order_acquire);
	if (state == COLOCATION_ON)
		go_on(colocation, is_busy, is_mostly_one, spent_ns, now_ns);
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
