/*
 * A screen that is only in memory: a grid of cells into which panes draw, which the terminal shows
 * and which tests read as text.
 *
 * Panes draw through an area, a rectangle of the canvas with coordinates of its own: what does not
 * fit into it is cut. A wide character is drawn whole or, where only half of it would fit, as a
 * blank. Owned by one thread.
 */
#ifndef STOP_UI_CANVAS_H
#define STOP_UI_CANVAS_H

#include <stdint.h>

#include "ui/theme.h"

/* Characters of a cell: one, and the marks that combine with it (CCHARW_MAX of ncurses). */
#define CANVAS_CHARS 5

struct canvas_cell {
	uint32_t chars[CANVAS_CHARS]; /* in order, 0 where there is none; the first is never a mark
	                               */
	enum style style;
	int width; /* columns: 1, 2, or 0 for the right half of a wide one */
};

struct canvas {
	int rows, columns;
	struct canvas_cell *cells; /* rows by columns; owned */
};

/* A rectangle of a canvas. */
struct area {
	struct canvas *canvas;
	int row, column;   /* of its top left corner */
	int rows, columns; /* its size; 0 or more */
};

/* A blank canvas; a size below 1 by 1 is made 1 by 1. Freed with canvas_free(), which takes NULL.
 */
struct canvas *canvas_new(int rows, int columns);
void canvas_free(struct canvas *canvas);

/* Makes every cell blank. */
void canvas_clear(struct canvas *canvas);

/* All of CANVAS. */
struct area canvas_area(struct canvas *canvas);

/* The part of AREA that begins at ROW and COLUMN and has at most ROWS by COLUMNS. */
struct area area_part(struct area area, int row, int column, int rows, int columns);

/* Makes every cell of AREA a blank of STYLE. */
void area_fill(struct area area, enum style style);

/* Gives the cells of ROW of AREA another style. */
void area_restyle(struct area area, int row, enum style style);

/*
 * Draws TEXT (UTF-8, escaped) at ROW and COLUMN of AREA; what is to the left or right of the area
 * is cut. Returns the column behind the text, cut or not.
 */
int area_put(struct area area, int row, int column, enum style style, const char *text);

/*
 * Draws TEXT into WIDTH columns at COLUMN, at their right end where RIGHT; the rest of them is
 * blanked. A text that is too long ends in "…", so that no cut number looks like a smaller one.
 */
void area_put_cell(struct area area, int row, int column, int width, int right, enum style style,
	const char *text);

/*
 * What CANVAS shows, in lines that end in a newline and not in blanks. The caller frees it.
 */
char *canvas_text(const struct canvas *canvas);

#endif
