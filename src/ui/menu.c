/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Choosing from a list; see ui/menu.h. */
#include "config.h"

#include "ui/menu.h"

#include "out/glyph.h"
#include "ui/pane.h"

/* Cells between the items and the edges of the box. */
#define MARGIN 1

static bool is_title(const struct view *view, size_t at)
{
	struct menu_item item = {0};
	view->menu.open->item(view, at, &item);
	return item.is_title;
}

/* Moves the selection by STEP items, skipping titles, or as far as possible. */
static void move(struct view *view, int step)
{
	struct menu_state *state = &view->menu;
	long count = (long)state->open->count(view), at = (long)state->position;
	int one = step < 0 ? -1 : 1;
	for (long moved = 0; moved != step; moved += one) {
		long next = at + one;
		while (next >= 0 && next < count && is_title(view, (size_t)next))
			next += one;
		if (next < 0 || next >= count)
			break;
		at = next;
	}
	state->position = (size_t)at;
}

enum ui_request menu_open(struct view *view, enum menu_id id)
{
	view->menu = (struct menu_state){.open = &menus[id]};
	view->takes_answer = false;
	if (menus[id].first)
		view->menu.position = menus[id].first(view);
	if (is_title(view, view->menu.position))
		move(view, 1);
	return UI_REQUEST_REDRAW;
}

static enum ui_request close_menu(struct view *view)
{
	const struct menu *menu = view->menu.open;
	view->menu.open = NULL;
	return menu->close ? menu->close(view) : UI_REQUEST_REDRAW;
}

/* Whether REQUEST does something to processes. */
static bool does_harm(enum ui_request request)
{
	return request == UI_REQUEST_SIGNAL || request == UI_REQUEST_END;
}

static enum ui_request choose(struct view *view)
{
	const struct menu *menu = view->menu.open;
	enum ui_request request = menu->choose(view, view->menu.position);
	if (menu->asks && !view->takes_answer && does_harm(request)) {
		view->menu.position = 0; /* the answer that does nothing */
		pane_message(
			view, true, "too soon after the question to be its answer: answer again");
		return UI_REQUEST_REDRAW;
	}
	/* The choice may have replaced this menu with another one. */
	if (view->menu.open == menu && !menu->stays)
		view->menu.open = NULL;
	return request;
}

static enum ui_request change(struct view *view)
{
	const struct menu *menu = view->menu.open;
	return menu->change ? menu->change(view, view->menu.position) : choose(view);
}

/* Chooses the item whose key is KEY. */
static enum ui_request choose_by_key(struct view *view, uint32_t key)
{
	size_t count = view->menu.open->count(view);
	for (size_t i = 0; i < count; i++) {
		struct menu_item item = {0};
		view->menu.open->item(view, i, &item);
		if (item.key != key || !key)
			continue;
		view->menu.position = i;
		return choose(view);
	}
	return UI_REQUEST_REDRAW;
}

/* Number of items that each action moves by. */
static const int steps[ACTION_COUNT] = {
	[ACTION_UP] = -1,
	[ACTION_DOWN] = 1,
	[ACTION_PAGE_UP] = -10,
	[ACTION_PAGE_DOWN] = 10,
	[ACTION_HOME] = -1000,
	[ACTION_END] = 1000,
	[ACTION_WHEEL_UP] = -3,
	[ACTION_WHEEL_DOWN] = 3,
};

/* Handles a key that does not move. */
static enum ui_request handle_key(struct view *view, uint32_t key, enum action action)
{
	if (action == ACTION_OPEN)
		return choose(view);
	if (key == ' ' || key == KEYCODE_RIGHT)
		return change(view);
	if (action == ACTION_BACK)
		return close_menu(view);
	enum ui_request request = choose_by_key(view, key);
	/* The quit key closes the menu unless it is the key of an item. */
	if (action == ACTION_QUIT && request == UI_REQUEST_REDRAW && view->menu.open)
		return close_menu(view);
	return request;
}

enum ui_request menu_key(struct view *view, uint32_t key)
{
	const struct key_binding *binding = key_lookup(key);
	enum action action = binding ? binding->action : ACTION_NONE;
	if (steps[action]) {
		move(view, steps[action]);
		return UI_REQUEST_REDRAW;
	}
	enum ui_request request = handle_key(view, key, action);
	view->takes_answer = false;
	return request;
}

enum ui_request menu_click(struct view *view, int row, int column)
{
	struct menu_state *state = &view->menu;
	const struct region *box = &state->box;
	if (!region_has(box, row, column))
		return close_menu(view);
	size_t at = state->top + (size_t)(row - box->row - 1);
	bool is_frame = row == box->row || row == box->row + box->rows - 1;
	if (is_frame || at >= state->open->count(view) || is_title(view, at))
		return UI_REQUEST_NONE;
	state->position = at;
	enum ui_request request = change(view);
	view->takes_answer = false;
	return request;
}

/* The width of the widest of the COUNT items, of the title and of the hint. */
static int box_width(const struct view *view, size_t count, const char *title)
{
	int widest = glyph_columns(title);
	int hint = glyph_columns(view->menu.open->hint);
	if (hint > widest)
		widest = hint;
	for (size_t i = 0; i < count; i++) {
		struct menu_item item = {0};
		view->menu.open->item(view, i, &item);
		int width = glyph_columns(item.text);
		if (width > widest)
			widest = width;
	}
	return widest + 2 * MARGIN;
}

static void scroll(struct menu_state *state, size_t count, size_t page)
{
	state->page = page;
	if (state->position < state->top)
		state->top = state->position;
	if (page && state->position >= state->top + page)
		state->top = state->position - page + 1;
	/* Keep the title above the first item visible. */
	if (state->position <= 1)
		state->top = 0;
	if (state->top + page > count)
		state->top = count > page ? count - page : 0;
}

static void draw_items(struct view *view, size_t count, struct area area)
{
	struct menu_state *state = &view->menu;
	scroll(state, count, (size_t)area.rows);
	for (int row = 0; row < area.rows && state->top + (size_t)row < count; row++) {
		size_t at = state->top + (size_t)row;
		struct menu_item item = {0};
		state->open->item(view, at, &item);
		area_put(area, row, MARGIN, item.is_title ? STYLE_MENU_TITLE : STYLE_MENU,
			item.text);
		if (at == state->position)
			area_restyle(area, row, STYLE_SELECTED);
	}
}

void menu_draw(struct view *view, struct area area)
{
	const struct menu *menu = view->menu.open;
	size_t count = menu->count(view);
	char title[MENU_TEXT_MAX];
	menu->title(view, title);
	if (view->menu.position >= count)
		view->menu.position = count ? count - 1 : 0;
	int width = box_width(view, count, title);
	int height = (int)count + 2;
	if (height > area.rows)
		height = area.rows;
	struct region *place = &view->menu.box;
	*place = (struct region){(area.rows - height) / 2,
		width < area.columns ? (area.columns - width) / 2 : 0, height, width};
	struct area box = area_part(area, place->row, place->column, height, width);
	area_fill(box, STYLE_MENU);
	area_fill(area_part(box, 0, 0, 1, width), STYLE_MENU_TITLE);
	area_put(box, 0, MARGIN, STYLE_MENU_TITLE, title);
	draw_items(view, count, area_part(box, 1, 0, height - 2, width));
	area_fill(area_part(box, height - 1, 0, 1, width), STYLE_MENU_TITLE);
	area_put(box, height - 1, MARGIN, STYLE_MENU_TITLE, menu->hint);
}
