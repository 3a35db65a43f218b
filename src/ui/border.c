/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Titles and borders; see ui/border.h. */
#include "config.h"

#include "ui/border.h"

#include <stdio.h>

#include "out/cell.h"
#include "out/glyph.h"

/* Columns of the line at both ends of the title line. */
#define LEAD 1

static void draw_sides(struct area area, enum style style)
{
	int right = area.columns - 1, bottom = area.rows - 1;
	for (int column = 1; column < right; column++)
		area_put(area, bottom, column, style, "─");
	for (int row = 1; row < bottom; row++) {
		area_put(area, row, 0, style, "│");
		area_put(area, row, right, style, "│");
	}
	area_put(area, 0, 0, style, "┌");
	area_put(area, 0, right, style, "┐");
	area_put(area, bottom, 0, style, "└");
	area_put(area, bottom, right, style, "┘");
}

/* Draws TEXT into at most ROOM columns at *COLUMN, which moves past it. */
static void put(struct area area, int *column, int room, enum style style, const char *text)
{
	int width = glyph_columns(text);
	width = width < room ? width : room;
	if (width <= 0)
		return;
	area_put_cell(area, 0, *column, width, false, style, text);
	*column += width;
}

void border_draw(const struct border *border, struct area area)
{
	enum style line = border->has_focus ? STYLE_BORDER : STYLE_BORDER_OFF;
	enum style style = border->has_focus ? STYLE_PANE : STYLE_PANE_OFF;
	int end = area.columns - 1 - LEAD, at = LEAD;
	char number[16];
	for (int column = 0; column < area.columns; column++)
		area_put(area, 0, column, line, "─");
	if (border->has_sides)
		draw_sides(area, line);
	if (*border->position) {
		int width = glyph_columns(border->position);
		/* The title matters more. */
		if (end - width > area.columns / 2) {
			end -= width;
			area_put(area, 0, end, style, border->position);
			end--;
		}
	}
	if (border->number) {
		snprintf(number, sizeof(number), "%d ", border->number);
		put(area, &at, end - at, STYLE_KEY, number);
	}
	/* The notice is short, and what it says is news: it has its room before a long title. */
	int notice = *border->notice ? glyph_columns(border->notice) + 1 : 0;
	int room = end - at - notice > 8 ? end - at - notice : 8;
	put(area, &at, room, style, border->title);
	at++;
	put(area, &at, end - at, STYLE_WARNING, border->notice);
}
