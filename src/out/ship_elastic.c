/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ships to Elasticsearch and OpenSearch; see out/ship_elastic.h. */
#include "config.h"

#include "out/ship_elastic.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "event/detail.h"
#include "out/json_text.h"

/* The version of the Elastic Common Schema whose fields these are. */
#define ECS                  "8.11.0"

#define NAME_SIZE            128

/* Size of a time as text: "2026-01-02T03:04:05.000000006Z". */
#define TIME_SIZE            48

/* A document that is there already: an answer was lost. */
#define CONFLICT             409

/* Parts of mappings. */
#define KEYWORD(name)        "\"" name "\":{\"type\":\"keyword\",\"ignore_above\":1024}"
#define LONG(name)           "\"" name "\":{\"type\":\"long\"}"
#define BOOLEAN(name)        "\"" name "\":{\"type\":\"boolean\"}"
#define UNINDEXED(name)      "\"" name "\":{\"type\":\"long\",\"index\":false}"
#define NANOS(name)          "\"" name "\":{\"type\":\"date_nanos\"}"
#define OBJECT(name, fields) "\"" name "\":{\"properties\":{" fields "}}"

/* What all documents have; those of `stop` beside STOP. */
#define FIELDS(stop) \
	NANOS("@timestamp") \
	"," OBJECT("ecs", KEYWORD("version")) "," OBJECT("event", \
		KEYWORD("kind") "," KEYWORD("module") "," KEYWORD("dataset") "," KEYWORD("action") "," KEYWORD("category") "," KEYWORD( \
			"type") "," KEYWORD("outcome") "," NANOS("start") "," NANOS("end") "," LONG("duration")) "," OBJECT("host", \
		KEYWORD("name") "," KEYWORD("hostname")) "," OBJECT("agent", \
		KEYWORD("type") "," KEYWORD("version") "," KEYWORD( \
			"ephemeral_id")) "," OBJECT("process", \
		KEYWORD("name") "," LONG("pid") "," OBJECT( \
			"thread", LONG("id"))) "," OBJECT("stop", \
		KEYWORD("target") "," LONG("target_pid") "," KEYWORD("command") "," KEYWORD( \
			"engine") "," LONG("row") "," stop)

static const struct {
	const char *suffix, *fields;
} streams[SHIP_KINDS] = {
	[SHIP_SUM] = {"sums",
		FIELDS(KEYWORD("class") "," LONG("calls") "," LONG("errors") "," LONG("partial") "," LONG("bytes") "," LONG("total_ns") "," LONG("min_ns") "," LONG(
			"max_ns") "," LONG("p50_ns") "," LONG("p95_ns") "," LONG("p99_ns") "," UNINDEXED("bucket_ns") "," UNINDEXED("bucket_calls") "," KEYWORD("error_names") "," UNINDEXED("error_calls"))},
	[SHIP_LOST] = {"lost",
		FIELDS(LONG("lost_rows") "," LONG("lost_calls") "," LONG("lost_details"))},
	[SHIP_CALL] = {"calls",
		FIELDS(KEYWORD("class") "," KEYWORD("args") "," LONG("result") "," KEYWORD("errno") "," KEYWORD(
			"result_text") "," LONG("duration_ns") "," BOOLEAN("partial") "," BOOLEAN("returned"))},
};

static bool prepare(const struct ship_url *url, unsigned int step, struct ship_request *request)
{
	if (step >= SHIP_KINDS)
		return false;
	request->method = "PUT";
	request->type = "application/json";
	request->path = xasprintf("/_index_template/%s-%s", url->name, streams[step].suffix);
	request->body = xasprintf("{\"index_patterns\":[\"%s-%s\"],\"data_stream\":{},"
				  "\"priority\":200,\"template\":{\"mappings\":{\"dynamic\":false,"
				  "\"properties\":{%s}}}}",
		url->name, streams[step].suffix, streams[step].fields);
	return true;
}

