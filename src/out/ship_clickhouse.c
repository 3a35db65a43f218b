/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ships to ClickHouse; see out/ship_clickhouse.h. */
#include "config.h"

#include "out/ship_clickhouse.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "out/json_text.h"
#include "out/line_json.h"

#define NAME_SIZE 128

/* Codes of exceptions, from its src/Common/ErrorCodes.cpp. */
enum exception {
	CANNOT_PARSE_FIRST = 24, /* of those about the text of values: … */
	CANNOT_PARSE_LAST = 42,
	TYPE_MISMATCH = 53,
	UNKNOWN_TABLE = 60,
	UNKNOWN_DATABASE = 81,
	INCORRECT_DATA = 117,
	ACCESS_DENIED = 497,
	READONLY = 164,
	DATABASE_ACCESS_DENIED = 291,
};

/* The columns that all tables begin with. */
#define HEAD \
	"time_ns UInt64, from_ns UInt64, host String, session String, row UInt64, " \
	"target String, target_pid Int32, command String, engine String"

/* Days of rows are parts that can be dropped: ALTER TABLE … DROP PARTITION. */
#define ENGINE(order) \
	" ENGINE = ReplacingMergeTree" \
	" PARTITION BY toYYYYMMDD(toDateTime(intDiv(time_ns, 1000000000)))" \
	" ORDER BY (" order ")"

static const struct {
	const char *name, *columns;
} tables[SHIP_KINDS] = {
	[SHIP_SUM] = {"stop_sums",
		" (" HEAD ", pid Int32, comm String, name String, class String, "
		"calls UInt64, errors UInt64, partial UInt64, bytes UInt64, total_ns UInt64, "
		"min_ns UInt64, max_ns UInt64, p50_ns UInt64, p95_ns UInt64, p99_ns UInt64, "
		"bucket_ns Array(UInt64), bucket_calls Array(UInt64), "
		"error_names Array(String), error_calls Array(UInt64))" ENGINE(
			"name, host, time_ns, session, row")},
	[SHIP_LOST] = {"stop_lost",
		" (" HEAD ", lost_rows UInt64, lost_calls UInt64, lost_details UInt64)" ENGINE(
			"host, session, time_ns, row")},
	[SHIP_CALL] = {"stop_calls",
		" (" HEAD ", pid Int32, tid Int32, comm String, name String, class String, "
		"args String, result Nullable(Int64), errno Nullable(String), result_text String, "
		"duration_ns UInt64, partial UInt8, returned UInt8)" ENGINE(
			"name, host, time_ns, session, row")},
};

/* A path with the query STATEMENT. */
static char *path_of(const struct ship_url *url, const char *statement)
{
	return xasprintf("/?database=%s&query=%s", url->name, statement);
}

static bool prepare(const struct ship_url *url, unsigned int step, struct ship_request *request)
{
	request->method = "POST";
	request->type = "text/plain";
	if (step == 0) {
		/* In the default database: ours may not exist. */
		request->path = xstrdup("/");
		request->body = xasprintf("CREATE DATABASE IF NOT EXISTS %s", url->name);
		return true;
	}
	if (step > SHIP_KINDS)
		return false;
	request->path = xasprintf("/?database=%s", url->name);
	request->body = xasprintf(
		"CREATE TABLE IF NOT EXISTS %s%s", tables[step - 1].name, tables[step - 1].columns);
	return true;
}

/* The code of the exception that ANSWER is; 0: none. Versions differ in the status they have. */
static unsigned long exception_of(const struct ship_answer *answer)
{
	if (!answer->body || strncmp(answer->body, "Code: ", 6) != 0)
		return 0;
	return strtoul(answer->body + 6, NULL, 10);
}

