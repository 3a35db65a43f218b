/*
 * What a thread's time goes into: user code, waiting, or work in calls of some class.
 *
 * The kernel does not tell a call that waits from one that works. Some calls are made in order to
 * wait (futex, poll, nanosleep): their time is waiting. The time of others is named by the first
 * of their classes, whatever part of it they waited. Pure; any thread.
 */
#ifndef STOP_MODEL_USE_H
#define STOP_MODEL_USE_H

#include "abi/syscall.h"

enum use {
	USE_USER, /* outside of calls; what the tracing itself takes is in it */
	USE_WAIT, /* in calls that are made in order to wait */
	USE_FILE, /* in calls of these classes */
	USE_DESC,
	USE_NETWORK,
	USE_MEMORY,
	USE_PROCESS,
	USE_OTHER,   /* in calls of other classes, or none */
	USE_STOPPED, /* stopped by job control */
	USE_COUNT,
};

/* What the time in CALL is: USE_WAIT to USE_OTHER. */
enum use use_of_call(struct call call);

/* "user", "wait", "file", …; static. */
const char *use_name(enum use use);

#endif
