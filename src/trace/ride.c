/* Riding on the target's CPU; see trace/ride.h. */
#include "config.h"

#include "trace/ride.h"

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
#include "trace/proc.h"

/*
 * Reports are judged so many at a time: a ride has to pay for what it takes to begin one (some
 * 50 µs where the tracer has to change its CPU), and short-lived programs make but some hundred.
 */
#define WINDOW         32
#define BUSY_NS        (200 * NS_PER_US) /* a report as often as that is worth a ride */

/* With eight busy threads, those on other CPUs got less than half of their share of the calls. */
#define COMPANY_MAX    4

/* The busy thread's CPU is looked up again after so many windows; sooner where they take longer. */
#define LOOK_EVERY     32
#define LOOK_SOON      2
#define LONGER         2 /* times the shortest since it was looked up */

#define LULLS_MAX      2 /* windows in a row that would begin no ride, and it is over */

/*
 * Without a report for so long a ride is over: so long, at most, a tracee waits for a hungry
 * tracer. The guard is put off again and again rather than woken to look: that would be a task on
 * some CPU, and the target has often been seen to change its own just then.
 */
#define GUARD_NS       (4 * NS_PER_MS)

/* After a ride that the guard has ended, there is none for so long. */
#define PENALTY_MIN_NS (20 * NS_PER_MS)
#define PENALTY_MAX_NS (5 * NS_PER_S)
#define FORGIVEN_NS    (1 * NS_PER_S) /* a ride that lasted so long makes good for the one before */

#define NICE_MIN       (-20)

enum ride_state {
	RIDE_OFF,
	RIDE_ON,
	RIDE_ENDING, /* by the thread, or by the guard */
};

struct ride {
	/* Both threads'. */
	_Atomic int state;   /* enum ride_state */
	_Atomic bool hungry; /* the guard had to end the last ride */
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

	/* The rider's: the ride, or the last one. */
	int cpu;              /* where it is */
	pid_t followed;       /* whose CPU that was */
	unsigned int windows; /* since that was looked up */
	uint64_t shortest_ns; /* of these */
	unsigned int lulls;   /* windows in a row that would begin no ride */
	uint64_t put_off_ns;  /* when the guard was last put off */
	uint64_t begun_ns;    /* 0: settled */
	uint64_t barred_ns;   /* no ride before */
	uint64_t penalty_ns;  /* how long the next bar is */
};

bool ride_is_on(const struct ride *ride)
{
	return ride && atomic_load_explicit(&ride->state, memory_order_relaxed) == RIDE_ON;
}

/* Rank and place. Either thread may do these to the rider; doing them twice does no harm. */

static bool set_policy(pid_t tid, int policy)
{
	const struct sched_param param = {0};
	return sched_setscheduler(tid, policy, &param) == 0;
}

static void rise(const struct ride *ride)
{
	set_policy(ride->rider, SCHED_OTHER);
	sched_setaffinity(ride->rider, sizeof(ride->usual), &ride->usual);
}

/* Whoever gets the ride out of RIDE_ON has to end it. */
static bool claim_end(struct ride *ride)
{
	int on = RIDE_ON;
	return atomic_compare_exchange_strong_explicit(
		&ride->state, &on, RIDE_ENDING, memory_order_acq_rel, memory_order_relaxed);
}

static void end(struct ride *ride)
{
	rise(ride);
	atomic_store_explicit(&ride->state, RIDE_OFF, memory_order_release);
}

/* The guard. */

/* Has the guard wake after AFTER_NS. */
static void set_timer(const struct ride *ride, uint64_t after_ns)
{
	const struct itimerspec when = {.it_value = {.tv_nsec = (long)after_ns}};
	timerfd_settime(ride->timer, 0, &when, NULL);
}

/* The rider is fine. */
static void put_off(struct ride *ride, uint64_t now_ns)
{
	set_timer(ride, GUARD_NS);
	ride->put_off_ns = now_ns;
}

/* No report for GUARD_NS: either way the ride is over. */
static void look_after(struct ride *ride)
{
	if (!ride_is_on(ride))
		return;
	bool hungry = proc_state(ride->rider) == 'R';
	if (!claim_end(ride))
		return;
	atomic_store_explicit(&ride->hungry, hungry, memory_order_relaxed);
	end(ride);
}

