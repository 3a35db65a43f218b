/*
 * What the kernel says of the whole machine: settings (/proc/sys) and load. Any thread.
 */
#ifndef STOP_PROC_SYSTEM_H
#define STOP_PROC_SYSTEM_H

/* The number in setting NAME, such as "kernel/yama/ptrace_scope"; -errno if it cannot be read. */
int proc_setting(const char *name);

/* A descriptor for proc_runnable(), the caller's to close; or -errno. */
int proc_load_open(void);

/*
 * How many tasks of the machine run or are ready to, by LOAD_FD, which may be negative. 0 where
 * that cannot be read.
 */
int proc_runnable(int load_fd);

#endif
