/*
 * Descriptors of processes: the links in /proc/PID/fd, and fdinfo. No file is opened and no server
 * of a file system is asked. Any thread.
 */
#ifndef STOP_PROC_DESCRIPTORS_H
#define STOP_PROC_DESCRIPTORS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Longest name that is kept, with the final NUL. */
#define PROC_DESCRIPTOR_NAME_MAX 256

enum proc_descriptor_kind {
	PROC_DESCRIPTOR_FILE,   /* a file, a device, a named pipe: `name` is its path */
	PROC_DESCRIPTOR_SOCKET, /* a socket: `inode` */
	PROC_DESCRIPTOR_PIPE,   /* a pipe: `inode` */
	PROC_DESCRIPTOR_ANON,   /* `name` is what the kernel calls it: "[eventpoll]" */
};

struct proc_descriptor {
	enum proc_descriptor_kind kind;
	uint64_t inode;
	char name[PROC_DESCRIPTOR_NAME_MAX]; /* not escaped; cut where it is longer */
};

/* What descriptor FD of process (or thread) PID is. 0 or -errno: -ENOENT where it has none. */
int proc_descriptor(pid_t pid, int fd, struct proc_descriptor *descriptor);

/* The same by TEXT of the link. Pure. */
void proc_descriptor_parse(const char *text, struct proc_descriptor *descriptor);

/*
 * How many descriptors the epoll instance FD of process PID watches, one of them into *WATCHED; or
 * -errno.
 */
int proc_epoll(pid_t pid, int fd, int *watched);

/* The same by TEXT of its fdinfo. Pure. */
int proc_epoll_parse(const char *text, int *watched);

/* Bytes of a path by which a descriptor of our own can be opened again or linked. */
#define PROC_OWN_FD_MAX 32

/* The path of our own descriptor FD, into PATH. Returns PATH. */
char *proc_own_fd(int fd, char path[PROC_OWN_FD_MAX]);

/* Whether such paths lead anywhere: not where /proc is not mounted. */
bool proc_has_own_fds(void);

#endif
