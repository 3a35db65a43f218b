/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known about the system call at which a tracee is stopped: a value, filled in by
 * world_trace and completed by the tracer. Pure; any thread.
 */
#ifndef STOP_ENGINE_PTRACE_STATE_SYSCALL_VIEW_H
#define STOP_ENGINE_PTRACE_STATE_SYSCALL_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/syscall.h"

struct repair;

/* No timeout. */
#define REPAIR_FOREVER UINT64_MAX

/* The position in a system call at which it is stopped. */
enum syscall_op {
	SYSCALL_NONE,    /* in no call */
	SYSCALL_ENTRY,   /* about to make `call` */
	SYSCALL_EXIT,    /* about to return from one; `call` is set only if it was requested */
	SYSCALL_PENDING, /* not at a syscall stop, but in `call`, with `result` so far */
};

struct syscall_view {
	enum syscall_op op;
	struct call call;
	uint64_t args[CALL_MAX_ARGS]; /* ENTRY, PENDING */
	int64_t result;               /* EXIT, PENDING: a value, or -errno if is_error */
	bool is_error;
	uint64_t ip, sp; /* user's program counter and stack pointer */

	/* Set by the tracer if a signal interrupted the call and it can be repaired. */
	const struct repair *repair; /* NULL: not repairable */
	uint64_t timeout_ns;         /* of the call, from its start; or REPAIR_FOREVER */
	bool remains;                /* … from now: the kernel has stored what remains of it */
};

#endif
