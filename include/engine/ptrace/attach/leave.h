/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaves the targets without affecting their calls. Tracer only.
 *
 * When the tracer exits, the kernel unlinks each tracee wherever it is, and wakes those that are
 * stopped as a signal does: at the entry of a call, this makes the call fail with EINTR. So none
 * may be at such a stop then: each has to be in a call, or resumed so that its calls are not
 * reported.
 *
 *   in user code      asked to stop there, and detached
 *   at a stop         detached; but at the entry of a call only resumed
 *   waits in a call   left where it is; but if ignored signals keep interrupting its calls, which
 *                     they do while it is traced, detached at its next stop
 */
#ifndef STOP_ENGINE_PTRACE_ATTACH_LEAVE_H
#define STOP_ENGINE_PTRACE_ATTACH_LEAVE_H

#include <stdbool.h>

struct step;
struct task;
struct tracer;

/*
 * Resumes TASK, at a stop, for good, or keeps it traced for a while if that does less harm. STEP is
 * the result of the stop. INTERRUPTED: it was asked to stop, and this stop is another one.
 */
void leave_task(
	struct tracer *tracer, struct task *task, const struct step *step, bool interrupted);

/* Resumes for good all tasks that have to be before the tracer exits. Takes at most 600 ms. */
void leave_all(struct tracer *tracer);

#endif
