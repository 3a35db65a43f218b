/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ships to what receives OTLP; see out/ship_otlp.h. */
#include "config.h"

#include "out/ship_otlp.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/names.h"
#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "decode/call_text.h"
#include "event/detail.h"
#include "event/tally.h"
#include "out/json_text.h"
#include "out/metrics.h"

#define NAME_SIZE     128

/* enum AggregationTemporality. */
#define DELTA         1

/* enum SeverityNumber. */
#define SEVERITY_INFO 9
#define SEVERITY_WARN 13

/* What begins each data point. */
#define POINT         "{\"startTimeUnixNano\":"

/* What ends each row. */
#define ROW_END       "]}]}"

/* What a request of each kind is. */
static const struct {
	const char *path;
	const char *field;    /* of the request, which has the resources, … */
	const char *scopes;   /* … each of which has scopes, … */
	const char *list;     /* … each of which has these */
	const char *rejected; /* field of a partial success, in data points or records */
} signals[SHIP_KINDS] = {
	[SHIP_SUM] = {"metrics", "resourceMetrics", "scopeMetrics", "\"metrics\":[",
		"rejectedDataPoints"},
	[SHIP_LOST] = {"metrics", "resourceMetrics", "scopeMetrics", "\"metrics\":[",
		"rejectedDataPoints"},
	[SHIP_CALL] = {"logs", "resourceLogs", "scopeLogs", "\"logRecords\":[",
		"rejectedLogRecords"},
};

/* A part of a text. */
struct part {
	const char *text;
	size_t size;
};

/*
 * Appends ROW to TEXT, whose last row has the head LAST: what has the same resource goes into its
 * list. Returns the head of ROW.
 */
static struct part append_row(
	struct json_text *text, const struct part *row, const char *list, const struct part *last)
{
	/* There is no such quotation mark in what is quoted. */
	const char *found = memmem(row->text, row->size, list, strlen(list));
	const struct part head = {row->text, (size_t)(found - row->text) + strlen(list)};
	const char *body = row->text + head.size;
	int size = (int)(row->size - head.size - strlen(ROW_END));
	if (head.size == last->size && memcmp(head.text, last->text, head.size) == 0)
		json_text_add(text, ",\n%.*s", size, body);
	else
		json_text_add(text, "%s%.*s\n%.*s", last->size ? ROW_END ",\n" : "", (int)head.size,
			head.text, size, body);
	return head;
}

/* The rows of BATCH as one request; owned by the caller. */
static char *body_of(const struct ship_batch *batch)
{
	struct json_text text = {.size = batch->size + 3 * batch->rows + 64};
	struct part last = {0};
	size_t begin = 0;
	text.buf = xcalloc(1, text.size);
	json_text_add(&text, "{\"%s\":[\n", signals[batch->kind].field);
	for (size_t i = 0; i < batch->rows; i++) {
		const struct part row = {batch->text + begin, batch->marks[i].end - begin};
		last = append_row(&text, &row, signals[batch->kind].list, &last);
		begin = batch->marks[i].end;
	}
	json_text_add(&text, ROW_END "\n]}");
	return text.buf;
}

static void insert(
	const struct ship_url *url, const struct ship_batch *batch, struct ship_request *request)
{
	request->method = "POST";
	request->type = "application/json";
	request->path = xasprintf(
		"%s%s/v1/%s", *url->name ? "/" : "", url->name, signals[batch->kind].path);
	request->body = body_of(batch);
}

/* Answers. */

/* All other errors must not be tried again, by the specification. */
static enum ship_verdict verdict_of(unsigned int status)
{
	switch (status) {
	case 413:
		return SHIP_TOO_LARGE;
	case 429:
	case 502:
	case 503:
	case 504:
		return SHIP_LATER;
	default:
		return status >= 200 && status < 300 ? SHIP_TAKEN : SHIP_REFUSED;
	}
}

/* A number of 64 bits: text, or a number. */
static uint64_t number_of(const json_t *value)
{
	const char *text = json_string_value(value);
	json_int_t number = text ? strtoll(text, NULL, 10) : json_integer_value(value);
	return number > 0 ? (uint64_t)number : 0;
}

