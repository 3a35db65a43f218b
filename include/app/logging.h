/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --log: the file is opened before anything is started, as a command must not run if its log cannot
 * be written; a session passes its events to it; and at the end it is written, which may take long.
 *
 * Main thread only.
 */
#ifndef STOP_APP_LOGGING_H
#define STOP_APP_LOGGING_H

#include <stdbool.h>

struct interest;
struct descriptor_namer;
struct log;
struct log_subject;
struct log_tail;
struct descriptor_namer;
struct options;
struct session;

/*
 * Opens the log of OPTIONS, which must outlive it; *OUT is NULL if there is none. Returns 0, or the
 * exit status after a message.
 */
int logging_open(const struct options *options, struct log **out);

/* Requests what the log of OPTIONS needs, if there is one. */
void logging_request(const struct options *options, struct interest *interest);

/* The lines of a log for the screen, with names by NAMER; they are about nothing yet. */
struct log_tail *logging_new_tail(const struct options *options, struct descriptor_namer *namer);

/* Makes TAIL be about SUBJECT, and requests what it needs, and no more. */
void logging_follow(
	struct interest *interest, struct log_tail *tail, const struct log_subject *subject);

/* Requests the calls that send signals, without what they point to. */
void logging_request_signals(struct interest *interest);

/* Says that the target waits for whoever reads the log of OPTIONS, if it does. */
void logging_warn(const struct options *options, const struct log *log);

/*
 * After session_leave(): waits until LOG (NULL is allowed) is written. When the user asks to end,
 * that has to go on; when the user asks again, it is given up.
 */
void logging_finish(struct session *session, struct log *log);

/* Closes LOG of OPTIONS. Returns 0, or the exit status after a message about what is missing. */
int logging_close(const struct options *options, struct log *log);

/* Whether some LOG is still in use after logging_close(), so that only _exit(2) may follow. */
bool logging_is_abandoned(void);

#endif
