/*
 * A report as JSON: one object of the schema "stop.snapshot/1".
 *
 * Names of the schema, in order: schema, time (RFC 3339), final, command, pid, engine, elapsed_ns,
 * counted_ns (less than elapsed_ns where the user had it count anew), ended (text or null),
 * processes[], totals, lost, cost, filter (text or null), syscalls[], threads[], stacks[]. Fields
 * may be added; none is renamed or removed without a new number.
 *
 * What is not known is null and never a guess: min_ns, stddev_ns and percentiles of a call of which
 * no whole time is known, the tracing floor and share while nobody has measured them, the arguments
 * of a call that nobody collected. Times are whole nanoseconds; since_ns is how long the thread has
 * been in its call or state; args are strings of hexadecimal numbers, as 64 bits are more than
 * many readers of JSON can hold.
 */
#ifndef STOP_OUT_JSON_H
#define STOP_OUT_JSON_H

#include <stdbool.h>
#include <stdio.h>

#include "out/report.h"

/* The schema that is written. */
#define JSON_SCHEMA "stop.snapshot/1"

/*
 * Writes REPORT and a newline to STREAM: in one line where COMPACT, else indented. Returns 0, or
 * -errno where the stream refused it.
 */
int json_write(FILE *stream, const struct report *report, bool compact);

/* The JSON library and its version, for -V. Static. */
const char *json_library(void);

#endif
