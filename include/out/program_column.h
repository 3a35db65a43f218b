/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The columns of the tree of processes, with a row for each program: their names, meaning and
 * appearance. One table for the screen and for files. Text is escaped. Pure; any thread.
 */
#ifndef STOP_OUT_PROGRAM_COLUMN_H
#define STOP_OUT_PROGRAM_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/program_rows.h"
#include "out/cell.h"

struct report;

enum program_column {
	PROGRAM_COLUMN_START,
	PROGRAM_COLUMN_END,
	PROGRAM_COLUMN_RUN,
	PROGRAM_COLUMN_STATUS,
	PROGRAM_COLUMN_CALLS,
	PROGRAM_COLUMN_ERRORS,
	PROGRAM_COLUMN_BYTES,
	PROGRAM_COLUMN_IN_CALLS,
	PROGRAM_COLUMN_CPU,
	PROGRAM_COLUMN_TIME,
	PROGRAM_COLUMN_PID,
	PROGRAM_COLUMN_COMMAND,
	PROGRAM_COLUMN_COUNT,
};

/* How rows are sorted: PROGRAM_COLUMN_START, ascending, is the tree; others are lists. */
struct program_order {
	enum program_column by;
	bool descending;
};

/* How cells are written. */
struct program_format {
	uint64_t start_ns; /* when tracing began */
	bool full;         /* counts in full, however long: for files */
	bool tree;         /* commands are indented as a tree */
};

struct program_column_desc {
	const char *name;  /* "run" */
	const char *title; /* "RUN" */
	const char *help;  /* one line */
	int width;         /* of its widest usual value */
	bool right;        /* right-aligned: a number, sorted in descending order */
	void (*text)(const struct program_row *row, const struct program_format *format,
		char buf[CELL_MAX]);
};

/* The table, indexed by enum program_column. */
extern const struct program_column_desc program_columns[PROGRAM_COLUMN_COUNT];

/* The default order for column BY: numbers descending, others ascending. */
struct program_order program_order_default(enum program_column by);

/* Whether ORDER is that of the tree. */
bool program_order_is_tree(struct program_order order);

/* Sorts COUNT rows, which are in the order of the tree, by ORDER; [other] stays the last. */
void program_rows_sort(struct program_row *rows, size_t count, struct program_order order);

/*
 * Writes the command line of ROW as one would type it, escaped, cut if it is too long: gcc -c 'a
 * b.c'; its name in brackets if it is not known. Unless it is WHOLE, without the directory of the
 * first word. Returns BUF, of SIZE bytes.
 */
char *program_command(const struct program_row *row, bool whole, char *buf, size_t size);

/* Writes the table of programs of REPORT to STREAM, at most LIMIT rows (0: all). */
void program_table_write(FILE *stream, const struct report *report, size_t limit, bool ascii);

#endif
