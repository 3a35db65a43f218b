/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attaches to existing tasks: processes with all their threads, single threads, descendants, and
 * the command that waits to be started. Tracer only.
 *
 * Each thread is seized, which has no effect on it, and then stopped briefly, or later if that
 * would do harm (engine/ptrace/attach/postpone.h).
 */
#ifndef STOP_ENGINE_PTRACE_ATTACH_ATTACH_H
#define STOP_ENGINE_PTRACE_ATTACH_ATTACH_H

#include <stdbool.h>

struct engine_request;
struct refusal;
struct tracer;

/*
 * Attaches to the targets in REQUEST, and to their descendants if its `follow` says so. Returns 0,
 * or -errno with the reason in *REFUSAL if a target could not be attached; some tasks may already
 * be traced then. Threads that must not be stopped now are traced as soon as they can be.
 */
int attach_all(
	struct tracer *tracer, const struct engine_request *request, struct refusal *refusal);

/*
 * Attaches the threads of `tracer->unlisted` that are not traced: one that was seized in clone(2),
 * and got no processor until attach_all() went on without it, creates a thread that the kernel does
 * not attach. Returns whether there were any.
 */
bool attach_unlisted(struct tracer *tracer);

#endif
