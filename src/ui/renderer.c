/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rendering a canvas; see ui/renderer.h. */
#include "config.h"

#include "ui/renderer.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "out/glyph.h"
#include "ui/terminfo.h"

/* Size of the longest sequence that sets the attributes and colours of a style. */
#define SEQUENCE_MAX  256

/* A cell without attributes, in the default colours. */
#define PLAIN         ((int)STYLE_COUNT)

/* Unknown position or attributes of the cursor. */
#define UNKNOWN       (-1)

/* Minimum number of blanks at the end of a row that are erased instead of written. */
#define ERASED_MIN    4

/* Maximum number of cells that are written again instead of moving the cursor past them. */
#define REWRITTEN_MAX 6

/* Bits of no_color_video (terminfo(5)): attributes that cannot be combined with colours. */
#define NCV_UNDERLINE 2
#define NCV_REVERSE   4
#define NCV_DIM       16
#define NCV_BOLD      32

/* How a style is rendered. */
struct rendition {
	char on[SEQUENCE_MAX]; /* sequence that turns it on after PLAIN; "": it is plain */
	bool can_erase;        /* erased cells look like this */
	int alike;             /* the first style that looks the same, or PLAIN */
};

struct renderer {
	char *move, *erase, *clear, *plain; /* capabilities; NULL: the terminal lacks it */
	bool moves_in_style;                /* the cursor may be moved while attributes are on */
	bool erases_colour;                 /* erased cells get the current background */
	bool wraps_at_once;                 /* a character in the last cell scrolls the screen */
	bool ascii;
	struct rendition renditions[STYLE_COUNT];
	struct canvas *shown; /* on the terminal, with `alike` as styles; NULL: unknown */
	int row, column;      /* of the cursor, or UNKNOWN */
	int style;            /* the current one: a style, PLAIN, or UNKNOWN */
};

struct renderer *renderer_new(bool ascii)
{
	struct renderer *renderer = xcalloc(1, sizeof(*renderer));
	renderer->move = terminfo_string("cup");
	renderer->erase = terminfo_string("el");
	renderer->clear = terminfo_string("clear");
	renderer->plain = terminfo_string("sgr0");
	renderer->moves_in_style = terminfo_flag("msgr");
	renderer->erases_colour = terminfo_flag("bce");
	renderer->wraps_at_once = terminfo_flag("am") && !terminfo_flag("xenl");
	renderer->ascii = ascii;
	for (int style = 0; style < STYLE_COUNT; style++)
		renderer->renditions[style].alike = PLAIN;
	renderer_forget(renderer);
	return renderer;
}

void renderer_free(struct renderer *renderer)
{
	if (!renderer)
		return;
	canvas_free(renderer->shown);
	free(renderer->move);
	free(renderer->erase);
	free(renderer->clear);
	free(renderer->plain);
	free(renderer);
}

void renderer_forget(struct renderer *renderer)
{
	canvas_free(renderer->shown);
	renderer->shown = NULL;
	renderer->style = UNKNOWN;
}

/* Adds TEXT to the sequence ON, if both fit. */
static void append(char on[SEQUENCE_MAX], const char *text)
{
	size_t used = strlen(on);
	if (used + strlen(text) < SEQUENCE_MAX)
		strcpy(on + used, text);
}

static void append_attributes(char on[SEQUENCE_MAX], int attributes, bool has_colour)
{
	static const struct {
		int attribute, ncv;
		const char *name;
	} table[] = {
		{APPEARANCE_BOLD, NCV_BOLD, "bold"},
		{APPEARANCE_DIM, NCV_DIM, "dim"},
		{APPEARANCE_REVERSE, NCV_REVERSE, "rev"},
		{APPEARANCE_UNDERLINE, NCV_UNDERLINE, "smul"},
	};
	int ncv = has_colour ? terminfo_number("ncv") : -1;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (!(attributes & table[i].attribute) || (ncv > 0 && ncv & table[i].ncv))
			continue;
		char *text = terminfo_string(table[i].name);
		append(on, text ? text : "");
		free(text);
	}
}

