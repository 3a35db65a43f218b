/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scheduler: the tracer's policy and CPUs, the load of the machine, and a watchdog thread for
 * times in which the tracer may get no CPU; part of world/world.h. Tracer only, unless noted
 * otherwise.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_SCHED_H
#define STOP_ENGINE_PTRACE_WORLD_SCHED_H

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct world;

/* A thread of normal priority that is woken by a timer. */
struct watchdog {
	/* Set by the owner. */
	void (*expired)(void *argument); /* called in the watchdog's thread */
	void *argument;

	/* Used by the world. */
	int timer;
	pthread_t thread;
	_Atomic pid_t tid; /* its own, once it has run */
	_Atomic bool ends;
};

struct world_sched {
	/* Whether the calling thread, now SCHED_OTHER, could leave SCHED_IDLE again. */
	bool (*can_leave_idle)(struct world *world);

	/* Sets the policy of thread TID (0: the caller) to SCHED_IDLE or SCHED_OTHER. False: not
	 * permitted. Any thread. */
	bool (*set_idle)(struct world *world, pid_t tid, bool idle);

	/* The CPUs on which the calling thread may run. False: unknown. */
	bool (*get_cpus)(struct world *world, cpu_set_t *cpus);

	/* Restricts thread TID (0: the caller) to CPUS. False: not permitted. Tracer and watchdog.
	 */
	bool (*set_cpus)(struct world *world, pid_t tid, const cpu_set_t *cpus);

	/* Number of online CPUs. Any thread. */
	unsigned int (*online_cpus)(struct world *world);

	/* How long the calling thread has been runnable without a CPU so far; 0: unknown. */
	uint64_t (*queued_ns)(struct world *world);

	/* Returns a handle for runnable(); negative: the load is not available. */
	int (*open_load)(struct world *world);

	/* Number of runnable tasks on the machine; 0: unknown. */
	int (*runnable)(struct world *world, int load);

	void (*close_load)(struct world *world, int load);

	/* Starts WATCHDOG. False if that is not possible. */
	bool (*start_watchdog)(struct world *world, struct watchdog *watchdog);

	/* Sets WATCHDOG to expire once, SPAN_NS (less than a second) from now, replacing the
	 * previous time. */
	void (*set_watchdog)(struct world *world, struct watchdog *watchdog, uint64_t span_ns);

	/* Makes WATCHDOG end, without waiting for that: it may get no CPU for long. */
	void (*end_watchdog)(struct world *world, struct watchdog *watchdog);

	/* Whether it has; takes no lock of the C library. */
	bool (*has_watchdog_ended)(struct world *world, const struct watchdog *watchdog);

	/* Waits for that, and frees WATCHDOG. */
	void (*join_watchdog)(struct world *world, struct watchdog *watchdog);
};

#endif
