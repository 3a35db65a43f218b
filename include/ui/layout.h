/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which part of the screen each pane gets: a pure function of the screen's size and the pane with
 * the focus.
 *
 *   small             tall                large
 *   ┌ header ──┐      ┌ header ──┐        ┌ header ──────────────┐
 *   │ the pane │      │ calls    │        │ calls                │
 *   │ with the │      ├──────────┤        ├───────────┬──────────┤
 *   │ focus    │      │ one of   │        │ threads / │ detail   │
 *   │          │      │ the rest │        │ output    │          │
 *   └ bar ─────┘      └ bar ─────┘        └ bar ──────┴──────────┘
 */
#ifndef STOP_UI_LAYOUT_H
#define STOP_UI_LAYOUT_H

#include <stdbool.h>

/* The smallest useful size. */
#define LAYOUT_MIN_ROWS    10
#define LAYOUT_MIN_COLUMNS 40

/* The panes, in drawing order. */
enum pane_id {
	PANE_HEADER,
	PANE_VERDICT,
	PANE_CALLS,
	PANE_THREADS,
	PANE_DETAIL,
	PANE_STACKS,    /* replaces the detail */
	PANE_LOG,       /* replaces all below the calls */
	PANE_SIGNALS,   /* the same */
	PANE_FILES,     /* replaces the calls */
	PANE_PROCESSES, /* the same */
	PANE_OUTPUT,    /* of the started command */
	PANE_BAR,
	PANE_HELP, /* over all others, when open */
	PANE_MENU, /* over all others, when open */
	PANE_COUNT,
};

/* A rectangle of the screen. */
struct region {
	int row, column;   /* of the top left corner */
	int rows, columns; /* size; 0: the pane is not shown */
};

/* What the user has chosen. */
struct layout_choice {
	enum pane_id top;   /* PANE_CALLS, PANE_FILES or PANE_PROCESSES */
	enum pane_id focus; /* the pane with the focus: PANE_CALLS to PANE_OUTPUT */
	enum pane_id below; /* the one below the calls if there is room for one, or if it needs
	                       the whole width; same range */
	enum pane_id right; /* PANE_DETAIL or PANE_STACKS */
	enum pane_id left;  /* PANE_THREADS or PANE_OUTPUT: beside the detail if there is room */
};

struct layout {
	bool too_small; /* nothing fits; all regions are empty */
	struct region region[PANE_COUNT];
};

/* The layout of a screen of ROWS by COLUMNS. */
struct layout layout_of(int rows, int columns, const struct layout_choice *choice);

/* Whether the cell at ROW and COLUMN is in REGION. */
static inline bool region_has(const struct region *region, int row, int column)
{
	return row >= region->row && row < region->row + region->rows && column >= region->column &&
	       column < region->column + region->columns;
}

/* Whether pane ID is on the screen. */
static inline bool layout_has(const struct layout *layout, enum pane_id id)
{
	return layout->region[id].rows > 0;
}

#endif
