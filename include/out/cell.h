/*
 * One value as text: what stands in a cell of a table, on the screen as in a file.
 *
 * "-" is a value that is not known; "~" before a time, that a part of it was not seen, so that the
 * real one is greater; "≤" before a latency, that it is not above what the tracing itself costs.
 * All text is escaped. Pure; any thread.
 */
#ifndef STOP_OUT_CELL_H
#define STOP_OUT_CELL_H

#include <stdbool.h>
#include <stdint.h>

#include "model/column.h"
#include "model/model.h"

/* Longest text of a cell, with the final NUL. */
#define CELL_MAX 80

/* How values are written. */
struct cell_format {
	uint64_t now_ns;            /* the moment that the rows are of */
	uint64_t min_measurable_ns; /* least latency that the tracing can tell; 0: unknown */
	bool full; /* counts in full, however long: for files, which have the room */
};

/* The value of COLUMN in ROW. Returns BUF. */
char *cell_call(enum column_id column, const struct call_row *row, const struct cell_format *format,
	char buf[CELL_MAX]);

/* Whether the cells of COLUMN are aligned at their right ends, as numbers are. */
bool cell_is_right(enum column_id column);

/* The last COLUMNS values of HISTORY, drawn: "▁▂▇█", scaled to the greatest of them. */
char *cell_graph(const struct history *history, int columns, char buf[CELL_MAX]);

/* The block of one to eight eighths of a line's height that stands for VALUE of GREATEST. Static.
 */
const char *cell_block(double value, double greatest);

/* STATE as one word, for JSON: "running", "in_call", "stopped", "ended". Static. */
const char *cell_thread_state(enum thread_state state);

#endif
