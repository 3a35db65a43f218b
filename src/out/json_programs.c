/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What processes have executed as JSON; see out/json_programs.h. */
#include "config.h"

#include "out/json_programs.h"

#include <stdlib.h>
#include <string.h>

#include "abi/names.h"
#include "base/alloc.h"
#include "base/text.h"

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

static json_t *count_if(bool known, uint64_t value)
{
	return known ? count(value) : json_null();
}

static json_t *word(const char *text)
{
	size_t size = strlen(text), room = size * ESCAPE_GROWTH + ESCAPE_ROOM;
	char *escaped = xcalloc(1, room);
	json_t *value = json_string(text_escape(text, size, escaped, room));
	free(escaped);
	return value;
}

/* The words of its command line, or null. */
static json_t *argv(const struct program_row *row)
{
	if (!row->size)
		return json_null();
	json_t *list = json_array();
	for (size_t at = 0; at < row->size; at += strlen(row->words + at) + 1)
		json_array_append_new(list, word(row->words + at));
	return list;
}

/* NS or counts by class; with ALL, of those outside of calls, too. */
static json_t *by_class(const uint64_t values[TIME_COUNT], bool all)
{
	json_t *object = json_object();
	for (enum time_class id = 0; id < TIME_COUNT; id++) {
		if (all || (id >= TIME_WAIT && id <= TIME_OTHER))
			json_object_set_new(object, time_class_name(id), count(values[id]));
	}
	return object;
}

static uint64_t since(uint64_t time_ns, uint64_t start_ns)
{
	return time_ns > start_ns ? time_ns - start_ns : 0;
}

static json_t *program_object(const struct program_row *row, uint64_t start_ns)
{
	static const char *const origins[PROGRAM_ORIGINS] = {
		[PROGRAM_FOUND] = "found", [PROGRAM_FORKED] = "fork", [PROGRAM_EXECUTED] = "exec"};
	static const char *const states[PROGRAM_STATES] = {[PROGRAM_RUNS] = "runs",
		[PROGRAM_REPLACED] = "replaced",
		[PROGRAM_EXITED] = "ended",
		[PROGRAM_LEFT] = "unknown"};
	char comm[NAME_SIZE], signal[ABI_NAME_MAX];
	bool is_other = row->id == 0, has_ended = !is_other && row->state != PROGRAM_RUNS;
	bool is_known = !is_other && row->origin != PROGRAM_FOUND;
	json_t *object = json_object();
	json_object_set_new(object, "id", count(row->id));
	json_object_set_new(object, "parent", count_if(row->parent > 0, row->parent));
	json_object_set_new(object, "depth", json_integer(row->depth));
	json_object_set_new(object, "pid", count_if(!is_other, (uint64_t)row->pid));
	json_object_set_new(
		object, "started_by", count_if(row->starter > 0, (uint64_t)row->starter));
	json_object_set_new(object, "comm",
		json_string(text_escape(row->comm, sizeof(row->comm), comm, sizeof(comm))));
	json_object_set_new(object, "argv", argv(row));
	json_object_set_new(object, "argv_is_cut", json_boolean(row->is_cut));
	json_object_set_new(
		object, "origin", is_other ? json_null() : json_string(origins[row->origin]));
	json_object_set_new(
		object, "state", is_other ? json_null() : json_string(states[row->state]));
	json_object_set_new(object, "start_ns", count_if(is_known, since(row->start_ns, start_ns)));
	json_object_set_new(object, "end_ns", count_if(has_ended, since(row->end_ns, start_ns)));
	json_object_set_new(object, "run_ns", count_if(!is_other, row->run_ns));
	bool is_seen = !is_other && row->state == PROGRAM_EXITED;
	json_object_set_new(object, "exit_code",
		count_if(is_seen && row->exit_code >= 0 && !row->exit_signal,
			(uint64_t)row->exit_code));
	json_object_set_new(object, "exit_signal",
		is_seen && row->exit_signal ? json_string(signal_name(row->exit_signal, signal))
					    : json_null());
	json_object_set_new(object, "threads", count(row->threads));
	json_object_set_new(object, "programs", count(row->programs));
	json_object_set_new(object, "calls", count(row->counts.calls));
	json_object_set_new(object, "errors", count(row->counts.errors));
	json_object_set_new(object, "bytes", count(row->counts.bytes));
	json_object_set_new(object, "total_ns", count(row->counts.total_ns));
	json_object_set_new(object, "class_calls", by_class(row->counts.class_calls, false));
	json_object_set_new(object, "class_ns", by_class(row->counts.class_ns, false));
	json_object_set_new(object, "cpu_ns", count(row->counts.cpu_ns));
	json_object_set_new(object, "time_ns", by_class(row->counts.time_ns, true));
	return object;
}

json_t *json_programs(const struct report *report)
{
	if (!report->view.programs)
		return json_null();
	json_t *list = json_array();
	for (size_t i = 0; i < report->program_count; i++)
		json_array_append_new(
			list, program_object(&report->programs[i], report->totals.start_ns));
	return list;
}