static enum ship_verdict is_prepared(const struct ship_answer *answer, char why[SHIP_WHY_MAX])
{
	unsigned long code = exception_of(answer);
	if (code == ACCESS_DENIED || code == READONLY || code == DATABASE_ACCESS_DENIED)
		return SHIP_TAKEN;
	if (!code && answer->status >= 200 && answer->status < 300)
		return SHIP_TAKEN;
	ship_explain(answer->status, answer->body, answer->size, why);
	return SHIP_LATER;
}

static void insert(
	const struct ship_url *url, const struct ship_batch *batch, struct ship_request *request)
{
	char statement[96];
	snprintf(statement, sizeof(statement),
		"INSERT%%20INTO%%20%s%%20FORMAT%%20JSONEachRow"
		"&input_format_skip_unknown_fields=1",
		tables[batch->kind].name);
	request->method = "POST";
	request->type = "application/x-ndjson";
	request->path = path_of(url, statement);
}

static enum ship_verdict judge(const struct ship_answer *answer, struct ship_batch *batch,
	struct ship_count *refused, char why[SHIP_WHY_MAX])
{
	unsigned long code = exception_of(answer);
	enum ship_verdict verdict = ship_judge_status(answer->status);
	if (code == UNKNOWN_TABLE || code == UNKNOWN_DATABASE)
		verdict = SHIP_UNPREPARED;
	else if ((code >= CANNOT_PARSE_FIRST && code <= CANNOT_PARSE_LAST) ||
		 code == TYPE_MISMATCH || code == INCORRECT_DATA)
		verdict = SHIP_REFUSED;
	else if (code)
		verdict = SHIP_LATER;
	if (verdict != SHIP_TAKEN)
		ship_explain(answer->status, answer->body, answer->size, why);
	if (verdict == SHIP_REFUSED)
		*refused = ship_batch_count(batch, 0, batch->rows);
	return verdict;
}

/* Rows. */

static void add_text(struct json_text *text, const char *name, const char *value)
{
	json_text_add(text, ",\"%s\":", name);
	json_text_string(text, value);
}

static void add_number(struct json_text *text, const char *name, uint64_t value)
{
	json_text_add(text, ",\"%s\":%" PRIu64, name, value);
}

/* Whose calls ROW is about. */
static void add_process(struct json_text *text, const struct ship_row *row)
{
	char comm[NAME_SIZE], name[CALL_NAME_MAX];
	json_text_add(text, ",\"pid\":%d", (int)row->pid);
	if (row->kind == SHIP_CALL)
		json_text_add(text, ",\"tid\":%d", (int)row->tid);
	add_text(text, "comm", text_escape(row->comm, TASK_COMM_SIZE, comm, sizeof(comm)));
	add_text(text, "name", call_name(row->call, name));
}

static void write_row(struct json_text *text, const struct ship_row *row)
{
	static const char *const types[SHIP_KINDS] = {
		[SHIP_SUM] = "sum", [SHIP_CALL] = "syscall", [SHIP_LOST] = "lost"};
	const struct ship_origin *origin = row->origin;
	json_text_add(text, "{\"schema\":\"" LINE_SCHEMA "\",\"type\":\"%s\"", types[row->kind]);
	add_number(text, "time_ns", row->time_ns);
	add_number(text, "from_ns", row->from_ns);
	add_text(text, "host", origin->host);
	add_text(text, "session", origin->session);
	add_number(text, "row", row->number);
	add_text(text, "target", origin->target);
	json_text_add(text, ",\"target_pid\":%d", (int)origin->pid);
	add_text(text, "command", origin->command);
	add_text(text, "engine", origin->engine);
	if (row->kind != SHIP_LOST)
		add_process(text, row);
	ship_row_add(text, row);
	json_text_add(text, "}\n");
}

const struct ship_target ship_clickhouse = {
	.scheme = "clickhouse",
	.help = "ClickHouse, over HTTP",
	.name = "default",
	.user = "default",
	.port = 8123,
	.tls_port = 8443,
	.prepare = prepare,
	.is_prepared = is_prepared,
	.insert = insert,
	.row = write_row,
	.judge = judge,
};
