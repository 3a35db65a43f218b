/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One event of a kernel trace as a line of text: what engine/replay/babeltrace.h writes and
 * engine/replay/lttng_events.h reads.
 *
 *     1389304982794565804 2 syscall_entry_openat @tid=5 @procname="x" dfd=-100 filename="/etc/x"
 *     time in ns        CPU name                 contexts            fields
 *
 * Strings are in quotes, with C's escapes; a structure or array is "-"; so is a CPU that is not
 * known. Everything in a line is hostile, and bounded by its size. Pure; any thread.
 */
#ifndef STOP_ENGINE_REPLAY_LTTNG_LINE_H
#define STOP_ENGINE_REPLAY_LTTNG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/replay/span.h"

/* Maximum number of fields and contexts; more are left out. */
#define LTTNG_FIELDS_MAX 32

/* The greatest number of a CPU, and one more. */
#define LTTNG_CPUS_MAX   4096

struct lttng_field {
	struct span name;
	struct span value; /* as it is written: "-100", "0x7f", "\"/etc/x\"", "-" */
	bool is_context;   /* it was written with "@" */
};

struct lttng_line {
	uint64_t time_ns; /* since 1970, or an origin of the trace; greater than 0 */
	int cpu;          /* below LTTNG_CPUS_MAX; -1: unknown */
	struct span name; /* of the event */
	size_t count;
	struct lttng_field fields[LTTNG_FIELDS_MAX];
};

/* Takes TEXT, without its newline, apart. Returns false if it is no such line. */
bool lttng_line_parse(struct span text, struct lttng_line *line);

/* The value of the field called NAME, or of the context; NULL: there is none. */
const struct span *lttng_line_find(
	const struct lttng_line *line, const char *name, bool is_context);

/* Stores the number of that field in *NUMBER: the bits of a negative one. False: it has none. */
bool lttng_line_number(
	const struct lttng_line *line, const char *name, bool is_context, uint64_t *number);

#endif
