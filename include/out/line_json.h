/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as lines of JSON: one object a line for databases (NDJSON, the schema stop.line/1), and
 * trace events of Chrome, which Perfetto and others show. See out/line_format.h.
 */
#ifndef STOP_OUT_LINE_JSON_H
#define STOP_OUT_LINE_JSON_H

#include <stddef.h>
#include <stdint.h>

struct call_text_options;
struct event;
struct event_detail;
struct json_text;
struct log_format;

/* The schema of lines of NDJSON, also of those that are made of reports (out/json_lines.h). */
#define LINE_SCHEMA "stop.line/1"

/* As in struct line_format. */
size_t line_ndjson(struct log_format *format, const struct event *event, char *buf, size_t size);
size_t line_ndjson_lost(
	struct log_format *format, uint64_t calls, uint64_t others, char *buf, size_t size);

/*
 * Adds what a line says of a call beside its name, as fields of JSON, each after a comma: "args",
 * "result", "errno", "result_text", "duration_ns", "partial", "returned".
 */
void line_json_add_call(struct json_text *text, const struct call_text_options *options,
	const struct event_detail *detail);

/*
 * The same as trace events, each with a comma: calls are slices of their threads, signals and ends
 * of tasks instants, what a thread waited for is an arrow from its waker, and the calls and errors
 * of each tenth of a second are counters.
 */
size_t line_chrome(struct log_format *format, const struct event *event, char *buf, size_t size);
size_t line_chrome_lost(
	struct log_format *format, uint64_t calls, uint64_t others, char *buf, size_t size);

#endif
