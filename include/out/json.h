/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as JSON: one object of the schema "stop.snapshot/1".
 *
 * Names in the schema, in order: schema, time (RFC 3339), final, command, pid, engine, elapsed_ns,
 * counted_ns (less than elapsed_ns if the user has reset the counts), ended (text or null),
 * processes[], totals, lost, cost, filter (text or null), selection (object or null), syscalls[],
 * threads[], stacks[]. Fields may be added; none is renamed or removed without a new schema number.
 *
 * Unknown values are null, never guessed: min_ns, stddev_ns and percentiles of a call without a
 * complete time, overhead and share if they have not been measured, arguments that were not
 * collected. Times are integers in nanoseconds; since_ns is how long the thread has been in its
 * call or state; args are hexadecimal numbers as strings, because many JSON readers cannot
 * represent 64 bits.
 */
#ifndef STOP_OUT_JSON_H
#define STOP_OUT_JSON_H

#include <stdbool.h>
#include <stdio.h>

#include "out/report.h"

/* The schema. */
#define JSON_SCHEMA "stop.snapshot/1"

/*
 * Writes REPORT and a newline to STREAM: in one line if COMPACT, otherwise indented. Returns 0, or
 * -errno if writing failed.
 */
int json_write(FILE *stream, const struct report *report, bool compact);

/* The JSON library and its version, for -V. Static. */
const char *json_library(void);

#endif
