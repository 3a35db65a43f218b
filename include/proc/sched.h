/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scheduler's records of a thread: /proc/TID/schedstat and, on kernels with SCHED_DEBUG,
 * /proc/TID/sched. Any thread.
 */
#ifndef STOP_PROC_SCHED_H
#define STOP_PROC_SCHED_H

#include <stdint.h>
#include <sys/types.h>

/* CPU time of thread TID in nanoseconds. UINT64_MAX if it cannot be read. */
uint64_t proc_cpu_ns(pid_t tid);

/* /proc/TID/schedstat, all since the thread began. */
struct proc_schedstat {
	uint64_t cpu_ns;    /* on a CPU */
	uint64_t queued_ns; /* waiting for one */
	uint64_t runs;      /* number of times that it got one */
};

/*
 * Reads the file of thread TID of process TGID. Returns 0 or -errno: -ENODATA if the kernel does
 * not keep these numbers.
 */
int proc_schedstat(pid_t tgid, pid_t tid, struct proc_schedstat *stat);

/* Parses TEXT of that file into *STAT. Returns as above. Pure. */
int proc_schedstat_parse(const char *text, struct proc_schedstat *stat);

/*
 * When thread TID last left its CPU, or was last updated by the scheduler there: ns of that CPU's
 * clock. 0 if the kernel does not provide it.
 */
uint64_t proc_left_cpu_ns(pid_t tid);

/* Parses that time from TEXT of /proc/TID/sched. Pure. */
uint64_t proc_sched_parse(const char *text);

#endif
