/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /proc/TID/status: what a task is, who its relatives are, as whom it runs. Any thread.
 */
#ifndef STOP_PROC_STATUS_H
#define STOP_PROC_STATUS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proc/comm.h"

struct proc_status {
	char comm[TASK_COMM_SIZE]; /* with the kernel's escapes undone */
	char state;                /* 'R', 'S', 'D', 'T', 't', 'Z', 'X' … */
	pid_t tgid, parent, tracer;
	uid_t uid[4];          /* real, effective, saved, file system */
	gid_t gid;             /* effective */
	uint64_t capabilities; /* permitted (CapPrm), one bit each */
	pid_t ns_tid;          /* its tid in its innermost PID namespace; 0: that is ours */
	uint64_t sleeps;       /* voluntary context switches */
	uint64_t preemptions;  /* involuntary context switches */
	uint64_t blocked,
		pending; /* signals: bit N is signal N + 1; pending: also to its process */
	uint64_t ignored, handled; /* by its process */
	unsigned int filters;      /* seccomp filters; 1 if the kernel does not tell how many */
};

/* Reads /proc/TID/status. Returns 0, -ENOENT or -ESRCH if there is no such task, or -errno. */
int proc_status(pid_t tid, struct proc_status *status);

/* Parses TEXT of that file into *STATUS. Returns whether it is valid. Pure. */
bool proc_status_parse(const char *text, struct proc_status *status);

/*
 * Number of context switches of thread TID, voluntary or not: while it stays the same, a waiting
 * thread is in the same wait. 0 if it cannot be read.
 */
uint64_t proc_switches(pid_t tid);

/* Number of voluntary context switches of thread TID. 0 if it cannot be read. */
uint64_t proc_sleeps(pid_t tid);

/* Whether there is a thread TID, also where /proc hides it, is another PID namespace's, or is not
 * mounted. A zombie is one. */
bool proc_exists(pid_t tid);

#endif
