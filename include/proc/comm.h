/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The name of a task, as in /proc/TID/comm: any bytes except NUL; must be escaped for display. Any
 * thread.
 */
#ifndef STOP_PROC_COMM_H
#define STOP_PROC_COMM_H

#include <sys/types.h>

/* Its size, including the final NUL (the kernel's TASK_COMM_LEN). */
#define TASK_COMM_SIZE 16

/* Reads the name of thread TID into COMM. Returns 0, or -errno and leaves COMM unchanged. */
int proc_comm(pid_t tid, char comm[TASK_COMM_SIZE]);

#endif
