/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requests of ptrace(2), each with its quirks in one place; part of world/world.h.
 *
 * A tracee can die at any time, so every request can fail with -ESRCH. That is not an error: its
 * end is reported later by world_wait.next(). Tracer only: the kernel refuses these requests from
 * other threads.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_TRACE_H
#define STOP_ENGINE_PTRACE_WORLD_TRACE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/filter.h"

struct arch_regs;
struct syscall_view;
struct world;

struct world_trace {
	/*
	 * Attaches to thread TID without stopping it; OPTIONS are PTRACE_O_*. Returns 0 or -errno:
	 * -ESRCH, -EPERM (refused), -EINTR after a kick. The kernel may have attached us anyway
	 * then: a second try returns -EPERM.
	 */
	int (*seize)(struct world *world, pid_t tid, unsigned long options);

	/* Asks TID to stop; a STOP_TRAP follows unless it stops for another reason first. */
	int (*interrupt)(struct world *world, pid_t tid);

	/* Resumes TID, which is stopped, until its next stop; delivers SIGNAL if not 0. */
	int (*resume)(struct world *world, pid_t tid, int signal);

	/* Leaves TID, which is in a group-stop, stopped, but reporting a SIGCONT. */
	int (*listen)(struct world *world, pid_t tid);

	/*
	 * Resumes TID with SIGNAL, no longer traced. It is woken as by a signal: at the entry of a
	 * call, the call that it is about to wait in fails with EINTR (ptrace_signal_wake_up() of
	 * the kernel).
	 */
	int (*detach)(struct world *world, pid_t tid, int signal);

	/* Stores the message of the event at which TID is stopped, a tid, in *MESSAGE. */
	int (*message)(struct world *world, pid_t tid, pid_t *message);

	/*
	 * Stores the system call at which TID is stopped in *VIEW, which is unchanged on failure.
	 * NEED_CALL: at an exit stop, also which call it is.
	 */
	int (*syscall)(struct world *world, pid_t tid, bool need_call, struct syscall_view *view);

	/*
	 * Whether TID, at a stop other than a syscall stop, is in a call: SYSCALL_PENDING or
	 * SYSCALL_NONE, in *VIEW, which is unchanged on failure.
	 */
	int (*pending_syscall)(struct world *world, pid_t tid, struct syscall_view *view);

	/* Sets the result of the call that TID is stopped in to RESULT, a value or -errno. */
	int (*set_result)(struct world *world, pid_t tid, int64_t result);

	/*
	 * Takes TID, which is stopped for a signal just before it makes CALL again, back to where
	 * CALL was interrupted, with -ERROR: so the signal decides what becomes of it, as if it
	 * had come then.
	 */
	int (*set_interrupted)(struct world *world, pid_t tid, struct call call, int error);

	/*
	 * Sets argument INDEX, from 0, of the call that TID is stopped in, whose entry is made with
	 * that; or restores it, as the program expects to find its registers unchanged.
	 */
	int (*set_argument)(struct world *world, pid_t tid, unsigned int index, uint64_t value);

	/*
	 * Copies seccomp filter INDEX of TID, which is stopped, to CODE; the newest is 0. Returns
	 * the number of instructions, or -errno: -ENOENT if there are no more, -EACCES without
	 * CAP_SYS_ADMIN or if we have filters ourselves, -EIO if the kernel cannot
	 * (CONFIG_CHECKPOINT_RESTORE).
	 */
	int (*filter)(struct world *world, pid_t tid, unsigned int index,
		struct filter_instruction code[FILTER_MAX]);

	/* Stores what is known about the signal for which TID is stopped in *INFO. */
	int (*signal_info)(struct world *world, pid_t tid, siginfo_t *info);

	/* Reads the registers of TID, which is stopped. */
	int (*registers)(struct world *world, pid_t tid, struct arch_regs *regs);
};

#endif
