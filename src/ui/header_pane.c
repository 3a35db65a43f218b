/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The header: the target, its rates of calls and errors, and the cost of tracing.
 *
 * It is a list of items, the most important first, that flow into the available lines; those that
 * do not fit are omitted. An item has a minimum width, so that its neighbours stay in place while
 * its number changes.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "out/glyph.h"
#include "ui/pane.h"
#include "ui/time_bar.h"

/* Blanks between two items. */
#define GAP 2

/* One item: its label, and how its value is written. */
struct item {
	const char *label; /* before the value; "": none */
	int width;         /* minimum width of the value */
	enum style style;  /* of the value */
	void (*value)(const struct view *view, char buf[REPORT_TEXT_MAX]); /* "": not shown */
};

static void put_number(double number, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	snprintf(buf, REPORT_TEXT_MAX, "%s", units_number(number, text));
}

static void put_time(uint64_t ns, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	snprintf(buf, REPORT_TEXT_MAX, "%s", units_time(ns, text));
}

static void target(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	report_target(view->report, buf);
}

static void ended(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	report_ended(view->report, buf);
}

static void paused(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	strcpy(buf, view->paused ? "PAUSED, p to resume" : "");
}

/* Threads that wait for each other, among those that were observed. */
static void deadlock(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	const struct report *report = view->report;
	size_t count = 0;
	buf[0] = '\0';
	for (size_t i = 0; i < report->thread_count; i++)
		count += report->threads[i].deadlocked;
	if (count)
		snprintf(buf, REPORT_TEXT_MAX, "DEADLOCK of %zu threads (H)", count);
}

static void elapsed(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	put_time(report_elapsed_ns(view->report), buf);
}

/* Since when calls are counted, if that is not the start. */
static void counted(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	const struct report *report = view->report;
	uint64_t mark_ns = report->totals.mark_ns, now_ns = report->facts.now_ns;
	char text[UNITS_MAX];
	buf[0] = '\0';
	if (mark_ns)
		snprintf(buf, REPORT_TEXT_MAX, "%s (z: all)",
			units_time(now_ns > mark_ns ? now_ns - mark_ns : 0, text));
}

static void call_rate(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	put_number(view->report->totals.call_rate, buf);
}

static void calls(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	put_number((double)view->report->totals.calls, buf);
}

/* With their rate: "13 (0.5/s)". */
static void errors(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	const struct model_totals *totals = &view->report->totals;
	char count[UNITS_MAX], rate[UNITS_MAX];
	snprintf(buf, REPORT_TEXT_MAX, "%s (%s/s)", units_number((double)totals->errors, count),
		units_number(totals->error_rate, rate));
}

static void in_progress(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	put_number((double)view->report->totals.in_progress, buf);
}

static void threads(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	put_number((double)view->report->totals.threads, buf);
}

/* Calls are not all that a target with these does. */
static void rings(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	buf[0] = '\0';
	if (view->report->totals.rings)
		put_number((double)view->report->totals.rings, buf);
}

static void workers(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	buf[0] = '\0';
	if (view->report->totals.workers)
		put_number((double)view->report->totals.workers, buf);
}

static void processes(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	put_number((double)view->report->totals.processes, buf);
}

static void filter(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	if (!*report_filter(view->report, buf))
		strcpy(buf, "none");
}

/* What a filter on details has counted, and whether that may be all. */
static void selection(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	report_selection(view->report, buf);
}

static void engine(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	report_engine(view->report, buf);
}

/* The tracer's CPU time as a share of one CPU. */
static void tracer(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	uint64_t elapsed_ns = report_elapsed_ns(view->report);
	char text[UNITS_MAX];
	double cpu_ns = (double)view->report->cost.cpu_ns;
	double share = elapsed_ns ? cpu_ns / (double)elapsed_ns : 0;
	snprintf(buf, REPORT_TEXT_MAX, "%s%% CPU", units_percent(share, text));
}

static void cost(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	double share = view->report->cost.share;
	buf[0] = '\0';
	if (share >= 0)
		snprintf(buf, REPORT_TEXT_MAX, "~%s%%", units_percent(share, text));
}

static void call_cost(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	buf[0] = '\0';
	if (view->report->cost.call_ns)
		snprintf(buf, REPORT_TEXT_MAX, "+%s/call",
			units_time(view->report->cost.call_ns, text));
}

/* What processes that are not traced pay, too. */
static void others_cost(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	char text[UNITS_MAX];
	buf[0] = '\0';
	if (view->report->cost.others_ns)
		snprintf(buf, REPORT_TEXT_MAX, "+%s/call",
			units_time(view->report->cost.others_ns, text));
}

static void stop_rate(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	buf[0] = '\0';
	if (view->report->cost.stop_rate > 0)
		put_number(view->report->cost.stop_rate, buf);
}

static void floor_time(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	buf[0] = '\0';
	if (report_minimum_ns(view->report))
		put_time(report_minimum_ns(view->report), buf);
}

