/* The bottom line: the keys that matter most, the answer to the last key, or a prompt. */
#include "config.h"

#include "out/glyph.h"
#include "ui/pane.h"

/* Blanks between two keys. */
#define GAP 2

/* The keys with a place in the bar, as many as fit whole. */
static void draw_keys(struct area area)
{
	int column = 0;
	for (size_t i = 0; i < key_binding_count; i++) {
		const struct key_binding *binding = &key_bindings[i];
		if (!binding->bar)
			continue;
		int width = glyph_columns(binding->bar) + 1 + glyph_columns(binding->label);
		if (column + width > area.columns)
			return;
		int label = area_put(area, 0, column, STYLE_KEY, binding->bar) + 1;
		column = area_put(area, 0, label, STYLE_KEY_TEXT, binding->label) + GAP;
	}
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
