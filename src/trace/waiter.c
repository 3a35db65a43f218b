/* Adaptive waiting; see trace/waiter.h. */
#include "config.h"

#include "trace/waiter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "trace/pt.h"
#include "trace/ride.h"
#include "trace/stop.h"

/*
 * Polling. A wake-up on another CPU costs some 50 µs, so polling for longer cannot pay; below a few
 * no call of the target fits between two stops.
 */
#define SPIN_MAX_NS    50000
#define SPIN_MIN_NS    5000
#define SPIN_PAYOFFS   4 /* polls for this many times what has paid off on average */
#define PAYOFF_WEIGHT  8 /* of so many last times */

/*
 * Trying again once sleeping has set in: a round over the hot threads, which shows whether reports
 * pile up; in every so many of these rounds, a spin of SPIN_MAX_NS: a tracee that has slept as well
 * needs longer than one that has not.
 */
#define PATIENCE_MIN   8
#define PATIENCE_MAX   256
#define TRIES_A_SPIN   4

/* A thread that has not reported so long after it was let go waits for something. */
#define HOT_NS         100000
#define HOT_SURE_NS    (20 * NS_PER_MS) /* it may wait for a CPU first */

#define SWEEP_EVERY_NS 20000     /* at least this long between two sweeps … */
#define SWEEP_SHARE    16        /* … and this many times what one costs */
#define SWEEP_MAX_NS   NS_PER_MS /* one that took longer was preempted */

/* A wait that took no longer did not sleep: a switch to a tracee and back costs more. */
#define AT_ONCE_NS     1000

/* So many tracees, and a walk over all of them costs as much as the rest of a stop. */
#define MANY_TRACEES   64

/* How crowded the CPUs are: a running mean, in fixed point, of runnable tasks beyond their number.
 */
#define LOAD_EVERY_NS  (2 * NS_PER_MS)
#define CROWD_UNIT     64
#define CROWD_WEIGHT   8
#define CROWD_LIMIT    (CROWD_UNIT / 2)

static int count_processors(void)
{
	cpu_set_t set;
	return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : CPU_SETSIZE;
}

void waiter_init(struct waiter *waiter)
{
	*waiter = (struct waiter){
		.spin_ns = SPIN_MAX_NS,
		.payoff_ns = SPIN_MAX_NS / SPIN_PAYOFFS,
		.patience = PATIENCE_MIN,
		.load_fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC),
		.processors = count_processors(),
	};
	waiter->hot.end = &waiter->hot.first;
	waiter->quiet.end = &waiter->quiet.first;
}

void waiter_ride(struct waiter *waiter, struct ride *ride)
{
	waiter->ride = ride;
}

void waiter_clear(struct waiter *waiter)
{
	if (waiter->load_fd >= 0)
		close(waiter->load_fd);
	waiter->load_fd = -1;
}

/* The lists of threads. */

static void leave_list(struct waiter_seat *seat)
{
	if (!seat->list)
		return;
	*seat->link = seat->next;
	if (seat->next)
		seat->next->link = seat->link;
	else
		seat->list->end = seat->link;
	seat->list->count--;
	seat->list = NULL;
}

/* Puts SEAT at the end of LIST. */
static void move_to(struct waiter_list *list, struct waiter_seat *seat)
{
	leave_list(seat);
	seat->list = list;
	seat->next = NULL;
	seat->link = list->end;
	*list->end = seat;
	list->end = &seat->next;
	list->count++;
}

/* Takes note of how many tracees there are: a sleep must not walk over many. */
static void count_tracees(struct waiter *waiter)
{
	size_t tracees = waiter->hot.count + waiter->quiet.count;
	bool bell = waiter->bell ? tracees > MANY_TRACEES / 2 : tracees > MANY_TRACEES;
	if (bell == waiter->bell)
		return;
	pt_bell(bell);
	waiter->bell = bell;
	waiter->swept_clean = false; /* what has stopped before rang no bell */
}

void waiter_join(struct waiter *waiter, struct waiter_seat *seat, pid_t tid)
{
	seat->tid = tid;
	move_to(&waiter->quiet, seat);
	count_tracees(waiter);
}

void waiter_forget(struct waiter *waiter, struct waiter_seat *seat)
{
	leave_list(seat);
	count_tracees(waiter);
}

void waiter_expect(struct waiter *waiter, struct waiter_seat *seat, enum waiter_hope hope)
{
	static const uint64_t hot_ns[WAITER_HOPES] = {
		[WAITER_SOON] = HOT_NS,
		[WAITER_SURE] = HOT_SURE_NS,
	};
	seat->until_ns = clock_now_ns() + hot_ns[hope];
	move_to(&waiter->hot, seat);
}

