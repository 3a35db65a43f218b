/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grid of cells; see ui/canvas.h. */
#include "config.h"

#include "ui/canvas.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "out/glyph.h"

#define ELLIPSIS 0x2026U /* … */

static struct canvas_cell *cell_at(const struct canvas *canvas, int row, int column)
{
	return &canvas->cells[(size_t)row * (size_t)canvas->columns + (size_t)column];
}

static void blank(struct canvas_cell *cell, enum style style)
{
	*cell = (struct canvas_cell){.chars = {' '}, .style = style, .width = 1};
}

struct canvas *canvas_new(int rows, int columns)
{
	struct canvas *canvas = xcalloc(1, sizeof(*canvas));
	canvas->rows = rows > 0 ? rows : 1;
	canvas->columns = columns > 0 ? columns : 1;
	canvas->cells = xcalloc(
		(size_t)canvas->rows * (size_t)canvas->columns, sizeof(*canvas->cells));
	for (int i = 0; i < canvas->rows * canvas->columns; i++)
		blank(&canvas->cells[i], STYLE_TEXT);
	return canvas;
}

void canvas_free(struct canvas *canvas)
{
	if (!canvas)
		return;
	free(canvas->cells);
	free(canvas);
}

void canvas_clear(struct canvas *canvas)
{
	area_fill(canvas_area(canvas), STYLE_TEXT);
}

struct area canvas_area(struct canvas *canvas)
{
	return (struct area){canvas, 0, 0, canvas->rows, canvas->columns};
}

static int clamp(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

struct area area_part(struct area area, int row, int column, int rows, int columns)
{
	row = clamp(row, 0, area.rows);
	column = clamp(column, 0, area.columns);
	return (struct area){
		.canvas = area.canvas,
		.row = area.row + row,
		.column = area.column + column,
		.rows = clamp(rows, 0, area.rows - row),
		.columns = clamp(columns, 0, area.columns - column),
	};
}

/* Blanks the rest of a wide character before one of its halves, at COLUMN, is overwritten. */
static void split(struct canvas *canvas, int row, int column)
{
	struct canvas_cell *cell = cell_at(canvas, row, column);
	if (cell->width == 0 && column > 0)
		blank(cell - 1, cell->style);
	if (cell->width == 2 && column + 1 < canvas->columns)
		blank(cell + 1, cell->style);
}

void area_fill(struct area area, enum style style)
{
	for (int row = 0; row < area.rows; row++) {
		for (int column = 0; column < area.columns; column++) {
			int at = area.column + column;
			split(area.canvas, area.row + row, at);
			blank(cell_at(area.canvas, area.row + row, at), style);
		}
	}
}

void area_restyle(struct area area, int row, enum style style)
{
	if (row < 0 || row >= area.rows)
		return;
	for (int column = 0; column < area.columns; column++)
		cell_at(area.canvas, area.row + row, area.column + column)->style = style;
}

/* Sets the cell at ROW and COLUMN to character CODE of WIDTH 1 or 2, which must fit. */
static void set(
	struct canvas *canvas, int row, int column, enum style style, uint32_t code, int width)
{
	struct canvas_cell *cell = cell_at(canvas, row, column);
	split(canvas, row, column);
	if (width == 2) {
		split(canvas, row, column + 1);
		cell[1] = (struct canvas_cell){.style = style};
	}
	*cell = (struct canvas_cell){.chars = {code}, .style = style, .width = width};
}

/* Adds MARK to CELL; marks beyond what a cell can hold are not shown. */
static void combine(struct canvas_cell *cell, uint32_t mark)
{
	for (int i = 1; i < CANVAS_CHARS; i++) {
		if (!cell->chars[i]) {
			cell->chars[i] = mark;
			return;
		}
	}
}

/* Draws CODE at COLUMN of AREA, clipped. Returns its cell, or NULL if it is outside. */
static struct canvas_cell *draw(
	struct area area, int row, int column, enum style style, uint32_t code, int width)
{
	struct canvas *canvas = area.canvas;
	int at = area.column + column;
	if (column >= 0 && column + width <= area.columns) {
		set(canvas, area.row + row, at, style, code, width);
		return cell_at(canvas, area.row + row, at);
	}
	for (int i = 0; i < width; i++) {
		if (column + i >= 0 && column + i < area.columns)
			set(canvas, area.row + row, at + i, style, ' ', 1);
	}
	return NULL;
}

/* CODE, or a replacement if it is a control character. */
static uint32_t harmless(uint32_t code)
{
	bool is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);
	return is_control ? GLYPH_INVALID : code;
}

int area_put(struct area area, int row, int column, enum style style, const char *text)
{
	bool is_outside = row < 0 || row >= area.rows;
	struct canvas_cell *last = NULL;
	for (uint32_t code; (code = glyph_next(&text)) != 0;) {
		code = harmless(code);
		int width = glyph_width(code);
		if (width == 0 && last)
			combine(last, code);
		if (width > 0 && !is_outside)
			last = draw(area, row, column, style, code, width);
		column += width;
	}
	return column;
}

/* Number of bytes of TEXT that fit into WIDTH columns. */
static size_t fitting(const char *text, int width)
{
	const char *at = text, *end = text;
	for (uint32_t code; (code = glyph_next(&at)) != 0; end = at) {
		width -= glyph_width(code);
		if (width < 0)
			break;
	}
	return (size_t)(end - text);
}

void area_put_cell(struct area area, int row, int column, int width, int right, enum style style,
	const char *text)
{
	struct area cell = area_part(area, row, column, 1, width);
	int columns = glyph_columns(text);
	area_fill(cell, style);
	if (columns <= cell.columns) {
		area_put(cell, 0, right ? cell.columns - columns : 0, style, text);
		return;
	}
	char ellipsis[GLYPH_BYTES];
	glyph_encode(ELLIPSIS, ellipsis);
	char *cut = xstrdup(text);
	cut[fitting(text, cell.columns - 1)] = '\0';
	area_put(cell, 0, area_put(cell, 0, 0, style, cut), style, ellipsis);
	free(cut);
}

/* Appends the text of ROW, without trailing blanks, to OUT. Returns the new end. */
static char *row_text(const struct canvas *canvas, int row, char *out)
{
	char *end = out;
	for (int column = 0; column < canvas->columns; column++) {
		const struct canvas_cell *cell = cell_at(canvas, row, column);
		for (int i = 0; i < CANVAS_CHARS && cell->chars[i]; i++) {
			out += glyph_encode(cell->chars[i], out);
			if (cell->chars[i] != ' ')
				end = out;
		}
	}
	*end++ = '\n';
	return end;
}

char *canvas_text(const struct canvas *canvas)
{
	size_t cells = (size_t)canvas->rows * (size_t)canvas->columns;
	size_t most = cells * CANVAS_CHARS * (GLYPH_BYTES - 1) + (size_t)canvas->rows + GLYPH_BYTES;
	char *text = xcalloc(most, 1);
	char *end = text;
	for (int row = 0; row < canvas->rows; row++)
		end = row_text(canvas, row, end);
	*end = '\0';
	return text;
}
