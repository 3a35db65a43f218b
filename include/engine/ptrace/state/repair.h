/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads from a target what is needed to repair one of its calls (abi/restart.h): the call's
 * timeout, and the kind of its socket. Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_STATE_REPAIR_H
#define STOP_ENGINE_PTRACE_STATE_REPAIR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/restart.h"
#include "engine/ptrace/state/syscall_view.h"

struct world;

/* A call as repairs see it: not socketcall or ipc (abi/restart.h), but what these make. */
struct made_call {
	const char *name; /* static; NULL: unknown */
	uint64_t args[CALL_MAX_ARGS];
};

/* Stores what CALL of thread TID with ARGS makes; its name is NULL if that cannot be read. */
void repair_read_call(struct world *world, pid_t tid, struct call call,
	const uint64_t args[CALL_MAX_ARGS], struct made_call *made);

/*
 * Whether only the end of MADE, a call at the stack pointer SP, will show whether it has to be
 * repaired (repair_find_constant()): until then, its timeout has to be taken for one that starts
 * over.
 */
bool repair_is_uncertain(const struct made_call *made, uint64_t sp);

/*
 * REPAIR, or the repair to use instead if the socket in the first of ARGS of thread TID is of
 * another kind.
 */
const struct repair *repair_of_socket(struct world *world, const struct repair *repair, pid_t tid,
	const uint64_t args[CALL_MAX_ARGS]);

/*
 * Whether the timeout of a call with ARGS, once it is interrupted, is what remains of it: a sleep
 * that stores this where it has read how long to sleep.
 */
bool repair_timeout_remains(const struct repair *repair, const uint64_t args[CALL_MAX_ARGS]);

/*
 * Stores the timeout of CALL of thread TID, which makes one with ARGS, in *TIMEOUT_NS: from its
 * start (but see above), or REPAIR_FOREVER. Returns 0, or -errno if it cannot be read, or if the
 * call cannot be repaired after all (-ENOTSOCK).
 */
int repair_timeout(struct world *world, const struct repair *repair, pid_t tid, struct call call,
	const uint64_t args[CALL_MAX_ARGS], uint64_t *timeout_ns);

#endif
