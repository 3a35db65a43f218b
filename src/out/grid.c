/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text tables; see out/grid.h. */
#include "config.h"

#include "out/grid.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "out/glyph.h"

/* Blanks between two columns. */
#define GAP 2

/* A cell: its text; NULL in a row's first cell makes the row a rule. */
struct cell {
	char *text;
	int columns; /* width of the text */
};

struct grid {
	size_t count;       /* columns */
	bool *right;        /* for each: right-aligned */
	int *width;         /* for each: of its widest cell */
	struct cell *cells; /* row by row; the first row holds the titles */
	size_t used;        /* cells set */
	size_t capacity;    /* cells allocated */
};

static void put(struct grid *grid, size_t at, const char *text)
{
	struct cell *cell = &grid->cells[at];
	int *width = &grid->width[at % grid->count];
	free(cell->text);
	cell->text = text ? xstrdup(text) : NULL;
	cell->columns = text ? glyph_columns(text) : 0;
	if (cell->columns > *width)
		*width = cell->columns;
}

struct grid *grid_new(size_t count)
{
	struct grid *grid = xcalloc(1, sizeof(*grid));
	grid->count = count;
	grid->right = xcalloc(count, sizeof(*grid->right));
	grid->width = xcalloc(count, sizeof(*grid->width));
	grid->cells = xcalloc(count, sizeof(*grid->cells));
	grid->capacity = count;
	grid->used = count;
	for (size_t i = 0; i < count; i++)
		put(grid, i, "");
	return grid;
}

void grid_free(struct grid *grid)
{
	if (!grid)
		return;
	for (size_t i = 0; i < grid->used; i++)
		free(grid->cells[i].text);
	free(grid->cells);
	free(grid->width);
	free(grid->right);
	free(grid);
}

void grid_title(struct grid *grid, size_t column, const char *title, bool right)
{
	grid->right[column] = right;
	put(grid, column, title);
}

static void append(struct grid *grid, const char *text)
{
	if (grid->used == grid->capacity) {
		grid->capacity *= 2;
		grid->cells = xreallocarray(grid->cells, grid->capacity, sizeof(*grid->cells));
	}
	grid->cells[grid->used] = (struct cell){0};
	put(grid, grid->used, text);
	grid->used++;
}

void grid_cell(struct grid *grid, const char *text)
{
	append(grid, text);
}

void grid_rule(struct grid *grid)
{
	for (size_t i = 0; i < grid->count; i++)
		append(grid, NULL);
}

static void pad(FILE *stream, int columns, char with)
{
	for (int i = 0; i < columns; i++)
		fputc(with, stream);
}

/* Writes one row. Blanks are pending until text follows, to avoid trailing blanks. */
static void write_row(
	const struct grid *grid, const struct cell *row, FILE *stream, int indent, bool ascii)
{
	int owed = indent;
	for (size_t i = 0; i < grid->count; i++) {
		int room = grid->width[i] - row[i].columns;
		owed += i ? GAP : 0;
		if (grid->right[i])
			owed += room;
		if (row[i].columns) {
			pad(stream, owed, ' ');
			glyph_write(stream, row[i].text, ascii);
			owed = 0;
		}
		if (!grid->right[i])
			owed += room;
	}
	fputc('\n', stream);
}

static void write_rule(const struct grid *grid, FILE *stream, int indent)
{
	pad(stream, indent, ' ');
	for (size_t i = 0; i < grid->count; i++) {
		pad(stream, i ? GAP : 0, ' ');
		pad(stream, grid->width[i], '-');
	}
	fputc('\n', stream);
}

void grid_write(const struct grid *grid, FILE *stream, int indent, bool ascii)
{
	for (size_t i = 0; i + grid->count <= grid->used; i += grid->count) {
		const struct cell *row = &grid->cells[i];
		if (row->text)
			write_row(grid, row, stream, indent, ascii);
		else
			write_rule(grid, stream, indent);
	}
}
