/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table view: rows of columns with titles, a selection that follows its item, and scrolling. Used
 * for calls and threads.
 *
 * Its contents are described by a const descriptor of functions over the view; its state is a
 * struct table_view_state. Columns are ordered by their numbers; their importance and the width
 * decide which are shown. One thread.
 */
#ifndef STOP_UI_TABLE_VIEW_H
#define STOP_UI_TABLE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out/cell.h"
#include "ui/canvas.h"
#include "ui/keys.h"
#include "ui/request.h"

struct view;

/* Maximum number of columns: bits of a word. */
#define TABLE_VIEW_COLUMNS_MAX 32

/* One column. */
struct table_view_column {
	const char *title;
	const char *help; /* one line */
	int width;        /* minimum width on the screen */
	int widest;       /* maximum width if there is room; >= width */
	bool right;       /* right-aligned */
	bool keeps_end;   /* of a text that is too long, the beginning is left out */
};

/* The sort column and direction. */
struct table_view_order {
	size_t by;
	bool descending;
};

/* The state of a table view. */
struct table_view_state {
	bool pinned;     /* an item is selected; otherwise the first row, whatever it is */
	uint64_t key;    /* if pinned: of the selected item */
	size_t position; /* selected row */
	size_t top;      /* first row on the screen */
	size_t page;     /* rows that are on the screen */
	uint32_t hidden; /* bits of the columns that the user has hidden */
};

/* The contents of a table view. */
struct table_view {
	uint32_t (*empty)(const struct view *view); /* bits of columns without values, which are
	                                               left out; NULL: there are none */
	const unsigned char *importance; /* numbers of all columns, the most important first; the
	                                    first is always shown */
	size_t spare_from; /* if not 0: columns from this place in `importance` on are shown only
	                      where texts need not be cut for them */
	size_t column_count;
	struct table_view_state *(*state)(struct view *view);
	struct table_view_column (*column)(size_t column);
	size_t (*rows)(const struct view *view);
	uint64_t (*key)(const struct view *view, size_t row); /* of the item in ROW */
	void (*cell)(const struct view *view, size_t row, size_t column, char buf[CELL_MAX]);
	enum style (*style)(const struct view *view, size_t row, size_t column, const char *text);
	/* Draws what is more than a text. False: the cell is one. NULL: all are. */
	bool (*paint)(const struct view *view, size_t row, size_t column, struct area area);
	void (*name)(const struct view *view, size_t row, char buf[CELL_MAX]); /* searched */
	const char *(*empty_text)(const struct view *view); /* message if there are no rows */
	struct table_view_order (*order)(const struct view *view);
	/* Sorts by another column (in its default direction), or inverts the order. */
	enum ui_request (*sort)(struct view *view, size_t column);
	enum ui_request (*invert)(struct view *view);
	/* Number of lines below the last row that are not rows, of ROWS; NULL: none. */
	int (*reserved)(const struct view *view, int rows);
	void (*draw_reserved)(const struct view *view, struct area area); /* draws these */
	/* Called when another item is selected. */
	enum ui_request (*moved)(struct view *view);
};

/* How many lines TABLE_VIEW could use: titles, rows, and what is below them. */
int table_view_lines(const struct table_view *table_view, const struct view *view);

/* Fits a table into an area of ROWS: sets its page, and scrolls to the selection. */
void table_view_layout(const struct table_view *table_view, struct view *view, int rows);

/* Draws TABLE_VIEW, highlighted if FOCUSED. */
void table_view_draw(
	const struct table_view *table_view, struct view *view, struct area area, bool focused);

/* Finds the selected item among new rows; if it is gone, its row stays selected. */
void table_view_follow(const struct table_view *table_view, struct view *view);

/* Handles the action of BINDING. UI_REQUEST_NONE if it is not for a table view. */
enum ui_request table_view_handle_action(
	const struct table_view *table_view, struct view *view, const struct key_binding *binding);

/* Selects ROW, or the nearest existing one. */
enum ui_request table_view_select(const struct table_view *table_view, struct view *view, long row);

/* Handles a click at ROW and COLUMN of the table view, drawn in AREA: selects or sorts. */
enum ui_request table_view_click(const struct table_view *table_view, struct view *view,
	struct area area, int row, int column);

/*
 * Selects the next row whose name contains TEXT (ignoring case), starting STEP (1, -1 or 0) rows
 * from the selected one and wrapping around. False if there is none.
 */
bool table_view_search(
	const struct table_view *table_view, struct view *view, const char *text, int step);

#endif
