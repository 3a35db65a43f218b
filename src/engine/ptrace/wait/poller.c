/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Adaptive waiting; see engine/ptrace/wait/poller.h. */
#include "config.h"

#include "engine/ptrace/wait/poller.h"

#include <errno.h>

#include "base/time.h"
#include "engine/ptrace/state/stop.h"
#include "engine/ptrace/wait/colocation.h"
#include "engine/ptrace/world/world.h"

/*
 * Polling. A wakeup on another CPU costs about 50 µs, so polling for longer cannot pay off; no call
 * of the target fits between two stops in less than a few µs.
 */
#define SPIN_MAX_NS      50000
#define SPIN_MIN_NS      5000
#define SPIN_PAYOFFS     4 /* polls for this multiple of the average time that paid off */
#define PAYOFF_WEIGHT    8 /* number of reports in that average */

/*
 * Retries while sleeping pays off: one round over the hot threads, which shows whether reports pile
 * up. One in RETRIES_PER_SPIN is a spin of SPIN_MAX_NS: a tracee that has slept too takes longer to
 * report.
 */
#define SLEEPS_MIN       8
#define SLEEPS_MAX       256
#define RETRIES_PER_SPIN 4

/* A thread that has not reported for this long after it was resumed is waiting. */
#define HOT_NS           100000
#define HOT_SURE_NS      (20 * NS_PER_MS) /* it may wait for a CPU first */
#define HOT_FIRST_NS     (2 * NS_PER_MS)  /* after its first report: nothing is known about it */

/* For this long after it was added a thread is fresh: longer than the life of most of those. */
#define FRESH_NS         (200 * NS_PER_MS)

/* Hot threads polled in a round, before anything else is looked at. */
#define HOT_ROUND        64

/*
 * A thread is active for this long after it has reported twice, no longer than this apart: an
 * attach makes every thread active for a while.
 */
#define ACTIVE_NS        (20 * NS_PER_MS)

/* Active and quiet threads polled in a round. */
#define ACTIVE_ROUND     16
#define QUIET_ROUND      64

#define SWEEP_EVERY_NS   20000           /* minimum time between two sweeps */
#define SWEEP_SHARE      16              /* and this multiple of the cost of one … */
#define SWEEP_LATEST_NS  (3 * NS_PER_MS) /* … but no more than this */
#define SWEEP_LATE_NS    200000          /* one that is that late comes before all others */
#define SWEEP_MAX_NS     NS_PER_MS       /* one that takes longer was preempted */

/* A wait that takes no longer did not sleep: switching to a tracee and back takes longer. */
#define NO_SLEEP_NS      1000

/* With more tracees, a walk over all of them costs as much as the rest of a stop. */
#define MANY_TRACEES     64

/* The load: a moving average, in fixed point. */
#define LOAD_EVERY_NS    (2 * NS_PER_MS)
#define LOAD_UNIT        64
#define LOAD_WEIGHT      8
#define LOAD_LIMIT       (LOAD_UNIT / 2)

static uint64_t now(const struct poller *poller)
{
	return poller->world->clock->now_ns(poller->world);
}

/* Like world_wait.next(). */
static int wait_next(const struct poller *poller, pid_t tid, bool block, siginfo_t *info)
{
	return poller->world->wait->next(poller->world, tid, block, info);
}

static bool is_kicked(const struct poller *poller)
{
	return poller->world->wait->is_kicked(poller->world);
}

static int count_cpus(struct world *world)
{
	cpu_set_t cpus;
	return world->sched->get_cpus(world, &cpus) ? CPU_COUNT(&cpus) : CPU_SETSIZE;
}

void poller_init(struct poller *poller, struct world *world)
{
	*poller = (struct poller){
		.world = world,
		.spin_ns = SPIN_MAX_NS,
		.payoff_ns = SPIN_MAX_NS / SPIN_PAYOFFS,
		.sleeps_max = SLEEPS_MIN,
		.load_fd = world->sched->open_load(world),
		.cpus = count_cpus(world),
	};
	standstill_init(&poller->standstill, world);
	poller->hot.end = &poller->hot.first;
	poller->fresh.end = &poller->fresh.first;
	poller->active.end = &poller->active.first;
	poller->quiet.end = &poller->quiet.first;
}

void poller_colocate(struct poller *poller, struct colocation *colocation)
{
	poller->colocation = colocation;
}

