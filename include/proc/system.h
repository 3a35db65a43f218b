/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole machine: kernel settings (/proc/sys) and load. Any thread.
 */
#ifndef STOP_PROC_SYSTEM_H
#define STOP_PROC_SYSTEM_H

/* The root directory of process 1, which is the host's where its PIDs are shared. */
#define PROC_INIT_ROOT "/proc/1/root"

/* The number in setting NAME, such as "kernel/yama/ptrace_scope"; -errno if it cannot be read. */
int proc_setting(const char *name);

/* A descriptor for proc_runnable(), which the caller closes; or -errno. */
int proc_load_open(void);

/*
 * The number of tasks that are running or runnable; 0 if it cannot be read. LOAD_FD is from
 * proc_load_open(), and may be negative.
 */
int proc_runnable(int load_fd);

#endif
