/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Size to regions; see ui/layout.h. */
#include "config.h"

#include "ui/layout.h"

#include <stddef.h>

#define BAR_ROWS            1

/* Screens with at least TALL_ROWS show a second pane below the calls, with LARGE_COLUMNS two. */
#define TALL_ROWS           36
#define LARGE_COLUMNS       140

/* Percentage of the rows for the calls if there is a pane below. */
#define CALLS_SHARE         50

/* Percentage of the columns for the pane beside the detail. */
#define LEFT_SHARE          58

/* Blank cells between the help and the edges of a large screen. */
#define HELP_MARGIN_ROWS    1
#define HELP_MARGIN_COLUMNS 4

/*
 * Number of rows of the header, by the minimum number of rows of the screen, largest first. The
 * contents of three lines on a narrow screen fit into two on a wide one.
 */
static int header_rows(int rows, int columns)
{
	static const struct {
		int screen, header;
	} steps[] = {{36, 5}, {20, 4}, {14, 3}, {0, 2}};
	size_t i = 0;
	while (rows < steps[i].screen)
		i++;
	return steps[i].header - (i == 0 && columns >= LARGE_COLUMNS);
}

/* The verdict: both findings, the first, or, where every row counts, none. */
static int verdict_rows(int rows)
{
	return rows >= TALL_ROWS ? 2 : rows >= 20;
}

/* Whether pane ID needs the whole width of the screen. */
static bool is_wide(enum pane_id id)
{
	return id == PANE_LOG || id == PANE_SIGNALS;
}

/* Divides BODY, the part of the screen between header and bar, among the panes. */
static void place_panes(
	struct layout *layout, struct region body, bool is_tall, const struct layout_choice *choice)
{
	if (!is_tall) {
		layout->region[choice->focus] = body;
		return;
	}
	struct region calls = body, below = body;
	calls.rows = body.rows * CALLS_SHARE / 100;
	below.row += calls.rows;
	below.rows -= calls.rows;
	layout->region[choice->top] = calls;
	if (body.columns < LARGE_COLUMNS || is_wide(choice->below)) {
		layout->region[choice->below] = below;
		return;
	}
	struct region left = below, right = below;
	left.columns = below.columns * LEFT_SHARE / 100;
	right.column += left.columns + 1;
	right.columns -= left.columns + 1;
	layout->region[choice->left] = left;
	layout->region[choice->right] = right;
}

struct layout layout_of(int rows, int columns, const struct layout_choice *choice)
{
	struct layout layout = {0};
	if (rows < LAYOUT_MIN_ROWS || columns < LAYOUT_MIN_COLUMNS) {
		layout.too_small = true;
		return layout;
	}
	int header = header_rows(rows, columns);
	int bar = rows - BAR_ROWS;
	bool is_narrow = columns < 100 || rows < 20;
	int margin_rows = is_narrow ? 0 : HELP_MARGIN_ROWS;
	int margin_columns = is_narrow ? 0 : HELP_MARGIN_COLUMNS;
	layout.region[PANE_HEADER] = (struct region){0, 0, header, columns};
	layout.region[PANE_VERDICT] = (struct region){header, 0, verdict_rows(rows), columns};
	header += layout.region[PANE_VERDICT].rows;
	place_panes(&layout, (struct region){header, 0, bar - header, columns}, rows >= TALL_ROWS,
		choice);
	layout.region[PANE_BAR] = (struct region){bar, 0, BAR_ROWS, columns};
	layout.region[PANE_HELP] = (struct region){
		margin_rows, margin_columns, bar - 2 * margin_rows, columns - 2 * margin_columns};
	layout.region[PANE_MENU] = (struct region){header, 0, bar - header, columns};
	return layout;
}
