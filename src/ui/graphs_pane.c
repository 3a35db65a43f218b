/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls and errors per second over the last intervals, the newest at the right, and how the threads
 * spent their time: in one or two lines, or, where there is room, as graphs with axes.
 */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "base/units.h"
#include "out/glyph.h"
#include "ui/pane.h"
#include "ui/time_bar.h"

/* Columns of a label and the blank after it. */
#define LABEL_COLUMNS 9

/* Columns of the numbers at an axis, "12.3k ┤". */
#define AXIS_COLUMNS  7

/* Columns of the value after a graph of one line, and of the peak. */
#define VALUE_COLUMNS 6
#define PEAK_COLUMNS  14

/* Steps of the blocks from "▁" to "█". */
#define STEPS         8

static double greatest_of(const struct history *history, unsigned int count)
{
	double greatest = 0;
	for (unsigned int age = 0; age < count; age++) {
		if (history_at(history, age) > greatest)
			greatest = history_at(history, age);
	}
	return greatest;
}

static unsigned int values_in(int columns)
{
	unsigned int count = columns > 0 ? (unsigned int)columns : 0;
	return count < HISTORY_MAX ? count : HISTORY_MAX;
}

/* Draws HISTORY as columns as high as AREA, with GREATEST at its top. Zero draws nothing. */
static void draw_columns(
	const struct history *history, double greatest, enum style style, struct area area)
{
	static const char *const blocks[STEPS + 1] = {"", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	unsigned int count = values_in(area.columns);
	for (unsigned int age = 0; age < count && greatest > 0; age++) {
		double value = history_at(history, age);
		int steps = (int)ceil(value / greatest * area.rows * STEPS);
		for (int row = area.rows - 1; row >= 0 && steps > 0; row--, steps -= STEPS)
			area_put(area, row, area.columns - 1 - (int)age, style,
				blocks[steps < STEPS ? steps : STEPS]);
	}
}

/* "calls/s ▁▃▇█ 21.4k (peak 26.0k)" */
static void draw_line(const char *label, const struct history *history, double rate, bool has_peak,
	struct area area)
{
	char text[64], number[UNITS_MAX], peak[UNITS_MAX];
	int after = VALUE_COLUMNS + (has_peak ? PEAK_COLUMNS : 0);
	struct area graph = area_part(
		area, 0, LABEL_COLUMNS, 1, area.columns - LABEL_COLUMNS - after);
	double greatest = history ? greatest_of(history, values_in(graph.columns)) : 0;
	area_put(area, 0, 0, STYLE_LABEL, label);
	if (history)
		draw_columns(history, greatest, STYLE_GRAPH, graph);
	int at = LABEL_COLUMNS + graph.columns + 1;
	at = area_put(area, 0, at, STYLE_VALUE, units_number(rate, number)) + 1;
	snprintf(text, sizeof(text), "(peak %s)", units_number(greatest, peak));
	if (has_peak && greatest > 0)
		area_put(area, 0, at, STYLE_DIM, text);
}

static void draw_lines(const struct model_totals *totals, struct area area)
{
	int left = area.columns * 3 / 5;
	draw_line("calls/s", totals->history, totals->call_rate, true,
		area_part(area, 0, 0, 1, left - 1));
	draw_line("errors/s", totals->error_history, totals->error_rate, false,
		area_part(area, 0, left, 1, area.columns - left));
}

static void draw_time(const struct view *view, struct area area)
{
	area_put(area, 0, 0, STYLE_LABEL, "time");
	time_bar_draw(view->report->totals.time.last_ns,
		area_part(area, 0, LABEL_COLUMNS, 1, area.columns - LABEL_COLUMNS));
}

/* A round number that is not below VALUE: 1, 2, 5, 10, 20 … */
static double round_up(double value)
{
	static const double steps[] = {1, 2, 5, 10};
	if (value <= 1)
		return 1;
	double power = pow(10, floor(log10(value)));
	size_t i = 0;
	while (i < 3 && steps[i] * power < value)
		i++;
	return steps[i] * power;
}

/* A graph as high as AREA with its axis at the left. */
static void draw_graph(
	const char *label, const struct history *history, enum style style, struct area area)
{
	int at = LABEL_COLUMNS + AXIS_COLUMNS;
	struct area graph = area_part(area, 0, at, area.rows, area.columns - at);
	double top = history ? round_up(greatest_of(history, values_in(graph.columns))) : 1;
	char number[UNITS_MAX];
	area_put(area, 0, 0, STYLE_LABEL, label);
	area_put_cell(area, 0, LABEL_COLUMNS, 5, true, STYLE_DIM, units_number(top, number));
	area_put_cell(area, area.rows - 1, LABEL_COLUMNS, 5, true, STYLE_DIM, "0");
	for (int row = 0; row < area.rows - 1; row++)
		area_put(area, row, at - 1, STYLE_DIM, row ? "│" : "┤");
	area_put(area, area.rows - 1, at - 1, STYLE_DIM, "┼");
	if (history)
		draw_columns(history, top, style, graph);
}

/* The times at the left end, the middle and the right end of a graph. */
static void draw_time_axis(uint64_t delay_ns, struct area area)
{
	int at = LABEL_COLUMNS + AXIS_COLUMNS, columns = area.columns - at;
	char text[UNITS_MAX + 1] = "-";
	int values = (int)values_in(columns), begin = area.columns - values;
	units_time((uint64_t)values * delay_ns, text + 1);
	area_put(area, 0, begin, STYLE_DIM, text);
	units_time((uint64_t)values / 2 * delay_ns, text + 1);
	area_put(area, 0, begin + values / 2, STYLE_DIM, text);
	area_put_cell(area, 0, area.columns - 3, 3, true, STYLE_DIM, "now");
}

static void draw(struct view *view, struct area area)
{
	if (!view->report)
		return;
	const struct model_totals *totals = &view->report->totals;
	if (area.rows < 5) {
		draw_lines(totals, area);
		if (area.rows > 1)
			draw_time(view, area_part(area, 1, 0, 1, area.columns));
		return;
	}
	/* Errors need less. */
	int errors = area.rows / 3 > 2 ? area.rows / 3 : 2, calls = area.rows - 1 - errors;
	draw_graph("calls/s", totals->history, STYLE_GRAPH,
		area_part(area, 0, 0, calls, area.columns));
	draw_graph("errors/s", totals->error_history, STYLE_ERROR,
		area_part(area, calls, 0, errors, area.columns));
	draw_time_axis(view->settings.delay_ns, area_part(area, area.rows - 1, 0, 1, area.columns));
}

/* "Rates: 72.4k calls/s, 0 errors/s" */
static void title(const struct view *view, char buf[CELL_MAX])
{
	char calls[UNITS_MAX], errors[UNITS_MAX];
	strcpy(buf, "Rates");
	if (view->report)
		snprintf(buf, CELL_MAX, "%s calls/s, %s errors/s",
			units_number(view->report->totals.call_rate, calls),
			units_number(view->report->totals.error_rate, errors));
}

const struct pane graphs_pane = {.name = "graphs", .title = title, .draw = draw};
