/* Adaptive waiting; see trace/poller.h. */
#include "config.h"

#include "engine/ptrace/wait/poller.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/ptrace/state/stop.h"
#include "engine/ptrace/wait/colocation.h"
#include "engine/ptrace/world/pt.h"
#include "proc/system.h"

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

void poller_init(struct poller *poller)
{
	*poller = (struct poller){
		.spin_ns = SPIN_MAX_NS,
		.payoff_ns = SPIN_MAX_NS / SPIN_PAYOFFS,
		.patience = PATIENCE_MIN,
		.load_fd = proc_load_open(),
		.processors = count_processors(),
	};
	poller->hot.end = &poller->hot.first;
	poller->quiet.end = &poller->quiet.first;
}

void poller_ride(struct poller *poller, struct colocation *colocation)
{
	poller->colocation = colocation;
}

void poller_clear(struct poller *poller)
{
	if (poller->load_fd >= 0)
		close(poller->load_fd);
	poller->load_fd = -1;
}

/* The lists of threads. */

static void leave_list(struct poller_entry *seat)
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
static void move_to(struct poller_list *list, struct poller_entry *seat)
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
static void count_tracees(struct poller *poller)
{
	size_t tracees = poller->hot.count + poller->quiet.count;
	bool bell = poller->bell ? tracees > MANY_TRACEES / 2 : tracees > MANY_TRACEES;
	if (bell == poller->bell)
		return;
	pt_bell(bell);
	poller->bell = bell;
	poller->swept_clean = false; /* what has stopped before rang no bell */
}

void poller_join(struct poller *poller, struct poller_entry *seat, pid_t tid)
{
	seat->tid = tid;
	move_to(&poller->quiet, seat);
	count_tracees(poller);
}

void poller_forget(struct poller *poller, struct poller_entry *seat)
{
	leave_list(seat);
	count_tracees(poller);
}

void poller_expect(struct poller *poller, struct poller_entry *seat, enum poller_expectation hope)
{
	static const uint64_t hot_ns[POLLER_EXPECTATIONS] = {
		[POLLER_SOON] = HOT_NS,
		[POLLER_SURE] = HOT_SURE_NS,
	};
	seat->until_ns = clock_now_ns() + hot_ns[hope];
	move_to(&poller->hot, seat);
}

/* Polls the hot threads in turn, each once at the most. As pt_wait(). */
static int poll_hot(struct poller *poller, uint64_t now_ns, siginfo_t *info)
{
	for (size_t left = poller->hot.count; left; left--) {
		struct poller_entry *seat = poller->hot.first;
		int result = pt_wait(seat->tid, false, info);
		bool cools = result != 0 || now_ns > seat->until_ns;
		move_to(cools ? &poller->quiet : &poller->hot, seat);
		if (result == 1)
			return 1;
	}
	return 0;
}

/* Sweeps. */

static int take_ready(struct poller *poller, siginfo_t *info)
{
	if (poller->ready_next == poller->ready_count)
		return 0;
	*info = poller->ready[poller->ready_next++];
	return 1;
}

/*
 * Takes every report that is there. A wait for any tracee finds the newest one that has stopped,
 * again and again, until its report is consumed. That does no harm to a syscall stop, and to it
 * alone: nothing is lost with it if this program is killed now (the kernel's ptrace_notify() then
 * returns 0). At any other stop the sweep ends, as it is rare.
 */
static int take_all(struct poller *poller, siginfo_t *info)
{
	int result;
	while ((result = pt_wait(0, false, info)) == 1) {
		poller->ready[poller->ready_count++] = *info;
		if (stop_decode(info).kind != STOP_SYSCALL || poller->ready_count == POLLER_READY)
			break;
		pt_consume(info->si_pid);
	}
	return result;
}

/*
 * The same where tracees are many: each walk over them is long, so where one finds something, the
 * quiet ones are asked by their numbers, and the walk's own find is left for the next time.
 */
static int take_quiet(struct poller *poller, siginfo_t *info)
{
	int result = pt_wait(0, false, info);
	size_t left = result == 1 ? poller->quiet.count : 0;
	for (; left && poller->ready_count < POLLER_READY; left--) {
		struct poller_entry *seat = poller->quiet.first;
		siginfo_t *place = &poller->ready[poller->ready_count];
		move_to(&poller->quiet, seat);
		poller->ready_count += pt_wait(seat->tid, false, place) == 1;
	}
	if (result == 1 && poller->ready_count == 0)
		poller->ready[poller->ready_count++] = *info;
	return result;
}

static int sweep(struct poller *poller, uint64_t now_ns, siginfo_t *info)
{
	poller->ready_count = poller->ready_next = 0;
	int result = poller->bell ? take_quiet(poller, info) : take_all(poller, info);
	poller->swept_ns = clock_now_ns();
	/* What it found is no cost of sweeping. */
	poller->sweep_ns = (poller->swept_ns - now_ns) / (poller->ready_count + 1);
	if (poller->sweep_ns > SWEEP_MAX_NS)
		poller->sweep_ns = SWEEP_MAX_NS;
	poller->swept_clean = result == 0 && poller->ready_count == 0;
	return poller->ready_count ? take_ready(poller, info) : result;
}

/* When the next sweep is due. */
static uint64_t next_sweep_ns(const struct poller *poller)
{
	uint64_t pause_ns = poller->sweep_ns * SWEEP_SHARE;
	return poller->swept_ns + (pause_ns > SWEEP_EVERY_NS ? pause_ns : SWEEP_EVERY_NS);
}

/* What has paid off. */

/* Whether somebody waits for a CPU: then a poll takes from others what it may gain for the target.
 */
