/*
 * Leaving, so that no call notices. Tracer only.
 *
 * The end of the tracer unlinks each tracee where it is, and wakes those that are stopped as a
 * signal does: at the entry of a call that would make it fail with EINTR. So we see to it that none
 * can come to such a stop before: each is in a call, or was let go, so that its calls are not
 * reported any more.
 *
 *   in user code        asked to stop there, and detached
 *   at a stop           detached; but at the entry of a call only continued
 *   waits in a call     left where it is; but where signals that it ignores rain on it, and so
 *                       break its calls as long as it is traced, detached at its next stop
 */
#ifndef STOP_ENGINE_PTRACE_ATTACH_LEAVE_H
#define STOP_ENGINE_PTRACE_ATTACH_LEAVE_H

#include "engine/ptrace/tracer.h"

/*
 * Lets TASK, at a stop, go for ever, or on for a while if that does less harm. STEP is what the
 * stop came to. INTERRUPTED: it was asked to stop, and has not said so yet.
 */
void leave_task(
	struct tracer *tracer, struct task *task, const struct step *step, bool interrupted);

/* Lets go whoever must be before the tracer ends: some 600 ms at the most. */
void leave_all(struct tracer *tracer);

#endif
