/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/TGID/task/TID/stat: what one thread is doing (/proc/TID/stat sums up all threads of the
 * process). Any thread.
 */
#ifndef STOP_PROC_STAT_H
#define STOP_PROC_STAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proc/comm.h"

struct proc_stat {
	char comm[TASK_COMM_SIZE]; /* of the thread */
	char state;                /* as in struct proc_status */
	pid_t parent;              /* of its process */
	unsigned int flags;        /* PF_* of the kernel */
	uint64_t user_ns;          /* CPU time so far in user mode, in ticks of 10 ms */
	uint64_t system_ns;        /* and in the kernel */
	unsigned int threads;      /* of its process, including a leader that has exited */
	unsigned int blocked;      /* of the first 31 signals: bit 0 is signal 1 */
	int cpu;                   /* the CPU that it runs on or last ran on */
};

/* Reads the file of thread TID of process TGID; TID may stand for its process. 0 or -errno. */
int proc_stat(pid_t tgid, pid_t tid, struct proc_stat *stat);

/* Parses TEXT of that file into *STAT. Returns whether it is valid. Pure. */
bool proc_stat_parse(const char *text, struct proc_stat *stat);

/* Whether TID is a kernel thread. */
bool proc_is_kernel_thread(pid_t tid);

/*
 * Whether STAT is that of a kernel worker in a user process, as io_uring (iou-wrk, iou-sqp) and
 * vhost have them: a thread of the process that never runs user code and makes no calls. Pure.
 */
bool proc_stat_is_worker(const struct proc_stat *stat);

/* Whether thread TID of process TGID is such a worker; false if that cannot be read. */
bool proc_is_worker(pid_t tgid, pid_t tid);

/* The CPU that thread TID runs on or last ran on; -1 if it cannot be read. */
int proc_cpu(pid_t tid);

/* The state of a thread that cannot be read now, for want of memory or descriptors. */
#define PROC_STATE_LATER '?'

/*
 * The state of thread TID; PROC_STATE_LATER; or '\0' if it cannot be read: there is no such thread,
 * it is hidden, or there is no /proc.
 */
char proc_state(pid_t tid);

#endif
