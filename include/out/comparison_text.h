/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A comparison (out/comparison.h) as text for people, and as one JSON object ("stop.diff/1") for
 * programs. Errors are those of the stream. One thread.
 */
#ifndef STOP_OUT_COMPARISON_TEXT_H
#define STOP_OUT_COMPARISON_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "out/comparison.h"

/* The schema. */
#define COMPARISON_SCHEMA   "stop.diff/1"

/* Size of the texts below, including the final NUL. */
#define COMPARISON_TEXT_MAX 256

/* How a comparison is written. */
struct comparison_how {
	bool all;        /* all rows; otherwise those that explain most */
	bool ascii;      /* only in ASCII */
	bool is_one_run; /* both sides are parts of one run: nothing is said of noise */
	int columns;     /* numbers are left out so that names fit; 0: as many as it takes */
};

/* Writes COMPARISON to STREAM. */
void comparison_write(
	FILE *stream, const struct comparison *comparison, const struct comparison_how *how);

/* The same as JSON, indented, all rows. Returns 0, or -errno. */
int comparison_write_json(FILE *stream, const struct comparison *comparison);

/*
 * What is to be known of COMPARISON before it is believed: line NUMBER, from 0, as text: that
 * engines differ, that there are too few runs. Returns BUF, or NULL if there are no more.
 */
const char *comparison_caution(
	const struct comparison *comparison, size_t number, char buf[COMPARISON_TEXT_MAX]);

/* The value of MEASURE, as in tables: "1.2ms", "340". Returns BUF, of COMPARISON_TEXT_MAX bytes. */
char *comparison_number(enum profile_measure measure, double value, char *buf);

/* What VALUE's test says, in a word: "yes", "noise", "=", "?". Static. */
const char *comparison_sure(const struct comparison_value *value);

/* The same of ROW, by what is compared; "calls": only of the number of its calls. */
const char *comparison_row_sure(
	const struct comparison *comparison, const struct comparison_row *row);

/* The name of ROW of PART as it is shown: stacks have the call first. The caller frees it. */
char *comparison_name(enum profile_part part, const struct comparison_row *row);

/*
 * The distributions of ROW's latencies as two strips of blocks of the same scale, one block for
 * each power of two: "▁▃█▂", with the range that they are of. False: they are not known.
 */
struct comparison_strips {
	char side[COMPARISON_SIDES][COMPARISON_TEXT_MAX];
	uint64_t low_ns, high_ns; /* of all blocks */
};
bool comparison_strips(const struct comparison_row *row, struct comparison_strips *strips);

#endif
