/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The help: the table of keys, over the other panes. */
#include "config.h"

#include "out/glyph.h"
#include "ui/pane.h"

#define KEY_COLUMNS  9  /* of the key names, with the gap after them */
#define HELP_COLUMNS 43 /* width of a column of the help, if there are several */
#define NARROWEST    39 /* width of a column on a narrow screen */
#define MARGIN       1  /* blank columns on both sides */

static const char title[] = "stop " PACKAGE_VERSION ": keys";

/* The meaning of the marks in the tables, shown below the keys. */
static const char *const legend[] = {
	"",
	"~40.0s  at least: a part was not seen",
	"≤5.00µs not above what tracing costs",
	"-       not known",
	"time    user: outside of calls; wait: in",
	"        calls that are made to wait",
};

#define LEGEND_COUNT (sizeof(legend) / sizeof(*legend))

static int entries(void)
{
	return (int)(key_binding_count + LEGEND_COUNT);
}

static void draw_entry(struct area area, int row, int at)
{
	if (at >= (int)key_binding_count) {
		area_put(area, row, 0, STYLE_TEXT, legend[at - (int)key_binding_count]);
		return;
	}
	area_put(area, row, 0, STYLE_KEY, key_bindings[at].names);
	area_put(area, row, KEY_COLUMNS, STYLE_TEXT, key_bindings[at].help);
}

/* Draws the lines that fit, starting at the scroll position. */
static void draw_entries(struct view *view, struct area area)
{
	struct scroll_state *state = &view->help;
	int parts = area.columns / HELP_COLUMNS > 0 ? area.columns / HELP_COLUMNS : 1;
	if (parts == 1 && area.columns >= 2 * NARROWEST)
		parts = 2;
	int width = parts > 1 ? area.columns / parts : area.columns;
	int lines = (entries() + parts - 1) / parts;
	state->page = area.rows;
	state->hidden = lines > area.rows ? lines - area.rows : 0;
	if (state->top > state->hidden)
		state->top = state->hidden;
	for (int i = 0; i < entries(); i++) {
		struct area part = area_part(area, 0, i / lines * width, area.rows, width - 1);
		draw_entry(part, i % lines - state->top, i);
	}
}

static void draw(struct view *view, struct area area)
{
	area_fill(area_part(area, 0, 0, 1, area.columns), STYLE_COLUMN);
	area_put(area, 0, MARGIN, STYLE_COLUMN, title);
	draw_entries(view, area_part(area, 1, MARGIN, area.rows - 1, area.columns - 2 * MARGIN));
	if (view->help.hidden)
		area_put_cell(area, 0, area.columns - 13, 12, true, STYLE_COLUMN, "more: ↓ PgDn");
}

static enum ui_request handle_action(struct view *view, const struct key_binding *binding)
{
	if (view->help.hidden && pane_scroll(&view->help, binding) != UI_REQUEST_NONE)
		return UI_REQUEST_REDRAW;
	view->help = (struct scroll_state){0};
	view->help_open = false;
	return UI_REQUEST_REDRAW;
}

const struct pane help_pane = {.name = "help", .draw = draw, .handle_action = handle_action};
