/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the stack of a thread that is waiting in a call, without stopping it: /proc/PID/task/TID/
 * syscall has its stack pointer and program counter, and its stack does not change while it waits.
 * Only its tracer can read the other registers. Any thread.
 */
#ifndef STOP_STACK_PEEK_H
#define STOP_STACK_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/stack_copy.h"

struct peek {
	pid_t tgid, tid;
	uint32_t nr;       /* of the 64-bit call that it must be waiting in */
	uint64_t time_ns;  /* when it was; set by peek_take() */
	uint64_t switches; /* of its CPU; set by peek_take() */
};

/*
 * Copies up to LIMIT bytes of the stack of PEEK's thread into COPY, which has room for them.
 * Returns false if it was not waiting in that call all the time: then the copy is invalid.
 */
bool peek_take(struct peek *peek, size_t limit, struct stack_copy *copy);

/*
 * Whether the thread of COPY, made at an entry to a call, waits in that place. Then *SWITCHES are
 * those of its CPU: as long as they are the same, it has not run.
 */
bool peek_still_waits(const struct stack_copy *copy, uint64_t *switches);

#endif
