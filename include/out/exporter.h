/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output formats of reports. Each is a row of a table used by the option --format, its help and the
 * modes. To add one, add a file with a function that writes it, an entry in enum exporter_id, and a
 * row in src/out/exporter.c.
 */
#ifndef STOP_OUT_EXPORTER_H
#define STOP_OUT_EXPORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "out/report.h"

/* The purpose of a report. */
enum export_kind {
	EXPORT_SUMMARY,  /* the end of a session: calls, a total line, errors by name */
	EXPORT_FRAME,    /* a point in time: with rates, and the calls in progress by thread */
	EXPORT_SNAPSHOT, /* everything: both, and every thread */
	EXPORT_KINDS,
};

enum exporter_id {
	EXPORTER_TEXT, /* the default */
	EXPORTER_JSON,
	EXPORTER_NDJSON,
	EXPORTER_PROMETHEUS,
	EXPORTER_OPENMETRICS,
	EXPORTER_FOLDED,
	EXPORTER_SPEEDSCOPE,
	EXPORTER_PPROF,
	EXPORTER_COUNT,
};

struct exporter {
	const char *name;           /* for --format: "json" */
	const char *help;           /* short description */
	const char *schema;         /* "stop.snapshot/1"; NULL: none */
	bool stacks_alone;          /* it writes only stacks, so -k is required */
	bool is_single;             /* one report makes a whole file: -b replaces it */
	size_t waits[EXPORT_KINDS]; /* of how many threads it writes what they wait for */

	/*
	 * Writes REPORT for KIND to STREAM; its own text in ASCII only if ASCII. Returns 0, or
	 * -errno for errors that ferror(3) does not report.
	 */
	int (*write)(FILE *stream, const struct report *report, enum export_kind kind, bool ascii);
};

/* The table, indexed by enum exporter_id, in the order of the help. */
extern const struct exporter exporters[EXPORTER_COUNT];

#endif
