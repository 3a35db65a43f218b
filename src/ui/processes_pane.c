/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What processes have executed: as a tree, or as a list sorted by a column. In the last lines, the
 * whole command line of the selected one. It replaces the table of calls.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "out/program_column.h"
#include "ui/pane.h"

/* The columns, the most important first. */
static const unsigned char importance[PROGRAM_COLUMN_COUNT] = {
	PROGRAM_COLUMN_COMMAND,
	PROGRAM_COLUMN_RUN,
	PROGRAM_COLUMN_STATUS,
	PROGRAM_COLUMN_CALLS,
	PROGRAM_COLUMN_START,
	PROGRAM_COLUMN_CPU,
	PROGRAM_COLUMN_TIME,
	PROGRAM_COLUMN_PID,
	PROGRAM_COLUMN_ERRORS,
	PROGRAM_COLUMN_BYTES,
	PROGRAM_COLUMN_IN_CALLS,
	PROGRAM_COLUMN_END,
};

/* Widths of the columns of text, if there is room. */
static const int widest[PROGRAM_COLUMN_COUNT] = {
	[PROGRAM_COLUMN_STATUS] = 12,
	[PROGRAM_COLUMN_TIME] = 23,
	[PROGRAM_COLUMN_COMMAND] = 120,
};

/* The command has at least this width, so that other columns do not take its room. */
#define COMMAND_WIDTH 34

/* Lines for the command line of the selected program. */
#define COMMAND_ROWS  1

static struct table_view_state *state(struct view *view)
{
	return &view->processes.table_view;
}

static struct table_view_column column(size_t id)
{
	const struct program_column_desc *desc = &program_columns[id];
	int width = id == PROGRAM_COLUMN_COMMAND ? COMMAND_WIDTH : desc->width;
	return (struct table_view_column){
		.title = desc->title,
		.help = desc->help,
		.width = width,
		.widest = widest[id] ? widest[id] : width,
		.right = desc->right,
	};
}

static size_t rows(const struct view *view)
{
	return view->report ? view->report->program_count : 0;
}

static uint64_t key(const struct view *view, size_t row)
{
	return view->report->programs[row].id;
}

static void cell(const struct view *view, size_t row, size_t id, char buf[CELL_MAX])
{
	const struct report *report = view->report;
	const struct program_format format = {
		.start_ns = report->totals.start_ns,
		.tree = program_order_is_tree(report->view.program_order),
	};
	program_columns[id].text(&report->programs[row], &format, buf);
}

static enum style style(const struct view *view, size_t row, size_t id, const char *text)
{
	const struct program_row *program = &view->report->programs[row];
	bool has_failed = program->state == PROGRAM_EXITED &&
	                  (program->exit_signal || program->exit_code);
	if (id == PROGRAM_COLUMN_STATUS && has_failed)
		return STYLE_ERROR;
	if (id == PROGRAM_COLUMN_STATUS && program->state == PROGRAM_RUNS && program->id)
		return STYLE_GOOD;
	if (strcmp(text, "0") == 0 || strcmp(text, "-") == 0 || strcmp(text, "0ns") == 0)
		return STYLE_DIM;
	if (id == PROGRAM_COLUMN_COMMAND && program->origin == PROGRAM_FORKED)
		return STYLE_DIM;
	return STYLE_TEXT;
}

static void name(const struct view *view, size_t row, char buf[CELL_MAX])
{
	program_command(&view->report->programs[row], true, buf, CELL_MAX);
}

static const char *empty_text(const struct view *view)
{
	return view->report ? "no processes" : "waiting for the first calls";
}

static struct table_view_order order(const struct view *view)
{
	return (struct table_view_order){
		view->wanted.program_order.by, view->wanted.program_order.descending};
}

static enum ui_request sort(struct view *view, size_t id)
{
	view->wanted.program_order = program_order_default((enum program_column)id);
	return UI_REQUEST_REPORT;
}

static enum ui_request invert(struct view *view)
{
	view->wanted.program_order.descending = !view->wanted.program_order.descending;
	return UI_REQUEST_REPORT;
}

static enum ui_request moved(struct view *view)
{
	view->subject_pane = PANE_PROCESSES;
	return pane_is_open(view, PANE_DETAIL) ? UI_REQUEST_REPORT : UI_REQUEST_REDRAW;
}

/* Bytes and errors, if there are none. */
static uint32_t empty(const struct view *view)
{
	uint64_t bytes = 0, errors = 0;
	for (size_t i = 0; i < rows(view); i++) {
		bytes += view->report->programs[i].counts.bytes;
		errors += view->report->programs[i].counts.errors;
	}
	return (bytes ? 0 : UINT32_C(1) << PROGRAM_COLUMN_BYTES) |
	       (errors ? 0 : UINT32_C(1) << PROGRAM_COLUMN_ERRORS);
}

/* Its command line may not fit into the tree. */
static void draw_command(const struct view *view, struct area area)
{
	char text[CELL_MAX];
	size_t at = view->processes.table_view.position;
	if (at >= rows(view))
		return;
	program_command(&view->report->programs[at], true, text, sizeof(text));
	area_put_cell(area, 0, 0, area.columns, false, STYLE_LABEL, text);
}

static int reserved(const struct view *view, int area_rows)
{
	return view->report && area_rows > COMMAND_ROWS + 2 ? COMMAND_ROWS : 0;
}

static const struct table_view table_view = {
	.empty = empty,
	.importance = importance,
	.column_count = PROGRAM_COLUMN_COUNT,
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
	.draw_reserved = draw_command,
};

static void title(const struct view *view, char buf[CELL_MAX])
{
	bool is_tree = program_order_is_tree(view->wanted.program_order);
	strcpy(buf, is_tree ? "What processes executed, as a tree" : "What processes executed");
}

const struct pane processes_pane = {
	.name = "processes", .number = 6, .title = title, .table_view = &table_view};
