/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as human-readable text: the table at the end of a session, a frame of batch mode, and
 * the text half of a snapshot.
 *
 * All functions write to a stream and leave errors to its owner, who calls ferror(3) or fclose(3).
 */
#ifndef STOP_OUT_TABLE_H
#define STOP_OUT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "out/exporter.h"

/* Maximum number of threads in a frame: those that have been in a call the longest. */
#define TABLE_FRAME_THREADS 40

/* Maximum number of files and peers in a summary, and in a frame. */
#define TABLE_SUMMARY_FILES 200
#define TABLE_FRAME_FILES   30

/* Writes REPORT for KIND to STREAM; if ASCII, only in ASCII. A frame ends with an empty line. */
void table_write(FILE *stream, const struct report *report, enum export_kind kind, bool ascii);

#endif