static void *guard(void *argument)
{
	struct ride *ride = argument;
	uint64_t times;
	pthread_setname_np(pthread_self(), "stop-guard");
	while (!atomic_load_explicit(&ride->done, memory_order_acquire)) {
		if (read(ride->timer, &times, sizeof(times)) == sizeof(times))
			look_after(ride);
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

struct ride *ride_new(void)
{
	if (!has_way_back())
		return NULL;
	struct ride *ride = xcalloc(1, sizeof(*ride));
	ride->rider = (pid_t)syscall(SYS_gettid);
	ride->penalty_ns = PENALTY_MIN_NS;
	ride->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (ride->timer >= 0 && sched_getaffinity(0, sizeof(ride->usual), &ride->usual) == 0 &&
		pthread_create(&ride->guard, NULL, guard, ride) == 0)
		return ride;
	if (ride->timer >= 0)
		close(ride->timer);
	free(ride);
	return NULL;
}

void ride_free(struct ride *ride)
{
	if (!ride)
		return;
	ride_end(ride);
	atomic_store_explicit(&ride->done, true, memory_order_release);
	set_timer(ride, 1);
	pthread_join(ride->guard, NULL);
	close(ride->timer);
	free(ride);
}

/* The rider. */

void ride_end(struct ride *ride)
{
	if (ride && claim_end(ride))
		end(ride);
}

/* Puts the rider on CPU, and nowhere else. False where that may not be. */
static bool go_to(struct ride *ride, int cpu)
{
	cpu_set_t place;
	if (cpu < 0 || cpu >= CPU_SETSIZE)
		return false;
	if (cpu == ride->cpu)
		return true;
	CPU_ZERO(&place);
	CPU_SET(cpu, &place);
	if (sched_setaffinity(0, sizeof(place), &place) < 0)
		return false;
	ride->cpu = cpu;
	return true;
}

/* Whether it is time to look up where the busy thread is. SPENT_NS: what this window took. */
static bool has_to_look(struct ride *ride, uint64_t spent_ns)
{
	ride->windows++;
	if (spent_ns < ride->shortest_ns)
		ride->shortest_ns = spent_ns;
	bool longer = spent_ns > ride->shortest_ns * LONGER;
	return ride->busy != ride->followed || ride->windows >= LOOK_EVERY ||
	       (longer && ride->windows >= LOOK_SOON);
}

/* Goes where the busy thread is. False where that may not be. */
static bool follow(struct ride *ride)
{
	ride->followed = ride->busy;
	ride->windows = 0;
	ride->shortest_ns = UINT64_MAX;
	return go_to(ride, proc_cpu(ride->busy));
}

/* The last ride is over: there is a price to that if the guard has found it hungry. */
static void settle(struct ride *ride, uint64_t now_ns)
{
	if (now_ns - ride->begun_ns > FORGIVEN_NS)
		ride->penalty_ns = PENALTY_MIN_NS;
	if (atomic_exchange_explicit(&ride->hungry, false, memory_order_relaxed)) {
		ride->barred_ns = now_ns + ride->penalty_ns;
		if (ride->penalty_ns < PENALTY_MAX_NS)
			ride->penalty_ns *= 2;
	}
	ride->begun_ns = 0;
}

/* The guard may have set the rider free just before it was put somewhere. */
static void stay_free(const struct ride *ride)
{
	if (!ride_is_on(ride))
		rise(ride);
}

static void begin(struct ride *ride, uint64_t now_ns)
{
	if (ride->begun_ns)
		settle(ride, now_ns);
	if (now_ns < ride->barred_ns)
		return;
	ride->begun_ns = now_ns;
	ride->cpu = -1;
	ride->lulls = 0;
	atomic_store_explicit(&ride->state, RIDE_ON, memory_order_release);
	put_off(ride, now_ns);
	if (!follow(ride) || !set_policy(0, SCHED_IDLE))
		ride_end(ride);
	stay_free(ride);
}

/* BUSY: this window was worth a ride. ONE: nearly all of it was of one thread. */
static void go_on(struct ride *ride, bool busy, bool one, uint64_t spent_ns, uint64_t now_ns)
{
	ride->lulls = busy ? 0 : ride->lulls + 1;
	if (now_ns - ride->put_off_ns > GUARD_NS / 2)
		put_off(ride, now_ns);
	if (ride->lulls > LULLS_MAX || (one && has_to_look(ride, spent_ns) && !follow(ride)))
		ride_end(ride);
	stay_free(ride);
}

static void judge(struct ride *ride, size_t company, uint64_t now_ns)
{
	uint64_t spent_ns = now_ns - ride->window_ns;
	bool busy = spent_ns < WINDOW * BUSY_NS && company <= COMPANY_MAX;
	bool one = ride->votes > WINDOW / 2;
	int state = atomic_load_explicit(&ride->state, memory_order_acquire);
	if (state == RIDE_ON)
		go_on(ride, busy, one, spent_ns, now_ns);
	else if (state == RIDE_OFF && busy)
		begin(ride, now_ns);
}

void ride_heard(struct ride *ride, pid_t tid, size_t company)
{
	if (!ride)
		return;
	if (tid == ride->busy) {
		ride->votes++;
	} else if (ride->votes) {
		ride->votes--;
	} else {
		ride->busy = tid;
		ride->votes = 1;
	}
	if (++ride->heard < WINDOW)
		return;
	uint64_t now_ns = clock_now_ns();
	judge(ride, company, now_ns);
	ride->heard = 0;
	ride->votes = 0;
	ride->window_ns = now_ns;
}