/* Polls the hot threads in turn, each once at the most. As pt_wait(). */
static int poll_hot(struct waiter *waiter, uint64_t now_ns, siginfo_t *info)
{
	for (size_t left = waiter->hot.count; left; left--) {
		struct waiter_seat *seat = waiter->hot.first;
		int result = pt_wait(seat->tid, false, info);
		bool cools = result != 0 || now_ns > seat->until_ns;
		move_to(cools ? &waiter->quiet : &waiter->hot, seat);
		if (result == 1)
			return 1;
	}
	return 0;
}

/* Sweeps. */

static int take_ready(struct waiter *waiter, siginfo_t *info)
{
	if (waiter->ready_next == waiter->ready_count)
		return 0;
	*info = waiter->ready[waiter->ready_next++];
	return 1;
}

/*
 * Takes every report that is there. A wait for any tracee finds the newest one that has stopped,
 * again and again, until its report is consumed. That does no harm to a syscall stop, and to it
 * alone: nothing is lost with it if this program is killed now (the kernel's ptrace_notify() then
 * returns 0). At any other stop the sweep ends, as it is rare.
 */
static int take_all(struct waiter *waiter, siginfo_t *info)
{
	int result;
	while ((result = pt_wait(0, false, info)) == 1) {
		waiter->ready[waiter->ready_count++] = *info;
		if (stop_decode(info).kind != STOP_SYSCALL || waiter->ready_count == WAITER_READY)
			break;
		pt_consume(info->si_pid);
	}
	return result;
}

/*
 * The same where tracees are many: each walk over them is long, so where one finds something, the
 * quiet ones are asked by their numbers, and the walk's own find is left for the next time.
 */
static int take_quiet(struct waiter *waiter, siginfo_t *info)
{
	int result = pt_wait(0, false, info);
	size_t left = result == 1 ? waiter->quiet.count : 0;
	for (; left && waiter->ready_count < WAITER_READY; left--) {
		struct waiter_seat *seat = waiter->quiet.first;
		siginfo_t *place = &waiter->ready[waiter->ready_count];
		move_to(&waiter->quiet, seat);
		waiter->ready_count += pt_wait(seat->tid, false, place) == 1;
	}
	if (result == 1 && waiter->ready_count == 0)
		waiter->ready[waiter->ready_count++] = *info;
	return result;
}

static int sweep(struct waiter *waiter, uint64_t now_ns, siginfo_t *info)
{
	waiter->ready_count = waiter->ready_next = 0;
	int result = waiter->bell ? take_quiet(waiter, info) : take_all(waiter, info);
	waiter->swept_ns = clock_now_ns();
	/* What it found is no cost of sweeping. */
	waiter->sweep_ns = (waiter->swept_ns - now_ns) / (waiter->ready_count + 1);
	if (waiter->sweep_ns > SWEEP_MAX_NS)
		waiter->sweep_ns = SWEEP_MAX_NS;
	waiter->swept_clean = result == 0 && waiter->ready_count == 0;
	return waiter->ready_count ? take_ready(waiter, info) : result;
}

/* When the next sweep is due. */
static uint64_t next_sweep_ns(const struct waiter *waiter)
{
	uint64_t pause_ns = waiter->sweep_ns * SWEEP_SHARE;
	return waiter->swept_ns + (pause_ns > SWEEP_EVERY_NS ? pause_ns : SWEEP_EVERY_NS);
}

/* What has paid off. */

/* Tasks that run or want to, on the whole machine. 0: unknown. */
static int count_runnable(int load_fd)
{
	char text[64];
	int runnable = 0;
	ssize_t got = load_fd >= 0 ? pread(load_fd, text, sizeof(text) - 1, 0) : 0;
	text[got > 0 ? got : 0] = '\0';
	/* "0.20 0.18 0.12 1/80 11206": proc(5) */
	return sscanf(text, "%*s %*s %*s %d/", &runnable) == 1 ? runnable : 0;
}

/* Whether somebody waits for a CPU: then a poll takes from others what it may gain for the target.
 */
static bool is_crowded(struct waiter *waiter, uint64_t now_ns)
{
	if (now_ns - waiter->load_ns > LOAD_EVERY_NS) {
		int beyond = count_runnable(waiter->load_fd) - waiter->processors;
		int now = beyond > 0 ? beyond * CROWD_UNIT : 0;
		waiter->crowd += (now - waiter->crowd) / CROWD_WEIGHT;
		waiter->load_ns = now_ns;
	}
	return waiter->crowd > CROWD_LIMIT;
}

/* Polling has found a report after PAYOFF_NS. */
static void polling_paid(struct waiter *waiter, uint64_t payoff_ns)
{
	waiter->payoff_ns = (waiter->payoff_ns * (PAYOFF_WEIGHT - 1) + payoff_ns) / PAYOFF_WEIGHT;
	uint64_t spin_ns = waiter->payoff_ns * SPIN_PAYOFFS + SPIN_MIN_NS;
	waiter->spin_ns = spin_ns < SPIN_MAX_NS ? spin_ns : SPIN_MAX_NS;
	waiter->patience = PATIENCE_MIN;
}

