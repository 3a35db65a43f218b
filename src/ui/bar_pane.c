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

/* The place of BINDING in the bar of VIEW: smaller ones come first. */
enum rank {
	RANK_FIRST,
	RANK_PANE, /* those of the pane with the focus */
	RANK_ALL,
	RANK_COUNT,
};

static enum rank rank_of(const struct view *view, const struct key_binding *binding)
{
	uint32_t of = binding->bar_of;
	if (!binding->bar)
		return RANK_COUNT;
	if (of == KEYS_BAR_FIRST)
		return RANK_FIRST;
	if (of == 0)
		return RANK_ALL;
	return of >> view->choice.focus & 1 ? RANK_PANE : RANK_COUNT;
}

/* Where in the bar: at a key, in the table's order within its rank. */
struct bar_place {
	enum rank rank;
	size_t at;  /* in the table, of the next to look at */
	int column; /* of the next key */
};

/*
 * The key at *PLACE, which moves past it, in a bar of WIDTH columns; NULL if there are no more that
 * fit completely.
 */
static const struct key_binding *next_key(
	const struct view *view, struct bar_place *place, int width)
{
	for (; place->rank < RANK_COUNT; place->rank++, place->at = 0) {
		for (; place->at < key_binding_count; place->at++) {
			const struct key_binding *binding = &key_bindings[place->at];
			if (rank_of(view, binding) != place->rank)
				continue;
			if (place->column + key_width(binding) > width)
				return NULL;
			place->at++;
			place->column += key_width(binding) + GAP;
			return binding;
		}
	}
	return NULL;
}

static void draw_keys(const struct view *view, struct area area)
{
	struct bar_place place = {0};
	int column = 0;
	for (const struct key_binding *at; (at = next_key(view, &place, area.columns));) {
		int label = area_put(area, 0, column, STYLE_KEY, at->bar) + 1;
		area_put(area, 0, label, STYLE_KEY_TEXT, at->label);
		column = place.column;
	}
}

uint32_t bar_pane_key(const struct view *view, int column)
{
	struct bar_place place = {0};
	int begin = 0, width = view->layout.region[PANE_BAR].columns;
	for (const struct key_binding *at; (at = next_key(view, &place, width));) {
		if (column >= begin && column < begin + key_width(at))
			return at->keys[0];
		begin = place.column;
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
		draw_keys(view, area);
}

const struct pane bar_pane = {.name = "bar", .draw = draw};
