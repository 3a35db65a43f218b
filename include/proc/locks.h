/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File locks: /proc/locks. Any thread.
 */
#ifndef STOP_PROC_LOCKS_H
#define STOP_PROC_LOCKS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The holder of a lock whose owner the kernel does not name: that of an open file. */
#define PROC_LOCK_OF_FILE (-1)

/*
 * The process that holds the lock that process PID is waiting for; PROC_LOCK_OF_FILE; 0 if PID is
 * not waiting for a lock, or if that cannot be read. PID may be PROC_LOCK_OF_FILE: who waits for
 * such a lock is not named either. INODE is that of the file; 0: any, the first.
 */
pid_t proc_lock_holder(pid_t pid, uint64_t inode);

/* The search for it, line by line of the file. */
struct proc_lock_search {
	pid_t pid;
	uint64_t inode;
	pid_t holder; /* of the lock that the next lines are about */
	bool found;
};

/* Takes LINE. Returns false if the search is over: HOLDER has been found. Pure. */
bool proc_locks_parse(const char *line, struct proc_lock_search *search);

#endif
