/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An off-screen grid of cells: panes draw into it, the terminal displays it, and tests read it as
 * text.
 *
 * Panes draw through an area, a rectangle of the canvas with its own coordinates that clips what is
 * drawn. A wide character of which only half would fit is drawn as a blank. Owned by one thread.
 */
#ifndef STOP_UI_CANVAS_H
#define STOP_UI_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "ui/theme.h"

/* Characters of a cell: one, and the marks that combine with it (CCHARW_MAX of ncurses). */
#define CANVAS_CHARS 5

struct canvas_cell {
	uint32_t
		chars[CANVAS_CHARS]; /* a character and its combining marks; 0 if there are fewer */
	enum style style;
	int width; /* columns: 1, 2, or 0 for the right half of a wide one */
};

struct canvas {
	int rows, columns;
	bool has_colours;          /* styles that differ in nothing else will have colours */
	struct canvas_cell *cells; /* rows by columns; owned */
};

/* A rectangle of a canvas. */
struct area {
	struct canvas *canvas;
	int row, column;   /* of the top left corner */
	int rows, columns; /* size; 0 or more */
};

/* A blank canvas, at least 1 by 1. Freed with canvas_free(), which accepts NULL.
 */
struct canvas *canvas_new(int rows, int columns);
void canvas_free(struct canvas *canvas);

/* Makes every cell blank. */
void canvas_clear(struct canvas *canvas);

/* The area of the whole CANVAS. */
struct area canvas_area(struct canvas *canvas);

/* The part of AREA that begins at ROW and COLUMN and has at most ROWS by COLUMNS. */
struct area area_part(struct area area, int row, int column, int rows, int columns);

/* Makes every cell of AREA a blank of STYLE. */
void area_fill(struct area area, enum style style);

/* Sets the style of the cells in ROW of AREA. */
void area_restyle(struct area area, int row, enum style style);

/*
 * Draws TEXT (UTF-8, escaped) at ROW and COLUMN of AREA, clipped at its left and right edge.
 * Returns the column after the text, clipped or not.
 */
int area_put(struct area area, int row, int column, enum style style, const char *text);

/*
 * Draws TEXT into WIDTH columns at COLUMN, right-aligned if RIGHT; the rest is blanked. Text that
 * is too long ends in "…", so that a truncated number does not look like a smaller one.
 */
void area_put_cell(struct area area, int row, int column, int width, int right, enum style style,
	const char *text);

/*
 * The contents of CANVAS as lines of text without trailing blanks. The caller frees it.
 */
char *canvas_text(const struct canvas *canvas);

#endif
