/*
 * Locks on files: /proc/locks. Any thread.
 */
#ifndef STOP_PROC_LOCKS_H
#define STOP_PROC_LOCKS_H

#include <sys/types.h>

/*
 * Which process holds the lock that process PID waits for; -1 where the kernel names none; 0 where
 * PID waits for no lock, or that cannot be read.
 */
pid_t proc_lock_holder(pid_t pid);

/* The same by TEXT of the file. Pure. */
pid_t proc_locks_parse(const char *text, pid_t pid);

#endif
