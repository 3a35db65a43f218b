/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of files and peers: a row for each object, or for groups of them; in the last line, how
 * the rows add up. It replaces the table of calls.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "out/file_column.h"
#include "ui/pane.h"

/* The columns, the most important first. */
static const unsigned char importance[FILE_COLUMN_COUNT] = {
	FILE_COLUMN_NAME,
	FILE_COLUMN_SHARE,
	FILE_COLUMN_CALLS,
	FILE_COLUMN_ERROR,
	FILE_COLUMN_IN,
	FILE_COLUMN_TOTAL,
	FILE_COLUMN_OUT,
	FILE_COLUMN_P99,
	FILE_COLUMN_AVG,
	FILE_COLUMN_USER,
	FILE_COLUMN_KIND,
	FILE_COLUMN_PEER,
	FILE_COLUMN_RATE,
	FILE_COLUMN_LAST,
	FILE_COLUMN_IN_RATE,
	FILE_COLUMN_OUT_RATE,
	FILE_COLUMN_PROGRESS,
	FILE_COLUMN_MAX,
	FILE_COLUMN_ERRORS,
	FILE_COLUMN_SIZE,
};

/* The first of these that is not worth it to cut names. */
#define SPARE_FROM 10

/* Widths of the columns of text, if there is room. */
static const int widest[FILE_COLUMN_COUNT] = {
	[FILE_COLUMN_ERROR] = 22,
	[FILE_COLUMN_LAST] = 12,
	[FILE_COLUMN_USER] = 17,
	[FILE_COLUMN_PEER] = 17,
	[FILE_COLUMN_NAME] = 80,
};

/* The name has at least this width, so that other columns do not take its room. */
#define NAME_WIDTH 40

static struct table_view_state *state(struct view *view)
{
	return &view->files.table_view;
}

static struct table_view_column column(size_t id)
{
	const struct file_column_desc *desc = &file_columns[id];
	int width = id == FILE_COLUMN_NAME ? NAME_WIDTH : desc->width;
	return (struct table_view_column){
		.title = desc->title,
		.help = desc->help,
		.width = width,
		.widest = widest[id] ? widest[id] : width,
		.right = desc->right,
		.keeps_end = id == FILE_COLUMN_NAME,
	};
}

static size_t rows(const struct view *view)
{
	return view->report ? view->report->file_count : 0;
}

static uint64_t key(const struct view *view, size_t row)
{
	return view->report->files[row].key;
}

static void cell(const struct view *view, size_t row, size_t id, char buf[CELL_MAX])
{
	const struct cell_format format = {.now_ns = view->report->facts.now_ns};
	file_columns[id].text(&view->report->files[row], &format, buf);
}

static enum style style(const struct view *view, size_t row, size_t id, const char *text)
{
	enum object_kind kind = view->report->files[row].kind;
	if (strcmp(text, "0") == 0 || strcmp(text, "-") == 0 || id == FILE_COLUMN_KIND)
		return STYLE_DIM;
	if (id == FILE_COLUMN_ERRORS || id == FILE_COLUMN_ERROR)
		return STYLE_ERROR;
	return id == FILE_COLUMN_NAME && kind >= KIND_UNKNOWN && kind < KIND_COUNT ? STYLE_WARNING
	                                                                           : STYLE_TEXT;
}

static void name(const struct view *view, size_t row, char buf[CELL_MAX])
{
	cell(view, row, FILE_COLUMN_NAME, buf);
}

static const char *empty_text(const struct view *view)
{
	if (!view->report)
		return "waiting for the first calls";
	if (!view->report->file_totals.since_ns)
		return "this engine sends no arguments";
	if (view->wanted.filter.errors)
		return "no call on an object has failed (e: all)";
	return "no calls on files, peers or other objects since this is shown";
}

static struct table_view_order order(const struct view *view)
{
	return (struct table_view_order){
		view->wanted.file_order.by, view->wanted.file_order.descending};
}

static enum ui_request sort(struct view *view, size_t id)
{
	view->wanted.file_order = file_order_default((enum file_column)id);
	return UI_REQUEST_REPORT;
}

static enum ui_request invert(struct view *view)
{
	view->wanted.file_order.descending = !view->wanted.file_order.descending;
	return UI_REQUEST_REPORT;
}

static enum ui_request moved(struct view *view)
{
	view->subject_pane = PANE_FILES;
	return pane_is_open(view, PANE_DETAIL) || pane_is_open(view, PANE_STACKS)
	               ? UI_REQUEST_REPORT
	               : UI_REQUEST_REDRAW;
}

/* Columns of which no row has a value. */
static uint32_t empty(const struct view *view)
{
	static const enum file_column optional[] = {FILE_COLUMN_PEER, FILE_COLUMN_PROGRESS};
	uint32_t bits = 0;
	for (size_t i = 0; view->report && i < sizeof(optional) / sizeof(*optional); i++) {
		bool is_empty = true;
		for (size_t row = 0; row < view->report->file_count && is_empty; row++) {
			const struct file_row *file = &view->report->files[row];
			is_empty = optional[i] == FILE_COLUMN_PEER ? !file->peer
			                                           : !file->in_progress;
		}
		bits |= is_empty ? UINT32_C(1) << optional[i] : 0;
	}
	return bits;
}

/* "v: by kind; 12 calls on 3 objects, 1 not attributed in 12.3s" */
static void draw_totals(const struct view *view, struct area area)
{
	static const char *const groupings[FILE_GROUPINGS] = {
		[FILE_EACH] = "v: each",
		[FILE_BY_PLACE] = "v: by directory, address",
		[FILE_BY_KIND] = "v: by kind",
	};
	const struct report *report = view->report;
	char text[CELL_MAX], line[CELL_MAX + 128], time[UNITS_MAX];
	/* A mark restarts the counts, but not the following of descriptors. */
	uint64_t from_ns = report->totals.mark_ns > report->file_totals.since_ns
	                           ? report->totals.mark_ns
	                           : report->file_totals.since_ns;
	uint64_t now_ns = report->facts.now_ns;
	units_time(now_ns > from_ns ? now_ns - from_ns : 0, time);
	snprintf(line, sizeof(line), "%s; %s in %s", groupings[report->view.file_grouping],
		file_totals_text(report, text), time);
	area_put_cell(area, 0, 0, area.columns, false,
		report->file_totals.lost_calls ? STYLE_WARNING : STYLE_LABEL, line);
}

static int reserved(const struct view *view, int area_rows)
{
	return view->report && view->report->file_totals.since_ns && area_rows > 2;
}

static const struct table_view table_view = {
	.empty = empty,
	.importance = importance,
	.spare_from = SPARE_FROM,
	.column_count = FILE_COLUMN_COUNT,
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
	.reserved = reserved,
	.draw_reserved = draw_totals,
};

static enum ui_request next_grouping(struct view *view)
{
	view->wanted.file_grouping = (enum file_grouping)(
		(view->wanted.file_grouping + 1) % FILE_GROUPINGS);
	/* No row is in both. */
	view->files.table_view.pinned = false;
	view->files.table_view.position = view->files.table_view.top = 0;
	return UI_REQUEST_REPORT;
}

static enum ui_request handle_action(struct view *view, const struct key_binding *binding)
{
	return binding->action == ACTION_GROUPING ? next_grouping(view) : UI_REQUEST_NONE;
}

static void title(const struct view *view, char buf[CELL_MAX])
{
	(void)view;
	strcpy(buf, "Files and peers");
}

const struct pane files_pane = {.name = "files",
	.number = 5,
	.title = title,
	.handle_action = handle_action,
	.table_view = &table_view};
