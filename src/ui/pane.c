/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of panes, and their shared functions; see ui/pane.h. */
#include "config.h"

#include "ui/pane.h"

#include <stdio.h>

const struct pane *const panes[PANE_COUNT] = {
	[PANE_HEADER] = &header_pane,
	[PANE_VERDICT] = &verdict_pane,
	[PANE_CALLS] = &calls_pane,
	[PANE_THREADS] = &threads_pane,
	[PANE_DETAIL] = &detail_pane,
	[PANE_LOG] = &log_pane,
	[PANE_SIGNALS] = &signals_pane,
	[PANE_OUTPUT] = &output_pane,
	[PANE_STACKS] = &stacks_pane,
	[PANE_FILES] = &files_pane,
	[PANE_PROCESSES] = &processes_pane,
	[PANE_BAR] = &bar_pane,
	[PANE_HELP] = &help_pane,
	[PANE_MENU] = &menu_pane,
};

static void draw_menu(struct view *view, struct area area)
{
	menu_draw(view, area);
}

const struct pane menu_pane = {.name = "menu", .draw = draw_menu};

bool pane_is_open(const struct view *view, enum pane_id id)
{
	if (id == PANE_HELP)
		return view->help_open;
	if (id == PANE_MENU)
		return view->menu.open != NULL;
	return layout_has(&view->layout, id);
}

bool pane_has_focus(const struct view *view, enum pane_id id)
{
	return view->choice.focus == id;
}

enum ui_request pane_focus(struct view *view, enum pane_id id)
{
	view->choice.focus = id;
	bool is_top = id == PANE_CALLS || id == PANE_FILES || id == PANE_PROCESSES;
	if (is_top)
		view->choice.top = id;
	else
		view->choice.below = id;
	if (id == PANE_DETAIL || id == PANE_STACKS)
		view->choice.right = id;
	if (id == PANE_THREADS || id == PANE_OUTPUT)
		view->choice.left = id;
	if (is_top || id == PANE_THREADS)
		view->subject_pane = id;
	return UI_REQUEST_REPORT;
}

const struct table_view *pane_table_view(const struct view *view)
{
	const struct table_view *table_view = panes[view->choice.focus]->table_view;
	return table_view ? table_view : panes[PANE_CALLS]->table_view;
}

bool pane_search(struct view *view, const char *text, int step)
{
	if (pane_has_focus(view, PANE_LOG))
		return view->log_tail && log_pane_search(view, text, step);
	return table_view_search(pane_table_view(view), view, text, step);
}

void pane_message(struct view *view, bool is_error, const char *text)
{
	snprintf(view->message, sizeof(view->message), "%s", text);
	view->is_error = is_error;
}

void pane_title(const struct view *view, enum pane_id id, struct area area, const char *title)
{
	enum style style = pane_has_focus(view, id) ? STYLE_COLUMN : STYLE_COLUMN_OFF;
	area_fill(area_part(area, 0, 0, 1, area.columns), style);
	area_put_cell(area, 0, 0, area.columns, false, style, title);
}

/* The scrolling actions, by lines or by pages. */
static const struct {
	int lines, pages;
} scrolls[ACTION_COUNT] = {
	[ACTION_UP] = {-1, 0},
	[ACTION_DOWN] = {1, 0},
	[ACTION_PAGE_UP] = {0, -1},
	[ACTION_PAGE_DOWN] = {0, 1},
	[ACTION_HOME] = {-1000000, 0},
	[ACTION_END] = {1000000, 0},
	[ACTION_WHEEL_UP] = {-3, 0},
	[ACTION_WHEEL_DOWN] = {3, 0},
};

enum ui_request pane_scroll(struct scroll_state *state, const struct key_binding *binding)
{
	int step = scrolls[binding->action].lines + scrolls[binding->action].pages * state->page;
	int top = state->top + step;
	if (step == 0)
		return UI_REQUEST_NONE;
	state->top = top < 0 ? 0 : top > state->hidden ? state->hidden : top;
	return UI_REQUEST_REDRAW;
}
