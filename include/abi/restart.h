/*
 * Which system calls go on after a signal has interrupted them, and how.
 *
 * A thread that waits in a call is woken by every signal that has a handler, and where a tracer is
 * at work also by those that are ignored, and by the tracer's own stops. Most calls are then
 * restarted by the kernel, as if nothing had happened: at the exit stop of such a call the result
 * is one of enum restart, which the program never sees. Two kinds are not:
 *
 *   repairable: the call fails with EINTR. Where no handler ran, an untraced call would have gone
 *               on. A tracer can have it restarted by making its result -RESTART_NOHAND; but a
 *               relative timeout would then start anew, so the tracer has to end the call in time.
 *   cut short:  the call returns what was transferred so far. That cannot be repaired: a thread
 *               that waits in such a call must not be interrupted.
 *
 * All functions are pure; any thread.
 */
#ifndef STOP_ABI_RESTART_H
#define STOP_ABI_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/syscall.h"

/* How the kernel restarts a call, by the error in its result (include/linux/errno.h there). */
enum restart {
	RESTART_NONE = 0,     /* it does not */
	RESTART_SYS = 512,    /* unless a handler without SA_RESTART runs */
	RESTART_NOINTR = 513, /* always */
	RESTART_NOHAND = 514, /* unless a handler runs */
	RESTART_BLOCK = 516,  /* the same, as restart_syscall */
};

/* What the RESULT of a call, a value or -errno, says of its restart. */
enum restart restart_of_result(int64_t result);

/* Whether a call that is restarted so is made again after a handler that has SA_RESTART. */
bool restart_survives_handler(enum restart restart);

/* Where a call's timeout is. */
enum timeout_source {
	TIMEOUT_NONE,     /* it waits for ever */
	TIMEOUT_MS,       /* an argument: milliseconds; for ever below 0 */
	TIMEOUT_TIMESPEC, /* an argument: address of a struct timespec; for ever where that is 0 */
	TIMEOUT_RECEIVE,  /* SO_RCVTIMEO of the socket that is the first argument */
	TIMEOUT_SEND,     /* SO_SNDTIMEO of that socket */
	TIMEOUT_URING,    /* an argument: address of a struct io_uring_getevents_arg */
};

/* A repairable call. Of those with a socket's timeout this is so only where it is of a socket. */
struct repair {
	const char *name;
	enum timeout_source timeout;
	unsigned int argument; /* that has the timeout, from 0 */
	int on_timeout;        /* what the call returns then: 0 or -errno */
};

/* How CALL can be repaired; NULL: it cannot. */
const struct repair *repair_find(struct call call);

/* How the call of REPAIR can be repaired where its socket is of DOMAIN (AF_INET, …). */
const struct repair *repair_for_domain(const struct repair *repair, int domain);

/*
 * Whether the program could see that the call was restarted: a connect that is made a second time
 * and times out fails with EALREADY. It has to be ended before.
 */
bool repair_is_visible(const struct repair *repair);

/* Whether CALL, interrupted while it waits, can return less than it would have transferred. */
bool call_is_cut_short(struct call call, const uint64_t args[CALL_MAX_ARGS]);

/* Whether a struct timespec that CALL is given has members of 32 bits. */
bool call_has_short_times(struct call call);

#endif
