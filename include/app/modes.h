/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The three modes. Each runs a session to its end, reports errors to the user, and returns the exit
 * status. For the main thread.
 *
 * OUT is the file named with -o, opened before anything was started, or NULL; the mode closes it.
 */
#ifndef STOP_APP_MODES_H
#define STOP_APP_MODES_H

#include <stdio.h>

#include "app/options.h"
#include "app/session.h"

/* One table or JSON object when tracing ends. */
int mode_summary(struct session *session, const struct options *options, FILE *out);

/* A frame of text, or a line of JSON, per interval. */
int mode_batch(struct session *session, const struct options *options, FILE *out);

/* The screen. */
int mode_interactive(struct session *session, const struct options *options, FILE *out);

/* Size of the longest message of modes_snapshot(), including the final NUL. */
#define MODES_TEXT_MAX 256

/*
 * Writes a snapshot of everything, regardless of the view, to the directory in OPTIONS, and a
 * message about it to TEXT. Returns 0 or -errno.
 */
int modes_snapshot(
	struct session *session, const struct options *options, char text[MODES_TEXT_MAX]);

#endif
