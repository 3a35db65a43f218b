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
	uint64_t now_ns;   /* the moment that the rows are of */
	uint64_t floor_ns; /* least latency that the tracing can tell; 0: unknown */
	bool full;         /* counts in full, however long: for files, which have the room */
};

/* The value of COLUMN in ROW. Returns BUF. */
char *cell_call(enum column_id column, const struct call_row *row, const struct cell_format *format,
	char buf[CELL_MAX]);

/* Whether the cells of COLUMN are aligned at their right ends, as numbers are. */
bool cell_is_right(enum column_id column);

/* The columns of a table of threads. */
enum thread_column {
	THREAD_COLUMN_PID,
	THREAD_COLUMN_TID,
	THREAD_COLUMN_NAME,
	THREAD_COLUMN_STATE, /* with the exit status of one that has ended */
	THREAD_COLUMN_CALL,
	THREAD_COLUMN_FOR, /* how long it has been in the call or state */
	THREAD_COLUMN_CALLS,
	THREAD_COLUMN_ERRORS,
	THREAD_COLUMN_TOTAL,
	THREAD_COLUMN_COUNT,
};

/* What a column of threads is: indexed by enum thread_column. */
struct thread_column_desc {
	const char *title;
	bool right; /* aligned at the right ends */
	void (*text)(
		const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX]);
};

extern const struct thread_column_desc thread_columns[THREAD_COLUMN_COUNT];

/* STATE as one word, for JSON: "running", "in_call", "stopped", "ended". Static. */
const char *cell_thread_state(enum thread_state state);

#endif
