/* Values as text; see out/cell.h. */
#include "config.h"

#include "out/cell.h"

#include <stdio.h>
#include <string.h>

#include "abi/names.h"
#include "base/text.h"
#include "base/units.h"

/*
 * The classes that a table shows are those up to this one: the later ones (%stat, %statfs, …) are
 * parts of these, made for selecting and not for telling calls apart.
 */
#define LAST_SHOWN_CLASS CLASS_PURE

/* What a column's times are, beyond being times: by it a prefix is chosen. */
enum time_kind {
	TIME_NONE,    /* not a time */
	TIME_SUM,     /* grows with the calls: no tracing floor applies */
	TIME_BOUNDED, /* a latency that partly seen calls bound from below */
	TIME_WHOLE,   /* a latency of whole times alone */
};

static const enum time_kind time_kinds[COLUMN_COUNT] = {
	[COLUMN_TOTAL] = TIME_SUM,
	[COLUMN_AVG] = TIME_BOUNDED,
	[COLUMN_MIN] = TIME_WHOLE,
	[COLUMN_P50] = TIME_WHOLE,
	[COLUMN_P90] = TIME_WHOLE,
	[COLUMN_P99] = TIME_WHOLE,
	[COLUMN_MAX] = TIME_BOUNDED,
};

static void class_names(uint32_t classes, char buf[CELL_MAX])
{
	size_t used = 0;
	buf[0] = '\0';
	for (unsigned int id = 0; id <= LAST_SHOWN_CLASS; id++) {
		if (classes >> id & 1 && used < CELL_MAX)
			used += (size_t)snprintf(buf + used, CELL_MAX - used, "%s%s",
				used ? "," : "", call_class_name(id));
	}
	if (used == 0)
		strcpy(buf, "-");
}

/* VALUE as a whole number; the greatest where a conversion would be undefined (C17 6.3.1.4). */
static uint64_t whole(double value)
{
	return value < 0x1p64 ? (uint64_t)value : UINT64_MAX;
}

static void count_cell(uint64_t count, const struct cell_format *format, char buf[CELL_MAX])
{
	if (format->full)
		snprintf(buf, CELL_MAX, "%llu", (unsigned long long)count);
	else
		units_count(count, buf);
}

static void text_cell(enum column_id column, const struct call_row *row, char buf[CELL_MAX])
{
	if (column == COLUMN_CLASS)
		class_names(row->classes, buf);
	else
		text_escape(row->name, sizeof(row->name), buf, CELL_MAX);
}

static void time_cell(
	enum column_id column, const struct call_row *row, uint64_t floor_ns, char buf[CELL_MAX])
{
	enum time_kind kind = time_kinds[column];
	uint64_t ns = whole(call_columns[column].value(row) + 0.5);
	bool is_latency = kind == TIME_BOUNDED || kind == TIME_WHOLE;
	bool is_floor = is_latency && floor_ns && ns <= floor_ns;
	bool is_partial = row->marked && (kind == TIME_SUM || kind == TIME_BOUNDED);
	char text[UNITS_MAX];
	units_time(is_floor ? floor_ns : ns, text);
	snprintf(buf, CELL_MAX, "%s%s", is_partial ? "~" : is_floor ? "≤" : "", text);
}

char *cell_call(enum column_id column, const struct call_row *row, const struct cell_format *format,
	char buf[CELL_MAX])
{
	const struct column *desc = &call_columns[column];
	if (desc->whole_only && row->timed == 0)
		return strcpy(buf, "-");
	switch (desc->kind) {
	case COLUMN_TEXT:
		text_cell(column, row, buf);
		break;
	case COLUMN_NUMBER:
		count_cell(whole(desc->value(row)), format, buf);
		break;
	case COLUMN_PER_S:
		units_number(desc->value(row), buf);
		break;
	case COLUMN_SHARE_OF:
		units_percent(desc->value(row), buf);
		break;
	case COLUMN_TIME:
		time_cell(column, row, format->floor_ns, buf);
		break;
	}
	return buf;
}

bool cell_is_right(enum column_id column)
{
	return call_columns[column].kind != COLUMN_TEXT;
}

/* How a state is called in a table and in JSON. */
static const struct {
	const char *text;
	const char *word;
} states[] = {
	[THREAD_RUNNING] = {"running", "running"},
	[THREAD_IN_CALL] = {"in call", "in_call"},
	[THREAD_STOPPED] = {"stopped", "stopped"},
	[THREAD_ENDED] = {"ended", "ended"},
};

const char *cell_thread_state(enum thread_state state)
{
	return states[state].word;
}

static void thread_pid(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	snprintf(buf, CELL_MAX, "%d", (int)row->pid);
}

static void thread_tid(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	snprintf(buf, CELL_MAX, "%d", (int)row->tid);
}

static void thread_name(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	text_escape(row->comm, sizeof(row->comm), buf, CELL_MAX);
}

static void thread_state(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	char signal[ABI_NAME_MAX];
	(void)format;
	if (row->state == THREAD_ENDED && row->exit_signal)
		snprintf(buf, CELL_MAX, "killed by %s", signal_name(row->exit_signal, signal));
	else if (row->state == THREAD_ENDED && row->exit_code >= 0)
		snprintf(buf, CELL_MAX, "exited with %d", row->exit_code);
	else
		snprintf(buf, CELL_MAX, "%s", states[row->state].text);
}

static void thread_call(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	if (row->state == THREAD_IN_CALL)
		call_name(row->call, buf);
	else
		strcpy(buf, "-");
}

static void thread_for(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	uint64_t ns = format->now_ns > row->since_ns ? format->now_ns - row->since_ns : 0;
	char text[UNITS_MAX];
	bool is_partial = row->state == THREAD_IN_CALL && row->partial;
	snprintf(buf, CELL_MAX, "%s%s", is_partial ? "~" : "", units_time(ns, text));
}

static void thread_calls(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	count_cell(row->calls, format, buf);
}

static void thread_errors(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	count_cell(row->errors, format, buf);
}

static void thread_total(
	const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX])
{
	(void)format;
	units_time(row->total_ns, buf);
}

const struct thread_column_desc thread_columns[THREAD_COLUMN_COUNT] = {
	[THREAD_COLUMN_PID] = {"PID", true, thread_pid},
	[THREAD_COLUMN_TID] = {"TID", true, thread_tid},
	[THREAD_COLUMN_NAME] = {"NAME", false, thread_name},
	[THREAD_COLUMN_STATE] = {"STATE", false, thread_state},
	[THREAD_COLUMN_CALL] = {"CALL", false, thread_call},
	[THREAD_COLUMN_FOR] = {"FOR", true, thread_for},
	[THREAD_COLUMN_CALLS] = {"CALLS", true, thread_calls},
	[THREAD_COLUMN_ERRORS] = {"ERRORS", true, thread_errors},
	[THREAD_COLUMN_TOTAL] = {"TOTAL", true, thread_total},
};
