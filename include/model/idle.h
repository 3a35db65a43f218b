/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Idle waits: calls that only wait while their thread has nothing to do, like those of workers in a
 * pool, an event loop without events, or a shell whose command runs.
 *
 * A thread waits idly if it has been for IDLE_NS or longer in a call that can wait idly, and is not
 * known to be kept from going on: the lock that it waits for has no holder, it is no part of a
 * deadlock, and the kernel lets it be interrupted (a disk does not). All of its time in that call
 * is idle then. Calls that cannot wait idly are all that are not in the table of idle.c: connect,
 * flock, fsync, open.
 */
#ifndef STOP_MODEL_IDLE_H
#define STOP_MODEL_IDLE_H

#include "abi/syscall.h"
#include "base/time.h"

#define IDLE_NS (1 * NS_PER_S)

enum idle_kind {
	IDLE_NEVER,
	IDLE_EVENT, /* until something happens, or a time has come */
	IDLE_INPUT, /* for a message or bytes */
	IDLE_CHILD, /* for a child to end */
	IDLE_LOCK,  /* for another thread: a lock, or a condition */
};

/* The kind of CALL. Pure; any thread. */
enum idle_kind idle_kind_of_call(struct call call);

#endif