static enum ship_verdict is_prepared(const struct ship_answer *answer, char why[SHIP_WHY_MAX])
{
	bool is_forbidden = answer->status == 403;
	if (is_forbidden || (answer->status >= 200 && answer->status < 300))
		return SHIP_TAKEN;
	ship_explain(answer->status, answer->body, answer->size, why);
	return SHIP_LATER;
}

static void insert(
	const struct ship_url *url, const struct ship_batch *batch, struct ship_request *request)
{
	request->method = "POST";
	request->type = "application/x-ndjson";
	request->path = xasprintf("/%s-%s/_bulk?filter_path=errors,items.*.status,"
				  "items.*.error.type,items.*.error.reason",
		url->name, streams[batch->kind].suffix);
}

/* Answers to documents. */

/* The status of what was done with the document ITEM; 0: it has none. */
static unsigned int status_of(const json_t *item)
{
	return (unsigned int)json_integer_value(
		json_object_get(json_object_get(item, "create"), "status"));
}

/* Says why the document ITEM was not taken. */
static void explain_item(const json_t *item, char why[SHIP_WHY_MAX])
{
	const json_t *error = json_object_get(json_object_get(item, "create"), "error");
	const char *reason = json_string_value(json_object_get(error, "reason"));
	if (!reason)
		reason = json_string_value(json_object_get(error, "type"));
	ship_explain(status_of(item), reason, reason ? strlen(reason) : 0, why);
}

/* As ship_target.judge, of a bulk of which some documents were not taken: ITEMS are all. */
static enum ship_verdict judge_items(const json_t *items, struct ship_batch *batch,
	struct ship_count *refused, char why[SHIP_WHY_MAX])
{
	bool *keeps = xcalloc(batch->rows, sizeof(*keeps));
	size_t kept = 0, gone = 0;
	for (size_t i = 0; i < batch->rows; i++) {
		const json_t *item = json_array_get(items, i);
		unsigned int status = status_of(item);
		enum ship_verdict verdict = status == CONFLICT ? SHIP_TAKEN
		                                               : ship_judge_status(status);
		if (verdict == SHIP_TAKEN)
			continue;
		explain_item(item, why);
		keeps[i] = verdict == SHIP_LATER;
		kept += keeps[i];
		if (keeps[i])
			continue;
		const struct ship_count one = ship_batch_count(batch, i, 1);
		refused->rows += one.rows;
		refused->calls += one.calls;
		refused->details += one.details;
		gone++;
	}
	if (kept)
		ship_batch_keep(batch, keeps);
	free(keeps);
	return kept ? SHIP_LATER : gone ? SHIP_REFUSED : SHIP_TAKEN;
}

static enum ship_verdict judge(const struct ship_answer *answer, struct ship_batch *batch,
	struct ship_count *refused, char why[SHIP_WHY_MAX])
{
	enum ship_verdict verdict = ship_judge_status(answer->status);
	if (verdict != SHIP_TAKEN) {
		ship_explain(answer->status, answer->body, answer->size, why);
		if (verdict == SHIP_REFUSED)
			*refused = ship_batch_count(batch, 0, batch->rows);
		return verdict;
	}
	json_t *root = answer->body ? json_loadb(answer->body, answer->size, 0, NULL) : NULL;
	const json_t *errors = json_object_get(root, "errors");
	const json_t *items = json_object_get(root, "items");
	if (json_is_false(errors)) {
		verdict = SHIP_TAKEN;
	} else if (json_is_true(errors) && json_array_size(items) == batch->rows) {
		verdict = judge_items(items, batch, refused, why);
	} else {
		/* Nothing is there twice if it is sent again. */
		verdict = SHIP_LATER;
		snprintf(why, SHIP_WHY_MAX, "its answer is not that of a bulk request");
	}
	json_decref(root);
	return verdict;
}

/* Documents. */

static const char *time_text(uint64_t time_ns, char text[TIME_SIZE])
{
	time_t seconds = (time_t)(time_ns / NS_PER_S);
	struct tm tm;
	gmtime_r(&seconds, &tm);
	size_t length = strftime(text, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + length, TIME_SIZE - length, ".%09" PRIu64 "Z", time_ns % NS_PER_S);
	return text;
}