static void polling_failed(struct waiter *waiter)
{
	waiter->spin_ns = waiter->spin_ns / 2 >= SPIN_MIN_NS ? waiter->spin_ns / 2 : 0;
	waiter->asleep = 0;
}

/* Polls for SPIN_NS, and once at the least. As pt_wait(). */
static int poll_for(struct waiter *waiter, uint64_t spin_ns, siginfo_t *info)
{
	uint64_t start_ns = clock_now_ns(), now_ns = start_ns;
	bool first = true;
	do {
		int result = poll_hot(waiter, now_ns, info);
		if (result == 0 && now_ns > next_sweep_ns(waiter))
			result = sweep(waiter, now_ns, info);
		if (result == 1 && !first)
			polling_paid(waiter, now_ns - start_ns);
		if (result != 0)
			return result;
		first = false;
		now_ns = clock_now_ns();
	} while (now_ns - start_ns < spin_ns && !pt_kicked());
	return 0;
}

/* Whether to poll for a while although it does not pay now: after ever more sleeps. */
static bool tries_again(struct waiter *waiter)
{
	if (++waiter->asleep < waiter->patience)
		return false;
	waiter->asleep = 0;
	if (waiter->patience < PATIENCE_MAX)
		waiter->patience *= 2;
	return true;
}

/* For how long to poll now. -1: not even once. */
static int64_t choose_spin(struct waiter *waiter)
{
	if (!waiter->hot.first)
		return -1;
	/* It comes back when those on this CPU have stopped: the others get their turn by a look.
	 */
	if (ride_is_on(waiter->ride))
		return 0;
	if (waiter->spin_ns && is_crowded(waiter, clock_now_ns()))
		waiter->spin_ns = 0;
	if (waiter->spin_ns)
		return (int64_t)waiter->spin_ns;
	if (!waiter->piling && !tries_again(waiter))
		return -1;
	bool spins = ++waiter->tries % TRIES_A_SPIN == 0 && !is_crowded(waiter, clock_now_ns());
	return spins ? SPIN_MAX_NS : 0;
}

/* What can be had without sleeping. */
static int poll_first(struct waiter *waiter, siginfo_t *info)
{
	int64_t spin_ns = choose_spin(waiter);
	if (spin_ns < 0)
		return 0;
	int result = poll_for(waiter, (uint64_t)spin_ns, info);
	waiter->piling = result == 1;
	if (result == 0 && waiter->spin_ns)
		polling_failed(waiter);
	return result;
}

/* Sleeping. */

/*
 * Sleeps until the bell tells of a thread, whose report is then asked for by its number. A second
 * thread that stops before the first bell was heard rings none of its own: so the sleep lasts no
 * longer than to the next sweep, unless nothing has happened since the last one.
 */
static int sleep_on_bell(struct waiter *waiter, siginfo_t *info)
{
	int result;
	do {
		uint64_t now_ns = clock_now_ns(), sweep_ns = next_sweep_ns(waiter);
		pid_t tid = 0;
		if (waiter->swept_clean)
			result = pt_bell_wait(UINT64_MAX, &tid);
		else if (now_ns < sweep_ns)
			result = pt_bell_wait(sweep_ns - now_ns, &tid);
		else
			return sweep(waiter, now_ns, info);
		waiter->swept_clean = false;
		if (result == 0 && tid && pt_wait(tid, false, info) == 1)
			return 1;
	} while (result != -EINTR);
	return 0;
}

static int sleep_on_any(struct waiter *waiter, siginfo_t *info)
{
	uint64_t start_ns = clock_now_ns();
	int result = pt_wait(0, true, info);
	waiter->swept_ns = clock_now_ns();
	/* It found the newest: those that it has kept waiting come first in the next round. */
	waiter->piling = waiter->swept_ns - start_ns < AT_ONCE_NS;
	return result;
}

/* As waiter_next(). */
static int wait_for_next(struct waiter *waiter, siginfo_t *info)
{
	int result;
	do {
		result = take_ready(waiter, info);
		if (result == 0 && !pt_kicked())
			result = poll_first(waiter, info);
		if (result != 0)
			return result;
		if (pt_unkick())
			return 0;
		result = waiter->bell ? sleep_on_bell(waiter, info) : sleep_on_any(waiter, info);
	} while (result == 0 && !pt_kicked());
	return result;
}

int waiter_next(struct waiter *waiter, siginfo_t *info)
{
	if (waiter->last)
		ride_heard(waiter->ride, waiter->last, waiter->hot.count);
	int result = wait_for_next(waiter, info);
	waiter->last = result == 1 ? info->si_pid : 0;
	return result;
}

int waiter_poll(struct waiter *waiter, siginfo_t *info)
{
	int result = take_ready(waiter, info);
	return result ? result : pt_wait(0, false, info);
}

int waiter_poll_expected(struct waiter *waiter, siginfo_t *info)
{
	int result = take_ready(waiter, info);
	return result ? result : poll_hot(waiter, clock_now_ns(), info);
}
