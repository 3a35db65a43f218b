/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What /proc says about a task; part of world/world.h. Results are as of some time during the call,
 * and each function handles tasks that are gone or hidden. Any thread.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_PROC_H
#define STOP_ENGINE_PTRACE_WORLD_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proc/comm.h"
#include "proc/program.h"
#include "proc/sleep_clock.h"
#include "proc/stat.h"
#include "proc/status.h"
#include "proc/tasks.h"
#include "proc/times.h"
#include "proc/wait.h"

struct world;

struct world_proc {
	/* Reads the status of TID. Returns 0, -ENOENT or -ESRCH if there is no such task, or
	 * -errno. */
	int (*status)(struct world *world, pid_t tid, struct proc_status *status);

	/* Reads the name of thread TID into COMM, which is unchanged on failure. Returns 0 or
	 * -errno. */
	int (*comm)(struct world *world, pid_t tid, char comm[TASK_COMM_SIZE]);

	/*
	 * The state of thread TID, as in struct proc_status; PROC_STATE_LATER: it cannot be read
	 * now; '\0': it cannot be read, as there is no such thread, or no /proc.
	 */
	char (*state)(struct world *world, pid_t tid);

	/* The CPU that thread TID runs on or last ran on; -1: unknown. */
	int (*cpu)(struct world *world, pid_t tid);

	/* CPU time of thread TID in ns; UINT64_MAX: unknown. */
	uint64_t (*cpu_ns)(struct world *world, pid_t tid);

	/*
	 * Reads the CPU times of thread TID of process TGID, also if it is a zombie. Returns 0 or
	 * -errno.
	 */
	int (*times)(struct world *world, pid_t tgid, pid_t tid, struct proc_times *times);

	/* Number of voluntary context switches of thread TID; 0: unknown. */
	uint64_t (*sleeps)(struct world *world, pid_t tid);

	/* Whether TID is a thread of process TGID. */
	bool (*is_thread_of)(struct world *world, pid_t tid, pid_t tgid);

	/*
	 * Whether thread TID of process TGID is a kernel worker of io_uring or vhost, which makes
	 * no calls; false if unknown.
	 */
	bool (*is_worker)(struct world *world, pid_t tgid, pid_t tid);

	/* Whether process TGID runs a 32-bit program; false if unknown. */
	bool (*is_32bit)(struct world *world, pid_t tgid);

	/*
	 * Adds the threads of process TGID to LIST, with BREAKS, in which reports can be handled.
	 * Returns 0; 1 if some may be missing because others exited meanwhile; or -errno.
	 */
	int (*threads)(struct world *world, pid_t tgid, struct tid_list *list,
		const struct proc_break *breaks);

	/*
	 * Adds the processes whose parent is in LIST, or has just been added, with BREAKS; it may
	 * miss some that the next call finds. Returns the number added, or -errno. *INCOMPLETE:
	 * some exited before they could be read, and may have had children.
	 */
	int (*children)(struct world *world, struct tid_list *list, bool *incomplete,
		const struct proc_break *breaks);

	/*
	 * Reads the call that thread TID of process TGID is waiting in into *WAIT. Returns 1; 0 if
	 * it is not waiting in a call; or -errno.
	 */
	int (*waits)(struct world *world, pid_t tgid, pid_t tid, struct proc_wait *wait);

	/*
	 * Whether thread TID of process TGID is waiting for the server of a file system or of a
	 * page, or for the supervisor of a seccomp filter.
	 */
	bool (*waits_for_server)(struct world *world, pid_t tgid, pid_t tid);

	/*
	 * Whether thread TID of process TGID, which was seen asleep, is about to look for signals
	 * instead, and has one; false if unknown.
	 */
	bool (*is_woken)(struct world *world, pid_t tgid, pid_t tid);

	/*
	 * The latest time at which the current sleep of thread TID can have begun; 0: unknown.
	 * Tracer only, while it is not colocated: it may have to move to another CPU briefly.
	 */
	uint64_t (*asleep_since)(struct world *world, struct sleep_clock *clock, pid_t tid);

	/* Reads the program file of TID into *PROGRAM. Returns 0 or -errno. */
	int (*program)(struct world *world, pid_t tid, struct proc_program *program);
};

#endif