static void append_colour(char on[SEQUENCE_MAX], const char *name, int colour)
{
	char buf[TERMINFO_MAX];
	if (colour == APPEARANCE_DEFAULT)
		return;
	char *format = terminfo_string(name);
	append(on, terminfo_format(format, colour, 0, buf));
	free(format);
}

void renderer_set_style(
	struct renderer *renderer, enum style style, const struct appearance *appearance)
{
	struct rendition *rendition = &renderer->renditions[style];
	bool has_background = appearance->background != APPEARANCE_DEFAULT;
	bool has_colour = has_background || appearance->foreground != APPEARANCE_DEFAULT;
	rendition->on[0] = '\0';
	append_attributes(rendition->on, appearance->attributes, has_colour);
	append_colour(rendition->on, "setaf", appearance->foreground);
	append_colour(rendition->on, "setab", appearance->background);
	rendition->can_erase = !(appearance->attributes &
				       (APPEARANCE_REVERSE | APPEARANCE_UNDERLINE)) &&
	                       (!has_background || renderer->erases_colour);
	rendition->alike = rendition->on[0] ? (int)style : PLAIN;
	for (int other = (int)style - 1; other >= 0 && rendition->alike != PLAIN; other--) {
		if (strcmp(renderer->renditions[other].on, rendition->on) == 0)
			rendition->alike = other;
	}
}

/* The following functions add to the queue, and keep track of cursor and style. */

static void set_style(struct renderer *renderer, int style, struct write_queue *queue)
{
	if (renderer->style == style)
		return;
	if (renderer->style != PLAIN && renderer->plain)
		write_queue_puts(queue, renderer->plain);
	if (style != PLAIN)
		write_queue_puts(queue, renderer->renditions[style].on);
	renderer->style = style;
}

static void move_to(struct renderer *renderer, int row, int column, struct write_queue *queue)
{
	char buf[TERMINFO_MAX];
	if (renderer->row == row && renderer->column == column)
		return;
	if (!renderer->moves_in_style)
		set_style(renderer, PLAIN, queue);
	write_queue_puts(queue, terminfo_format(renderer->move, row, column, buf));
	renderer->row = row;
	renderer->column = column;
}

static void put_text(
	struct renderer *renderer, const struct canvas_cell *cell, struct write_queue *queue)
{
	char bytes[GLYPH_BYTES];
	if (renderer->ascii) {
		const char text[] = {glyph_ascii(cell->chars[0]), ' '};
		write_queue_add(queue, text, (size_t)cell->width);
		return;
	}
	for (int i = 0; i < CANVAS_CHARS && cell->chars[i]; i++)
		write_queue_add(queue, bytes, glyph_encode(cell->chars[i], bytes));
}

/* Clears the terminal, which has the size of CANVAS. */
static void clear(struct renderer *renderer, const struct canvas *canvas, struct write_queue *queue)
{
	canvas_free(renderer->shown);
	renderer->shown = canvas_new(canvas->rows, canvas->columns);
	for (int i = 0; i < canvas->rows * canvas->columns; i++)
		renderer->shown->cells[i].style = (enum style)PLAIN;
	set_style(renderer, PLAIN, queue);
	if (renderer->clear)
		write_queue_puts(queue, renderer->clear);
}

/* CELL as stored in `shown`. */
static struct canvas_cell as_shown(const struct renderer *renderer, const struct canvas_cell *cell)
{
	struct canvas_cell shown = *cell;
	shown.style = (enum style)renderer->renditions[cell->style].alike;
	return shown;
}

static bool is_shown(const struct renderer *renderer, const struct canvas_cell *cell,
	const struct canvas_cell *shown)
{
	return renderer->renditions[cell->style].alike == (int)shown->style &&
	       cell->width == shown->width &&
	       memcmp(cell->chars, shown->chars, sizeof(cell->chars)) == 0;
}

