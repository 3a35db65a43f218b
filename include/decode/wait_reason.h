/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a thread in a call is waiting for, as far as the kernel reveals it: the thread that holds a
 * lock, a child, a file or the other end of a connection.
 *
 * It is read from /proc and the thread's memory without stopping the thread, so it is a snapshot,
 * not proof: what is uncertain is omitted. Not for the tracer, which must not block.
 */
#ifndef STOP_DECODE_WAIT_REASON_H
#define STOP_DECODE_WAIT_REASON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"

/* Size of the longest text, including the final NUL. */
#define WAIT_TEXT_MAX 256

/* A thread in a call. */
struct wait_place {
	pid_t pid, tid;
	char state; /* of /proc/TID/stat: 'S', 'D', …; 0: unknown */
	struct call call;
	uint64_t args[CALL_MAX_ARGS];
};

struct wait {
	pid_t owner;              /* the thread or process that it waits for, or 0 */
	bool is_held;             /* by the owner: it is a lock */
	char text[WAIT_TEXT_MAX]; /* description, including unescaped text of the target */
	bool lasts;               /* valid as long as the thread is in this call */
};

/* What is remembered between questions, to answer the next ones faster. */
struct wait_memory;

/* Freed with wait_memory_free(), which accepts NULL. */
struct wait_memory *wait_memory_new(void);
void wait_memory_free(struct wait_memory *memory);

/* Stores what the thread at PLACE is waiting for in *WAIT. False if unknown. */
bool wait_describe(struct wait_memory *memory, const struct wait_place *place, struct wait *wait);

/* The same for the kernel worker at PLACE, which is in no call: what it is doing or waiting for. */
bool wait_describe_worker(const struct wait_place *place, struct wait *wait);

#endif
