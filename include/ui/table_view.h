/*
 * A table_view: rows of columns with titles, a selection that follows its item, and scrolling. What
 * the calls and the threads have in common.
 *
 * What is in a table_view is told by a const descriptor of functions over the view; what it
 * remembers is a struct table_view_state. Columns stand in the order of their numbers; which are
 * shown is decided by their importance and the width. One thread.
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

/* Columns that a table_view can have: bits of a word. */
#define TABLE_VIEW_COLUMNS_MAX 32

/* One column. */
struct table_view_column {
	const char *title;
	const char *help; /* one line */
	int width;        /* columns of the screen that it needs */
	int widest;       /* and those that it takes where there is room; >= width */
	bool right;       /* aligned at the right ends */
};

/* Which column orders the rows, and how. */
struct table_view_order {
	size_t by;
	bool descending;
};

/* What a table_view remembers. */
struct table_view_state {
	bool pinned;     /* an item is selected; else the first row is, whichever it is */
	uint64_t key;    /* where pinned: of which item */
	size_t position; /* row of the selection */
	size_t top;      /* the row that is the first on the screen */
	size_t page;     /* rows that were drawn last */
	uint32_t hidden; /* bits of the columns that the user does not want */
};

/* What is in a table_view. */
struct table_view {
	const unsigned char *importance; /* numbers of all columns, the most important first; the
	                                    first is always shown */
	size_t column_count;
	struct table_view_state *(*state)(struct view *view);
	struct table_view_column (*column)(size_t column);
	size_t (*rows)(const struct view *view);
	uint64_t (*key)(const struct view *view, size_t row); /* of the item in ROW */
	void (*cell)(const struct view *view, size_t row, size_t column, char buf[CELL_MAX]);
	enum style (*style)(const struct view *view, size_t row, size_t column, const char *text);
	void (*name)(const struct view *view, size_t row, char buf[CELL_MAX]); /* searched */
	const char *(*nothing)(const struct view *view); /* why there are no rows */
	struct table_view_order (*order)(const struct view *view);
	/* Orders by another column (with the direction that it has by default), or inverts. */
	enum ui_request (*sort)(struct view *view, size_t column);
	enum ui_request (*invert)(struct view *view);
	/* The selection is another item. */
	enum ui_request (*moved)(struct view *view);
};

/* Draws SHEET; where not FOCUSED, so that it looks as if it had not the keys. */
void table_view_draw(
	const struct table_view *table_view, struct view *view, struct area area, bool focused);

/* Finds the selected item among new rows; where it is not there, its row stays selected. */
void table_view_follow(const struct table_view *table_view, struct view *view);

/* Does what BINDING asks of a table_view. UI_REQUEST_NONE where it is nothing for one. */
enum ui_request table_view_handle_action(
	const struct table_view *table_view, struct view *view, const struct key_binding *binding);

/* Selects ROW, or the nearest there is. */
enum ui_request table_view_select(const struct table_view *table_view, struct view *view, long row);

/* A click at ROW and COLUMN of the table_view, which was drawn in AREA: selects, or sorts. */
enum ui_request table_view_click(const struct table_view *table_view, struct view *view,
	struct area area, int row, int column);

/*
 * Selects the next row whose name has TEXT in it (letters of either case), from the row that is
 * STEP (1, -1 or 0) away from the selected one, around the end. False where there is none.
 */
bool table_view_search(
	const struct table_view *table_view, struct view *view, const char *text, int step);

#endif
