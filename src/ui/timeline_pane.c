/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line of a recording, above the keys: where it is played, and its marks. */
#include "config.h"

#include <stdio.h>

#include "base/units.h"
#include "ui/pane.h"
#include "ui/timeline.h"

/* Columns of what is said before the line. */
#define TEXT_COLUMNS 34

/* How a column is shown, the most important first; the last is that of none. */
static const struct {
	unsigned int mark;
	const char *glyph;
	enum style style;
} marks[] = {
	{MARK_ERROR, "!", STYLE_ERROR},
	{MARK_LONG, "*", STYLE_WARNING},
	{MARK_BIRTH, "+", STYLE_VALUE},
	{0, "-", STYLE_DIM},
};

/* The marks of COLUMN of COLUMNS. */
static unsigned int marks_at(const struct timeline *timeline, int column, int columns)
{
	int from = column * TIMELINE_PARTS / columns, to = (column + 1) * TIMELINE_PARTS / columns;
	unsigned int found = 0;
	do
		found |= timeline->mark[from];
	while (++from < to);
	return found;
}

static void draw_line(const struct timeline *timeline, struct area area, int begin, int columns)
{
	uint64_t whole = timeline->end_ns - timeline->begin_ns;
	uint64_t played = timeline->now_ns - timeline->begin_ns;
	int now = whole ? (int)((double)columns * (double)played / (double)whole) : 0;
	for (int i = 0; i < columns; i++) {
		unsigned int found = marks_at(timeline, i, columns), row = 0;
		while (marks[row].mark && !(marks[row].mark & found))
			row++;
		bool is_now = i == (now < columns ? now : columns - 1);
		area_put(area, 0, begin + i, is_now ? STYLE_SELECTED : marks[row].style,
			is_now                        ? "#"
			: !marks[row].mark && i < now ? "="
						      : marks[row].glyph);
	}
}

static void draw(struct view *view, struct area area)
{
	const struct timeline *timeline = view->timeline;
	char now[UNITS_MAX], whole[UNITS_MAX], speed[16], text[96];
	if (!timeline)
		return;
	units_time(timeline->now_ns - timeline->begin_ns, now);
	units_time(timeline->end_ns - timeline->begin_ns, whole);
	snprintf(speed, sizeof(speed), timeline->speed < 0 ? "x1/%d" : "x%d",
		1 << (timeline->speed < 0 ? -timeline->speed : timeline->speed));
	snprintf(text, sizeof(text), "%s of %s, %s", now, whole,
		timeline->is_paused                    ? "paused"
		: timeline->now_ns >= timeline->end_ns ? "at the end"
						       : speed);
	area_put_cell(area, 0, 0, TEXT_COLUMNS, false,
		timeline->is_paused ? STYLE_WARNING : STYLE_VALUE, text);
	if (area.columns > TEXT_COLUMNS + 2)
		draw_line(timeline, area, TEXT_COLUMNS, area.columns - TEXT_COLUMNS);
}

const struct pane timeline_pane = {.name = "timeline", .draw = draw};
