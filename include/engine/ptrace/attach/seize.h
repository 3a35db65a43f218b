/*
 * PTRACE_SEIZE of one task, against all that can come in between: an execve in its process, another
 * stop that is just leaving it, its own death. Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_ATTACH_SEIZE_H
#define STOP_ENGINE_PTRACE_ATTACH_SEIZE_H

#include <stdbool.h>
#include <sys/types.h>

struct tracer;

/*
 * Attaches to TID with OPTIONS (PTRACE_O_*). Reports of other tracees may be taken meanwhile. 0 or
 * -errno: -ESRCH, -EPERM (refused, or attached to by the kernel: see seize_is_ours()), -EINTR
 * (it did not succeed for seconds).
 */
int seize_task(struct tracer *tracer, pid_t tid, unsigned long options);

/* Whether we trace TID already: it was made by a tracee, or seized although we were interrupted. */
bool seize_is_ours(const struct tracer *tracer, pid_t tid);

#endif
