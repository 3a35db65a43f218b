/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as lines of JSON (NDJSON, the schema stop.line/1 of out/line_json.h): one for the
 * report, and one for each call, thread, process, file, stack and program, with the fields that
 * they have in stop.snapshot/1, and what it takes to tell them from those of other hosts and times.
 * Secrets in command lines are masked (event/redaction.h).
 */
#ifndef STOP_OUT_JSON_LINES_H
#define STOP_OUT_JSON_LINES_H

#include <stdio.h>

#include "out/report.h"

/* Writes REPORT to STREAM. Returns 0 or -errno. */
int json_lines_write(FILE *stream, const struct report *report);

#endif
