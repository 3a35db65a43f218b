/* Riding on the target's CPU; see trace/colocation.h. */
#include "config.h"

#include "engine/ptrace/wait/colocation.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "proc/stat.h"

/*
 * Reports are judged so many at a time: a colocation has to pay for what it takes to begin one
 * (some 50 µs where the tracer has to change its CPU), and short-lived programs make but some
 * hundred.
 */
#define WINDOW         32
#define BUSY_NS        (200 * NS_PER_US) /* a report as often as that is worth a colocation */

/* With eight busy threads, those on other CPUs got less than half of their share of the calls. */
#define COMPANY_MAX    4

/* The busy thread's CPU is looked up again after so many windows; sooner where they take longer. */
#define LOOK_EVERY     32
#define LOOK_SOON      2
#define LONGER         2 /* times the shortest since it was looked up */

#define LULLS_MAX      2 /* windows in a row that would begin no colocation, and it is over */

/*
 * Without a report for so long a colocation is over: so long, at most, a tracee waits for a hungry
 * tracer. The guard is put off again and again rather than woken to look: that would be a task on
 * some CPU, and the target has often been seen to change its own just then.
 */
#define GUARD_NS       (4 * NS_PER_MS)

/* After a colocation that the guard has ended, there is none for so long. */
#define PENALTY_MIN_NS (20 * NS_PER_MS)
#define PENALTY_MAX_NS (5 * NS_PER_S)
#define FORGIVEN_NS \
	(1 * NS_PER_S) /* a colocation that lasted so long makes good for the one before */

#define NICE_MIN (-20)

enum colocation_state {
	COLOCATION_OFF,
	COLOCATION_ON,
	COLOCATION_ENDING, /* by the thread, or by the guard */
};

struct colocation {
	/* Both threads'. */
	_Atomic int state;   /* enum colocation_state */
	_Atomic bool hungry; /* the guard had to end the last colocation */
	_Atomic bool done;   /* the guard is to end */

	/* Constant. */
	int timer;       /* timerfd: wakes the guard, unless it is put off */
	pid_t rider;     /* the thread that rides */
	cpu_set_t usual; /* where it may run otherwise */
	pthread_t guard;

	/* The rider's: this window. */
	uint64_t window_ns; /* when it has begun */
	unsigned int heard; /* reports */
	pid_t busy;         /* who has most of them, by majority vote … */
	unsigned int votes; /* … with so many more than all others */

	/* The rider's: the colocation, or the last one. */
	int cpu;              /* where it is */
	pid_t followed;       /* whose CPU that was */
	unsigned int windows; /* since that was looked up */
	uint64_t shortest_ns; /* of these */
	unsigned int lulls;   /* windows in a row that would begin no colocation */
	uint64_t put_off_ns;  /* when the guard was last put off */
	uint64_t begun_ns;    /* 0: settled */
	uint64_t barred_ns;   /* no colocation before */
	uint64_t penalty_ns;  /* how long the next bar is */
};

bool colocation_is_on(const struct colocation *colocation)
{
	return colocation &&
	       atomic_load_explicit(&colocation->state, memory_order_relaxed) == COLOCATION_ON;
}

/* Rank and place. Either thread may do these to the rider; doing them twice does no harm. */

static bool set_policy(pid_t tid, int policy)
{
	const struct sched_param param = {0};
	return sched_setscheduler(tid, policy, &param) == 0;
}

static void rise(const struct colocation *colocation)
{
	set_policy(colocation->rider, SCHED_OTHER);
	sched_setaffinity(colocation->rider, sizeof(colocation->usual), &colocation->usual);
}

/* Whoever gets the colocation out of COLOCATION_ON has to end it. */
static bool claim_end(struct colocation *colocation)
{
	int on = COLOCATION_ON;
	return atomic_compare_exchange_strong_explicit(&colocation->state, &on, COLOCATION_ENDING,
		memory_order_acq_rel, memory_order_relaxed);
}

static void end(struct colocation *colocation)
{
	rise(colocation);
	atomic_store_explicit(&colocation->state, COLOCATION_OFF, memory_order_release);
}

/* The guard. */

/* Has the guard wake after AFTER_NS. */
static void set_timer(const struct colocation *colocation, uint64_t after_ns)
{
	const struct itimerspec when = {.it_value = {.tv_nsec = (long)after_ns}};
	timerfd_settime(colocation->timer, 0, &when, NULL);
}

/* The rider is fine. */
static void put_off(struct colocation *colocation, uint64_t now_ns)
{
	set_timer(colocation, GUARD_NS);
	colocation->put_off_ns = now_ns;
}

/* No report for GUARD_NS: either way the colocation is over. */
static void look_after(struct colocation *colocation)
{
	if (!colocation_is_on(colocation))
		return;
	bool hungry = proc_state(colocation->rider) == 'R';
	if (!claim_end(colocation))
		return;
	atomic_store_explicit(&colocation->hungry, hungry, memory_order_relaxed);
	end(colocation);
}

static void *guard(void *argument)
{
	struct colocation *colocation = argument;
	uint64_t times;
	pthread_setname_np(pthread_self(), "stop-guard");
	while (!atomic_load_explicit(&colocation->done, memory_order_acquire)) {
		if (read(colocation->timer, &times, sizeof(times)) == sizeof(times))
			look_after(colocation);
	}
	return NULL;
}

/*
 * The way back from SCHED_IDLE may be barred. To try it would be to wait at that rank for a turn,
 * where a CPU is busy for a second, with nobody to help. It takes the right to become less nice
 * (sched(7), user_check_sched_setscheduler() of the kernel), which can be tried at no risk.
 */
