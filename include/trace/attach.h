/*
 * Attaching to what exists: processes with all their threads, single threads, descendants, and the
 * command that waits to be started. Tracer only.
 *
 * Each thread is seized, which it does not notice, and then stopped for a moment, so that its calls
 * are reported from then on. Stopping breaks the call that it waits in. Where neither the kernel
 * nor trace/repair.h can mend that, the stop is postponed until the thread has left the call:
 *
 *   a transfer that would be cut      until it waits in something else, or is found running more
 *                                     often than one that transfers is
 *   a wait with a relative timeout    until that wait is over: of the next one, seen from its
 *                                     beginning, the timeout can be kept
 */
#ifndef STOP_TRACE_ATTACH_H
#define STOP_TRACE_ATTACH_H

#include "trace/engine.h"
#include "trace/refusal.h"
#include "trace/tracer.h"

/*
 * Attaches to what REQUEST names, and follows what its `follow` says. 0, or -errno with the reason
 * in *REFUSAL where a target could not be attached to at all; then some tasks may be traced.
 * Threads that cannot be stopped now are traced from the moment at which they can.
 */
int attach_all(
	struct tracer *tracer, const struct engine_request *request, struct refusal *refusal);

/*
 * Looks again at TRACEE, whose stop was postponed, and stops it if it can be now. Returns when to
 * look next; 0: never.
 */
uint64_t attach_postponed(struct tracer *tracer, struct tracee *tracee, uint64_t now_ns);

/* TRACEE, whose stop may be postponed, has stopped by itself, for a signal: so it is over. */
void attach_interrupted(struct tracer *tracer, struct tracee *tracee, uint64_t now_ns);

#endif