/* How often TEXT is in BATCH. */
static uint64_t occurrences(const struct ship_batch *batch, const char *text)
{
	uint64_t count = 0;
	size_t size = strlen(text);
	const char *end = batch->text + batch->size;
	for (const char *at = batch->text; (at = memmem(at, (size_t)(end - at), text, size));
		at += size)
		count++;
	return count;
}

/* Which rows were rejected is not said, only how many parts of them: as many rows have these. */
static uint64_t rows_of(const struct ship_batch *batch, uint64_t rejected)
{
	uint64_t parts = occurrences(batch, POINT);
	if (batch->kind == SHIP_CALL || rejected >= parts)
		return rejected < batch->rows ? rejected : batch->rows;
	return (rejected * batch->rows + parts - 1) / parts;
}

static enum ship_verdict judge_parts(const json_t *partial, const struct ship_batch *batch,
	struct ship_count *refused, char why[SHIP_WHY_MAX])
{
	uint64_t rejected = number_of(json_object_get(partial, signals[batch->kind].rejected));
	const char *message = json_string_value(json_object_get(partial, "errorMessage"));
	char said[SHIP_WHY_MAX / 2];
	if (!rejected)
		return SHIP_TAKEN;
	text_escape(message ? message : "", message ? strlen(message) : 0, said, sizeof(said));
	snprintf(why, SHIP_WHY_MAX, "%" PRIu64 " %s were rejected%s%s", rejected,
		batch->kind == SHIP_CALL ? "records" : "data points", *said ? ": " : "", said);
	*refused = ship_batch_count(batch, 0, rows_of(batch, rejected));
	return SHIP_REFUSED;
}

static enum ship_verdict judge(const struct ship_answer *answer, struct ship_batch *batch,
	struct ship_count *refused, char why[SHIP_WHY_MAX])
{
	enum ship_verdict verdict = verdict_of(answer->status);
	if (verdict != SHIP_TAKEN) {
		ship_explain(answer->status, answer->body, answer->size, why);
		if (verdict == SHIP_REFUSED)
			*refused = ship_batch_count(batch, 0, batch->rows);
		return verdict;
	}
	json_t *root = answer->body ? json_loadb(answer->body, answer->size, 0, NULL) : NULL;
	verdict = judge_parts(json_object_get(root, "partialSuccess"), batch, refused, why);
	json_decref(root);
	return verdict;
}

/* Attributes: all but the first begin with a comma. */

static void begin_attribute(struct json_text *text, const char *name)
{
	bool is_first = text->used && text->buf[text->used - 1] == '[';
	json_text_add(text, "%s{\"key\":\"%s\",\"value\":{", is_first ? "" : ",", name);
}

static void add_text(struct json_text *text, const char *name, const char *value)
{
	begin_attribute(text, name);
	json_text_add(text, "\"stringValue\":");
	json_text_string(text, value);
	json_text_add(text, "}}");
}

/* Numbers of 64 bits are text in JSON. */
static void add_number(struct json_text *text, const char *name, int64_t value)
{
	begin_attribute(text, name);
	json_text_add(text, "\"intValue\":\"%" PRId64 "\"}}", value);
}

static void add_flag(struct json_text *text, const char *name, bool value)
{
	begin_attribute(text, name);
	json_text_add(text, "\"boolValue\":%s}}", value ? "true" : "false");
}

/* Who has made the calls of ROW, up to the list of what it is about. */
static void add_head(struct json_text *text, const struct ship_row *row)
{
	const struct ship_origin *origin = row->origin;
	char comm[NAME_SIZE];
	json_text_add(text, "{\"resource\":{\"attributes\":[");
	add_text(text, "service.name", origin->target);
	add_text(text, "service.instance.id", origin->session);
	add_text(text, "host.name", origin->host);
	if (row->kind != SHIP_LOST) {
		text_escape(row->comm, TASK_COMM_SIZE, comm, sizeof(comm));
		add_text(text, "process.executable.name", comm);
	}
	if (row->kind != SHIP_LOST && row->pid)
		add_number(text, "process.pid", row->pid);
	add_number(text, "stop.target_pid", origin->pid);
	add_text(text, "stop.command", origin->command);
	add_text(text, "stop.engine", origin->engine);
	json_text_add(text,
		"]},\"%s\":[{\"scope\":{\"name\":\"stop\",\"version\":\"" PACKAGE_VERSION "\"},%s",
		signals[row->kind].scopes, signals[row->kind].list);
}