static bool has_way_back(void)
{
	errno = 0;
	int nice = getpriority(PRIO_PROCESS, 0);
	if (errno || sched_getscheduler(0) != SCHED_OTHER || nice <= NICE_MIN ||
		setpriority(PRIO_PROCESS, 0, nice - 1) < 0)
		return false;
	return setpriority(PRIO_PROCESS, 0, nice) == 0;
}

struct colocation *colocation_new(void)
{
	if (!has_way_back())
		return NULL;
	struct colocation *colocation = xcalloc(1, sizeof(*colocation));
	colocation->rider = (pid_t)syscall(SYS_gettid);
	colocation->penalty_ns = PENALTY_MIN_NS;
	colocation->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (colocation->timer >= 0 &&
		sched_getaffinity(0, sizeof(colocation->usual), &colocation->usual) == 0 &&
		pthread_create(&colocation->guard, NULL, guard, colocation) == 0)
		return colocation;
	if (colocation->timer >= 0)
		close(colocation->timer);
	free(colocation);
	return NULL;
}

void colocation_free(struct colocation *colocation)
{
	if (!colocation)
		return;
	colocation_end(colocation);
	atomic_store_explicit(&colocation->done, true, memory_order_release);
	set_timer(colocation, 1);
	pthread_join(colocation->guard, NULL);
	close(colocation->timer);
	free(colocation);
}

/* The rider. */

void colocation_end(struct colocation *colocation)
{
	if (colocation && claim_end(colocation))
		end(colocation);
}

/* Puts the rider on CPU, and nowhere else. False where that may not be. */
static bool go_to(struct colocation *colocation, int cpu)
{
	cpu_set_t place;
	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return false;
	if (cpu == colocation->cpu)
		return true;
	CPU_ZERO(&place);
	CPU_SET(cpu, &place);
	if (sched_setaffinity(0, sizeof(place), &place) < 0)
		return false;
	colocation->cpu = cpu;
	return true;
}

/* Whether it is time to look up where the busy thread is. SPENT_NS: what this window took. */
static bool has_to_look(struct colocation *colocation, uint64_t spent_ns)
{
	colocation->windows++;
	if (spent_ns < colocation->shortest_ns)
		colocation->shortest_ns = spent_ns;
	bool longer = spent_ns > colocation->shortest_ns * LONGER;
	return colocation->busy != colocation->followed || colocation->windows >= LOOK_EVERY ||
	       (longer && colocation->windows >= LOOK_SOON);
}

/* Goes where the busy thread is. False where that may not be. */
static bool follow(struct colocation *colocation)
{
	colocation->followed = colocation->busy;
	colocation->windows = 0;
	colocation->shortest_ns = UINT64_MAX;
	return go_to(colocation, proc_cpu(colocation->busy));
}

/* The last colocation is over: there is a price to that if the guard has found it hungry. */
static void settle(struct colocation *colocation, uint64_t now_ns)
{
	if (now_ns - colocation->begun_ns > FORGIVEN_NS)
		colocation->penalty_ns = PENALTY_MIN_NS;
	if (atomic_exchange_explicit(&colocation->hungry, false, memory_order_relaxed)) {
		colocation->barred_ns = now_ns + colocation->penalty_ns;
		if (colocation->penalty_ns < PENALTY_MAX_NS)
			colocation->penalty_ns *= 2;
	}
	colocation->begun_ns = 0;
}

/* The guard may have set the rider free just before it was put somewhere. */
static void stay_free(const struct colocation *colocation)
{
	if (!colocation_is_on(colocation))
		rise(colocation);
}

static void begin(struct colocation *colocation, uint64_t now_ns)
{
	if (colocation->begun_ns)
		settle(colocation, now_ns);
	if (now_ns < colocation->barred_ns)
		return;
	colocation->begun_ns = now_ns;
	colocation->cpu = -1;
	colocation->lulls = 0;
	atomic_store_explicit(&colocation->state, COLOCATION_ON, memory_order_release);
	put_off(colocation, now_ns);
	if (!follow(colocation) || !set_policy(0, SCHED_IDLE))
		colocation_end(colocation);
	stay_free(colocation);
}

/* BUSY: this window was worth a colocation. ONE: nearly all of it was of one thread. */
static void go_on(
	struct colocation *colocation, bool busy, bool one, uint64_t spent_ns, uint64_t now_ns)
{
	colocation->lulls = busy ? 0 : colocation->lulls + 1;
	if (now_ns - colocation->put_off_ns > GUARD_NS / 2)
		put_off(colocation, now_ns);
	if (colocation->lulls > LULLS_MAX ||
		(one && has_to_look(colocation, spent_ns) && !follow(colocation)))
		colocation_end(colocation);
	stay_free(colocation);
}

static void judge(struct colocation *colocation, size_t company, uint64_t now_ns)
{
	uint64_t spent_ns = now_ns - colocation->window_ns;
	bool busy = spent_ns < WINDOW * BUSY_NS && company <= COMPANY_MAX;
	bool one = colocation->votes > WINDOW / 2;
	int state = atomic_load_explicit(&colocation->state, memory_order_acquire);
	if (state == COLOCATION_ON)
		go_on(colocation, busy, one, spent_ns, now_ns);
	else if (state == COLOCATION_OFF && busy)
		begin(colocation, now_ns);
}

void colocation_report(struct colocation *colocation, pid_t tid, size_t company)
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
	if (++colocation->heard < WINDOW)
		return;
	uint64_t now_ns = clock_now_ns();
	judge(colocation, company, now_ns);
	colocation->heard = 0;
	colocation->votes = 0;
	colocation->window_ns = now_ns;
}
