/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of panes, and their shared functions; see ui/pane.h. */
#include "config.h"

#include "ui/pane.h"

#include <stdio.h>

#include "ui/border.h"
#include "ui/notices.h"

const struct pane *const panes[PANE_COUNT] = {
	[PANE_HEADER] = &header_pane,
	[PANE_VERDICT] = &verdict_pane,
	[PANE_GRAPHS] = &graphs_pane,
	[PANE_BUSY] = &busy_pane,
	[PANE_CALLS] = &calls_pane,
	[PANE_THREADS] = &threads_pane,
	[PANE_DETAIL] = &detail_pane,
	[PANE_LOG] = &log_pane,
	[PANE_SIGNALS] = &signals_pane,
	[PANE_OUTPUT] = &output_pane,
	[PANE_STACKS] = &stacks_pane,
	[PANE_FILES] = &files_pane,
	[PANE_PROCESSES] = &processes_pane,
	[PANE_TIMELINE] = &timeline_pane,
	[PANE_BAR] = &bar_pane,
	[PANE_HELP] = &help_pane,
	[PANE_CHANGES] = &changes_pane,
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
		return view->help_page != HELP_CLOSED;
	if (id == PANE_CHANGES)
		return view->changes.text != NULL;
	if (id == PANE_MENU)
		return view->menu.open != NULL;
	return layout_has(&view->layout, id);
}

enum pane_id pane_over(const struct view *view)
{
	for (enum pane_id id = PANE_HELP; id <= PANE_CHANGES; id++) {
		if (pane_is_open(view, id))
			return id;
	}
	return PANE_COUNT;
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
	if (id == PANE_LOG || id == PANE_SIGNALS)
		view->choice.wide = id;
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
	view->message_ns = view->report ? view->report->facts.now_ns : 0;
}

int pane_lines(const struct view *view, enum pane_id id, int columns)
{
	const struct pane *pane = panes[id];
	if (pane->lines)
		return pane->lines(view, columns);
	return pane->table_view ? table_view_lines(pane->table_view, view) : PANE_ANY_LINES;
}

void pane_draw(struct view *view, enum pane_id id, struct area area)
{
	const struct pane *pane = panes[id];
	if (pane->draw)
		pane->draw(view, area);
	else
		table_view_draw(pane->table_view, view, area, pane_has_focus(view, id));
}

static void put_position(struct view *view, const struct pane *pane, char buf[PANE_POSITION_MAX])
{
	buf[0] = '\0';
	if (pane->position) {
		pane->position(view, buf);
	} else if (pane->table_view) {
		const struct table_view_state *state = pane->table_view->state(view);
		pane_put_position(state->top, state->page, pane->table_view->rows(view), buf);
	}
}

void pane_draw_border(struct view *view, enum pane_id id, struct area area)
{
	const struct pane *pane = panes[id];
	char title[CELL_MAX] = "", notice[CELL_MAX] = "", position[PANE_POSITION_MAX];
	if (pane->title)
		pane->title(view, title);
	if (view->layout.first == id)
		notices_text(view, notice);
	put_position(view, pane, position);
	const struct border border = {
		.number = pane->number,
		.title = title,
		.notice = notice,
		.position = position,
		.has_focus = pane_has_focus(view, id),
		.has_sides = view->layout.has_sides,
	};
	border_draw(&border, area);
}

enum ui_request pane_handle_action(
	struct view *view, enum pane_id id, const struct key_binding *binding)
{
	const struct pane *pane = panes[id];
	enum ui_request request = pane->handle_action ? pane->handle_action(view, binding)
	                                              : UI_REQUEST_NONE;
	if (request != UI_REQUEST_NONE || !pane->table_view)
		return request;
	if (binding->action == ACTION_OPEN)
		return pane_focus(view, PANE_DETAIL);
	return table_view_handle_action(pane->table_view, view, binding);
}

void pane_update(struct view *view, enum pane_id id)
{
	const struct pane *pane = panes[id];
	if (pane->update)
		pane->update(view);
	else if (pane->table_view)
		table_view_follow(pane->table_view, view);
}

void pane_put_position(size_t top, size_t page, size_t count, char buf[PANE_POSITION_MAX])
{
	size_t end = top + page < count ? top + page : count;
	buf[0] = '\0';
	if (end > top && count > end - top)
		snprintf(buf, PANE_POSITION_MAX, "%zu–%zu of %zu", top + 1, end, count);
}

void pane_scroll_position(const struct scroll_state *state, char buf[PANE_POSITION_MAX])
{
	pane_put_position((size_t)state->top, (size_t)(state->page > 0 ? state->page : 0),
		(size_t)(state->page + state->hidden), buf);
}

void pane_scroll_fit(struct scroll_state *state, int lines, int rows)
{
	state->page = rows;
	state->hidden = lines > rows ? lines - rows : 0;
	if (state->top > state->hidden)
		state->top = state->hidden;
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
