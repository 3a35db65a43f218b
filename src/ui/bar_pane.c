/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bottom line: the most important keys, a message, or a prompt. */
#include "config.h"

#include "out/glyph.h"
#include "ui/pane.h"

/* Blanks between two keys. */
#define GAP 2

/* Width of a key in the bar. */
static int key_width(const struct key_binding *binding)
{
	return glyph_columns(binding->bar) + 1 + glyph_columns(binding->label);
}

/*
 * Iterates over the keys in a bar of WIDTH columns, as many as fit completely: returns the key
 * after AT, or the first if AT is NULL, and moves *COLUMN to its first column. NULL if there are no
 * more.
 */
static const struct key_binding *next_key(const struct key_binding *at, int width, int *column)
{
	*column = at ? *column + key_width(at) + GAP : 0;
	for (at = at ? at + 1 : key_bindings; at < key_bindings + key_binding_count; at++) {
		if (at->bar)
			return *column + key_width(at) <= width ? at : NULL;
	}
	return NULL;
}

static void draw_keys(struct area area)
{
	int column;
	for (const struct key_binding *at = NULL; (at = next_key(at, area.columns, &column));) {
		int label = area_put(area, 0, column, STYLE_KEY, at->bar) + 1;
		area_put(area, 0, label, STYLE_KEY_TEXT, at->label);
	}
}

uint32_t bar_pane_key(const struct view *view, int column)
{
	int begin;
	for (const struct key_binding *at = NULL;
		(at = next_key(at, view->layout.region[PANE_BAR].columns, &begin));) {
		if (column >= begin && column < begin + key_width(at))
			return at->keys[0];
	}
	return 0;
}

static void draw(struct view *view, struct area area)
{
	if (view->prompt.open)
		prompt_draw(view, area);
	else if (view->message[0])
		area_put_cell(area, 0, 0, area.columns, false,
			view->is_error ? STYLE_ERROR : STYLE_MESSAGE, view->message);
	else
		draw_keys(area);
}

const struct pane bar_pane = {.name = "bar", .draw = draw};
