/*
 * The three ways in which stop shows what it sees. Each runs a session to its end and returns the
 * exit status; each tells the user itself of what goes wrong meanwhile. For the main thread.
 *
 * OUT is the file that was named with -o, opened before anything was started, or NULL; the mode
 * closes it.
 */
#ifndef STOP_APP_MODES_H
#define STOP_APP_MODES_H

#include <stdio.h>

#include "app/options.h"
#include "app/session.h"

/* One table or JSON object when the tracing ends. */
int mode_summary(struct session *session, const struct options *options, FILE *out);

/* A frame of text, or a line of JSON, every interval. */
int mode_batch(struct session *session, const struct options *options, FILE *out);

/* The screen. */
int mode_interactive(struct session *session, const struct options *options, FILE *out);

/* Longest message of modes_snapshot(), with the final NUL. */
#define MODES_TEXT_MAX 256

/*
 * Writes a snapshot of all that is known, whatever is shown, to where OPTIONS say, and what became
 * of it into TEXT. 0 or -errno.
 */
int modes_snapshot(
	struct session *session, const struct options *options, char text[MODES_TEXT_MAX]);

#endif
