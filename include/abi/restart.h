/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which system calls continue after being interrupted by a signal, and how.
 *
 * A thread waiting in a call is woken by every signal that has a handler, and under a tracer also
 * by ignored signals and by the tracer's own stops. The kernel then restarts most calls, as if
 * nothing had happened: at the exit stop of such a call the result is one of enum restart, which
 * the program never sees. Some are not, or must not be, restarted like that.
 *
 * Repairable calls fail with EINTR. If no handler ran, an untraced call would have continued. A
 * tracer can have it restarted by setting its result to -RESTART_NOHAND; but a relative timeout
 * would then start over, so the tracer has to end the call in time.
 *
 * Calls that keep their timeout are restarted as another call, restart_syscall (RESTART_BLOCK). If
 * a seccomp filter refuses that, it kills the program, or the wait fails. They can be restarted as
 * themselves instead, like repairable calls.
 *
 * Calls that are cut short return what has been transferred so far. That cannot be repaired: a
 * thread waiting in such a call must not be interrupted.
 *
 * All functions are pure; any thread.
 */
#ifndef STOP_ABI_RESTART_H
#define STOP_ABI_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/syscall.h"

/* How the kernel restarts a call, by the error in its result (its include/linux/errno.h). */
enum restart {
	RESTART_NONE = 0,     /* not at all */
	RESTART_SYS = 512,    /* unless a handler without SA_RESTART runs */
	RESTART_NOINTR = 513, /* always */
	RESTART_NOHAND = 514, /* unless a handler runs */
	RESTART_BLOCK = 516,  /* the same, as restart_syscall */
};

/* The kind of restart that RESULT of a call, a value or -errno, means. */
enum restart restart_of_result(int64_t result);

/* Whether a call with this restart is restarted after a handler with SA_RESTART. */
bool restart_survives_handler(enum restart restart);

/* Where a call's timeout is. */
enum timeout_source {
	TIMEOUT_NONE,     /* none: it waits forever */
	TIMEOUT_MS,       /* an argument: milliseconds; forever if negative */
	TIMEOUT_TIMESPEC, /* an argument: address of a struct timespec; forever if 0 */
	TIMEOUT_RECEIVE,  /* SO_RCVTIMEO of the socket that is the first argument */
	TIMEOUT_SEND,     /* SO_SNDTIMEO of that socket */
	TIMEOUT_URING,    /* an argument: address of a struct io_uring_getevents_arg */
	TIMEOUT_SETS,     /* like TIMEOUT_TIMESPEC if the first argument is 0, otherwise none */
	TIMEOUT_SLEEP,    /* nanosleep's */
	TIMEOUT_CLOCK,    /* clock_nanosleep's */
	TIMEOUT_FUTEX,    /* futex's: for most operations it is absolute, and needs no keeping */
};

/* A repairable call. Those with a socket timeout are repairable only on sockets. */
struct repair {
	const char *name;
	enum timeout_source timeout;
	unsigned int argument; /* index of the one with the timeout, from 0 */
	int on_timeout;        /* result of the call on timeout: 0 or -errno; or REPAIR_ONCE_MORE */
};

/*
 * On timeout the call is made once more, with a timeout of 0, as it stores something even then:
 * poll clears all `revents`.
 */
#define REPAIR_ONCE_MORE 1

/*
 * i386 has one call for all calls of sockets, socketcall, and one for those of System V IPC, ipc:
 * their first argument says which is made. 32-bit programs usually make these.
 */
struct multiplexed {
	const char *name;       /* the call that is made, as on other machines */
	unsigned int in_memory; /* number of 32-bit arguments at the address in the second
	                           argument; 0: they are arguments themselves */
	unsigned int order[CALL_MAX_ARGS]; /* then these: indices, from 0 */
};

/* Which call CALL with ARGS makes; NULL: none but itself. */
const struct multiplexed *call_multiplexed(struct call call, const uint64_t args[CALL_MAX_ARGS]);

/* How the call NAME can be repaired; NULL: it cannot, or NAME is NULL. */
const struct repair *repair_find(const char *name);

/*
 * The same for calls that the kernel restarts unless it cannot write the remaining time to the
 * timeout in the program's memory, because that is constant: then they fail with EINTR (its
 * poll_select_finish()). A select that is made again and has sets of descriptors starts over: only
 * the kernel can clear these.
 */
const struct repair *repair_find_constant(const char *name);

/*
 * Whether a call of REPAIR, from there, that is made with ARGS at the stack pointer SP can turn out
 * to need it: its timeout is neither missing nor near SP, in the frame of its caller, where C
 * libraries put a copy of what the program passes.
 */
bool repair_may_be_constant(
	const struct repair *repair, const uint64_t args[CALL_MAX_ARGS], uint64_t sp);

/*
 * The same for calls that the kernel continues as restart_syscall. A sleep on a CPU clock starts
 * over: it has no end that others could know.
 */
const struct repair *repair_find_block(const char *name);

/* Stores the number of restart_syscall in ABI (enum abi) in *CALL. */
void restart_call(uint32_t abi, struct call *call);

/* How the call of REPAIR can be repaired if its socket is of DOMAIN (AF_INET, …). */
const struct repair *repair_for_domain(const struct repair *repair, int domain);

/*
 * Whether the program can detect that the call was restarted: a connect that is made again and
 * times out fails with EALREADY. The tracer has to end it before.
 */
bool repair_is_visible(const struct repair *repair);

/*
 * Whether the call NAME, interrupted while waiting, can return less than it would have transferred.
 * NAME may be NULL.
 */
bool call_is_cut_short(const char *name, const uint64_t args[CALL_MAX_ARGS]);

/*
 * Whether the call NAME reads bytes, more than one, from the descriptor in its first argument. If
 * it waits for several (SO_RCVLOWAT, VMIN), it returns those that have arrived when it is
 * interrupted.
 */
bool call_reads_several(const char *name, const uint64_t args[CALL_MAX_ARGS]);

/* Whether a struct timespec passed to CALL has 32-bit members. */
bool call_has_short_times(struct call call);

#endif
