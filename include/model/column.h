/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The columns of the table of calls: their names, meaning and sort order.
 *
 * One table for the screen, the text summary and the option -S. How a value is formatted depends on
 * its kind.
 */
#ifndef STOP_MODEL_COLUMN_H
#define STOP_MODEL_COLUMN_H

#include <stdbool.h>
#include <stddef.h>

#include "model/model.h"

enum column_id {
	COLUMN_CALL,
	COLUMN_CLASS,
	COLUMN_CALLS,
	COLUMN_RATE,
	COLUMN_ERRORS,
	COLUMN_IN_PROGRESS,
	COLUMN_SHARE,
	COLUMN_TOTAL,
	COLUMN_AVG,
	COLUMN_MIN,
	COLUMN_P50,
	COLUMN_P90,
	COLUMN_P99,
	COLUMN_MAX,
	COLUMN_STDDEV,
	COLUMN_TREND,
	COLUMN_BYTES,
	COLUMN_BYTE_RATE,
	COLUMN_SIZE,
	COLUMN_ON_CPU,
	COLUMN_RUNNABLE,
	COLUMN_BLOCKED,
	COLUMN_SWITCHES,
	COLUMN_FAULTS,
	COLUMN_COUNT,
};

/* The kind of values in a column, which determines their format. */
enum column_kind {
	COLUMN_TEXT,     /* the row's name or classes; ascending by default */
	COLUMN_NUMBER,   /* a count */
	COLUMN_PER_S,    /* a rate */
	COLUMN_SHARE_OF, /* 0 to 1 */
	COLUMN_TIME,     /* nanoseconds */
	COLUMN_GRAPH,    /* a graph of the rate; sorted by the rate */
	COLUMN_AMOUNT,   /* bytes, or bytes per second */
};

struct column {
	const char *name;  /* for -S and the configuration: "total" */
	const char *title; /* at most eight characters: "TOTAL" */
	const char *help;  /* one line */
	enum column_kind kind;
	bool (*is_known)(const struct call_row *row); /* NULL: always; else it is "-" without */
	double (*value)(const struct call_row *row);  /* NULL for COLUMN_TEXT */
};

/* The table, indexed by enum column_id. */
extern const struct column call_columns[COLUMN_COUNT];

/*
 * Whether tables of COUNT ROWS leave out column ID: it has values only of some calls or engines,
 * and there are none, or bytes of which there are none.
 */
bool column_is_empty(enum column_id id, const struct call_row *rows, size_t count);

/* The column called NAME, or COLUMN_COUNT. */
enum column_id column_by_name(const char *name);

/* An order of rows. */
struct call_order {
	enum column_id by;
	bool descending;
};

/* The default order for column BY: numbers descending, names ascending. */
struct call_order call_order_default(enum column_id by);

/* Sorts ROWS; rows that are equal in the column are ordered by name, so the order is stable. */
void call_rows_sort(struct call_row *rows, size_t count, struct call_order order);

#endif
