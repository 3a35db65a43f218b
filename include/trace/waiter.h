/*
 * Waiting for the next report, so that it costs the target little.
 *
 * A tracer that sleeps has to be woken, mostly on another CPU: that is more than half of what a
 * traced call costs. So the waiter polls for a while after each stop, if polling has paid off
 * lately, and sleeps otherwise. Threads that were just let go from a syscall stop ("hot") are
 * polled by their number, which is direct; a wait for any tracee walks the kernel's list of all of
 * them, so it is done only every so often.
 *
 * Tracer thread only.
 */
#ifndef STOP_TRACE_WAITER_H
#define STOP_TRACE_WAITER_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#define WAITER_HOT 16 /* tasks that are polled by number */

struct waiter {
	struct {
		pid_t tid;
		unsigned int misses; /* polls in a row that found nothing */
	} hot[WAITER_HOT];
	unsigned int hot_count;
	unsigned int turn;     /* where the next round of polls begins */
	uint64_t budget_ns;    /* how long to poll before sleeping; 0: sleep at once */
	unsigned int asleep;   /* sleeps in a row without trying to poll */
	unsigned int patience; /* so many of them before polling is tried again */
	uint64_t sweep_ns;     /* what a wait for any tracee costs */
	uint64_t swept_ns;     /* when one was last done */
};

void waiter_init(struct waiter *waiter);

/*
 * Waits for the next report, which stays unconsumed. Returns 1 with *INFO filled in, 0 where a
 * signal came instead, -ECHILD where no tracee is left.
 */
int waiter_next(struct waiter *waiter, siginfo_t *info);

/* TID was let go and will probably report soon. */
void waiter_expect(struct waiter *waiter, pid_t tid);

#endif
