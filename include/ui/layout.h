/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which part of the screen each pane gets: a pure function of the screen's size, what the user has
 * chosen, and how many lines each pane could use. The arrangements are a table (src/ui/layout.c),
 * the same order of importance at all sizes:
 *
 *   small           from 20 rows    from 36 rows    from 140 columns as well
 *   ─ header ──     ─ header ──     ─ header ──     ─ header ──────────────
 *     verdict         verdict         verdict         verdict
 *   ─ the pane       calls/s         calls/s         ┌ graphs ─┐┌ busy ────┐
 *     with the      ┌ calls ──┐       time           ┌ calls ──┐┌ detail ──┐
 *     focus         └─────────┘     ┌ calls ──┐      └─────────┘└──────────┘
 *                   ┌ another ┐     ┌ threads ┐      ┌ threads ┐┌ stacks ──┐
 *                   └─────────┘     ┌ detail ─┐      └─────────┘└──────────┘
 *   ─ bar ─────     ─ bar ─────     ─ bar ─────     ─ bar ─────────────────
 *
 * Panes are as tall as what they show, the one with the focus first; what is left goes to the last
 * of those above each other.
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
	PANE_GRAPHS, /* calls and errors per second; how the time was spent */
	PANE_BUSY,   /* the busiest threads */
	PANE_CALLS,
	PANE_THREADS,
	PANE_DETAIL,
	PANE_STACKS,    /* replaces the detail, but on large screens */
	PANE_LOG,       /* replaces all below the calls and threads */
	PANE_SIGNALS,   /* the same */
	PANE_FILES,     /* replaces the calls, but on large screens */
	PANE_PROCESSES, /* the same */
	PANE_OUTPUT,    /* of the started command */
	PANE_TIMELINE,  /* of a recording */
	PANE_BAR,
	PANE_HELP,    /* over all others, when open; get all keys … */
	PANE_CHANGES, /* … both */
	PANE_MENU,    /* over all others, when open */
	PANE_COUNT,
};

/* A rectangle of the screen. */
struct region {
	int row, column;   /* of the top left corner */
	int rows, columns; /* size; 0: the pane is not shown */
};

/* What the user has chosen. */
struct layout_choice {
	bool has_timeline;  /* a recording is shown */
	int advice;         /* rows that the verdict could use below its own */
	enum pane_id top;   /* PANE_CALLS, PANE_FILES or PANE_PROCESSES */
	enum pane_id focus; /* the pane with the focus: PANE_CALLS to PANE_OUTPUT */
	enum pane_id below; /* the last other than those of `top` that had the focus; same range */
	enum pane_id right; /* PANE_DETAIL or PANE_STACKS */
	enum pane_id left;  /* PANE_THREADS or PANE_OUTPUT */
	enum pane_id wide;  /* PANE_LOG or PANE_SIGNALS, if one is open; else PANE_COUNT */
};

struct layout {
	bool too_small;     /* nothing fits; all regions are empty */
	bool has_sides;     /* borders have four sides; otherwise only a line with the title */
	enum pane_id first; /* of those with a border, at the top left */
	struct region region[PANE_COUNT]; /* what the pane draws into */
	struct region border[PANE_COUNT]; /* around it, with the title; no rows: there is none */
};

/*
 * The layout of a screen of ROWS by COLUMNS. LINES: how many each pane could use, without its
 * border.
 */
struct layout layout_of(
	int rows, int columns, const struct layout_choice *choice, const int lines[PANE_COUNT]);

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
