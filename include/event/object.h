/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What system calls are about: the kinds of files, connections and other objects, and what /proc
 * says about the descriptor of one, as an event.
 *
 *     decode/descriptors.h: "what is 5 of 1234?" ──▶ reader of /proc ──▶ EVENT_DESCRIPTOR ──▶ model
 */
#ifndef STOP_EVENT_OBJECT_H
#define STOP_EVENT_OBJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/event.h"

/* The kinds of objects; the order is that of views. The names are in decode/objects.h. */
enum object_kind {
	KIND_FILE,    /* a file, directory or named pipe: its path */
	KIND_DELETED, /* a file that had been deleted */
	KIND_DEVICE,  /* a path below /dev */
	KIND_TCP,     /* a socket with the addresses of both ends */
	KIND_UDP,     /* likewise */
	KIND_UNIX,    /* a local socket */
	KIND_SOCKET,  /* of another protocol, or of an unknown one */
	KIND_PIPE,
	KIND_MEMFD, /* a file in memory */
	KIND_PIDFD, /* a process */
	KIND_EPOLL, /* like all up to KIND_ANON, it has no name but that of a process */
	KIND_EVENTFD,
	KIND_TIMERFD,
	KIND_SIGNALFD,
	KIND_INOTIFY,
	KIND_URING,
	KIND_ANON,      /* others that are no files */
	KIND_MQUEUE,    /* a POSIX message queue */
	KIND_MSG,       /* a System V message queue */
	KIND_SEMAPHORE, /* a System V semaphore set */
	KIND_SHM,       /* a System V shared memory segment */
	KIND_FUTEX,     /* an address that threads of a process wait at */
	KIND_UNKNOWN,   /* a descriptor of which nobody knows what it is */
	KIND_CLOSED,    /* numbers that were no descriptors */
	KIND_OTHER,     /* what views show together, for lack of room */
	KIND_COUNT,
};

/* What was read. */
enum descriptor_found {
	FOUND_OPEN,
	FOUND_CLOSED, /* it is not open */
	FOUND_ALL,    /* every open descriptor of the table has been reported since time_ns */
	FOUND_GONE,   /* the process cannot be read: it has ended, or may not be looked at */
};

/* Size of the longest name, including the final NUL: of a path. */
#define EVENT_DESCRIPTOR_NAME_MAX 4096

struct event_descriptor {
	struct event event;        /* tid: a task that has it; time_ns: before it was read */
	uint64_t until_ns;         /* after it was read */
	pid_t tgid;                /* process of the task */
	int32_t fd;                /* its number; AT_FDCWD: the current directory */
	uint32_t state;            /* enum descriptor_found; the rest is of FOUND_OPEN */
	uint32_t kind;             /* enum object_kind */
	bool is_provisional;       /* its name is not known yet: another reading follows */
	bool knows_on_exec;        /* the following is known */
	bool closes_on_exec;       /* FD_CLOEXEC */
	pid_t peer;                /* a process that has the other end, or 0 */
	char comm[TASK_COMM_SIZE]; /* its name, as in event_task */
	uint32_t size;             /* of the name, without a NUL */
	char name[];               /* as decode/objects.h has them, unescaped */
};

#endif
