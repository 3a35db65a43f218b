/*
 * Reports of tracees, and what else ends the tracer's waiting; a part of world/world.h.
 *
 *   report        a tracee has stopped or ended: waitid(2)
 *   stop signal   the SIGCHLD that the kernel sends us with a report, where that is asked for
 *   kick          a signal of our own, sent by the reader or by a timer: something is to be done
 *   orphan        that signal from the kernel: the process that the tracer belongs to is dead
 *
 * All functions are the tracer's.
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
	 * The next report of thread TID, or of any tracee (0), into *INFO. It stays: it comes again
	 * until it is consumed or the tracee is resumed, and is not lost where the tracer dies.
	 * BLOCK: waits until there is one, or a kick. Returns 1, 0 where there is none, -ECHILD
	 * where there is no tracee (of one TID: where it is none of ours).
	 */
	int (*next)(struct world *world, pid_t tid, bool block, siginfo_t *info);

	/* Consumes the report of TID that is there, if any. After an end its number is free. */
	void (*consume)(struct world *world, pid_t tid);

	/* Waits for the end of TID, a child of ours that was killed, and consumes it. */
	void (*reap)(struct world *world, pid_t tid);

	/*
	 * Prepares this thread for stop signals, which are off then. To be called before the tracer
	 * has other threads: one that does not block the signal would take it away.
	 */
	void (*setup_stop_signal)(struct world *world);

	/* Whether each stop of a tracee sends a stop signal from now on; that costs it a little. */
	void (*enable_stop_signal)(struct world *world, bool enabled);

	/*
	 * Sleeps until a stop signal comes, TIMEOUT_NS at most (or WORLD_FOREVER). Returns 0 with
	 * the sender in *TID, -EAGAIN at the end of the time, -EINTR where a kick came. While one
	 * signal is pending others are lost: whoever gets one has to look for more reports.
	 */
	int (*await_stop_signal)(struct world *world, uint64_t timeout_ns, pid_t *tid);

	/* Lets kicks, and the end of the process that the tracer belongs to, reach this thread. */
	void (*setup_kick)(struct world *world);

	/* Whether a kick has come since clear_kick() was last called; that returns the same. */
	bool (*is_kicked)(struct world *world);
	bool (*clear_kick)(struct world *world);

	/*
	 * Whether the process that the tracer belongs to is dead. The tracer's name is then
	 * TRACER_ORPHAN_NAME, and it is killed after two seconds: a lock that its process died with
	 * might keep it from leaving.
	 */
	bool (*is_orphan)(struct world *world);
};

#endif
