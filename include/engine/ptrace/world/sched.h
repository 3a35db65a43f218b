/*
 * The scheduler: the tracer's policy and CPUs, the load of the machine, and a watchdog thread for
 * while the tracer may get no CPU; a part of world/world.h. Functions without a note on threads are
 * for the tracer alone.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_SCHED_H
#define STOP_ENGINE_PTRACE_WORLD_SCHED_H

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct world;

/* A thread of ordinary priority that is woken by a timer. */
struct watchdog {
	/* The owner's to set. */
	void (*expired)(void *argument); /* called in the watchdog's thread */
	void *argument;

	/* The world's. */
	int timer;
	pthread_t thread;
	_Atomic bool ends;
};

struct world_sched {
	/* Whether the calling thread, now at SCHED_OTHER, could leave SCHED_IDLE again. */
	bool (*can_leave_idle)(struct world *world);

	/* Gives thread TID (0: the calling one) SCHED_IDLE or SCHED_OTHER. False: refused. The
	 * tracer and the watchdog. */
	bool (*set_idle)(struct world *world, pid_t tid, bool idle);

	/* The CPUs on which the calling thread may run. False: unknown. */
	bool (*get_cpus)(struct world *world, cpu_set_t *cpus);

	/* Restricts thread TID (0: the calling one) to CPUS. False: refused. The tracer and the
	 * watchdog. */
	bool (*set_cpus)(struct world *world, pid_t tid, const cpu_set_t *cpus);

	/* CPUs of the machine that are in use. Any thread. */
	unsigned int (*online_cpus)(struct world *world);

	/* A handle for runnable(); negative: the load is unknown. */
	int (*open_load)(struct world *world);

	/* Number of tasks on the whole machine that run or want to; 0: unknown. */
	int (*runnable)(struct world *world, int load);

	void (*close_load)(struct world *world, int load);

	/* Starts WATCHDOG. False where that is not possible. */
	bool (*start_watchdog)(struct world *world, struct watchdog *watchdog);

	/* Has WATCHDOG expire once, SPAN_NS from now (below a second), instead of when it was set
	 * to. */
	void (*set_watchdog)(struct world *world, struct watchdog *watchdog, uint64_t span_ns);

	/* Ends WATCHDOG, and waits for that. */
	void (*stop_watchdog)(struct world *world, struct watchdog *watchdog);
};

#endif
