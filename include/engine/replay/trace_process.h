/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process that reads a directory which others have written, with a library that was not made for
 * hostile data, and passes on lines:
 *
 *     stop ──fork──▶ the process: no rights, bounded memory, one directory ──pipe──▶ line_reader
 *
 * It may crash, hang or be taken over: all that it can do is to read that directory and to write
 * lines, which are believed as little as those of a file. It ends with stop. One thread, that which
 * has started it.
 */
#ifndef STOP_ENGINE_REPLAY_TRACE_PROCESS_H
#define STOP_ENGINE_REPLAY_TRACE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* What the process does; both return 0 or -errno. */
struct trace_process_work {
	int (*load)(void);     /* first, while it still may open files: may be NULL */
	int (*write)(int out); /* in the directory; closes OUT */
};

struct trace_process {
	int pidfd; /* owned */
	pid_t pid;
	int out; /* what it writes, a pipe, without a wait; owned */
};

/* Starts it in DIRECTORY, a descriptor. Returns 0 or -errno. */
int trace_process_start(
	struct trace_process *process, int directory, const struct trace_process_work *work);

/* Waits up to TIMEOUT_MS until it has written something, or ended. Returns whether it has. */
bool trace_process_wait(const struct trace_process *process, int timeout_ms);

/* Kills it if it still runs, and frees what PROCESS owns. */
void trace_process_end(struct trace_process *process);

#endif