void poller_clear(struct poller *poller)
{
	poller->world->sched->close_load(poller->world, poller->load_fd);
	poller->load_fd = -1;
	standstill_clear(&poller->standstill);
}

/* The lists of threads. */

static void leave_list(struct poller_entry *entry)
{
	if (!entry->list)
		return;
	*entry->link = entry->next;
	if (entry->next)
		entry->next->link = entry->link;
	else
		entry->list->end = entry->link;
	entry->list->count--;
	entry->list = NULL;
}

/* Moves ENTRY to the end of LIST. */
static void move_to(struct poller_list *list, struct poller_entry *entry)
{
	leave_list(entry);
	entry->list = list;
	entry->next = NULL;
	entry->link = list->end;
	*list->end = entry;
	list->end = &entry->next;
	list->count++;
}

/* Enables the stop signal if there are many tracees, because a sleep must not walk over them. */
static void choose_sleep(struct poller *poller)
{
	struct world *world = poller->world;
	size_t tracees = poller->hot.count + poller->fresh.count + poller->active.count +
	                 poller->quiet.count;
	bool many = poller->alert ||
	            tracees > (poller->stop_signal ? MANY_TRACEES / 2 : MANY_TRACEES);
	if (many == poller->stop_signal)
		return;
	world->wait->enable_stop_signal(world, many);
	poller->stop_signal = many;
	poller->swept_clean = false; /* earlier stops sent no signal */
}

void poller_join(struct poller *poller, struct poller_entry *entry, pid_t tid)
{
	entry->tid = tid;
	entry->joined_ns = entry->running_ns = now(poller);
	move_to(&poller->quiet, entry);
	choose_sleep(poller);
}

void poller_forget(struct poller *poller, struct poller_entry *entry)
{
	leave_list(entry);
	choose_sleep(poller);
}

/* Counts the report after which the tracee of ENTRY was resumed at NOW_NS. */
static void count_report(struct poller_entry *entry, uint64_t now_ns)
{
	entry->again = now_ns - entry->reported_ns < ACTIVE_NS;
	entry->reported_ns = now_ns;
}

void poller_expect(
	struct poller *poller, struct poller_entry *entry, enum poller_expectation expectation)
{
	static const uint64_t hot_ns[POLLER_EXPECTATIONS] = {
		[POLLER_SOON] = HOT_NS,
		[POLLER_SURE] = HOT_SURE_NS,
	};
	uint64_t now_ns = now(poller);
	bool first = expectation == POLLER_SOON && !entry->reported_ns;
	entry->running_ns = now_ns;
	entry->hot_until_ns = now_ns + (first ? HOT_FIRST_NS : hot_ns[expectation]);
	if (expectation == POLLER_SOON)
		count_report(entry, now_ns);
	move_to(now_ns - entry->joined_ns < FRESH_NS ? &poller->fresh : &poller->hot, entry);
}

static bool is_active(const struct poller_entry *entry, uint64_t now_ns)
{
	return entry->again && now_ns - entry->reported_ns < ACTIVE_NS;
}

bool poller_has_expected(const struct poller_entry *entry)
{
	return entry->running_ns <= entry->hot_until_ns || is_active(entry, entry->running_ns);
}

/* The list for ENTRY, which is not hot. */
static struct poller_list *list_of(
	struct poller *poller, const struct poller_entry *entry, uint64_t now_ns)
{
	return is_active(entry, now_ns) ? &poller->active : &poller->quiet;
}

/* Polls up to MAX threads of LIST, each at most once, in turn. Like world_wait.next(). */
static int poll_list(struct poller *poller, struct poller_list *list, size_t max, uint64_t now_ns,
	siginfo_t *info)
{
	for (size_t left = list->count < max ? list->count : max; left; left--) {
		struct poller_entry *entry = list->first;
		int result = wait_next(poller, entry->tid, false, info);
		bool expected = list == &poller->hot || list == &poller->fresh;
		bool hot = expected && result == 0 && now_ns <= entry->hot_until_ns;
		if (result == -ECHILD)
			entry->again = false;
		if (result == 0)
			entry->running_ns = now_ns;
		move_to(hot ? list : list_of(poller, entry, now_ns), entry);
		if (result == 1)
			return 1;
	}
	return 0;
}

