/*
 * A report as text for people: the table at the end of a session, a frame of the batch mode, and
 * the readable half of a snapshot.
 *
 * All functions write to a stream and leave its errors there: whoever owns the stream asks
 * ferror(3) or fclose(3).
 */
#ifndef STOP_OUT_TABLE_H
#define STOP_OUT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "out/report.h"

/* What a report is written as. */
enum table_kind {
	TABLE_SUMMARY,  /* the end of a session: calls, a total line, errors by name */
	TABLE_FRAME,    /* a moment of it: with rates, and the calls in progress by thread */
	TABLE_SNAPSHOT, /* all that is known: both, and every thread */
	TABLE_KINDS,
};

/* Threads of a frame; of those that are in a call the ones that are so the longest are shown. */
#define TABLE_FRAME_THREADS 40

/* Writes REPORT as KIND to STREAM; where ASCII, in ASCII alone. A frame ends in an empty line. */
void table_write(FILE *stream, const struct report *report, enum table_kind kind, bool ascii);

#endif
