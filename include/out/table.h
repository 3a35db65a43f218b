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

#include "out/exporter.h"

/* Threads of a frame; of those that are in a call the ones that are so the longest are shown. */
#define TABLE_FRAME_THREADS 40

/* Writes REPORT for KIND to STREAM; where ASCII, in ASCII alone. A frame ends in an empty line. */
void table_write(FILE *stream, const struct report *report, enum export_kind kind, bool ascii);

#endif
