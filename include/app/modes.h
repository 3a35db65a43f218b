/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The three modes. Each runs a session to its end, reports errors to the user, and returns the exit
 * status. For the main thread.
 */
#ifndef STOP_APP_MODES_H
#define STOP_APP_MODES_H

#include <stdio.h>

#include "app/config.h"
#include "app/options.h"
#include "app/session.h"
#include "ui/settings.h"

struct recording;
struct shipping;
struct serving;
struct replay;
struct terminal;

/* What a mode needs beside the session: checked and opened before anything is started. */
struct mode {
	const struct options *options;
	FILE *out;                   /* of summary and batch mode */
	const char *out_name;        /* as the user knows it, escaped */
	char out_path[128];          /* the name, if it is that of a file */
	struct log *log;             /* of --log, or NULL; freed with logging_close() */
	struct replay *replay;       /* what is played, or NULL; owned */
	struct recording *recording; /* of the session; freed with recording_close() */
	struct shipping *shipping;   /* of --ship, or NULL; freed with shipping_close() */
	struct serving *serving; /* of --serve or --metrics, or NULL; freed with serving_close() */
	const char *unwritten;   /* what is still to be written of a report */
	size_t unwritten_size;
	struct terminal *terminal;             /* open already; NULL: the screen opens it. Owned */
	struct settings settings;              /* of the screen */
	char settings_error[CONFIG_ERROR_MAX]; /* what is wrong with the configuration; "": nothing
	                                        */
};

/*
 * Makes MODE for OPTIONS, which must outlive it. A command must not run if its results cannot be
 * written. Returns 0, or the exit status after a message. Freed with mode_clear().
 */
int mode_prepare(struct mode *mode, const struct options *options);
void mode_clear(struct mode *mode);

/* One table or JSON object when tracing ends. */
int mode_summary(struct session *session, struct mode *mode);

/* A frame of text, or a line of JSON, per interval. */
int mode_batch(struct session *session, struct mode *mode);

/* The screen. */
int mode_interactive(struct session *session, struct mode *mode);

/*
 * In the tracer's process, after our death: finishes what MODE was writing, and writes the last
 * report. See session_config.write_last.
 */
void modes_write_last(struct session *session, void *mode);

/* The exit status after --until, with a message if it has not happened. */
int modes_until_status(const struct session *session);

/* Says so if our exit is a signal for a command that is left running. */
void modes_warn_of_signal(const struct session *session);

/* Size of the longest message of modes_snapshot(), including the final NUL. */
#define MODES_TEXT_MAX 256

/*
 * Writes a snapshot of everything, regardless of the view, to the directory in OPTIONS, and a
 * message about it to TEXT. Returns 0 or -errno.
 */
int modes_snapshot(
	struct session *session, const struct options *options, char text[MODES_TEXT_MAX]);

/* The same of a page (out/page.h). */
int modes_page(struct session *session, const struct options *options, char text[MODES_TEXT_MAX]);

/* Writes the page of --report, if it was given. Returns the exit status, after a message. */
int modes_finish_page(struct session *session, const struct options *options);

#endif
