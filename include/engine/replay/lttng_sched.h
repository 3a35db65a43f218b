/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the time of calls went, by what a kernel trace says of the scheduler: a call begins and
 * ends on a CPU, and in between its thread
 *
 *     sched_switch from it, as it waits for something     is blocked,
 *     sched_wakeup, sched_waking of it                    waits for a CPU,
 *     sched_switch from it, as another is to run          waits for a CPU,
 *     sched_switch to it                                  is on one.
 *
 * Nothing is known of calls in which events were discarded, nor in traces without switches and
 * wake-ups. One owner at a time.
 */
#ifndef STOP_ENGINE_REPLAY_LTTNG_SCHED_H
#define STOP_ENGINE_REPLAY_LTTNG_SCHED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/tally.h"

struct lttng_sched;

/* Freed with lttng_sched_free(), which accepts NULL. */
struct lttng_sched *lttng_sched_new(void);
void lttng_sched_free(struct lttng_sched *sched);

/*
 * At NOW_NS a CPU leaves thread FROM, which IS_RUNNABLE or waits for something, for thread TO; 0:
 * it is idle.
 */
void lttng_sched_switch(
	struct lttng_sched *sched, pid_t from, bool is_runnable, pid_t to, uint64_t now_ns);

/* TID can run again. Returns whether it was blocked in a call, as far as is known. */
bool lttng_sched_wake(struct lttng_sched *sched, pid_t tid, uint64_t now_ns);

/* Events are missing here. */
void lttng_sched_lose(struct lttng_sched *sched);

/* TID makes a call; it has ended. The latter returns whether *SPLIT is known, of one call. */
void lttng_sched_begin(struct lttng_sched *sched, pid_t tid, uint64_t now_ns);
bool lttng_sched_end(struct lttng_sched *sched, pid_t tid, uint64_t now_ns, struct split *split);

/* There is no thread TID any more. */
void lttng_sched_forget(struct lttng_sched *sched, pid_t tid);

#endif
