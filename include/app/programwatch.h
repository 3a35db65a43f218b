/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command lines of what the targets execute: requests the arguments of execve, and reads those
 * in /proc that were not seen. For the main thread.
 */
#ifndef STOP_APP_PROGRAMWATCH_H
#define STOP_APP_PROGRAMWATCH_H

#include <stdbool.h>

#include "event/interest.h"
#include "event/sink.h"
#include "model/model.h"

/* The state of reading. */
struct programwatch {
	bool reads;          /* what is unknown is read in /proc */
	bool follows_titles; /* known ones are read again from time to time: they may be titles */
	pid_t last;          /* the process that was read last */
	uint64_t next_ns;    /* when the next known one is read */
};

/* Has the arguments of all programs reported that are executed from now on. */
void programwatch_request(struct interest *interest);

/* Reads some of the unknown command lines of MODEL, for some milliseconds, and sends them to SINK.
 */
void programwatch_run(
	struct programwatch *watch, const struct model *model, struct event_sink *sink);

#endif
