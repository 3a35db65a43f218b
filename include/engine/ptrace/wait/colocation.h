/*
 * Riding: the tracer below its tracees in rank, and on the CPU of one that is busy.
 *
 * What a stop costs is mostly waking: the tracer on another CPU, and then the tracee again, on a
 * CPU that has gone to sleep meanwhile. Where both take turns on one CPU there is nobody to wake
 * but by a switch of tasks, several times cheaper than that. The target's affinity is not ours to
 * change, and with another CPU idle the scheduler moves a woken task there. But a CPU on which only
 * SCHED_IDLE tasks run is as good as idle to it (sched_idle_cpu(), select_idle_sibling()): so a
 * tracee that is woken by a tracer of that policy, on the CPU where it was, stays on it.
 *
 *     off ─── reports, quickly ───────────────▶ on: SCHED_IDLE, where the busy thread is
 *      ▲                                          │
 *      ├─── seldom a report ──────────────────────┤
 *      └─── ended by the guard: hungry, or idle ──┘
 *
 * Where a few threads are busy, those on that CPU are served the sooner, and the others as before.
 * Of many, the others would get too little: then there is no colocation.
 *
 * A task of that policy is hungry where others want its CPU, and the target would wait for it. So a
 * thread of ordinary rank, the guard, takes it back to the rank and the CPUs that it had, once it
 * has had no report for some milliseconds. Where it was hungry it has to wait before the next
 * colocation, for longer each time.
 *
 * SCHED_IDLE can be left again only with CAP_SYS_NICE or by RLIMIT_NICE (sched(7)): without, there
 * are no rides.
 */
#ifndef STOP_ENGINE_PTRACE_WAIT_COLOCATION_H
#define STOP_ENGINE_PTRACE_WAIT_COLOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct colocation;

/* Makes a colocation, off, of the calling thread, which alone may use it. NULL where there can be
 * none.
 */
struct colocation *colocation_new(void);

/* Ends it and its guard. NULL is fine. */
void colocation_free(struct colocation *colocation);

/*
 * TID has reported, and was let go; COMPANY threads, with it, are likely to report soon. Begins and
 * ends rides, and follows the target from one CPU to another. NULL is fine, and never on.
 */
void colocation_report(struct colocation *colocation, pid_t tid, size_t company);

/* Whether the thread rides: it need not poll then, as sleeping is cheap. */
bool colocation_is_on(const struct colocation *colocation);

/* Ends a colocation, until colocation_report() begins another. */
void colocation_end(struct colocation *colocation);

#endif
