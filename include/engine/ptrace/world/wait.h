/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reports of tracees, and what else ends the tracer's waits; part of world/world.h.
 *
 *   report        a tracee has stopped or exited: waitid(2)
 *   stop signal   the SIGCHLD that the kernel sends us with a report, if enabled
 *   kick          a signal sent by the reader or by a timer: there is something to do
 *   orphan        the same signal from the kernel: the process that the tracer belongs to is dead
 *
 * Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_WORLD_WAIT_H
#define STOP_ENGINE_PTRACE_WORLD_WAIT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct world;

/* No timeout. */
#define WORLD_FOREVER UINT64_MAX

struct world_wait {
	/*
	 * Stores the next report of thread TID, or of any tracee (0), in *INFO. It stays pending:
	 * it is returned again until it is consumed or the tracee is resumed, and is not lost if
	 * the tracer dies. BLOCK: waits until there is one, or a kick. Returns 1, 0 if there is
	 * none, -ECHILD if there is no tracee (for one TID: if it is not ours).
	 */
	int (*next)(struct world *world, pid_t tid, bool block, siginfo_t *info);

	/*
	 * Consumes the pending report of a stop of TID, and stores it in *INFO. Returns whether
	 * there was one: TID may have been killed since, and the report of its exit stays, to be
	 * consumed by the other, after which its number is free. Or another thread has called
	 * execve since, and got the number of TID, its leader: then that has reported.
	 */
	bool (*consume)(struct world *world, pid_t tid, siginfo_t *info);
	void (*consume_end)(struct world *world, pid_t tid);

	/* Waits for the exit of TID, our child that was killed, and reaps it. */
	void (*reap)(struct world *world, pid_t tid);

	/*
	 * Prepares this thread for stop signals, which are initially off. Call this before the
	 * tracer has other threads: one that does not block the signal would receive it instead.
	 */
	void (*setup_stop_signal)(struct world *world);

	/* Sets whether each stop of a tracee sends a stop signal; that costs it a little. */
	void (*enable_stop_signal)(struct world *world, bool enabled);

	/*
	 * Sleeps until a stop signal, at most TIMEOUT_NS (or WORLD_FOREVER). Returns 0 with the
	 * sender in *TID, -EAGAIN on timeout, -EINTR after a kick. While one signal is pending
	 * others are lost: after one, the caller has to check for more reports.
	 */
	int (*await_stop_signal)(struct world *world, uint64_t timeout_ns, pid_t *tid);

	/*
	 * Enables kicks, and the signal at the death of the tracer's process, for this thread. Each
	 * calls ARRIVED, in a signal handler.
	 */
	void (*setup_kick)(struct world *world, void (*arrived)(void *argument), void *argument);

	/* Whether there was a kick since the last clear_kick(), which returns the same. */
	bool (*is_kicked)(struct world *world);
	bool (*clear_kick)(struct world *world);

	/*
	 * Whether the process that the tracer belongs to is dead. Then the tracer's name is
	 * TRACER_ORPHAN_NAME. If it waits for a lock that its dead process holds, it is killed.
	 */
	bool (*is_orphan)(struct world *world);
};

#endif
