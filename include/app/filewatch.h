/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files and peers in a session: requests the details of calls that are necessary to count by
 * object, and reads in /proc what these do not tell.
 *
 *     key, option ──▶ filewatch ──interest──▶ engine ──EVENT_DETAIL──▶ model
 *                         ▲ │                                            │
 *                         │ └── /proc ──EVENT_DESCRIPTOR──▶ sink ──▶ model│
 *                         └───────────── descriptors_next_want() ◀───────┘
 *
 * Reading takes a small share of the time. It never opens what the target has open, and does not
 * depend on the servers of file systems. For the main thread.
 */
#ifndef STOP_APP_FILEWATCH_H
#define STOP_APP_FILEWATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "event/interest.h"
#include "event/sink.h"
#include "model/model.h"

struct filewatch;

/*
 * A watch of the targets of MODEL that sends its events to SINK and requests by INTEREST; all must
 * outlive it. Freed with filewatch_free(), which accepts NULL.
 */
struct filewatch *filewatch_new(
	struct model *model, struct interest *interest, struct event_sink *sink);
void filewatch_free(struct filewatch *watch);

/* Requests what is necessary to count by object, or no longer. */
void filewatch_request(struct filewatch *watch, bool wanted);

/* The same for descriptors alone, so that calls can be shown with what these are. */
void filewatch_request_names(struct filewatch *watch, bool wanted);

/* Whether either is requested. */
bool filewatch_is_on(const struct filewatch *watch);

/*
 * Reads the descriptors of PID, a command that is not traced yet and waits to be started: nobody
 * can say later what they were if it is short.
 */
void filewatch_read_command(struct filewatch *watch, pid_t pid);

/*
 * Reads what is to be read, for some milliseconds. IS_IDLE: all events up to NOW_NS have been
 * passed to the model.
 */
void filewatch_run(struct filewatch *watch, bool is_idle, uint64_t now_ns);

#endif
