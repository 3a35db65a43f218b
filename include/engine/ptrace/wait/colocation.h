/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Colocation: the tracer runs on the CPU of a busy tracee, below its priority.
 *
 * Most of the cost of a stop is waking up: the tracer on another CPU, and then the tracee, on a CPU
 * that has gone idle meanwhile. If both take turns on one CPU, a wakeup is only a context switch,
 * which is several times cheaper. We must not change the target's affinity, and if another CPU is
 * idle, the scheduler moves a woken task there. But it treats a CPU that runs only SCHED_IDLE tasks
 * as idle (sched_idle_cpu(), select_idle_sibling()): so a tracee woken by a tracer with that
 * policy, on its previous CPU, stays there.
 *
 *     off ─── reports in quick succession ───────▶ on: SCHED_IDLE, on the busy thread's CPU
 *      ▲                                             │
 *      ├─── few reports ─────────────────────────────┤
 *      └─── ended by the watchdog: starved or idle ──┘
 *
 * If a few threads are busy, those on that CPU are served sooner, and the others as before. If many
 * are, the others would get too little: then there is no colocation.
 *
 * A task with that policy starves if others want its CPU, and the target would wait for it. So a
 * thread of normal priority, the watchdog, restores its policy and CPUs when it has had no report
 * for some milliseconds. If it was starved, the next colocation is delayed, longer each time.
 *
 * A CPU on which the caller of colocation_new() may not run, because of taskset(1) or a cpuset, is
 * never used.
 *
 * Leaving SCHED_IDLE requires CAP_SYS_NICE or RLIMIT_NICE (sched(7)): without these there is no
 * colocation.
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

/* A colocation of the calling thread, initially off. NULL if it is not possible. */
struct colocation *colocation_new(struct world *world);

/* Turns it off for good, and makes its watchdog end, without waiting for that; NULL is allowed. */
void colocation_dismiss(struct colocation *colocation);

/*
 * Whether its watchdog has ended, after that; NULL: yes. It may get no CPU for long, and must not
 * be killed, as it may hold a lock of the C library, which our process shares.
 */
bool colocation_is_over(const struct colocation *colocation);

/* Frees it, and waits for its watchdog; NULL is allowed. */
void colocation_free(struct colocation *colocation);

/*
 * Call this after TID has reported and was resumed; BUSY_THREADS, including it, are likely to
 * report soon. Turns colocation on and off, and follows the target to other CPUs. NULL is allowed:
 * never on.
 */
void colocation_report(struct colocation *colocation, pid_t tid, size_t busy_threads);

/* Whether it is on: then polling is not needed, because sleeping is cheap. */
bool colocation_is_on(const struct colocation *colocation);

/* Turns it off, until colocation_report() turns it on again; NULL is allowed. */
void colocation_end(struct colocation *colocation);

#endif