/* Metrics. */

/* Begins one of ROW, with what it has for each point: all but the first with a comma. */
static void begin_metric(struct json_text *text, const char *name, const char *unit,
	const char *description, const char *data)
{
	bool is_first = text->used && text->buf[text->used - 1] == '[';
	json_text_add(text,
		"%s{\"name\":\"stop.%s\",\"unit\":\"%s\",\"description\":\"%s\",\"%s\":{"
		"\"aggregationTemporality\":%d,%s\"dataPoints\":[",
		is_first ? "" : ",", name, unit, description, data, DELTA,
		strcmp(data, "sum") == 0 ? "\"isMonotonic\":true," : "");
}

static void end_metric(struct json_text *text)
{
	json_text_add(text, "]}}");
}

/* The interval of a point, and the attributes of ROW, of which more may follow. */
static void begin_point(struct json_text *text, const struct ship_row *row)
{
	bool is_first = text->used && text->buf[text->used - 1] == '[';
	char name[CALL_NAME_MAX];
	json_text_add(text,
		"%s" POINT "\"%" PRIu64 "\",\"timeUnixNano\":\"%" PRIu64 "\",\"attributes\":[",
		is_first ? "" : ",", row->from_ns, row->time_ns);
	if (row->kind == SHIP_LOST)
		return;
	add_text(text, "stop.syscall", call_name(row->call, name));
	add_text(text, "stop.class", ship_row_class(row));
}

static void end_integer(struct json_text *text, uint64_t value)
{
	json_text_add(text, "],\"asInt\":\"%" PRIu64 "\"}", value);
}

/* NS in seconds, with all nine digits. */
static void add_seconds(struct json_text *text, uint64_t ns)
{
	json_text_add(text, "%" PRIu64 ".%09" PRIu64, ns / NS_PER_S, ns % NS_PER_S);
}

/* A metric of one integer. */
static void add_integer(struct json_text *text, const struct ship_row *row, const char *name,
	const char *unit, const char *description, uint64_t value)
{
	begin_metric(text, name, unit, description, "sum");
	begin_point(text, row);
	end_integer(text, value);
	end_metric(text);
}

static void add_time(struct json_text *text, const struct ship_row *row)
{
	begin_metric(
		text, "syscall.time", "s", "Time in calls, also of those seen in part.", "sum");
	begin_point(text, row);
	json_text_add(text, "],\"asDouble\":");
	add_seconds(text, row->tally->total_ns);
	json_text_add(text, "}");
	end_metric(text);
}

static void add_errors(struct json_text *text, const struct ship_row *row)
{
	const struct tally *tally = row->tally;
	char name[ABI_NAME_MAX];
	if (!tally->error_kinds)
		return;
	begin_metric(text, "syscall.errors", "{call}", "Calls that failed, by error.", "sum");
	for (size_t i = 0; i < tally->error_kinds; i++) {
		begin_point(text, row);
		add_text(text, "error.type", error_name(tally->error[i].err, name));
		end_integer(text, tally->error[i].count);
	}
	end_metric(text);
}

static void add_durations(struct json_text *text, const struct ship_row *row)
{
	const struct tally *tally = row->tally;
	uint64_t count[METRICS_BUCKETS];
	if (!tally->hist.count)
		return;
	metrics_buckets(&tally->hist, count);
	begin_metric(text, "syscall.duration", "s",
		"Duration of calls that were seen from beginning to end.", "histogram");
	begin_point(text, row);
	json_text_add(text, "],\"count\":\"%" PRIu64 "\",\"sum\":", tally->hist.count);
	add_seconds(text, tally->total_ns - tally->partial_ns);
	json_text_add(text, ",\"min\":");
	add_seconds(text, tally->min_ns);
	/* Those seen in part may have taken longer, and are not here. */
	if (!tally->partial) {
		json_text_add(text, ",\"max\":");
		add_seconds(text, tally->max_ns);
	}
	json_text_add(text, ",\"explicitBounds\":[");
	for (size_t i = 0; i < METRICS_BUCKETS - 1; i++) {
		json_text_add(text, "%s", i ? "," : "");
		add_seconds(text, metrics_bound_ns(i));
	}
	json_text_add(text, "],\"bucketCounts\":[");
	for (size_t i = 0; i < METRICS_BUCKETS; i++)
		json_text_add(text, "%s\"%" PRIu64 "\"", i ? "," : "", count[i]);
	json_text_add(text, "]}");
	end_metric(text);
}

