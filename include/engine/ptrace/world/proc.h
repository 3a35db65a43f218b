/*
 * What /proc says of a task; a part of world/world.h. Answers are as of some moment during the
 * call, and each function copes with a task that is gone or hidden. Any thread.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_PROC_H
#define STOP_ENGINE_PTRACE_WORLD_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proc/comm.h"
#include "proc/program.h"
#include "proc/sleep_clock.h"
#include "proc/status.h"
#include "proc/tasks.h"
#include "proc/wait.h"

struct world;

struct world_proc {
	/* Who TID is. 0, -ENOENT or -ESRCH where there is no such task, or -errno. */
	int (*status)(struct world *world, pid_t tid, struct proc_status *status);

	/* The name of thread TID, into COMM, which is left alone on failure. 0 or -errno. */
	int (*comm)(struct world *world, pid_t tid, char comm[TASK_COMM_SIZE]);

	/* The state of thread TID, as `state` of struct proc_status; '\0' where unknown. */
	char (*state)(struct world *world, pid_t tid);

	/* The CPU that thread TID runs on or has run on last; -1 where unknown. */
	int (*cpu)(struct world *world, pid_t tid);

	/* How long thread TID has run, in ns; UINT64_MAX where unknown. */
	uint64_t (*cpu_ns)(struct world *world, pid_t tid);

	/* How often thread TID has left its CPU to wait; 0 where unknown. */
	uint64_t (*sleeps)(struct world *world, pid_t tid);

	/* Whether TID is a thread of process TGID. */
	bool (*is_thread_of)(struct world *world, pid_t tid, pid_t tgid);

	/* Whether process TGID runs a 32-bit program; false where unknown. */
	bool (*is_32bit)(struct world *world, pid_t tgid);

	/*
	 * Adds the threads of process TGID to LIST. 0; 1 where some may be missing, as others ended
	 * meanwhile; or -errno.
	 */
	int (*threads)(struct world *world, pid_t tgid, struct tid_list *list);

	/*
	 * Adds the processes whose parent is in LIST, or has just been added, in one walk over all:
	 * a child with a lower number than its parent is found by the next walk. Returns how many
	 * were added, or -errno. *INCOMPLETE: some ended before they could be read, and may have
	 * had children.
	 */
	int (*children)(struct world *world, struct tid_list *list, bool *incomplete);

	/*
	 * The call that thread TID of process TGID waits in, into *WAIT. 1; 0 where it waits in
	 * none; or -errno.
	 */
	int (*waits)(struct world *world, pid_t tgid, pid_t tid, struct proc_wait *wait);

	/* Whether thread TID of process TGID waits for the server of a file system. */
	bool (*waits_for_server)(struct world *world, pid_t tgid, pid_t tid);

	/*
	 * The last moment at which the sleep that thread TID is in can have begun; 0 where unknown.
	 * The tracer's, while it is not colocated: it may have to go to another CPU for a moment.
	 */
	uint64_t (*asleep_since)(struct world *world, struct sleep_clock *clock, pid_t tid);

	/* The file of the program that TID runs, into *PROGRAM. 0 or -errno. */
	int (*program)(struct world *world, pid_t tid, struct proc_program *program);
};

#endif
