/*
 * Which part of the screen each pane gets: a pure function of the screen's size.
 */
#ifndef STOP_UI_LAYOUT_H
#define STOP_UI_LAYOUT_H

#include <stdbool.h>

/* The least size that shows anything useful. */
#define LAYOUT_MIN_ROWS    10
#define LAYOUT_MIN_COLUMNS 40

/* The panes, from the top of the screen to its bottom. */
enum pane_id {
	PANE_HEADER,
	PANE_CALLS,
	PANE_BAR,
	PANE_STACKS, /* over the lower part of the calls, where it is open */
	PANE_HELP, /* over all others, where it is open */
	PANE_COUNT,
};

/* A rectangle of the screen. */
struct region {
	int row, column;   /* of its top left corner */
	int rows, columns; /* its size; 0: the pane is not shown */
};

struct layout {
	bool too_small; /* nothing fits; all regions are empty */
	struct region region[PANE_COUNT];
};

/* The layout of a screen of ROWS by COLUMNS. */
struct layout layout_of(int rows, int columns);

#endif
