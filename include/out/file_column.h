/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The columns of tables of files and peers: their names, meaning and appearance. One table for the
 * screen and for files. Text is escaped. Pure; any thread.
 */
#ifndef STOP_OUT_FILE_COLUMN_H
#define STOP_OUT_FILE_COLUMN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "model/file_rows.h"
#include "out/cell.h"

struct report;

/* The description of a column. */
struct file_column_desc {
	const char *name;  /* "in" */
	const char *title; /* "IN" */
	const char *help;  /* one line */
	int width;         /* of its widest usual value */
	bool right;        /* right-aligned: a number, sorted in descending order */
	void (*text)(
		const struct file_row *row, const struct cell_format *format, char buf[CELL_MAX]);
};

/* The table, indexed by enum file_column. */
extern const struct file_column_desc file_columns[FILE_COLUMN_COUNT];

/* The name of GROUPING: "each", "place", "kind". Static. */
const char *file_grouping_name(enum file_grouping grouping);

/* The default order for column BY: numbers descending, names ascending. */
struct file_order file_order_default(enum file_column by);

/*
 * Writes how the rows of REPORT add up to BUF, of CELL_MAX bytes: "12,345 calls on 321 objects, 12
 * not attributed". Returns BUF.
 */
char *file_totals_text(const struct report *report, char buf[CELL_MAX]);

/* Writes the table of files of REPORT to STREAM, at most LIMIT rows (0: all). */
void file_table_write(FILE *stream, const struct report *report, size_t limit, bool ascii);

#endif
