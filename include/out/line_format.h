/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Formats of the log of calls (--log-format), as rows of a table. To add one, add a function that
 * writes an event as a line, an entry in enum line_format_id, and a row in src/out/line_format.c.
 */
#ifndef STOP_OUT_LINE_FORMAT_H
#define STOP_OUT_LINE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct log_format;

enum line_format_id {
	LINE_FORMAT_STRACE, /* the default */
	LINE_FORMAT_PLAIN,
	LINE_FORMAT_NDJSON,
	LINE_FORMAT_CHROME,
	LINE_FORMATS,
};

struct line_format {
	const char *name;        /* for --log-format: "ndjson" */
	const char *help;        /* short description */
	const char *begin, *end; /* the beginning and the end of the file; NULL: none */
	bool is_for_programs; /* secrets are masked, buffers left out (event/redaction.h); and one
	                         file has all threads */
	bool has_tasks;       /* it shows tasks and wakers, too */
	bool is_plain;        /* descriptors are numbers; and as in struct log_format */

	/* Writes EVENT as a line, as log_line() (out/log_line.h) does. */
	size_t (*line)(
		struct log_format *format, const struct event *event, char *buf, size_t size);

	/* The same for CALLS and OTHERS (signals, ends of tasks) that are missing here. */
	size_t (*lost)(
		struct log_format *format, uint64_t calls, uint64_t others, char *buf, size_t size);
};

/* The table, indexed by enum line_format_id, in the order of the help. */
extern const struct line_format line_formats[LINE_FORMATS];

#endif
