/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values as text; see out/cell.h. */
#include "config.h"

#include "out/cell.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "abi/names.h"
#include "base/text.h"
#include "base/units.h"

/*
 * Tables show the classes up to this one: the later ones (%stat, %statfs, …) are subsets of these,
 * for selection rather than classification.
 */
#define LAST_SHOWN_CLASS CLASS_PURE

/* Number of intervals in the graph column. */

/* The kind of times in a column, which determines their prefix. */
enum time_kind {
	TIME_NONE,    /* not a time */
	TIME_SUM,     /* grows with the calls: overhead does not apply */
	TIME_BOUNDED, /* a latency for which partly observed calls are a lower bound */
	TIME_WHOLE,   /* a latency of complete times only */
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

/* VALUE as an integer; the maximum if the conversion would be undefined (C17 6.3.1.4). */
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

static void time_cell(enum column_id column, const struct call_row *row, uint64_t min_measurable_ns,
	char buf[CELL_MAX])
{
	enum time_kind kind = time_kinds[column];
	uint64_t ns = whole(call_columns[column].value(row) + 0.5);
	bool is_latency = kind == TIME_BOUNDED || kind == TIME_WHOLE;
	bool is_floor = is_latency && min_measurable_ns && ns <= min_measurable_ns;
	bool is_partial = row->marked && (kind == TIME_SUM || kind == TIME_BOUNDED);
	char text[UNITS_MAX];
	if (is_floor && is_partial) {
		strcpy(buf, "-"); /* a lower bound that is below the overhead: nothing is known */
		return;
	}
	units_time(is_floor ? min_measurable_ns : ns, text);
	snprintf(buf, CELL_MAX, "%s%s", is_partial ? "~" : is_floor ? "≤" : "", text);
}

const char *cell_block(double value, double greatest)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	int eighths = greatest > 0 ? (int)(value / greatest * 7 + 0.5) : 0;
	return blocks[eighths < 0 ? 0 : eighths > 7 ? 7 : eighths];
}

char *cell_graph(const struct history *history, int columns, double greatest, char buf[CELL_MAX])
{
	size_t used = 0;
	bool has_scale = greatest > 0;
	buf[0] = '\0';
	if (!history)
		return buf;
	if (columns > (CELL_MAX - 1) / 3) /* a block is three bytes long */
		columns = (CELL_MAX - 1) / 3;
	for (int age = 0; age < columns && !has_scale; age++)
		greatest = fmax(greatest, history_at(history, (unsigned int)age));
	for (int age = columns; age-- > 0;) {
		double value = history_at(history, (unsigned int)age);
		const char *shown = value > 0 ? cell_block(value, greatest) : " ";
		used += (size_t)snprintf(buf + used, CELL_MAX - used, "%s", shown);
	}
	return buf;
}

char *cell_call(enum column_id column, const struct call_row *row, const struct cell_format *format,
	char buf[CELL_MAX])
{
	const struct column *desc = &call_columns[column];
	if (desc->is_known && !desc->is_known(row))
		return strcpy(buf, "-");
	switch (desc->kind) {
	case COLUMN_TEXT:
		text_cell(column, row, buf);
		break;
	case COLUMN_NUMBER:
		count_cell(whole(desc->value(row)), format, buf);
		break;
	case COLUMN_PER_S:
	case COLUMN_AMOUNT:
		units_number(desc->value(row), buf);
		break;
	case COLUMN_SHARE_OF:
		units_percent(desc->value(row), buf);
		break;
	case COLUMN_TIME:
		time_cell(column, row, format->min_measurable_ns, buf);
		break;
	case COLUMN_GRAPH:
		cell_graph(row->history, CELL_TREND, format->trend_greatest, buf);
		break;
	}
	return buf;
}

bool cell_is_right(enum column_id column)
{
	return call_columns[column].kind != COLUMN_TEXT;
}

/* Names of states in JSON. */
static const char *const states[] = {
	[THREAD_RUNNING] = "running",
	[THREAD_IN_CALL] = "in_call",
	[THREAD_ASLEEP] = "asleep",
	[THREAD_FROZEN] = "frozen",
	[THREAD_STOPPED] = "stopped",
	[THREAD_EXITING] = "exiting",
	[THREAD_ENDED] = "ended",
	[THREAD_WORKER] = "worker",
};

const char *cell_thread_state(enum thread_state state)
{
	return states[state];
}
