/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory that operations.c, which makes the calls of a program on the real kernel, shares with
 * real.c, which tells it which; see agree.h.
 */
#ifndef STOP_TESTS_SIMULATION_OPERATIONS_H
#define STOP_TESTS_SIMULATION_OPERATIONS_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#define AGREE_TASKS    8 /* of a program, the ended ones too */
#define AGREE_LOG      128

/* openat(2) with this directory waits for the supervisor, or is refused, with EBADF. */
#define NOTIFIED_DIR   0x7001
#define REFUSED_DIR    0x7002
#define NOTIFIED_VALUE 7

/* What a task of a program does. The calls that it begins with are all that it makes. */
enum operation {
	DO_GETPPID,
	DO_CLOSE,
	DO_REFUSED, /* by a seccomp filter */
	DO_COMPUTE,
	DO_READ,
	DO_NANOSLEEP,
	DO_POLL,
	DO_PAUSE,
	DO_EPOLL,
	DO_SEMTIMEDOP,
	DO_ACCEPT,
	DO_WRITE,
	DO_NOTIFIED,
	DO_KILL,
	DO_SIGMASK,
	DO_CLONE,
	DO_FORK,
	DO_VFORK,
	DO_UNTRACED,
	DO_CLONE_PARENT,
	DO_CLONE_SIGNAL, /* SIGUSR1 at its end */
	DO_CLONE_SILENT, /* no signal */
	DO_VFORK_THREAD,
	DO_WAIT,
	DO_EXEC,
	DO_EXIT,
	DO_EXIT_GROUP,
	OPERATIONS,
};

struct command {
	uint32_t operation;
	uint32_t child; /* the slot of the task that it makes; whom it sends a signal to */
	int32_t signal;
	uint32_t flag;      /* DO_KILL: to the thread alone; DO_SIGMASK: blocks the signal */
	int64_t timeout_ns; /* -1: none */
};

/*
 * What a task logs: the result of a call, as far as it is the same in each run; a tid; or the
 * signal whose handler has begun.
 */
#define LOG_HANDLER INT64_C(0x100000000)
#define LOG_TID     INT64_C(0x200000000)
#define LOG_GATE    7 /* a command has come */
#define LOG_SOCKET  9 /* accept(2) has made a descriptor */

/* A task. Its descriptors are the same numbers in all processes. */
struct slot {
	_Atomic pid_t tid;        /* written by the kernel (CLONE_PARENT_SETTID) */
	_Atomic uint32_t release; /* of DO_COMPUTE: it ends when this is not 0 */
	_Atomic uint32_t logged;
	int64_t log[AGREE_LOG];
	int gate[2], data[2], room[2]; /* pipes */
	int epoll, socket;
	int semaphore; /* a set with one of each slot */
};

/* How a signal is handled at first. */
enum handling {
	HANDLE_DEFAULT,
	HANDLE_IGNORE,
	HANDLE,
	HANDLE_RESTART, /* SA_RESTART */
};

struct shared {
	_Atomic int listener; /* of the seccomp filter, in the spawner; 0: not yet, -1: none */
	enum handling handling[65];
	struct slot slot[AGREE_TASKS];
};

#endif