/* Polls some more of the quiet threads that are still to be polled since the last sweep. */
static int poll_rest(struct poller *poller, uint64_t now_ns, siginfo_t *info)
{
	for (size_t left = QUIET_ROUND; left && poller->rest; left--) {
		poller->rest = poller->quiet.first ? poller->rest - 1 : 0;
		if (poll_list(poller, &poller->quiet, 1, now_ns, info) == 1)
			return 1;
	}
	return 0;
}

/* A report of the sender of a pending stop signal. */
static int poll_sender(struct poller *poller, uint64_t now_ns, siginfo_t *info)
{
	struct world *world = poller->world;
	pid_t tid = 0;
	(void)now_ns;
	if (!poller->stop_signal || world->wait->await_stop_signal(world, 0, &tid) < 0)
		return 0;
	poller->swept_clean = false;
	return tid ? wait_next(poller, tid, false, info) == 1 : 0;
}

static int poll_hot(struct poller *poller, uint64_t now_ns, siginfo_t *info)
{
	return poll_list(poller, &poller->hot, HOT_ROUND, now_ns, info);
}

static int poll_fresh(struct poller *poller, uint64_t now_ns, siginfo_t *info)
{
	return poll_list(poller, &poller->fresh, HOT_ROUND, now_ns, info);
}

static int poll_active(struct poller *poller, uint64_t now_ns, siginfo_t *info)
{
	return poll_list(poller, &poller->active, ACTIVE_ROUND, now_ns, info);
}

/*
 * A round over those that may have reported. Like world_wait.next(). Where something was found, the
 * next round ends: threads that report all the time must not keep others from their turn.
 */
