/* The help: the table of keys, over the other panes. */
#include "config.h"

#include "out/glyph.h"
#include "ui/pane.h"

#define KEY_COLUMNS  7  /* of the keys' names, with what parts them from the help */
#define HELP_COLUMNS 39 /* of one column of the help, keys and all */
#define MARGIN       1  /* blank columns at both sides */

static const char title[] = "stop " PACKAGE_VERSION ": keys";

/* Lines of the keys where PARTS of them stand side by side. */
static int lines_of(int parts)
{
	return ((int)key_binding_count + parts - 1) / parts;
}

static void draw_binding(struct area area, int row, int column, const struct key_binding *binding)
{
	area_put(area, row, column, STYLE_KEY, binding->names);
	area_put(area, row, column + KEY_COLUMNS, STYLE_TEXT, binding->help);
}

/* The lines from the one that is scrolled to, as far as they fit. */
static void draw_bindings(struct view *view, struct area area)
{
	int parts = area.columns / HELP_COLUMNS > 1 ? 2 : 1;
	int lines = lines_of(parts);
	view->help.hidden = lines > area.rows ? lines - area.rows : 0;
	if (view->help.top > view->help.hidden)
		view->help.top = view->help.hidden;
	for (int i = 0; i < (int)key_binding_count; i++) {
		struct area part = area_part(
			area, 0, i / lines * HELP_COLUMNS, area.rows, area.columns);
		draw_binding(part, i % lines - view->help.top, 0, &key_bindings[i]);
	}
}

static void draw(struct view *view, struct area area)
{
	area_fill(area_part(area, 0, 0, 1, area.columns), STYLE_COLUMN);
	area_put(area, 0, MARGIN, STYLE_COLUMN, title);
	draw_bindings(view, area_part(area, 1, MARGIN, area.rows - 1, area.columns - 2 * MARGIN));
	if (view->help.hidden)
		area_put_cell(area, 0, area.columns - 10, 9, true, STYLE_COLUMN, "Up Down");
}

/* Lines that an action scrolls by; 0: it does not scroll. */
static const int scrolls[ACTION_COUNT] = {
	[ACTION_UP] = -1,
	[ACTION_DOWN] = 1,
	[ACTION_PAGE_UP] = -8,
	[ACTION_PAGE_DOWN] = 8,
	[ACTION_HOME] = -1000,
	[ACTION_END] = 1000,
};

static enum verdict act(struct view *view, const struct key_binding *binding)
{
	int step = scrolls[binding->action];
	int top = view->help.top + step;
	if (step == 0 || view->help.hidden == 0) {
		view->help = (struct help_state){0};
		return VERDICT_REDRAW;
	}
	view->help.top = top < 0 ? 0 : top > view->help.hidden ? view->help.hidden : top;
	return VERDICT_REDRAW;
}

const struct pane help_pane = {.name = "help", .draw = draw, .act = act};
