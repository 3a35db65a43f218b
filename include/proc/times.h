/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much CPU time a thread has used so far: the files `stat` and `schedstat` of /proc together,
 * also those of a zombie. Any thread.
 */
#ifndef STOP_PROC_TIMES_H
#define STOP_PROC_TIMES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proc/stat.h"

struct proc_times {
	bool is_exact;      /* from the scheduler's records; otherwise only clock ticks are known */
	uint64_t cpu_ns;    /* CPU time */
	uint64_t user_ns;   /* the same in clock ticks: in user mode, and in the kernel */
	uint64_t system_ns; /* likewise */
	uint64_t queued_ns; /* time that it has waited for a CPU, if is_exact */
	uint64_t runs;      /* number of times that it got one, if is_exact */
};

/* Reads the times of thread TID of process TGID. Returns 0 or -errno. */
int proc_times(pid_t tgid, pid_t tid, struct proc_times *times);

/* The same if STAT has just been read. */
struct proc_times proc_times_of(pid_t tgid, pid_t tid, const struct proc_stat *stat);

#endif
