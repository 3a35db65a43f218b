/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PTRACE_SEIZE of one task, handling everything that can interfere: an execve in its process,
 * another stop that is just leaving it, its own death. Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_ATTACH_SEIZE_H
#define STOP_ENGINE_PTRACE_ATTACH_SEIZE_H

#include <stdbool.h>
#include <sys/types.h>

struct tracer;

/*
 * Attaches to TID with OPTIONS (PTRACE_O_*). Reports of other tracees may be handled in the
 * meantime. Returns 0 or -errno: -ESRCH, -EPERM (refused, or already traced by us: see
 * seize_is_ours()), -EINTR (interrupted too often: its process has been executing a program for
 * seconds).
 */
int seize_task(struct tracer *tracer, pid_t tid, unsigned long options);

/* Whether we already trace TID: it was created by a tracee, or seized although we were interrupted.
 */
bool seize_is_ours(const struct tracer *tracer, pid_t tid);

#endif
