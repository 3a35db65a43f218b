/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of calls: the most important columns that fit, and a selection that follows the call,
 * not the row.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

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
	[COLUMN_GRAPH] = 12,
	[COLUMN_AMOUNT] = 7,
};

/* Maximum width of the names. */
#define NAME_WIDEST 28

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
		.width = kind_widths[desc->kind],
		.widest = id == COLUMN_CALL ? NAME_WIDEST : kind_widths[desc->kind],
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

static void cell(const struct view *view, size_t row, size_t id, char buf[CELL_MAX])
{
	const struct cell_format format = {
		.now_ns = view->report->facts.now_ns,
		.min_measurable_ns = report_minimum_ns(view->report),
	};
	cell_call((enum column_id)id, &view->report->calls[row], &format, buf);
}

/* The style of a value: errors stand out, 0 and unknown values are dimmed. */
static enum style style(const struct view *view, size_t row, size_t id, const char *text)
{
	(void)view;
	(void)row;
	if (strcmp(text, "0") == 0 || strcmp(text, "-") == 0 || id == COLUMN_CLASS)
		return STYLE_DIM;
	return id == COLUMN_ERRORS ? STYLE_ERROR : id == COLUMN_TREND ? STYLE_GRAPH : STYLE_TEXT;
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
	if (view->report->folded_count)
		return "nothing but idle waits (i: show them)";
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

static const struct table_view table_view = {
	.reserved = reserved,
	.empty = empty,
	.importance = importance,
	.column_count = COLUMN_COUNT,
	.state = state,
	.column = column,
	.rows = rows,
	.key = key,
	.cell = cell,
	.style = style,
	.name = name,
	.empty_text = empty_text,
	.order = order,
	.sort = sort,
	.invert = invert,
	.moved = moved,
};

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

static void draw(struct view *view, struct area area)
{
	bool is_folded = reserved(view, area.rows);
	table_view_draw(&table_view, view, area, pane_has_focus(view, PANE_CALLS));
	/* Below the last row, not at the end of the pane. */
	int shown = view->report ? (int)view->report->call_count : 0;
	int row = shown + 1 < area.rows - 1 && shown > 0 ? shown + 1 : area.rows - 1;
	if (is_folded)
		draw_folded(view, area_part(area, row, 0, 1, area.columns));
}

static enum ui_request handle_action(struct view *view, const struct key_binding *binding)
{
	if (binding->action == ACTION_OPEN)
		return pane_focus(view, PANE_DETAIL);
	return table_view_handle_action(&table_view, view, binding);
}

static void update(struct view *view)
{
	table_view_follow(&table_view, view);
}

const struct pane calls_pane = {.name = "calls",
	.draw = draw,
	.handle_action = handle_action,
	.update = update,
	.table_view = &table_view};