/* Adds `"NAME":"VALUE"`. */
static void add_text(struct json_text *text, const char *name, const char *value)
{
	json_text_add(text, "\"%s\":", name);
	json_text_string(text, value);
}

/* The process of ROW, and the thread if it is about one. */
static void add_process(struct json_text *text, const struct ship_row *row)
{
	char comm[NAME_SIZE];
	json_text_add(text, ",\"process\":{\"pid\":%d,", (int)row->pid);
	if (row->kind == SHIP_CALL)
		json_text_add(text, "\"thread\":{\"id\":%d},", (int)row->tid);
	add_text(text, "name", text_escape(row->comm, TASK_COMM_SIZE, comm, sizeof(comm)));
	json_text_add(text, "}");
}

/* "success", "failure", or "unknown" for what has not returned. */
static const char *outcome_of(const struct event_detail *detail)
{
	if (detail->end != DETAIL_RETURNED)
		return "unknown";
	return detail->err ? "failure" : "success";
}

static void add_event(struct json_text *text, const struct ship_row *row)
{
	char from[TIME_SIZE], until[TIME_SIZE], name[CALL_NAME_MAX];
	bool is_call = row->kind == SHIP_CALL;
	json_text_add(text,
		"\"event\":{\"kind\":\"%s\",\"module\":\"stop\",\"dataset\":\"stop.%s\","
		"\"category\":[\"process\"],\"type\":[\"info\"],\"start\":\"%s\",\"end\":\"%s\","
		"\"duration\":%" PRIu64,
		is_call ? "event" : "metric", streams[row->kind].suffix,
		time_text(row->from_ns, from), time_text(row->time_ns, until),
		row->time_ns - row->from_ns);
	if (row->kind != SHIP_LOST) {
		json_text_add(text, ",");
		add_text(text, "action", call_name(row->call, name));
	}
	if (is_call)
		json_text_add(text, ",\"outcome\":\"%s\"", outcome_of(row->detail));
	json_text_add(text, "}");
}

/* What is not in the Elastic Common Schema. */
static void add_own(struct json_text *text, const struct ship_row *row)
{
	const struct ship_origin *origin = row->origin;
	json_text_add(text, ",\"stop\":{\"row\":%" PRIu64 ",", row->number);
	add_text(text, "target", origin->target);
	json_text_add(text, ",\"target_pid\":%d,", (int)origin->pid);
	add_text(text, "command", origin->command);
	json_text_add(text, ",");
	add_text(text, "engine", origin->engine);
	ship_row_add(text, row);
	json_text_add(text, "}");
}

static void write_row(struct json_text *text, const struct ship_row *row)
{
	const struct ship_origin *origin = row->origin;
	char time[TIME_SIZE];
	json_text_add(text,
		"{\"create\":{\"_id\":\"%s-%" PRIu64 "\"}}\n{\"@timestamp\":\"%s\","
		"\"ecs\":{\"version\":\"" ECS "\"},",
		origin->session, row->number, time_text(row->time_ns, time));
	add_event(text, row);
	json_text_add(text, ",\"host\":{");
	add_text(text, "name", origin->host);
	json_text_add(text, ",");
	add_text(text, "hostname", origin->host);
	json_text_add(text,
		"},\"agent\":{\"type\":\"stop\",\"version\":\"" PACKAGE_VERSION
		"\",\"ephemeral_id\":\"%s\"}",
		origin->session);
	if (row->kind != SHIP_LOST)
		add_process(text, row);
	add_own(text, row);
	json_text_add(text, "}\n");
}

const struct ship_target ship_elastic = {
	.scheme = "elastic",
	.help = "Elasticsearch or OpenSearch",
	.name = "stop",
	.key = "ApiKey",
	.port = 9200,
	.tls_port = 9200,
	.prepare = prepare,
	.is_prepared = is_prepared,
	.insert = insert,
	.row = write_row,
	.judge = judge,
};
