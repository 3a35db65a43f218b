/*
 * The requests of ptrace(2), each with its quirks in one place; a part of world/world.h.
 *
 * A tracee can die at any moment, so that every request on it can fail with -ESRCH. That is no
 * error: its end is reported in due course, by world_wait.next(). All functions are the tracer's:
 * the kernel refuses them to every other thread.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_TRACE_H
#define STOP_ENGINE_PTRACE_WORLD_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct arch_regs;
struct syscall_view;
struct world;

struct world_trace {
	/*
	 * Attaches to thread TID without stopping it; OPTIONS are PTRACE_O_*. 0 or -errno: -ESRCH,
	 * -EPERM (refused), -EINTR where a kick came. The kernel may have attached us all the same
	 * then: a second try says -EPERM.
	 */
	int (*seize)(struct world *world, pid_t tid, unsigned long options);

	/* Asks TID to stop; a STOP_TRAP follows, unless it stops for another reason first. */
	int (*interrupt)(struct world *world, pid_t tid);

	/* Resumes TID, which is stopped, to its next stop; SIGNAL is delivered where not 0. */
	int (*resume)(struct world *world, pid_t tid, int signal);

	/* Leaves TID, which is in a group-stop, stopped, but able to report a SIGCONT. */
	int (*listen)(struct world *world, pid_t tid);

	/*
	 * Resumes TID with SIGNAL so that its calls are not reported any more. A detach does more:
	 * it wakes the task as a signal does, and a call that it is about to wait in fails with
	 * EINTR (ptrace_signal_wake_up() of the kernel).
	 */
	int (*release)(struct world *world, pid_t tid, int signal);

	/* Resumes TID with SIGNAL, not traced any more. */
	int (*detach)(struct world *world, pid_t tid, int signal);

	/* The message of the event at which TID is stopped, a tid, into *MESSAGE. */
	int (*message)(struct world *world, pid_t tid, pid_t *message);

	/*
	 * The system call at which TID is stopped, into *VIEW, which is left alone on failure.
	 * NEED_CALL: at an exit stop, also which call it is.
	 */
	int (*syscall)(struct world *world, pid_t tid, bool need_call, struct syscall_view *view);

	/*
	 * Whether TID, at a stop that is no syscall stop, is inside a call: SYSCALL_PENDING or
	 * SYSCALL_NONE, into *VIEW, which is left alone on failure.
	 */
	int (*pending_syscall)(struct world *world, pid_t tid, struct syscall_view *view);

	/* Makes RESULT, a value or -errno, what the call that TID is stopped in returns. */
	int (*set_result)(struct world *world, pid_t tid, int64_t result);

	/* Reads the registers of TID, which is stopped. */
	int (*registers)(struct world *world, pid_t tid, struct arch_regs *regs);
};

#endif
