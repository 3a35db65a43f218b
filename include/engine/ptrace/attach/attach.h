/*
 * Attaching to what exists: processes with all their threads, single threads, descendants, and the
 * command that waits to be started. Tracer only.
 *
 * Each thread is seized, which it does not notice, and then stopped for a moment, or later where
 * that would do harm (engine/ptrace/attach/postpone.h).
 */
#ifndef STOP_ENGINE_PTRACE_ATTACH_ATTACH_H
#define STOP_ENGINE_PTRACE_ATTACH_ATTACH_H

struct engine_request;
struct refusal;
struct tracer;

/*
 * Attaches to what REQUEST names, and to its descendants where its `follow` says so. 0, or -errno
 * with the reason in *REFUSAL where a target could not be attached to; some tasks may be traced
 * then. Threads that must not be stopped now are traced from the moment at which they can be.
 */
int attach_all(
	struct tracer *tracer, const struct engine_request *request, struct refusal *refusal);

#endif
