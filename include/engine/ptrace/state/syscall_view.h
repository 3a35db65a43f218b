/*
 * What is known of the system call in which a tracee is stopped: a value, made by world_trace and
 * completed by the tracer. Pure; any thread.
 */
#ifndef STOP_ENGINE_PTRACE_STATE_SYSCALL_VIEW_H
#define STOP_ENGINE_PTRACE_STATE_SYSCALL_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/syscall.h"

struct repair;

/* A timeout that never comes. */
#define REPAIR_FOREVER UINT64_MAX

/* Where in a system call it is stopped. */
enum syscall_op {
	SYSCALL_NONE,    /* in none */
	SYSCALL_ENTRY,   /* about to make `call` */
	SYSCALL_EXIT,    /* about to return from one; `call` is set only where it was asked for */
	SYSCALL_PENDING, /* at no syscall stop, but inside `call`, with `result` as it stands */
};

struct syscall_view {
	enum syscall_op op;
	struct call call;
	uint64_t args[CALL_MAX_ARGS]; /* ENTRY, PENDING */
	int64_t result;               /* EXIT, PENDING: a value, or -errno where is_error */
	bool is_error;
	uint64_t ip, sp; /* user's program counter and stack pointer */

	/* The tracer's, where a signal interrupted the call and it can be repaired. */
	const struct repair *repair; /* NULL: it cannot */
	uint64_t timeout_ns;         /* of the call, from its beginning; or REPAIR_FOREVER */
};

#endif
