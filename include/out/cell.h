/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A value as text: the contents of a table cell, on the screen and in files.
 *
 * "-" means unknown; "~" before a time, that it was only partly observed and the true one is
 * greater; "≤" before a latency, that it does not exceed the tracing overhead. All text is escaped.
 * Pure; any thread.
 */
#ifndef STOP_OUT_CELL_H
#define STOP_OUT_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "model/column.h"
#include "model/model.h"

/* Size of the longest text of a cell, including the final NUL. */
#define CELL_MAX 320

/* How values are written. */
struct cell_format {
	uint64_t now_ns;            /* time of the rows */
	uint64_t min_measurable_ns; /* minimum measurable latency; 0: unknown */
	bool full;                  /* counts in full, however long: for files */
	double trend_greatest;      /* the height of graphs; 0: each has its own */
};

/* The value of COLUMN in ROW. Returns BUF. */
char *cell_call(enum column_id column, const struct call_row *row, const struct cell_format *format,
	char buf[CELL_MAX]);

/* Whether the cells of COLUMN are right-aligned, as numbers are. */
bool cell_is_right(enum column_id column);

/*
 * A graph of the last COLUMNS values of HISTORY: "▁▂▇█", as high as GREATEST, or, if that is 0, as
 * their maximum.
 */
char *cell_graph(const struct history *history, int columns, double greatest, char buf[CELL_MAX]);

/* The columns of the trend of a call. */
#define CELL_TREND 12

/* The block character of one to eight eighths of the line height for VALUE of GREATEST. Static. */
const char *cell_block(double value, double greatest);

/* STATE as one word, for JSON: "running", "in_call", "stopped", "ended". Static. */
const char *cell_thread_state(enum thread_state state);

#endif