static void add_sum(struct json_text *text, const struct ship_row *row)
{
	add_integer(text, row, "syscall.calls", "{call}", "Completed calls.", row->tally->calls);
	add_time(text, row);
	if (row->tally->bytes)
		add_integer(text, row, "syscall.io", "By", "Bytes that calls have transferred.",
			row->tally->bytes);
	add_errors(text, row);
	add_durations(text, row);
}

/* What is missing since the beginning of the session, as gauges: intervals may be missing, too. */
static void add_lost(struct json_text *text, const struct ship_row *row)
{
	const struct {
		const char *name, *unit, *description;
		uint64_t value;
	} gauges[] = {
		{"lost.rows", "{row}", "Sums that were not taken, so far.", row->lost_rows},
		{"lost.calls", "{call}", "Calls in them.", row->lost_calls},
		{"lost.details", "{call}", "Calls without a record, so far.", row->lost_details},
	};
	for (size_t i = 0; i < sizeof(gauges) / sizeof(*gauges); i++) {
		json_text_add(text,
			"%s{\"name\":\"stop.%s\",\"unit\":\"%s\",\"description\":\"%s\","
			"\"gauge\":{\"dataPoints\":[",
			i ? "," : "", gauges[i].name, gauges[i].unit, gauges[i].description);
		begin_point(text, row);
		end_integer(text, gauges[i].value);
		end_metric(text);
	}
}

/* Logs. */

static void add_body(struct json_text *text, const struct ship_row *row)
{
	char *line = xcalloc(1, CALL_TEXT_MAX);
	size_t length = call_text(row->detail, row->text, line, CALL_TEXT_MAX - 1);
	line[length] = '\0';
	json_text_add(text, "\"body\":{\"stringValue\":");
	json_text_string(text, line);
	json_text_add(text, "}");
	free(line);
}

static void add_record(struct json_text *text, const struct ship_row *row)
{
	const struct event_detail *detail = row->detail;
	bool has_returned = detail->end == DETAIL_RETURNED;
	bool has_failed = has_returned && detail->err;
	char name[CALL_NAME_MAX], error[ABI_NAME_MAX];
	json_text_add(text,
		"{\"timeUnixNano\":\"%" PRIu64 "\",\"observedTimeUnixNano\":\"%" PRIu64
		"\",\"severityNumber\":%d,\"severityText\":\"%s\","
		"\"eventName\":\"stop.syscall\",",
		row->from_ns, row->time_ns, has_failed ? SEVERITY_WARN : SEVERITY_INFO,
		has_failed ? "WARN" : "INFO");
	add_body(text, row);
	json_text_add(text, ",\"attributes\":[");
	add_text(text, "stop.syscall", call_name(row->call, name));
	add_text(text, "stop.class", ship_row_class(row));
	add_number(text, "thread.id", row->tid);
	add_number(text, "stop.duration_ns", (int64_t)(row->time_ns - row->from_ns));
	if (has_failed)
		add_text(text, "error.type", error_name(detail->err, error));
	else if (has_returned)
		add_number(text, "stop.result", detail->result);
	add_flag(text, "stop.partial", detail->partial);
	add_flag(text, "stop.returned", has_returned);
	json_text_add(text, "]}");
}

static void write_row(struct json_text *text, const struct ship_row *row)
{
	static void (*const adders[SHIP_KINDS])(
		struct json_text * text, const struct ship_row *row) = {
		[SHIP_SUM] = add_sum,
		[SHIP_LOST] = add_lost,
		[SHIP_CALL] = add_record,
	};
	add_head(text, row);
	adders[row->kind](text, row);
	json_text_add(text, ROW_END);
}

const struct ship_target ship_otlp = {
	.scheme = "otlp",
	.help = "OpenTelemetry, as JSON over HTTP",
	.name = "",
	.has_path = true,
	.key = "Bearer",
	.port = 4318,
	.tls_port = 443,
	.insert = insert,
	.row = write_row,
	.judge = judge,
};
