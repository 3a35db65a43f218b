/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files and peers as JSON; see out/json_files.h. */
#include "config.h"

#include "out/json_files.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "abi/names.h"
#include "base/alloc.h"
#include "base/text.h"
#include "decode/objects.h"
#include "out/file_column.h"

/* Room for an escaped name of a task. */
#define NAME_SIZE     128

/* Growth of text when it is escaped, and room for its end. */
#define ESCAPE_GROWTH 4
#define ESCAPE_ROOM   8

/* JSON has 63 bits for numbers. */
static json_t *count(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *real(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

/* A name, which may contain NULs, escaped. */
static json_t *name_of(const struct file_row *row)
{
	size_t room = row->size * ESCAPE_GROWTH + ESCAPE_ROOM;
	char *copy = xcalloc(1, row->size + 1), *escaped = xcalloc(1, room);
	memcpy(copy, row->name, row->size);
	/* An abstract name has been made printable before. */
	for (size_t i = 0; i < row->size; i++)
		copy[i] = copy[i] ? copy[i] : '@';
	json_t *value = json_string(text_escape(copy, row->size, escaped, room));
	free(copy);
	free(escaped);
	return value;
}

/* Process PID called COMM, or null. */
static json_t *task(pid_t pid, const char *comm)
{
	char escaped[NAME_SIZE];
	if (!pid)
		return json_null();
	json_t *object = json_object();
	json_object_set_new(object, "pid", json_integer(pid));
	json_object_set_new(object, "comm",
		json_string(text_escape(comm, TASK_COMM_SIZE, escaped, sizeof(escaped))));
	return object;
}

static json_t *errnos(const struct file_row *row)
{
	json_t *object = json_object();
	for (size_t i = 0; i < FILE_ERRORS_MAX && row->error[i].count; i++) {
		char name[ABI_NAME_MAX];
		json_object_set_new(
			object, error_name(row->error[i].err, name), count(row->error[i].count));
	}
	return object;
}

static json_t *file_object(const struct file_row *row)
{
	char call[NAME_SIZE];
	json_t *object = json_object();
	json_object_set_new(object, "name", name_of(row));
	json_object_set_new(object, "kind",
		row->kind == KIND_COUNT ? json_null() : json_string(object_kind_name(row->kind)));
	json_object_set_new(object, "objects", count(row->objects));
	json_object_set_new(object, "calls", count(row->calls));
	json_object_set_new(object, "errors", count(row->errors));
	json_object_set_new(object, "errnos", errnos(row));
	json_object_set_new(object, "in_progress", count(row->in_progress));
	json_object_set_new(object, "partial", count(row->partial));
	json_object_set_new(object, "unsure", count(row->unsure));
	json_object_set_new(object, "rate", real(row->rate));
	json_object_set_new(object, "bytes_in", count(row->in));
	json_object_set_new(object, "bytes_out", count(row->out));
	json_object_set_new(object, "byte_rate_in", real(row->in_rate));
	json_object_set_new(object, "byte_rate_out", real(row->out_rate));
	json_object_set_new(object, "total_ns", count(row->total_ns));
	json_object_set_new(object, "idle_ns", count(row->idle_ns));
	json_object_set_new(object, "avg_ns", count((uint64_t)(row->avg_ns + 0.5)));
	json_object_set_new(object, "max_ns", count(row->max_ns));
	json_object_set_new(object, "p99_ns", row->timed ? count(row->p99_ns) : json_null());
	json_object_set_new(object, "last_call",
		row->last_ns ? json_string(text_escape(
				       row->last_name, sizeof(row->last_name), call, sizeof(call)))
			     : json_null());
	json_object_set_new(object, "users", count(row->users));
	json_object_set_new(object, "user", task(row->user, row->user_comm));
	json_object_set_new(object, "peer", task(row->peer, row->peer_comm));
	return object;
}

json_t *json_files(const struct report *report)
{
	if (!report->view.files)
		return json_null();
	json_t *list = json_array();
	for (size_t i = 0; i < report->file_count; i++)
		json_array_append_new(list, file_object(&report->files[i]));
	return list;
}

json_t *json_file_totals(const struct report *report)
{
	const struct file_totals *totals = &report->file_totals;
	if (!report->view.files)
		return json_null();
	json_t *object = json_object(), *lost = json_object();
	json_object_set_new(
		object, "grouping", json_string(file_grouping_name(report->view.file_grouping)));
	json_object_set_new(object, "calls", count(totals->calls));
	json_object_set_new(object, "errors", count(totals->errors));
	json_object_set_new(object, "bytes", count(totals->bytes));
	json_object_set_new(object, "total_ns", count(totals->total_ns));
	json_object_set_new(lost, "calls", count(totals->lost_calls));
	json_object_set_new(lost, "errors", count(totals->lost_errors));
	json_object_set_new(lost, "bytes", count(totals->lost_bytes));
	json_object_set_new(lost, "total_ns", count(totals->lost_ns));
	json_object_set_new(object, "not_attributed", lost);
	json_object_set_new(object, "without_object", count(totals->without));
	json_object_set_new(object, "second_objects", count(totals->repeated));
	json_object_set_new(object, "unsure", count(totals->unsure));
	json_object_set_new(object, "objects", count(totals->objects));
	json_object_set_new(object, "in_other", count(totals->forgotten));
	return object;
}
