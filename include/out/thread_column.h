/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The columns of thread tables: their names, meaning, appearance and sort order. One table for the
 * screen and for files. Text is escaped. Pure; any thread.
 */
#ifndef STOP_OUT_THREAD_COLUMN_H
#define STOP_OUT_THREAD_COLUMN_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"
#include "out/cell.h"

enum thread_column {
	THREAD_COLUMN_PID,
	THREAD_COLUMN_TID,
	THREAD_COLUMN_NAME,
	THREAD_COLUMN_CPU,
	THREAD_COLUMN_RATE,
	THREAD_COLUMN_CALLS,
	THREAD_COLUMN_ERRORS,
	THREAD_COLUMN_TOTAL,
	THREAD_COLUMN_BYTE_RATE,
	THREAD_COLUMN_SIZE,  /* average bytes of a call that transfers */
	THREAD_COLUMN_STATE, /* with the exit status if it has ended */
	THREAD_COLUMN_CALL,
	THREAD_COLUMN_FOR,   /* how long it has been in the call or state */
	THREAD_COLUMN_STRIP, /* the last seconds; only drawn */
	THREAD_COLUMN_WAITS_FOR,
	THREAD_COLUMN_COMMAND, /* of the main thread: the command line, or title, of its process */
	THREAD_COLUMN_COUNT,
};

/* The description of a column. */
struct thread_column_desc {
	const char *name;  /* for the configuration: "state" */
	const char *title; /* "STATE" */
	const char *help;  /* one line */
	int width;         /* of its widest usual value */
	bool right;        /* right-aligned: a number, sorted in descending order */
	void (*text)(
		const struct thread_row *row, const struct cell_format *format, char buf[CELL_MAX]);
	double (*value)(const struct thread_row *row, const struct cell_format *format); /* NULL:
	                                                                    ordered by the text */
};

/* The table, indexed by enum thread_column. */
extern const struct thread_column_desc thread_columns[THREAD_COLUMN_COUNT];

/* The column called NAME, or THREAD_COLUMN_COUNT. */
enum thread_column thread_column_by_name(const char *name);

/*
 * The command line of the process of which ROW is the main thread, escaped, or the title that it
 * has given itself (setproctitle(3)): "postgres: checkpointer"; as much of it as SIZE has room for,
 * "" if it is not known. Returns BUF.
 */
char *thread_command(const struct thread_row *row, char *buf, size_t size);

/* An order of rows. */
struct thread_order {
	enum thread_column by;
	bool descending;
};

/* The default order for column BY. */
struct thread_order thread_order_default(enum thread_column by);

/* Sorts pointers to rows; rows equal in the column are ordered by process and tid. */
void thread_rows_sort(const struct thread_row **rows, size_t count, struct thread_order order,
	const struct cell_format *format);

#endif
