/* Adaptive waiting; see trace/waiter.h. */
#include "config.h"

#include "trace/waiter.h"

#include <stdbool.h>

#include "base/clock.h"
#include "trace/pt.h"

#define BUDGET_MAX_NS  50000 /* a wake-up on another CPU costs about this much */
#define BUDGET_MIN_NS  5000  /* below this no call of the target fits between two stops */
#define PATIENCE_MIN   16
#define PATIENCE_MAX   4096
#define MISSES_MAX     256   /* polls in vain after which a thread is not hot any more */
#define SWEEP_EVERY_NS 20000 /* at least this long between two sweeps … */
#define SWEEP_SHARE    8     /* … and this many times what one costs */

void waiter_init(struct waiter *waiter)
{
	*waiter = (struct waiter){.budget_ns = BUDGET_MAX_NS, .patience = PATIENCE_MIN};
}

void waiter_expect(struct waiter *waiter, pid_t tid)
{
	for (unsigned int i = 0; i < waiter->hot_count; i++) {
		if (waiter->hot[i].tid == tid)
			return;
	}
	unsigned int at = waiter->hot_count < WAITER_HOT ? waiter->hot_count++
	                                                 : waiter->turn % WAITER_HOT;
	waiter->hot[at].tid = tid;
	waiter->hot[at].misses = 0;
}

/* Polls one hot task. -ECHILD: it is gone. */
static int poll_one(struct waiter *waiter, unsigned int at, siginfo_t *info)
{
	int result = pt_wait(waiter->hot[at].tid, false, info);
	if (result == 1) {
		waiter->hot[at].misses = 0;
		waiter->turn = at + 1;
	} else if (result < 0 || ++waiter->hot[at].misses > MISSES_MAX) {
		waiter->hot[at] = waiter->hot[--waiter->hot_count];
	}
	return result;
}

/* Polls each hot task once, the one behind the last hit first, so that each gets its turn. */
static bool poll_hot(struct waiter *waiter, siginfo_t *info)
{
	unsigned int count = waiter->hot_count, first = waiter->turn;
	for (unsigned int i = 0; i < count && waiter->hot_count; i++) {
		if (poll_one(waiter, (first + i) % waiter->hot_count, info) == 1)
			return true;
	}
	return false;
}

static int sweep(struct waiter *waiter, uint64_t now_ns, siginfo_t *info)
{
	int result = pt_wait(0, false, info);
	waiter->swept_ns = clock_now_ns();
	waiter->sweep_ns = waiter->swept_ns - now_ns;
	return result;
}

static bool sweep_is_due(const struct waiter *waiter, uint64_t now_ns)
{
	uint64_t pause_ns = waiter->sweep_ns * SWEEP_SHARE;
	return now_ns - waiter->swept_ns > (pause_ns > SWEEP_EVERY_NS ? pause_ns : SWEEP_EVERY_NS);
}

static void polling_paid(struct waiter *waiter)
{
	waiter->budget_ns = BUDGET_MAX_NS;
	waiter->patience = PATIENCE_MIN;
}

static void polling_failed(struct waiter *waiter)
{
	waiter->budget_ns = waiter->budget_ns / 2 >= BUDGET_MIN_NS ? waiter->budget_ns / 2 : 0;
	waiter->asleep = 0;
	if (waiter->budget_ns == 0 && waiter->patience < PATIENCE_MAX)
		waiter->patience *= 2;
}

/* Polls until something is found or the budget is spent. As pt_wait(). */
static int poll_for_a_while(struct waiter *waiter, siginfo_t *info)
{
	uint64_t start_ns = clock_now_ns(), now_ns = start_ns;
	bool first = true;
	do {
		int result = poll_hot(waiter, info);
		if (result == 0 && sweep_is_due(waiter, now_ns))
			result = sweep(waiter, now_ns, info);
		if (result != 0) {
			if (!first)
				polling_paid(waiter);
			return result;
		}
		first = false;
		now_ns = clock_now_ns();
	} while (now_ns - start_ns < waiter->budget_ns);
	if (waiter->budget_ns)
		polling_failed(waiter);
	return 0;
}

int waiter_next(struct waiter *waiter, siginfo_t *info)
{
	uint64_t now_ns = clock_now_ns();
	if (sweep_is_due(waiter, now_ns)) {
		int result = sweep(waiter, now_ns, info);
		if (result != 0)
			return result;
	}
	if (waiter->budget_ns == 0 && ++waiter->asleep >= waiter->patience)
		waiter->budget_ns = BUDGET_MIN_NS;
	int result = poll_for_a_while(waiter, info);
	if (result != 0)
		return result;
	result = pt_wait(0, true, info);
	waiter->swept_ns = clock_now_ns();
	return result;
}
