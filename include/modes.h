/*
 * The three ways in which stop shows what it sees. Each runs a session to its end and returns the
 * exit status; each tells the user itself of what goes wrong meanwhile. For the main thread.
 *
 * OUT is the file that was named with -o, opened before anything was started, or NULL; the mode
 * closes it.
 */
#ifndef STOP_MODES_H
#define STOP_MODES_H

#include <stdio.h>

#include "options.h"
#include "session.h"

/* One table or JSON object when the tracing ends. */
int mode_summary(struct session *session, const struct options *options, FILE *out);

/* A frame of text, or a line of JSON, every interval. */
int mode_batch(struct session *session, const struct options *options, FILE *out);

/* The screen. */
int mode_interactive(struct session *session, const struct options *options, FILE *out);

#endif