static int poll_round(struct poller *poller, uint64_t now_ns, siginfo_t *info)
{
	static int (*const polls[])(struct poller *, uint64_t, siginfo_t *) = {
		poll_hot, poll_fresh, poll_active, poll_sender, poll_rest};
	const unsigned int count = sizeof(polls) / sizeof(*polls);
	for (unsigned int i = 0; i < count; i++) {
		poller->turn = (poller->turn + 1) % count;
		if (polls[poller->turn](poller, now_ns, info) == 1)
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
 * Fetches all pending reports. A wait for any tracee keeps finding the newest stopped one until its
 * report is consumed. Consuming is harmless only at a syscall stop: if this program is killed then,
 * nothing is lost (the kernel's ptrace_notify() returns 0); and at an execve, which can have put
 * another task in the place of the one that was found. At any other, rare stop the sweep ends.
 */
static int take_all(struct poller *poller, siginfo_t *info)
{
	struct world *world = poller->world;
	int result;
	while ((result = wait_next(poller, 0, false, info)) == 1) {
		siginfo_t *ready = &poller->ready[poller->ready_count++];
		*ready = *info;
		if (stop_decode(info).kind != STOP_SYSCALL || poller->ready_count == POLLER_READY)
			break;
		/* If there is none any more, it was killed. */
		poller->ready_count -= !world->wait->consume(world, info->si_pid, ready);
	}
	return result;
}

/*
 * The same with many tracees. As each walk over them is long, the quiet ones are polled by tid once
 * a walk has found something: in the next rounds, because that takes milliseconds.
 */
static int find_one(struct poller *poller, siginfo_t *info)
{
	int result = wait_next(poller, 0, false, info);
	poller->rest = result == 1 ? poller->quiet.count : 0;
	return result;
}

static int sweep(struct poller *poller, uint64_t now_ns, siginfo_t *info)
{
	poller->ready_count = poller->ready_next = 0;
	int result = poller->stop_signal ? find_one(poller, info) : take_all(poller, info);
	poller->swept_ns = now(poller);
	/* The cost does not include the reports that it found. */
	poller->sweep_ns = (poller->swept_ns - now_ns) / (poller->ready_count + 1);
	if (poller->sweep_ns > SWEEP_MAX_NS)
		poller->sweep_ns = SWEEP_MAX_NS;
	poller->swept_clean = result == 0 && poller->ready_count == 0;
	return poller->ready_count ? take_ready(poller, info) : result;
}

/* When the next sweep may begin. */
static uint64_t next_sweep_ns(const struct poller *poller)
{
	uint64_t pause_ns = poller->sweep_ns * SWEEP_SHARE;
	if (pause_ns < SWEEP_EVERY_NS)
		pause_ns = SWEEP_EVERY_NS;
	return poller->swept_ns + (pause_ns < SWEEP_LATEST_NS ? pause_ns : SWEEP_LATEST_NS);
}

/* Whether a sweep is due, or LATE_NS late. */
static bool is_due(const struct poller *poller, uint64_t now_ns, uint64_t late_ns)
{
	return now_ns > next_sweep_ns(poller) + late_ns &&
	       !(poller->stop_signal && poller->swept_clean);
}

/*
 * A report of those that are polled by tid, or of a sweep if one is due: which is when nothing else
 * was found, or once that did not happen for long. Like world_wait.next().
 */
static int poll_all(struct poller *poller, uint64_t now_ns, siginfo_t *info)
{
	int result = 0;
	if (poller->deferred && is_due(poller, now_ns, SWEEP_LATE_NS))
		result = sweep(poller, now_ns, info);
	if (result == 0)
		result = poll_round(poller, now_ns, info);
	poller->deferred = is_due(poller, now_ns, 0);
	if (result == 0 && poller->deferred)
		result = sweep(poller, now_ns, info);
	if (result == 0)
		standstill_nobody(&poller->standstill, now_ns);
	return result;
}

/* Adaptation. */

/* Whether another task waits for a CPU: then polling would take CPU time away from it. */
static bool is_overloaded(struct poller *poller, uint64_t now_ns)
{
	struct world *world = poller->world;
	if (now_ns - poller->load_ns > LOAD_EVERY_NS) {
		int beyond = world->sched->runnable(world, poller->load_fd) - poller->cpus;
		int load = beyond > 0 ? beyond * LOAD_UNIT : 0;
		poller->load += (load - poller->load) / LOAD_WEIGHT;
		poller->load_ns = now_ns;
	}
	return poller->load > LOAD_LIMIT;
}

/* Polling found a report after PAYOFF_NS. */
static void polling_succeeded(struct poller *poller, uint64_t payoff_ns)
{
	poller->payoff_ns = (poller->payoff_ns * (PAYOFF_WEIGHT - 1) + payoff_ns) / PAYOFF_WEIGHT;
	uint64_t spin_ns = poller->payoff_ns * SPIN_PAYOFFS + SPIN_MIN_NS;
	poller->spin_ns = spin_ns < SPIN_MAX_NS ? spin_ns : SPIN_MAX_NS;
	poller->sleeps_max = SLEEPS_MIN;
}

static void polling_failed(struct poller *poller)
{
	poller->spin_ns = poller->spin_ns / 2 >= SPIN_MIN_NS ? poller->spin_ns / 2 : 0;
	poller->sleeps = 0;
}

/* Polls for SPIN_NS, but at least once. Like world_wait.next(). */
static int poll_for(struct poller *poller, uint64_t spin_ns, siginfo_t *info)
{
	uint64_t start_ns = now(poller), now_ns = start_ns;
	bool first = true;
	do {
		int result = poll_all(poller, now_ns, info);
		if (result == 1 && !first)
			polling_succeeded(poller, now_ns - start_ns);
		if (result != 0)
			return result;
		first = false;
		now_ns = now(poller);
	} while (now_ns - start_ns < spin_ns && !is_kicked(poller));
	return 0;
}

/* Whether to poll although it does not pay off now: each time after more sleeps. */
static bool should_retry(struct poller *poller)
{
	if (++poller->sleeps < poller->sleeps_max)
		return false;
	poller->sleeps = 0;
	if (poller->sleeps_max < SLEEPS_MAX)
		poller->sleeps_max *= 2;
	return true;
}

/* How long to poll now, in ns; -1: not at all. */
static int64_t choose_spin(struct poller *poller)
{
	if (!poller->hot.first && !poller->fresh.first)
		return -1;
	/* The tracer runs again when the threads on this CPU have stopped: one round finds others.
	 */
	if (colocation_is_on(poller->colocation))
		return 0;
	if (poller->spin_ns && is_overloaded(poller, now(poller)))
		poller->spin_ns = 0;
	if (poller->spin_ns)
		return (int64_t)poller->spin_ns;
	if (!poller->piling_up && !should_retry(poller))
		return -1;
	bool spins = ++poller->tries % RETRIES_PER_SPIN == 0 && !is_overloaded(poller, now(poller));
	return spins ? SPIN_MAX_NS : 0;
}

/* Polls for a report, without sleeping. */
static int poll_first(struct poller *poller, siginfo_t *info)
{
	int64_t spin_ns = choose_spin(poller);
	if (spin_ns < 0)
		return 0;
	int result = poll_for(poller, (uint64_t)spin_ns, info);
	poller->piling_up = result == 1;
	if (result == 0 && poller->spin_ns)
		polling_failed(poller);
	return result;
}

/* Sleeping. */

/* Sleeps until a stop signal, at most SPAN_NS. Like world_wait.await_stop_signal(). */
static int sleep_for(struct poller *poller, uint64_t now_ns, uint64_t span_ns, pid_t *tid)
{
	struct world *world = poller->world;
	standstill_sleep(&poller->standstill, now_ns, colocation_is_on(poller->colocation));
	int result = world->wait->await_stop_signal(world, span_ns, tid);
	standstill_wake(&poller->standstill, now_ns, now(poller));
	return result;
}

/*
 * Sleeps until a stop signal, whose sender is then polled by tid. A second thread that stops while
 * that signal is pending sends none: so the sleep ends at the next sweep, unless nothing has
 * happened since the last one.
 */
static int sleep_for_signal(struct poller *poller, siginfo_t *info)
{
	int result;
	do {
		uint64_t now_ns = now(poller), sweep_ns = next_sweep_ns(poller);
		pid_t tid = 0;
		result = poller->swept_clean ? 0 : poll_round(poller, now_ns, info);
		if (result != 0)
			return result;
		if (poller->rest)
			continue;
		if (poller->swept_clean)
			result = sleep_for(poller, now_ns, WORLD_FOREVER, &tid);
		else if (now_ns < sweep_ns)
			result = sleep_for(poller, now_ns, sweep_ns - now_ns, &tid);
		else
			return sweep(poller, now_ns, info);
		poller->swept_clean = false;
		if (result == 0 && tid && wait_next(poller, tid, false, info) == 1)
			return 1;
	} while (result != -EINTR && !is_kicked(poller));
	return 0;
}

static int sleep_for_any(struct poller *poller, siginfo_t *info)
{
	uint64_t start_ns = now(poller);
	standstill_sleep(&poller->standstill, start_ns, colocation_is_on(poller->colocation));
	int result = wait_next(poller, 0, true, info);
	poller->swept_ns = now(poller);
	standstill_wake(&poller->standstill, start_ns, poller->swept_ns);
	/* It found the newest report: the older ones come first in the next round. */
	poller->piling_up = poller->swept_ns - start_ns < NO_SLEEP_NS;
	return result;
}

/* Like poller_next(). */
static int wait_for_next(struct poller *poller, siginfo_t *info)
{
	struct world *world = poller->world;
	int result;
	do {
		result = take_ready(poller, info);
		if (result == 0 && !is_kicked(poller))
			result = poll_first(poller, info);
		if (result != 0)
			return result;
		if (world->wait->clear_kick(world))
			return 0;
		result = poller->stop_signal ? sleep_for_signal(poller, info)
		                             : sleep_for_any(poller, info);
	} while (result == 0 && !is_kicked(poller));
	return result;
}

int poller_next(struct poller *poller, siginfo_t *info)
{
	if (poller->last)
		colocation_report(
			poller->colocation, poller->last, poller->hot.count + poller->fresh.count);
	int result = wait_for_next(poller, info);
	poller->last = result == 1 ? info->si_pid : 0;
	return result;
}

void poller_alert(struct poller *poller)
{
	poller->alert = true;
	choose_sleep(poller);
}

bool poller_await(struct poller *poller, uint64_t timeout_ns)
{
	pid_t tid;
	return sleep_for(poller, now(poller), timeout_ns, &tid) == 0;
}

int poller_poll(struct poller *poller, siginfo_t *info)
{
	int result = take_ready(poller, info);
	if (result)
		return result;
	uint64_t now_ns = now(poller);
	result = wait_next(poller, 0, false, info);
	if (result == 0)
		standstill_nobody(&poller->standstill, now_ns);
	return result;
}

int poller_poll_briefly(struct poller *poller, siginfo_t *info)
{
	int result = take_ready(poller, info);
	return result ? result : poll_all(poller, now(poller), info);
}
