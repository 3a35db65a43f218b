/*
 * What has to be read of a target before a call of it can be repaired (abi/restart.h): how long the
 * call waits at most, and of what kind its socket is. Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_STATE_REPAIR_H
#define STOP_ENGINE_PTRACE_STATE_REPAIR_H

#include <stdint.h>
#include <sys/types.h>

#include "abi/restart.h"
#include "engine/ptrace/state/syscall_view.h"

struct world;

/*
 * REPAIR, or how the call is repaired instead where its socket, in the first of ARGS of thread TID,
 * is of another kind.
 */
const struct repair *repair_of_socket(struct world *world, const struct repair *repair, pid_t tid,
	const uint64_t args[CALL_MAX_ARGS]);

/*
 * How long CALL of thread TID, with ARGS, waits at most: *TIMEOUT_NS from its beginning, or
 * REPAIR_FOREVER. 0; or -errno where that cannot be read, or the call cannot be repaired after all
 * (-ENOTSOCK).
 */
int repair_timeout(struct world *world, const struct repair *repair, pid_t tid, struct call call,
	const uint64_t args[CALL_MAX_ARGS], uint64_t *timeout_ns);

#endif