static bool is_crowded(struct poller *poller, uint64_t now_ns)
{
	if (now_ns - poller->load_ns > LOAD_EVERY_NS) {
		int beyond = proc_runnable(poller->load_fd) - poller->processors;
		int now = beyond > 0 ? beyond * CROWD_UNIT : 0;
		poller->crowd += (now - poller->crowd) / CROWD_WEIGHT;
		poller->load_ns = now_ns;
	}
	return poller->crowd > CROWD_LIMIT;
}

/* Polling has found a report after PAYOFF_NS. */
static void polling_paid(struct poller *poller, uint64_t payoff_ns)
{
	poller->payoff_ns = (poller->payoff_ns * (PAYOFF_WEIGHT - 1) + payoff_ns) / PAYOFF_WEIGHT;
	uint64_t spin_ns = poller->payoff_ns * SPIN_PAYOFFS + SPIN_MIN_NS;
	poller->spin_ns = spin_ns < SPIN_MAX_NS ? spin_ns : SPIN_MAX_NS;
	poller->patience = PATIENCE_MIN;
}

static void polling_failed(struct poller *poller)
{
	poller->spin_ns = poller->spin_ns / 2 >= SPIN_MIN_NS ? poller->spin_ns / 2 : 0;
	poller->asleep = 0;
}

/* Polls for SPIN_NS, and once at the least. As pt_wait(). */
static int poll_for(struct poller *poller, uint64_t spin_ns, siginfo_t *info)
{
	uint64_t start_ns = clock_now_ns(), now_ns = start_ns;
	bool first = true;
	do {
		int result = poll_hot(poller, now_ns, info);
		if (result == 0 && now_ns > next_sweep_ns(poller))
			result = sweep(poller, now_ns, info);
		if (result == 1 && !first)
			polling_paid(poller, now_ns - start_ns);
		if (result != 0)
			return result;
		first = false;
		now_ns = clock_now_ns();
	} while (now_ns - start_ns < spin_ns && !pt_kicked());
	return 0;
}

/* Whether to poll for a while although it does not pay now: after ever more sleeps. */
static bool tries_again(struct poller *poller)
{
	if (++poller->asleep < poller->patience)
		return false;
	poller->asleep = 0;
	if (poller->patience < PATIENCE_MAX)
		poller->patience *= 2;
	return true;
}

/* For how long to poll now. -1: not even once. */
static int64_t choose_spin(struct poller *poller)
{
	if (!poller->hot.first)
		return -1;
	/* It comes back when those on this CPU have stopped: the others get their turn by a look.
	 */
	if (colocation_is_on(poller->colocation))
		return 0;
	if (poller->spin_ns && is_crowded(poller, clock_now_ns()))
		poller->spin_ns = 0;
	if (poller->spin_ns)
		return (int64_t)poller->spin_ns;
	if (!poller->piling && !tries_again(poller))
		return -1;
	bool spins = ++poller->tries % TRIES_A_SPIN == 0 && !is_crowded(poller, clock_now_ns());
	return spins ? SPIN_MAX_NS : 0;
}

/* What can be had without sleeping. */
static int poll_first(struct poller *poller, siginfo_t *info)
{
	int64_t spin_ns = choose_spin(poller);
	if (spin_ns < 0)
		return 0;
	int result = poll_for(poller, (uint64_t)spin_ns, info);
	poller->piling = result == 1;
	if (result == 0 && poller->spin_ns)
		polling_failed(poller);
	return result;
}

/* Sleeping. */

/*
 * Sleeps until the bell tells of a thread, whose report is then asked for by its number. A second
 * thread that stops before the first bell was heard rings none of its own: so the sleep lasts no
 * longer than to the next sweep, unless nothing has happened since the last one.
 */
static int sleep_on_bell(struct poller *poller, siginfo_t *info)
{
	int result;
	do {
		uint64_t now_ns = clock_now_ns(), sweep_ns = next_sweep_ns(poller);
		pid_t tid = 0;
		if (poller->swept_clean)
			result = pt_bell_wait(UINT64_MAX, &tid);
		else if (now_ns < sweep_ns)
			result = pt_bell_wait(sweep_ns - now_ns, &tid);
		else
			return sweep(poller, now_ns, info);
		poller->swept_clean = false;
		if (result == 0 && tid && pt_wait(tid, false, info) == 1)
			return 1;
	} while (result != -EINTR);
	return 0;
}

static int sleep_on_any(struct poller *poller, siginfo_t *info)
{
	uint64_t start_ns = clock_now_ns();
	int result = pt_wait(0, true, info);
	poller->swept_ns = clock_now_ns();
	/* It found the newest: those that it has kept waiting come first in the next round. */
	poller->piling = poller->swept_ns - start_ns < AT_ONCE_NS;
	return result;
}

/* As poller_next(). */
static int wait_for_next(struct poller *poller, siginfo_t *info)
{
	int result;
	do {
		result = take_ready(poller, info);
		if (result == 0 && !pt_kicked())
			result = poll_first(poller, info);
		if (result != 0)
			return result;
		if (pt_unkick())
			return 0;
		result = poller->bell ? sleep_on_bell(poller, info) : sleep_on_any(poller, info);
	} while (result == 0 && !pt_kicked());
	return result;
}

int poller_next(struct poller *poller, siginfo_t *info)
{
	if (poller->last)
		colocation_report(poller->colocation, poller->last, poller->hot.count);
	int result = wait_for_next(poller, info);
	poller->last = result == 1 ? info->si_pid : 0;
	return result;
}

int poller_poll(struct poller *poller, siginfo_t *info)
{
	int result = take_ready(poller, info);
	return result ? result : pt_wait(0, false, info);
}

int poller_poll_expected(struct poller *poller, siginfo_t *info)
{
	int result = take_ready(poller, info);
	return result ? result : poll_hot(poller, clock_now_ns(), info);
}
