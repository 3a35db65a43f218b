/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors of processes: the links in /proc/PID/fd, and fdinfo. This never opens the files, and
 * does not depend on the servers of file systems. Any thread.
 */
#ifndef STOP_PROC_DESCRIPTORS_H
#define STOP_PROC_DESCRIPTORS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Size of the longest name, including the final NUL. */
#define PROC_DESCRIPTOR_NAME_MAX 256

enum proc_descriptor_kind {
	PROC_DESCRIPTOR_FILE,   /* a file, a device, a named pipe: `name` is its path */
	PROC_DESCRIPTOR_SOCKET, /* a socket: `inode` */
	PROC_DESCRIPTOR_PIPE,   /* a pipe: `inode` */
	PROC_DESCRIPTOR_ANON,   /* `name` is the kernel's: "[eventpoll]" */
};

struct proc_descriptor {
	enum proc_descriptor_kind kind;
	uint64_t inode;
	char name[PROC_DESCRIPTOR_NAME_MAX]; /* unescaped; truncated if longer */
};

/* Reads what descriptor FD of process or thread PID is. Returns 0 or -errno: -ENOENT if not open.
 */
int proc_descriptor(pid_t pid, int fd, struct proc_descriptor *descriptor);

/* The same from TEXT of the link. Pure. */
void proc_descriptor_parse(const char *text, struct proc_descriptor *descriptor);

/*
 * The number of descriptors that the epoll instance FD of process PID watches, or -errno. Stores
 * one of them in *WATCHED.
 */
int proc_epoll(pid_t pid, int fd, int *watched);

/* The same from TEXT of its fdinfo. Pure. */
int proc_epoll_parse(const char *text, int *watched);

/* Size of a path by which a descriptor of our own can be reopened or linked. */
#define PROC_OWN_FD_MAX 32

/* Writes the path of our own descriptor FD to PATH. Returns PATH. */
char *proc_own_fd(int fd, char path[PROC_OWN_FD_MAX]);

/* Whether such paths can be used: that requires /proc. */
bool proc_has_own_fds(void);

#endif
