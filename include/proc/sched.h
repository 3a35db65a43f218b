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

/*
 * When thread TID last left its CPU, or was last updated by the scheduler there: ns of that CPU's
 * clock. 0 if the kernel does not provide it.
 */
uint64_t proc_left_cpu_ns(pid_t tid);

/* Parses that time from TEXT of /proc/TID/sched. Pure. */
uint64_t proc_sched_parse(const char *text);

#endif
