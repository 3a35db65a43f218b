/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaves the targets without affecting their calls. Tracer only.
 *
 * When the tracer exits, the kernel unlinks each tracee wherever it is, and wakes those that are
 * stopped as a signal does: at the entry of a call, this makes the call fail with EINTR. And a wait
 * that a signal or we ourselves have interrupted is not repaired any more. So the tracer exits only
 * when the exit has no effect on any of them:
 *
 *   in user code          asked to stop, and detached at that stop
 *   asked to stop         waited for until it has run, however long that takes
 *   at a stop             detached; but at the entry of a call resumed, to the call's exit
 *   about to restart      waited for until it is back in its call: a signal that arrives before
 *                         that would not end it
 *   its timeout is ours   kept until that is over: the call was restarted, and would last too long
 *   waits in a call       left where it is, once it is seen asleep; but if ignored signals come,
 *                         which would interrupt it while it is traced, asked to stop as well
 *   uninterruptible wait  left where it is, even if it was asked to stop: the exit withdraws that
 *
 * Whoever waits for the end of leaving does not wait for all of that: see ptrace_engine.c.
 */
#ifndef STOP_ENGINE_PTRACE_ATTACH_LEAVE_H
#define STOP_ENGINE_PTRACE_ATTACH_LEAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct step;
struct syscall_view;
struct task;
struct tracer;

/* Why tasks are still traced. */
struct leave_rest {
	size_t unserved; /* they have to stop, and have not run yet */
	size_t timed;    /* we keep their timeouts */
};

/* Detaches TASK, at a stop with the result STEP, or keeps it traced if that does less harm. VIEW,
 * of its call at the stop, may be NULL. */
void leave_task(struct tracer *tracer, struct task *task, const struct step *step,
	const struct syscall_view *view);

/* Begins to leave: from now on, each task is left at its next stop. */
void leave_begin(struct tracer *tracer);

/* Leaves tasks until all are left, which is returned, or until UNTIL_NS. */
bool leave_until(struct tracer *tracer, uint64_t until_ns);

/*
 * From now on the tracer is alone: its process may be dead, so it takes no lock of the C library,
 * allocates and frees nothing, and what it sees is not written.
 */
void leave_alone(struct tracer *tracer);

/* What still has to be left. */
struct leave_rest leave_count_rest(struct tracer *tracer);

#endif
