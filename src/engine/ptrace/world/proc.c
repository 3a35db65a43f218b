/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real /proc, as read by src/proc; see engine/ptrace/world/proc.h. */
#include "config.h"

#include "engine/ptrace/world/proc.h"

#include "engine/ptrace/world/kernel.h"
#include "proc/sched.h"
#include "proc/stat.h"

static int status(struct world *world, pid_t tid, struct proc_status *status)
{
	(void)world;
	return proc_status(tid, status);
}

static int comm(struct world *world, pid_t tid, char comm[TASK_COMM_SIZE])
{
	(void)world;
	return proc_comm(tid, comm);
}

static char state(struct world *world, pid_t tid)
{
	(void)world;
	return proc_state(tid);
}

static int cpu(struct world *world, pid_t tid)
{
	(void)world;
	return proc_cpu(tid);
}

static uint64_t cpu_ns(struct world *world, pid_t tid)
{
	(void)world;
	return proc_cpu_ns(tid);
}

static int times(struct world *world, pid_t tgid, pid_t tid, struct proc_times *times)
{
	(void)world;
	return proc_times(tgid, tid, times);
}

static uint64_t sleeps(struct world *world, pid_t tid)
{
	(void)world;
	return proc_sleeps(tid);
}

static bool is_thread_of(struct world *world, pid_t tid, pid_t tgid)
{
	(void)world;
	return proc_is_thread_of(tid, tgid);
}

static bool is_worker(struct world *world, pid_t tgid, pid_t tid)
{
	(void)world;
	return proc_is_worker(tgid, tid);
}

static bool is_32bit(struct world *world, pid_t tgid)
{
	(void)world;
	return proc_is_32bit(tgid);
}

static int threads(
	struct world *world, pid_t tgid, struct tid_list *list, const struct proc_break *breaks)
{
	(void)world;
	return proc_threads(tgid, list, breaks);
}

static int children(struct world *world, struct tid_list *list, bool *incomplete,
	const struct proc_break *breaks)
{
	(void)world;
	return proc_children(list, incomplete, breaks);
}

static int waits(struct world *world, pid_t tgid, pid_t tid, struct proc_wait *wait)
{
	(void)world;
	return proc_waits(tgid, tid, wait);
}

static bool waits_for_server(struct world *world, pid_t tgid, pid_t tid)
{
	(void)world;
	return proc_waits_for_server(tgid, tid);
}

static bool is_woken(struct world *world, pid_t tgid, pid_t tid)
{
	(void)world;
	return proc_is_woken(tgid, tid);
}

static uint64_t asleep_since(struct world *world, struct sleep_clock *clock, pid_t tid)
{
	(void)world;
	return sleep_clock_since(clock, tid);
}

static int program(struct world *world, pid_t tid, struct proc_program *program)
{
	(void)world;
	return proc_program(tid, program);
}

const struct world_proc kernel_proc = {
	.status = status,
	.comm = comm,
	.state = state,
	.cpu = cpu,
	.cpu_ns = cpu_ns,
	.times = times,
	.sleeps = sleeps,
	.is_thread_of = is_thread_of,
	.is_worker = is_worker,
	.is_32bit = is_32bit,
	.threads = threads,
	.children = children,
	.waits = waits,
	.waits_for_server = waits_for_server,
	.is_woken = is_woken,
	.asleep_since = asleep_since,
	.program = program,
};
