/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has changed since the baseline, over the other panes: lines of text. */
#include "config.h"

#include <string.h>

#include "ui/pane.h"

#define MARGIN 1 /* blank columns on both sides */

/* Lines of TEXT. */
static int count_lines(const char *text)
{
	int lines = 0;
	for (; *text; lines++) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return lines;
}

/* Draws TEXT from its line TOP on. */
static void draw_text(struct area area, const char *text, int top)
{
	for (int row = -top; *text && row < area.rows; row++) {
		char line[CELL_MAX];
		size_t size = strcspn(text, "\n");
		size_t shown = size < sizeof(line) ? size : sizeof(line) - 1;
		memcpy(line, text, shown);
		line[shown] = '\0';
		/* The titles of tables are in capitals, and begin with these. */
		bool is_title = line[0] == '%' || strncmp(line, "PER ", 4) == 0 ||
		                strncmp(line, "CALL ", 5) == 0;
		if (row >= 0)
			area_put(area, row, 0, is_title ? STYLE_KEY : STYLE_TEXT, line);
		text += size + (text[size] == '\n');
	}
}

static void draw(struct view *view, struct area area)
{
	struct area body = area_part(area, 1, MARGIN, area.rows - 1, area.columns - 2 * MARGIN);
	struct changes_state *state = &view->changes;
	const char *text = state->text ? state->text : "";
	area_fill(area_part(area, 0, 0, 1, area.columns), STYLE_MENU_TITLE);
	area_put(area, 0, MARGIN, STYLE_MENU_TITLE,
		"what has changed since the baseline; B: a new one");
	pane_scroll_fit(&state->scroll, count_lines(text), body.rows);
	draw_text(body, text, state->scroll.top);
	if (state->scroll.hidden)
		area_put_cell(
			area, 0, area.columns - 13, 12, true, STYLE_MENU_TITLE, "more: ↓ PgDn");
}

static enum ui_request handle_action(struct view *view, const struct key_binding *binding)
{
	struct changes_state *state = &view->changes;
	if (binding->action == ACTION_BASELINE)
		return UI_REQUEST_BASELINE;
	if (pane_scroll(&state->scroll, binding) == UI_REQUEST_NONE)
		*state = (struct changes_state){0};
	return UI_REQUEST_REDRAW;
}

const struct pane changes_pane = {.name = "changes", .draw = draw, .handle_action = handle_action};
