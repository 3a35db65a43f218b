/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The details of a program; see ui/program_lines.h. */
#include "config.h"

#include "ui/program_lines.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "out/glyph.h"
#include "ui/time_bar.h"

/* Room for a whole command line, escaped. */
#define COMMAND_MAX 8192

/* Each line of numbers, labelled like the columns. */
static const struct {
	const char *label; /* NULL: no more */
	enum program_column id;
} lines[][5] = {
	{{"status", PROGRAM_COLUMN_STATUS}, {"start", PROGRAM_COLUMN_START},
		{"end", PROGRAM_COLUMN_END}, {"ran", PROGRAM_COLUMN_RUN},
		{"process", PROGRAM_COLUMN_PID}},
	{{"calls", PROGRAM_COLUMN_CALLS}, {"errors", PROGRAM_COLUMN_ERRORS},
		{"in calls", PROGRAM_COLUMN_IN_CALLS}, {"CPU", PROGRAM_COLUMN_CPU},
		{"bytes", PROGRAM_COLUMN_BYTES}},
};

#define LINES ((int)(sizeof(lines) / sizeof(*lines)))

/* Then who has started it, and how its time was spent. */
enum {
	STARTER_LINE = LINES,
	TIME_LINE,
	LINE_COUNT,
};

int program_lines(const struct report *report, int columns)
{
	(void)report, (void)columns;
	return LINE_COUNT;
}

static void draw_numbers(const struct report *report, int row, struct area area)
{
	const struct program_format format = {.start_ns = report->totals.start_ns};
	int at = 0;
	for (size_t i = 0; i < 5 && lines[row][i].label; i++) {
		char text[CELL_MAX];
		program_columns[lines[row][i].id].text(&report->detail.program, &format, text);
		int width = glyph_columns(lines[row][i].label) + 1 + glyph_columns(text);
		if (at + width > area.columns && at > 0)
			return;
		at = area_put(area, 0, at, STYLE_LABEL, lines[row][i].label) + 1;
		at = area_put(area, 0, at, STYLE_VALUE, text) + 2;
	}
}

/* The program that has started it, or the process, if that is not traced. */
static void draw_starter(const struct report *report, struct area area)
{
	const struct program_row *program = &report->detail.program;
	char text[CELL_MAX] = "-";
	if (program->starter)
		snprintf(text, sizeof(text), "%d", (int)program->starter);
	for (size_t i = 0; i < report->program_count; i++) {
		if (report->programs[i].id != program->parent || !program->parent)
			continue;
		int used = snprintf(text, sizeof(text), "%d ", (int)report->programs[i].pid);
		program_command(
			&report->programs[i], true, text + used, sizeof(text) - (size_t)used);
	}
	int at = area_put(area, 0, 0, STYLE_LABEL, "started by") + 1;
	area_put_cell(area, 0, at, area.columns - at, false, STYLE_VALUE, text);
}

void program_lines_draw(const struct report *report, int row, struct area area)
{
	if (row < LINES)
		draw_numbers(report, row, area);
	else if (row == STARTER_LINE)
		draw_starter(report, area);
	else
		time_bar_draw(report->detail.program.counts.time_ns, area);
}

int program_command_lines(const struct report *report, int columns)
{
	char text[COMMAND_MAX];
	program_command(&report->detail.program, true, text, sizeof(text));
	int width = glyph_columns(text);
	return columns > 0 ? (width + columns - 1) / columns : 0;
}

const char *program_skip_columns(const char *text, int from)
{
	int column = 0;
	while (*text && column < from) {
		const char *next = text;
		column += glyph_width(glyph_next(&next));
		text = next;
	}
	return text;
}

void program_command_lines_draw(const struct report *report, int row, struct area area)
{
	char text[COMMAND_MAX];
	program_command(&report->detail.program, true, text, sizeof(text));
	area_put(area, 0, 0, STYLE_TEXT, program_skip_columns(text, row * area.columns));
}

/* The class of line ROW: those with calls. */
static enum time_class class_at(const struct report *report, int row)
{
	for (enum time_class id = 0; id < TIME_COUNT; id++) {
		if (report->detail.program.counts.class_calls[id] && row-- == 0)
			return id;
	}
	return TIME_COUNT;
}

int program_class_lines(const struct report *report)
{
	int count = 0;
	while (class_at(report, count) != TIME_COUNT)
		count++;
	return count;
}

void program_class_lines_draw(const struct report *report, int row, struct area area)
{
	const struct program_counts *counts = &report->detail.program.counts;
	enum time_class id = class_at(report, row);
	char calls[UNITS_MAX], time[UNITS_MAX], text[CELL_MAX];
	units_count(counts->class_calls[id], calls);
	units_time(counts->class_ns[id], time);
	snprintf(text, sizeof(text), "%8s %8s  %s", calls, time, time_class_name(id));
	area_put_cell(area, 0, 0, area.columns, false, STYLE_TEXT, text);
}
