/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The help, over the other panes: the table of keys, and on its second page the information. */
#include "config.h"

#include "ui/info_lines.h"
#include "ui/pane.h"

#define KEY_COLUMNS  9  /* of the key names, with the gap after them */
#define HELP_COLUMNS 43 /* width of a column of the help, if there are several */
#define NARROWEST    39 /* width of a column on a narrow screen */
#define MARGIN       1  /* blank columns on both sides */

static const char *const titles[] = {
	[HELP_KEYS] = "stop " PACKAGE_VERSION ": keys; F1: the engine and its cost",
	[HELP_INFO] = "stop " PACKAGE_VERSION ": the engine and its cost",
};

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
	pane_scroll_fit(state, lines, area.rows);
	for (int i = 0; i < entries(); i++) {
		struct area part = area_part(area, 0, i / lines * width, area.rows, width - 1);
		draw_entry(part, i % lines - state->top, i);
	}
}

static void draw_info(struct view *view, struct area area)
{
	if (!view->report) {
		area_put(area, 0, 0, STYLE_DIM, "waiting for the first calls");
		return;
	}
	const struct area nowhere = area_part(area, 0, 0, 0, area.columns);
	pane_scroll_fit(&view->help, info_lines_draw(view->report, 0, nowhere), area.rows);
	info_lines_draw(view->report, view->help.top, area);
}

static void draw(struct view *view, struct area area)
{
	struct area body = area_part(area, 1, MARGIN, area.rows - 1, area.columns - 2 * MARGIN);
	area_fill(area_part(area, 0, 0, 1, area.columns), STYLE_MENU_TITLE);
	area_put(area, 0, MARGIN, STYLE_MENU_TITLE, titles[view->help_page]);
	if (view->help_page == HELP_INFO)
		draw_info(view, body);
	else
		draw_entries(view, body);
	if (view->help.hidden)
		area_put_cell(
			area, 0, area.columns - 13, 12, true, STYLE_MENU_TITLE, "more: ↓ PgDn");
}

static enum ui_request handle_action(struct view *view, const struct key_binding *binding)
{
	if (view->help.hidden && pane_scroll(&view->help, binding) != UI_REQUEST_NONE)
		return UI_REQUEST_REDRAW;
	bool is_next = binding->action == ACTION_HELP && view->help_page == HELP_KEYS;
	view->help = (struct scroll_state){0};
	view->help_page = is_next ? HELP_INFO : HELP_CLOSED;
	return UI_REQUEST_REDRAW;
}

const struct pane help_pane = {.name = "help", .draw = draw, .handle_action = handle_action};
