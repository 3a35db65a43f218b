/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text table whose columns are as wide as their contents: cells are collected row by row, and
 * written when all have been added.
 *
 * A grid owns copies of its texts. Not locked: one owner at a time.
 */
#ifndef STOP_OUT_GRID_H
#define STOP_OUT_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct grid;

/* A grid of COUNT columns (at least one), with no rows yet. Freed with grid_free(). */
struct grid *grid_new(size_t count);

/* Frees GRID; NULL is allowed. */
void grid_free(struct grid *grid);

/* Sets the title of COLUMN, and whether its cells are right-aligned. */
void grid_title(struct grid *grid, size_t column, const char *title, bool right);

/* Sets the next cell; after the last one in a row comes the first one of the next row. */
void grid_cell(struct grid *grid, const char *text);

/* Draws a line across the table before the next row. Call this between rows. */
void grid_rule(struct grid *grid);

/*
 * Writes the titles and the rows to STREAM, indented by INDENT blanks, without trailing blanks; if
 * ASCII, only in ASCII. Errors are those of STREAM.
 */
void grid_write(const struct grid *grid, FILE *stream, int indent, bool ascii);

#endif
