/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of tasks: the threads of a process, the children of processes. Any thread.
 */
#ifndef STOP_PROC_TASKS_H
#define STOP_PROC_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A growing list of tids; the zero value is empty. */
struct tid_list {
	pid_t *tid; /* owned */
	size_t count, capacity;
};

void tid_list_add(struct tid_list *list, pid_t tid);
void tid_list_clear(struct tid_list *list);

/* Whether TID is a thread of process TGID. Needs no descriptor and no memory. */
bool proc_is_thread_of(pid_t tid, pid_t tgid);

/*
 * What is done while a list is read, because that can take many milliseconds: taken after every so
 * many tasks. A list is not read at one moment in any case.
 */
struct proc_break {
	void (*take)(void *argument);
	void *argument;
};

/* Maximum number of tasks that are listed, and of tasks that are read, between two breaks. */
#define PROC_BREAK_LISTED 128
#define PROC_BREAK_READ   8

/*
 * Adds the threads of process TGID to LIST, with breaks (NULL: none). Returns 0 if the list is
 * complete, -errno, or 1 if it may not be: the kernel's iteration ends early or skips threads if
 * the current one dies (next_tid() and first_tid() in fs/proc/base.c).
 */
int proc_threads(pid_t tgid, struct tid_list *list, const struct proc_break *breaks);

/*
 * Adds the children of the processes in LIST, and theirs, with breaks (NULL: none). Returns their
 * number, or -errno. It reads no other processes, if the kernel lists the children of each
 * (CONFIG_PROC_CHILDREN); otherwise it scans all once, and a child with a lower PID than its parent
 * is found by the next scan. Sets *INCOMPLETE if a task exited before it was read, and may have had
 * children.
 */
int proc_children(struct tid_list *list, bool *incomplete, const struct proc_break *breaks);

/*
 * Adds the children that thread TID of process TGID has created, the newest last, to LIST: no more
 * than some hundred. Returns 0 or -errno: -ENOENT if the kernel does not list them
 * (CONFIG_PROC_CHILDREN).
 */
int proc_children_of(pid_t tgid, pid_t tid, struct tid_list *list);

#endif