static void lost(const struct view *view, char buf[REPORT_TEXT_MAX])
{
	buf[0] = '\0';
	if (view->report->cost.details_lost)
		put_number((double)view->report->cost.details_lost, buf);
}

static const struct item items[] = {
	{"", 0, STYLE_TITLE, target},
	{"", 0, STYLE_WARNING, ended},
	{"", 0, STYLE_WARNING, paused},
	{"", 0, STYLE_ERROR, deadlock},
	{"elapsed", 5, STYLE_VALUE, elapsed},
	{"calls/s", 5, STYLE_VALUE, call_rate},
	{"errors", 12, STYLE_VALUE, errors},
	{"since reset", 5, STYLE_WARNING, counted},
	{"filter", 4, STYLE_VALUE, filter},
	{"filtered", 5, STYLE_WARNING, selection},
	{"threads", 3, STYLE_VALUE, threads},
	{"processes", 2, STYLE_VALUE, processes},
	{"io_uring", 1, STYLE_WARNING, rings},
	{"workers", 1, STYLE_VALUE, workers},
	{"details lost", 3, STYLE_WARNING, lost},
	{"slowdown", 5, STYLE_VALUE, cost},
	{"overhead", 12, STYLE_VALUE, call_cost},
	{"machine-wide", 12, STYLE_VALUE, others_cost},
	{"stops/s", 5, STYLE_VALUE, stop_rate},
	{"minimum measurable", 6, STYLE_VALUE, floor_time},
	{"calls", 5, STYLE_VALUE, calls},
	{"in progress", 3, STYLE_VALUE, in_progress},
	{"engine", 0, STYLE_VALUE, engine},
	{"tracer", 9, STYLE_VALUE, tracer},
};

/* Width of an item with VALUE, at most LIMIT. */
static int item_width(const struct item *item, const char *value, int limit)
{
	int label = *item->label ? glyph_columns(item->label) + 1 : 0;
	int width = glyph_columns(value);
	int wanted = label + (width > item->width ? width : item->width);
	return wanted < limit ? wanted : limit;
}

static void draw_item(struct area area, const struct item *item, const char *value)
{
	int column = 0;
	if (*item->label)
		column = area_put(area, 0, 0, STYLE_LABEL, item->label) + 1;
	area_put_cell(area, 0, column, area.columns - column, false, item->style, value);
}

static void draw_all_items(const struct view *view, struct area area)
{
	int row = 0, column = 0;
	for (size_t i = 0; i < sizeof(items) / sizeof(*items); i++) {
		char value[REPORT_TEXT_MAX];
		items[i].value(view, value);
		if (!*value)
			continue;
		int width = item_width(&items[i], value, area.columns);
		if (column > 0 && column + width > area.columns) {
			row++;
			column = 0;
		}
		if (row == area.rows)
			return;
		draw_item(area_part(area, row, column, 1, width), &items[i], value);
		column += width + GAP;
	}
}

/* Columns of the labels before the graph and the bar. */
#define LABEL_COLUMNS 8

/* Calls per second over the last intervals, the newest at the right, with the maximum. */
static void draw_history(const struct view *view, struct area area)
{
	const struct history *history = view->report->totals.history;
	double greatest = 0;
	char number[UNITS_MAX], text[CELL_MAX];
	area_put(area, 0, 0, STYLE_LABEL, "calls/s");
	if (!history)
		return;
	struct area graph = area_part(area, 0, LABEL_COLUMNS, 1, area.columns - LABEL_COLUMNS - 16);
	unsigned int shown = (unsigned int)graph.columns < HISTORY_MAX ? (unsigned int)graph.columns
	                                                               : HISTORY_MAX;
	for (unsigned int age = 0; age < shown; age++) {
		if (history_at(history, age) > greatest)
			greatest = history_at(history, age);
	}
	for (unsigned int age = 0; age < shown && age < history->count; age++) {
		if (history_at(history, age) > 0)
			area_put(graph, 0, (int)(shown - 1 - age), STYLE_GRAPH,
				cell_block(history_at(history, age), greatest));
	}
	snprintf(text, sizeof(text), "peak %s", units_number(greatest, number));
	area_put(area, 0, LABEL_COLUMNS + (int)shown + 1, STYLE_DIM, text);
}

/* How the threads spent their time over the last interval. */
static void draw_time(const struct view *view, struct area area)
{
	area_put(area, 0, 0, STYLE_LABEL, "time");
	time_bar_draw(view->report->totals.time.last_ns,
		area_part(area, 0, LABEL_COLUMNS, 1, area.columns - LABEL_COLUMNS));
}

static void draw(struct view *view, struct area area)
{
	int rows = area.rows;
	if (!view->report) {
		area_put(area, 0, 0, STYLE_TITLE, PACKAGE_NAME);
		return;
	}
	if (rows >= 3)
		draw_time(view, area_part(area, --rows, 0, 1, area.columns));
	if (rows >= 3)
		draw_history(view, area_part(area, --rows, 0, 1, area.columns));
	draw_all_items(view, area_part(area, 0, 0, rows, area.columns));
}

const struct pane header_pane = {.name = "header", .draw = draw};
