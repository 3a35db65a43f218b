/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What system calls do to the descriptors of a process: which make, copy, name, close, mark and
 * inherit them, and what a new one refers to.
 *
 * Generated from src/abi/data/descriptors.tsv. Pure; any thread.
 */
#ifndef STOP_ABI_DESCRIPTOR_H
#define STOP_ABI_DESCRIPTOR_H

#include <stddef.h>
#include <stdint.h>

#include "abi/argument.h"
#include "abi/syscall.h"

/* What becomes of the descriptor at `place`. */
enum descriptor_effect {
	DESCRIPTOR_MAKE,    /* it is new, and refers to `object` */
	DESCRIPTOR_COPY,    /* it refers to what descriptor `of` refers to */
	DESCRIPTOR_NAME,    /* more is known of what it refers to: an address, a watch */
	DESCRIPTOR_CLOSE,   /* it is closed, whether or not the call fails */
	DESCRIPTOR_MARK,    /* its close-on-exec flag is set or cleared */
	DESCRIPTOR_INHERIT, /* a new process gets copies, or shares the table */
	DESCRIPTOR_UNSHARE, /* the caller's table is no longer shared */
};

/* Where the number of the descriptor is. */
enum descriptor_place {
	PLACE_RESULT,   /* the result */
	PLACE_ARGUMENT, /* argument `at` */
	PLACE_PAIR,     /* two ints in the memory at argument `at`, at the exit */
	PLACE_POINTED,  /* one int there */
	PLACE_PIDFD,    /* the int at the address in field pidfd of the struct clone_args at `at` */
	PLACE_RANGE,    /* from argument `at` to argument `to`, inclusive */
	PLACE_ALL,      /* all of the process */
	PLACE_ON_EXEC,  /* all that are marked close-on-exec */
	PLACE_CONTROL,  /* in control data of messages: SCM_RIGHTS, SCM_PIDFD */
	PLACE_DATA,     /* in the bytes that are read: each event of fanotify has one */
};

/* What a new descriptor refers to. */
enum descriptor_object {
	OBJECT_UNKNOWN, /* /proc/PID/fd tells */
	OBJECT_PATH,
	OBJECT_MOUNT,
	OBJECT_FSCONTEXT,
	OBJECT_MQUEUE,
	OBJECT_MEMFD,
	OBJECT_SECRETMEM,
	OBJECT_SOCKET,
	OBJECT_PIPE,
	OBJECT_EVENTFD,
	OBJECT_SIGNALFD,
	OBJECT_TIMERFD,
	OBJECT_EPOLL,
	OBJECT_INOTIFY,
	OBJECT_FANOTIFY,
	OBJECT_USERFAULTFD,
	OBJECT_PERF,
	OBJECT_PIDFD,
	OBJECT_IO_URING,
	OBJECT_LANDLOCK,
	OBJECT_BPF,
	OBJECT_SECCOMP,
	OBJECT_FOREIGN, /* that of descriptor `of2` of the process of pidfd `of` */
	OBJECT_COUNT,
};

/* One effect. Indexes of arguments are ARGUMENT_NOT where there is none. */
struct descriptor_row {
	uint8_t effect; /* enum descriptor_effect */
	uint8_t place;  /* enum descriptor_place */
	uint8_t at;     /* index of the argument of `place` */
	uint8_t to;     /* the same, of PLACE_RANGE */
	uint8_t object; /* enum descriptor_object */
	uint8_t path;   /* index of the argument with the path or name */
	uint8_t dir;    /* … with the descriptor that a path is relative to */
	uint8_t of;     /* … with the descriptor that is copied, accepted from, watched by */
	uint8_t of2;
	uint8_t peer;     /* … with the address of the other end */
	uint8_t local;    /* … with its own address */
	uint8_t family;   /* … with a socket's domain; its type and protocol follow */
	uint8_t pid;      /* … with a process */
	uint8_t clock;    /* … with a clock */
	uint8_t replaces; /* … with the descriptor that is closed first, if it was open */
	struct argument_condition when; /* else, the row does not apply */
};

/* The rows of CALL, *COUNT of them; NULL, 0 if it has none. Static. O(1). */
const struct descriptor_row *descriptor_rows(struct call call, size_t *count);

/* Whether ROW applies to a call with ARGS. */
static inline bool descriptor_row_applies(
	const struct descriptor_row *row, const uint64_t args[CALL_MAX_ARGS])
{
	return argument_condition_holds(&row->when, args);
}

#endif
