/*
 * Output formats: what a report can be written as. Each is a row of a table, by which the option
 * --format, its help and the modes go. A new one is a file with a function that writes it, an
 * entry in enum exporter_id, and a row in src/out/exporter.c.
 */
#ifndef STOP_OUT_EXPORTER_H
#define STOP_OUT_EXPORTER_H

#include <stdbool.h>
#include <stdio.h>

#include "out/report.h"

/* What a report is written for. */
enum export_kind {
	EXPORT_SUMMARY,  /* the end of a session: calls, a total line, errors by name */
	EXPORT_FRAME,    /* a moment of it: with rates, and the calls in progress by thread */
	EXPORT_SNAPSHOT, /* all that is known: both, and every thread */
	EXPORT_KINDS,
};

enum exporter_id {
	EXPORTER_TEXT, /* the default */
	EXPORTER_JSON,
	EXPORTER_FOLDED,
	EXPORTER_COUNT,
};

struct exporter {
	const char *name;   /* for --format: "json" */
	const char *help;   /* what it is, in a few words */
	const char *schema; /* "stop.snapshot/1"; NULL: it has none with a name */
	bool stacks_alone;  /* it writes nothing else: which stacks has to be said */

	/*
	 * Writes REPORT for KIND to STREAM; text of its own in ASCII alone where ASCII. 0, or
	 * -errno where the stream's error is not to be found with ferror(3).
	 */
	int (*write)(FILE *stream, const struct report *report, enum export_kind kind, bool ascii);
};

/* The table, indexed by enum exporter_id; in the order of the help. */
extern const struct exporter exporters[EXPORTER_COUNT];

#endif
