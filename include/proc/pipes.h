/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds who has the other end of a pipe, or a local socket: the descriptors of all processes, in
 * /proc/PID/fd.
 *
 * There can be any number of these: looking through them is limited to a small share of the time,
 * continues at the next question, and answers all questions at once. Owned by one thread.
 */
#ifndef STOP_PROC_PIPES_H
#define STOP_PROC_PIPES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_pipes;

/* Freed with proc_pipes_free(), which accepts NULL. */
struct proc_pipes *proc_pipes_new(void);
void proc_pipes_free(struct proc_pipes *pipes);

/*
 * Finds a process other than PID that can write to the pipe with INODE, or (if WRITES is false)
 * read from it. Returns it, 0 if there is none that we may look at, or -EAGAIN if one may be found
 * later: ask again.
 */
pid_t proc_pipes_find(struct proc_pipes *pipes, pid_t pid, uint64_t inode, bool writes);

/* The same for a process that has the socket with INODE; it may be PID. */
pid_t proc_pipes_find_socket(struct proc_pipes *pipes, uint64_t inode);

/* Whether descriptor FD of thread TID can be read from, or (WRITES) written to. */
bool proc_descriptor_can(pid_t tid, int fd, bool writes);

#endif
