/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Classification of a thread's time: on a CPU, waiting for one, or asleep, in calls of some class
 * or for another reason.
 *
 * The kernel does not distinguish calls that wait from calls that work. Some calls are made in
 * order to wait (futex, poll, nanosleep): their time is waiting. The time of others is attributed
 * to the first of their classes, even if part of it was waiting. Pure; any thread.
 */
#ifndef STOP_MODEL_TIME_CLASS_H
#define STOP_MODEL_TIME_CLASS_H

#include "abi/syscall.h"

enum time_class {
	TIME_USER,     /* on a CPU, in user mode */
	TIME_KERNEL,   /* on a CPU, in the kernel: in calls, page faults, stops */
	TIME_RUNNABLE, /* waiting for a CPU */
	TIME_TRACED,   /* stopped by tracing, asleep */
	TIME_WAIT,     /* asleep in calls made in order to wait */
	TIME_FILE,     /* asleep in calls of these classes */
	TIME_DESC,
	TIME_NETWORK,
	TIME_MEMORY,
	TIME_PROCESS,
	TIME_OTHER,   /* in calls of other classes, or none */
	TIME_STOPPED, /* stopped by job control */
	TIME_FROZEN,  /* with its cgroup */
	TIME_ASLEEP,  /* outside of calls: for a page that is not in memory */
	TIME_UNKNOWN, /* none of the above can be told */
	TIME_COUNT,
};

/* The class of the time in CALL: TIME_WAIT to TIME_OTHER. */
enum time_class time_class_of_call(struct call call);

/* "user", "wait", "file", …; static. */
const char *time_class_name(enum time_class class);

#endif
