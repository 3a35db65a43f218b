/*
 * A text table whose columns are as wide as what is in them: cells are collected row by row, and
 * written once all are there.
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

/* Sets the title of COLUMN, and whether its cells are aligned at their right ends. */
void grid_title(struct grid *grid, size_t column, const char *title, bool right);

/* Fills the next cell; the one after a row's last is the first of the next row. */
void grid_cell(struct grid *grid, const char *text);

/* Draws a line across the table before the next row. To be called between rows. */
void grid_rule(struct grid *grid);

/*
 * Writes the titles and the rows to STREAM, each line with INDENT blanks before it and none at its
 * end; where ASCII, in ASCII alone. Errors are STREAM's.
 */
void grid_write(const struct grid *grid, FILE *stream, int indent, bool ascii);

#endif
