/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File locks: /proc/locks. Any thread.
 */
#ifndef STOP_PROC_LOCKS_H
#define STOP_PROC_LOCKS_H

#include <sys/types.h>

/*
 * The process that holds the lock that process PID is waiting for; -1 if the kernel does not name
 * it; 0 if PID is not waiting for a lock, or if that cannot be read.
 */
pid_t proc_lock_holder(pid_t pid);

/* The same from TEXT of the file. Pure. */
pid_t proc_locks_parse(const char *text, pid_t pid);

#endif
