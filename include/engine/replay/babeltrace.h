/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only user of libbabeltrace2: writes what a CTF trace of others says about system calls and
 * threads, as lines (engine/replay/lttng_line.h).
 *
 * The library aborts on some damaged traces, has no bounds, and can be made to do worse. So these
 * functions are only called in a process that has nothing to lose (engine/replay/trace_process.h).
 * There are two implementations: the library, and none.
 */
#ifndef STOP_ENGINE_REPLAY_BABELTRACE_H
#define STOP_ENGINE_REPLAY_BABELTRACE_H

/* Events that the trace does not have:
 *     TIME - BABELTRACE_TIME                       at the beginning, and after many other events
 *     TIME CPU BABELTRACE_RUNNING tid=N comm="…"   before all others: runs there at first
 *     TIME CPU BABELTRACE_LOST count=N             the tracer has discarded events of this CPU
 * and the last line, without which the trace was not read to its end. */
#define BABELTRACE_TIME    "stop_time"
#define BABELTRACE_RUNNING "stop_running"
#define BABELTRACE_LOST    "stop_discarded"
#define BABELTRACE_END     "end "   /* and the time of the last event */
#define BABELTRACE_ERROR   "error " /* and why: one line, not escaped */

/* The name and version of the library, for -V; NULL: it is not in this build, and the functions
 * below return -ENOSYS. Static. */
const char *babeltrace_library(void);

/* Loads the library's plugins, which are files, before rights are given up. Returns 0 or -errno. */
int babeltrace_load(void);

/* Writes the trace in the current directory to FD, also an error. Returns 0 or -errno. */
int babeltrace_write(int fd);

#endif
