/*
 * Colocation: the tracer runs on the CPU of a busy tracee, below its priority.
 *
 * Most of what a stop costs is waking: the tracer on another CPU, and then the tracee again, on a
 * CPU that has gone idle meanwhile. Where both take turns on one CPU, each wakes the other by a
 * mere switch of tasks, which is several times cheaper. The target's affinity is not ours to
 * change, and with another CPU idle the scheduler moves a woken task there. But to it a CPU on
 * which only SCHED_IDLE tasks run is as good as idle (sched_idle_cpu(), select_idle_sibling()): so
 * a tracee that is woken by a tracer of that policy, on the CPU where it was, stays on it.
 *
 *     off ─── reports in quick succession ───────▶ on: SCHED_IDLE, on the busy thread's CPU
 *      ▲                                             │
 *      ├─── few reports ─────────────────────────────┤
 *      └─── ended by the watchdog: starved or idle ──┘
 *
 * Where a few threads are busy, those on that CPU are served sooner, and the others as before. Of
 * many, the others would get too little: then there is no colocation.
 *
 * A task of that policy starves where others want its CPU, and the target would wait for it. So a
 * thread of ordinary priority, the watchdog, gives it back the policy and the CPUs that it had,
 * once it has had no report for some milliseconds. Where it was starved, the next colocation has to
 * wait, longer each time.
 *
 * SCHED_IDLE can be left again only with CAP_SYS_NICE or by RLIMIT_NICE (sched(7)): without these
 * there is no colocation.
 *
 * All functions are for the thread that called colocation_new().
 */
#ifndef STOP_ENGINE_PTRACE_WAIT_COLOCATION_H
#define STOP_ENGINE_PTRACE_WAIT_COLOCATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct colocation;
struct world;

/* Makes a colocation, off, of the calling thread. NULL where there can be none. */
struct colocation *colocation_new(struct world *world);

/* Ends it and its watchdog. NULL is fine. */
void colocation_free(struct colocation *colocation);

/*
 * TID has reported, and was resumed; BUSY_THREADS, with it, are likely to report soon. Turns
 * colocation on and off, and follows the target from one CPU to another. NULL is fine: never on.
 */
void colocation_report(struct colocation *colocation, pid_t tid, size_t busy_threads);

/* Whether it is on: there is no need to poll then, as sleeping is cheap. */
bool colocation_is_on(const struct colocation *colocation);

/* Turns it off, until colocation_report() turns it on again. NULL is fine. */
void colocation_end(struct colocation *colocation);

#endif