static bool is_blank(const struct canvas_cell *cell)
{
	return cell->width == 1 && cell->chars[0] == ' ' && cell->chars[1] == 0;
}

/* Whether the COUNT cells from CELL are blanks of a style that can be erased. */
static bool can_erase(const struct renderer *renderer, const struct canvas_cell *cell, int count)
{
	if (!renderer->erase || count < ERASED_MIN || !renderer->renditions[cell->style].can_erase)
		return false;
	for (int i = 0; i < count; i++) {
		if (!is_blank(&cell[i]) || renderer->renditions[cell[i].style].alike !=
						   renderer->renditions[cell->style].alike)
			return false;
	}
	return true;
}

/* Whether CELL surely advances the cursor by one column: terminals differ in wide characters. */
static bool is_one_column(const struct canvas_cell *cell)
{
	return cell->width == 1 && !cell->chars[1];
}

/*
 * Moves the cursor to COLUMN of ROW, whose cells before COLUMN are displayed already. Writing a few
 * of them again takes fewer bytes than the sequence.
 */
static void advance_to(struct renderer *renderer, const struct canvas_cell *cells, int row,
	int column, struct write_queue *queue)
{
	bool is_near = renderer->row == row && renderer->column >= 0 &&
	               renderer->column <= column && column - renderer->column <= REWRITTEN_MAX;
	for (int i = renderer->column; is_near && i < column; i++)
		is_near = is_one_column(&cells[i]) &&
		          renderer->renditions[cells[i].style].alike == renderer->style;
	if (!is_near) {
		move_to(renderer, row, column, queue);
		return;
	}
	for (; renderer->column < column; renderer->column++)
		put_text(renderer, &cells[renderer->column], queue);
}

/* Draws the cell at ROW and COLUMN. */
static void draw_cell(struct renderer *renderer, const struct canvas *canvas, int row, int column,
	struct write_queue *queue)
{
	const struct canvas_cell *cells = &canvas->cells[row * canvas->columns];
	const struct canvas_cell *cell = &cells[column];
	int next = column + cell->width;
	if (renderer->wraps_at_once && row == canvas->rows - 1 && next == canvas->columns)
		return;
	advance_to(renderer, cells, row, column, queue);
	set_style(renderer, renderer->renditions[cell->style].alike, queue);
	put_text(renderer, cell, queue);
	/* At the end of a row, terminals differ in the position of the cursor. */
	renderer->column = is_one_column(cell) && next < canvas->columns ? next : UNKNOWN;
}

static void draw_row(
	struct renderer *renderer, const struct canvas *canvas, int row, struct write_queue *queue)
{
	const struct canvas_cell *cells = &canvas->cells[row * canvas->columns];
	struct canvas_cell *shown = &renderer->shown->cells[row * canvas->columns];
	for (int column = 0; column < canvas->columns; column++) {
		const struct canvas_cell *cell = &cells[column];
		if (is_shown(renderer, cell, &shown[column]))
			continue;
		if (can_erase(renderer, cell, canvas->columns - column)) {
			move_to(renderer, row, column, queue);
			set_style(renderer, renderer->renditions[cell->style].alike, queue);
			write_queue_puts(queue, renderer->erase);
			for (; column < canvas->columns; column++)
				shown[column] = as_shown(renderer, &cells[column]);
			return;
		}
		if (cell->width)
			draw_cell(renderer, canvas, row, column, queue);
		shown[column] = as_shown(renderer, cell);
	}
}

void renderer_draw(
	struct renderer *renderer, const struct canvas *canvas, struct write_queue *queue)
{
	const struct canvas *shown = renderer->shown;
	if (!shown || shown->rows != canvas->rows || shown->columns != canvas->columns)
		clear(renderer, canvas, queue);
	/* Something else may have written to the terminal meanwhile, as wall(1) does. */
	renderer->row = renderer->column = UNKNOWN;
	for (int row = 0; row < canvas->rows; row++)
		draw_row(renderer, canvas, row, queue);
	set_style(renderer, PLAIN, queue);
}
