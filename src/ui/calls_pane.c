/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of calls: the most important columns that fit, and a selection that follows the call,
 * not the row.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "model/time_class.h"
#include "out/glyph.h"
#include "ui/pane.h"

/* The columns, the most important first. */
static const unsigned char importance[COLUMN_COUNT] = {
	COLUMN_CALL,
	COLUMN_SHARE,
	COLUMN_CALLS,
	COLUMN_ERRORS,
	COLUMN_TOTAL,
	COLUMN_RATE,
	COLUMN_AVG,
	COLUMN_BLOCKED,
	COLUMN_RUNNABLE,
	COLUMN_ON_CPU,
	COLUMN_IN_PROGRESS,
	COLUMN_P99,
	COLUMN_MAX,
	COLUMN_P50,
	COLUMN_BYTE_RATE,
	COLUMN_TREND,
	COLUMN_P90,
	COLUMN_MIN,
	COLUMN_CLASS,
	COLUMN_STDDEV,
	COLUMN_SIZE,
	COLUMN_BYTES,
	COLUMN_SWITCHES,
	COLUMN_FAULTS,
};

/* The width of each kind of value, including a possible mark ("~999µs", "≤45.6ms"). */
static const int kind_widths[] = {
	[COLUMN_TEXT] = 12,
	[COLUMN_NUMBER] = 7,
	[COLUMN_PER_S] = 5,
	[COLUMN_SHARE_OF] = 5,
	[COLUMN_TIME] = 7,
	[COLUMN_GRAPH] = CELL_TREND,
	[COLUMN_AMOUNT] = 7,
};

/* Maximum width of the names. */
#define NAME_WIDEST  28

/* The share of the time: a bar before the number, if there is room for both. */
#define SHARE_WIDTH  10
#define SHARE_WIDEST 16
#define SHARE_NUMBER 5

static struct table_view_state *state(struct view *view)
{
	return &view->calls;
}

static struct table_view_column column(size_t id)
{
	const struct column *desc = &call_columns[id];
	return (struct table_view_column){
		.title = desc->title,
		.help = desc->help,
		.width = id == COLUMN_SHARE ? SHARE_WIDTH : kind_widths[desc->kind],
		.widest = id == COLUMN_CALL    ? NAME_WIDEST
	                  : id == COLUMN_SHARE ? SHARE_WIDEST
	                                       : kind_widths[desc->kind],
		.right = cell_is_right((enum column_id)id),
	};
}

static size_t rows(const struct view *view)
{
	return view->report ? view->report->call_count : 0;
}

static uint64_t key(const struct view *view, size_t row)
{
	struct call call = view->report->calls[row].call;
	return (uint64_t)call.abi << 32 | call.nr;
}

/* The highest rate in the trends of all calls, which so have one scale. */
static double greatest_rate(const struct report *report)
{
	double greatest = 0;
	for (size_t i = 0; i < report->call_count; i++) {
		const struct history *history = report->calls[i].history;
		for (unsigned int age = 0; history && age < CELL_TREND; age++) {
			if (history_at(history, age) > greatest)
				greatest = history_at(history, age);
		}
	}
	return greatest;
}

static void cell(const struct view *view, size_t row, size_t id, char buf[CELL_MAX])
{
	const struct cell_format format = {
		.now_ns = view->report->facts.now_ns,
		.min_measurable_ns = report_minimum_ns(view->report),
		.trend_greatest = id == COLUMN_TREND ? greatest_rate(view->report) : 0,
	};
	cell_call((enum column_id)id, &view->report->calls[row], &format, buf);
}

/* Latencies of this length and longer stand out, and shorter ones than this are dim. */
#define LONG_NS  (100 * NS_PER_MS)
#define SHORT_NS NS_PER_MS

static enum style latency_style(const struct call_row *row, const struct column *desc)
{
	double ns = desc->value(row);
	return ns >= LONG_NS ? STYLE_VALUE : ns < SHORT_NS ? STYLE_DIM : STYLE_TEXT;
}

/*
 * Whether calls of ROW failed in a way that is news: not the usual end of a wait or of a try, as of
 * a descriptor that has nothing to read, or a file that is looked for in several places.
 */
static bool has_news(const struct call_row *row)
{
	static const int usual[] = {EAGAIN, ETIMEDOUT, EINPROGRESS, ENOENT, EINTR};
	for (size_t i = 0; row->tally && i < row->tally->error_kinds; i++) {
		size_t at = 0;
		while (at < sizeof(usual) / sizeof(*usual) && usual[at] != row->tally->error[i].err)
			at++;
		if (at == sizeof(usual) / sizeof(*usual))
			return true;
	}
	return !row->tally;
}

