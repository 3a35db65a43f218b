/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors of threads: the links in /proc/TID/fd, and fdinfo. A thread can have a table of its
 * own, and the leader's is gone when it has ended: ask for the thread. This never opens the files,
 * and does not depend on the servers of file systems. Any thread.
 */
#ifndef STOP_PROC_DESCRIPTORS_H
#define STOP_PROC_DESCRIPTORS_H

#include <dirent.h>
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

/* Reads what descriptor FD of thread TID is. Returns 0 or -errno: -ENOENT if not open.
 */
int proc_descriptor(pid_t tid, int fd, struct proc_descriptor *descriptor);

/* The same from TEXT of the link. Pure. */
void proc_descriptor_parse(const char *text, struct proc_descriptor *descriptor);

/*
 * Reads the link of descriptor FD of thread TID, or of its current directory if FD is AT_FDCWD:
 * the whole of it, which proc_descriptor() truncates. Stores it in BUF of SIZE bytes with a NUL,
 * and returns its length, or -errno.
 */
ssize_t proc_descriptor_link(pid_t tid, int fd, char *buf, size_t size);

/* Reading all descriptors of a thread, with pauses. The zero value is a beginning. */
struct proc_descriptor_scan {
	DIR *directory; /* NULL: at the beginning */
};

/*
 * Stores the next open descriptor of thread TID in *FD. Returns 1, 0 at the end, or -errno; after
 * these two, the next call begins again.
 */
int proc_descriptor_next(pid_t tid, struct proc_descriptor_scan *scan, int *fd);

/* Ends SCAN early. */
void proc_descriptor_scan_clear(struct proc_descriptor_scan *scan);

/* How many of the descriptors of an epoll instance are listed. */
#define PROC_EPOLL_LISTED 16

/* The descriptors that an epoll instance watches. */
struct proc_epoll {
	size_t count;
	int fd[PROC_EPOLL_LISTED]; /* the smallest ones, sorted */
};

/*
 * Reads what the epoll instance FD of thread TID watches. Returns 0 or -errno; -E2BIG if TID has
 * so many descriptors open that it could notice: the kernel holds the instance's lock for as long
 * as it takes to list them.
 */
int proc_epoll(pid_t tid, int fd, struct proc_epoll *epoll);

/* Adds what LINE of its fdinfo says to *EPOLL. Pure. */
void proc_epoll_parse(const char *line, struct proc_epoll *epoll);

/* What the fdinfo of a descriptor says; what it does not say is 0. */
struct proc_fdinfo {
	uint64_t inode;     /* of the file, since Linux 5.14 */
	pid_t pid;          /* of a pidfd: its process; -1: that has ended */
	uint64_t signals;   /* of a signalfd: those that it receives; bit 0 is signal 1 */
	uint64_t timer_ns;  /* of a timerfd: the time until it expires; 0: it is not set */
	unsigned int flags; /* as of open(2), with O_CLOEXEC */
};

/*
 * Reads the fdinfo of descriptor FD of thread TID. Returns 0 or -errno. Not for epoll instances,
 * for which it is long.
 */
int proc_fdinfo(pid_t tid, int fd, struct proc_fdinfo *info);

/* The same from TEXT of the file. Pure. */
void proc_fdinfo_parse(const char *text, struct proc_fdinfo *info);

/* Counting the io_uring instances of a process, with pauses. The zero value is a beginning. */
struct proc_ring_scan {
	DIR *directory; /* NULL: at the beginning */
	unsigned int count;
};

/*
 * Counts the descriptors of process PID that are io_uring instances, until UNTIL_NS. Returns 1 when
 * all have been looked at: then *SCAN has their number, and the next call begins again; 0 if there
 * are more; or -errno.
 */
int proc_count_rings(pid_t pid, struct proc_ring_scan *scan, uint64_t until_ns);

/* Ends SCAN early. */
void proc_ring_scan_clear(struct proc_ring_scan *scan);

/* Size of a path by which a descriptor of our own can be reopened or linked. */
#define PROC_OWN_FD_MAX 32

/* Writes the path of our own descriptor FD to PATH. Returns PATH. */
char *proc_own_fd(int fd, char path[PROC_OWN_FD_MAX]);

/* Whether such paths can be used: that requires /proc. */
bool proc_has_own_fds(void);

#endif
