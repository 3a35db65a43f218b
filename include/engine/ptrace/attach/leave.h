/*
 * Leaving, so that no call notices. Tracer only.
 *
 * The end of the tracer unlinks each tracee wherever it is, and wakes those that are stopped as a
 * signal does: at the entry of a call that would make it fail with EINTR. So none may come to such
 * a stop any more: each has to be in a call, or resumed so that its calls are not reported.
 *
 *   in user code      asked to stop there, and detached
 *   at a stop         detached; but at the entry of a call only resumed
 *   waits in a call   left where it is; but where signals that it ignores interrupt its calls again
 *                     and again, which they do while it is traced, detached at its next stop
 */
#ifndef STOP_ENGINE_PTRACE_ATTACH_LEAVE_H
#define STOP_ENGINE_PTRACE_ATTACH_LEAVE_H

#include <stdbool.h>

struct step;
struct task;
struct tracer;

/*
 * Resumes TASK, at a stop, for good, or traced for a while longer if that does less harm. STEP is
 * what the stop came to. INTERRUPTED: it was asked to stop, and this stop is another one.
 */
void leave_task(
	struct tracer *tracer, struct task *task, const struct step *step, bool interrupted);

/* Resumes for good those that have to be before the tracer ends. Takes 600 ms at the most. */
void leave_all(struct tracer *tracer);

#endif