/* The style of a value: errors that are news stand out, 0 and unknown values are dimmed. */
static enum style style(const struct view *view, size_t row, size_t id, const char *text)
{
	const struct call_row *call = &view->report->calls[row];
	if (strcmp(text, "0") == 0 || strcmp(text, "-") == 0 || id == COLUMN_CLASS)
		return STYLE_DIM;
	if (id == COLUMN_ERRORS)
		return has_news(call) ? STYLE_ERROR : STYLE_TEXT;
	if (id != COLUMN_TOTAL && call_columns[id].kind == COLUMN_TIME)
		return latency_style(call, &call_columns[id]);
	return id == COLUMN_TREND ? STYLE_GRAPH : STYLE_TEXT;
}

/* Draws a bar of SHARE of AREA's columns, in eighths. */
static void draw_bar(struct area area, double share, enum style style)
{
	static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	int filled = (int)(share * area.columns * 8 + 0.5);
	for (int column = 0; column < filled / 8; column++)
		area_put(area, 0, column, style, "█");
	area_put(area, 0, filled / 8, style, eighths[filled % 8]);
}

/* The share of the time, as a bar in the colour of its class, and a number. */
static bool paint(const struct view *view, size_t row, size_t id, struct area area)
{
	const struct call_row *call = &view->report->calls[row];
	int width = area.columns - SHARE_NUMBER - 1;
	char text[CELL_MAX];
	if (id != COLUMN_SHARE || width < 3 || call_is_request(call->call))
		return false;
	draw_bar(area_part(area, 0, 0, 1, width), call->work_share,
		(enum style)(STYLE_TIME + time_class_of_call(call->call)));
	cell(view, row, id, text);
	area_put_cell(area, 0, width + 1, SHARE_NUMBER, true, style(view, row, id, text), text);
	return true;
}

static void name(const struct view *view, size_t row, char buf[CELL_MAX])
{
	cell(view, row, COLUMN_CALL, buf);
}

/* The message if there are no rows. */
static const char *empty_text(const struct view *view)
{
	if (!view->report)
		return "waiting for the first calls";
	if (view->wanted.filter.errors)
		return "no call has failed (e: all calls)";
	if (view->report->totals.calls + view->report->totals.in_progress > 0)
		return "no calls of this kind yet (0: all classes, \\: filter)";
	return "no calls yet";
}

static struct table_view_order order(const struct view *view)
{
	return (struct table_view_order){view->wanted.order.by, view->wanted.order.descending};
}

static enum ui_request sort(struct view *view, size_t id)
{
	view->wanted.order = call_order_default((enum column_id)id);
	return UI_REQUEST_REPORT;
}

static enum ui_request invert(struct view *view)
{
	view->wanted.order.descending = !view->wanted.order.descending;
	return UI_REQUEST_REPORT;
}

/* The detail is about the selected call: if it is on the screen, it needs a new report. */
static enum ui_request moved(struct view *view)
{
	view->subject_pane = PANE_CALLS;
	return pane_is_open(view, PANE_DETAIL) ? UI_REQUEST_REPORT : UI_REQUEST_REDRAW;
}

static uint32_t empty(const struct view *view)
{
	uint32_t bits = 0;
	for (enum column_id id = 0; view->report && id < COLUMN_COUNT; id++) {
		if (column_is_empty(id, view->report->calls, view->report->call_count))
			bits |= UINT32_C(1) << id;
	}
	return bits;
}

/* A line for the folded calls. */
static int reserved(const struct view *view, int area_rows)
{
	return view->report && view->report->folded_count && area_rows > 2;
}

/* The folded calls in one line: "idle: futex ×4, epoll_wait ×1". */
static void draw_folded(const struct view *view, struct area area)
{
	const struct report *report = view->report;
	static const char hint[] = "  (i shows them)";
	int column = area_put(area, 0, 0, STYLE_DIM, "idle: ");
	for (size_t i = 0; i < report->folded_count; i++) {
		const struct call_row *row = &report->calls[report->call_count + i];
		char text[CELL_MAX];
		snprintf(text, sizeof(text), "%s%s ×%llu", i ? ", " : "", row->name,
			(unsigned long long)row->in_progress);
		if (column + glyph_columns(text) + (int)sizeof(hint) > area.columns) {
			column = area_put(area, 0, column, STYLE_DIM, ", …");
			break;
		}
		column = area_put(area, 0, column, STYLE_DIM, text);
	}
	area_put(area, 0, column, STYLE_DIM, hint);
}

static const struct table_view table_view = {
	.reserved = reserved,
	.draw_reserved = draw_folded,
	.empty = empty,
	.importance = importance,
	.column_count = COLUMN_COUNT,
	.state = state,
	.column = column,
	.rows = rows,
	.key = key,
	.cell = cell,
	.style = style,
	.paint = paint,
	.name = name,
	.empty_text = empty_text,
	.order = order,
	.sort = sort,
	.invert = invert,
	.moved = moved,
};

static void title(const struct view *view, char buf[CELL_MAX])
{
	(void)view;
	strcpy(buf, "Calls");
}

const struct pane calls_pane = {
	.name = "calls", .number = 1, .title = title, .table_view = &table_view};
