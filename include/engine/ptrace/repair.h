/*
 * Calls that a tracer breaks, and what can be done about it.
 *
 * A thread that waits in a call is woken by PTRACE_INTERRUPT, and, because it is traced, even by
 * signals that it ignores. Most calls are then restarted by the kernel, as if nothing had been. Two
 * kinds are not:
 *
 *   broken: the call fails with EINTR. Where no handler ran that is not what an untraced call would
 *           have done. Its result is made -ERESTARTNOHAND: the kernel restarts the call when no
 *           handler runs, and returns EINTR when one does, which is the call's own contract
 *           (signal(7), "Interruption of system calls … by signal handlers"). A timeout that is
 *           relative would start anew; so it is watched here, and once it has passed, the call is
 *           given what it returns on timeout.
 *   cut:    the call returns early with what was transferred so far. That has no repair; a thread
 *           that waits in such a call is not to be interrupted.
 *
 * The tables are pure. repair_timeout() reads the target; tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_REPAIR_H
#define STOP_ENGINE_PTRACE_REPAIR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"

/* A timeout that never comes. */
#define REPAIR_FOREVER        UINT64_MAX

/* The results, beside -EINTR, that a repair writes. */
#define REPAIR_ERESTARTNOHAND 514

/* Where a call's timeout is told. */
enum repair_clock {
	REPAIR_NO_CLOCK, /* it waits for ever */
	REPAIR_MS,       /* an argument: milliseconds, below 0 for ever */
	REPAIR_TIMESPEC, /* an argument: address of a struct timespec, 0 for ever */
	REPAIR_RECEIVE,  /* SO_RCVTIMEO of the socket in the first argument */
	REPAIR_SEND,     /* SO_SNDTIMEO of it */
	REPAIR_URING,    /* struct io_uring_getevents_arg */
};

/* A call that can be broken. */
struct repair {
	const char *name;
	enum repair_clock clock;
	unsigned int argument; /* which one tells the timeout, from 0 */
	int on_timeout;        /* what the call returns then: 0 or -errno */
	bool sockets_only;     /* only a socket in the first argument gives EINTR for a signal */
};

/* How CALL is repaired where a signal made it fail with EINTR; NULL: it is not. */
const struct repair *repair_find(struct call call);

/* Whether CALL, interrupted while it waits, can return less than it would have transferred. */
bool repair_is_cut(struct call call, const uint64_t args[CALL_MAX_ARGS]);

/*
 * Whether a call that is repaired so would tell of the restart, were it not for us to end it: a
 * connect that times out in its second try says that one is already under way.
 */
bool repair_is_final(const struct repair *repair);

/* REPAIR, or what holds instead of it for the kind of socket in the first of ARGS, of thread TID.
 */
const struct repair *repair_of_socket(
	const struct repair *repair, pid_t tid, const uint64_t args[CALL_MAX_ARGS]);

/*
 * How long CALL of thread TID, with ARGS, waits at most: *TIMEOUT_NS from its beginning, or
 * REPAIR_FOREVER. 0; or -errno where that cannot be read, or the call is none that may be repaired.
 */
int repair_timeout(const struct repair *repair, pid_t tid, struct call call,
	const uint64_t args[CALL_MAX_ARGS], uint64_t *timeout_ns);

#endif
