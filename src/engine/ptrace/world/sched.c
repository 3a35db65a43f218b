/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real scheduler; see engine/ptrace/world/sched.h. */
#include "config.h"

#include "engine/ptrace/world/sched.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "engine/ptrace/world/kernel.h"
#include "proc/sched.h"
#include "proc/system.h"

#define NICE_MIN (-20)

/*
 * Trying it directly would mean waiting at SCHED_IDLE for a CPU, with a busy CPU for a second, and
 * nobody to end that. It requires the right to lower the nice value (sched(7), the kernel's
 * user_check_sched_setscheduler()), which can be tried safely.
 */
static bool can_leave_idle(struct world *world)
{
	(void)world;
	errno = 0;
	int nice = getpriority(PRIO_PROCESS, 0);
	if (errno || sched_getscheduler(0) != SCHED_OTHER || nice <= NICE_MIN ||
		setpriority(PRIO_PROCESS, 0, nice - 1) < 0)
		return false;
	return setpriority(PRIO_PROCESS, 0, nice) == 0;
}

static bool set_idle(struct world *world, pid_t tid, bool idle)
{
	const struct sched_param param = {0};
	(void)world;
	/* The user may have given us another one. */
	if (!idle && sched_getscheduler(tid) != SCHED_IDLE)
		return true;
	return sched_setscheduler(tid, idle ? SCHED_IDLE : SCHED_OTHER, &param) == 0;
}

static bool get_cpus(struct world *world, cpu_set_t *cpus)
{
	(void)world;
	return sched_getaffinity(0, sizeof(*cpus), cpus) == 0;
}

static bool set_cpus(struct world *world, pid_t tid, const cpu_set_t *cpus)
{
	(void)world;
	return sched_setaffinity(tid, sizeof(*cpus), cpus) == 0;
}

static unsigned int online_cpus(struct world *world)
{
	(void)world;
	return (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
}

static uint64_t queued_ns(struct world *world)
{
	struct proc_schedstat stat;
	pid_t tid = (pid_t)syscall(SYS_gettid);
	(void)world;
	return proc_schedstat(tid, tid, &stat) == 0 ? stat.queued_ns : 0;
}

/* The load. */

static int open_load(struct world *world)
{
	(void)world;
	return proc_load_open();
}

static int runnable(struct world *world, int load)
{
	(void)world;
	return proc_runnable(load);
}

static void close_load(struct world *world, int load)
{
	(void)world;
	if (load >= 0)
		close(load);
}

/* The watchdog. */

static void *run_watchdog(void *argument)
{
	struct watchdog *watchdog = argument;
	uint64_t times;
	atomic_store_explicit(&watchdog->tid, (pid_t)syscall(SYS_gettid), memory_order_relaxed);
	pthread_setname_np(pthread_self(), "stop-watchdog");
	while (!atomic_load_explicit(&watchdog->ends, memory_order_acquire)) {
		if (read(watchdog->timer, &times, sizeof(times)) == sizeof(times))
			watchdog->expired(watchdog->argument);
	}
	return NULL;
}

static void set_watchdog(struct world *world, struct watchdog *watchdog, uint64_t span_ns)
{
	const struct itimerspec when = {.it_value = {.tv_nsec = (long)span_ns}};
	(void)world;
	timerfd_settime(watchdog->timer, 0, &when, NULL);
}

static bool start_watchdog(struct world *world, struct watchdog *watchdog)
{
	(void)world;
	atomic_store_explicit(&watchdog->ends, false, memory_order_relaxed);
	atomic_store_explicit(&watchdog->tid, 0, memory_order_relaxed);
	watchdog->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (watchdog->timer < 0)
		return false;
	if (pthread_create(&watchdog->thread, NULL, run_watchdog, watchdog) == 0)
		return true;
	close(watchdog->timer);
	return false;
}

static void end_watchdog(struct world *world, struct watchdog *watchdog)
{
	atomic_store_explicit(&watchdog->ends, true, memory_order_release);
	set_watchdog(world, watchdog, 1);
}

static bool has_watchdog_ended(struct world *world, const struct watchdog *watchdog)
{
	pid_t tid = atomic_load_explicit(&watchdog->tid, memory_order_relaxed);
	(void)world;
	return tid && syscall(SYS_tgkill, (pid_t)syscall(SYS_getpid), tid, 0) < 0 && errno == ESRCH;
}

static void join_watchdog(struct world *world, struct watchdog *watchdog)
{
	(void)world;
	pthread_join(watchdog->thread, NULL);
	close(watchdog->timer);
}

const struct world_sched kernel_sched = {
	.can_leave_idle = can_leave_idle,
	.set_idle = set_idle,
	.get_cpus = get_cpus,
	.set_cpus = set_cpus,
	.online_cpus = online_cpus,
	.queued_ns = queued_ns,
	.open_load = open_load,
	.runnable = runnable,
	.close_load = close_load,
	.start_watchdog = start_watchdog,
	.set_watchdog = set_watchdog,
	.end_watchdog = end_watchdog,
	.has_watchdog_ended = has_watchdog_ended,
	.join_watchdog = join_watchdog,
};
