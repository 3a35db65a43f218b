/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rows of columns; see ui/table_view.h. */
#include "config.h"

#include "ui/table_view.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "out/glyph.h"
#include "ui/pane.h"

/* Blanks between two columns. */
#define GAP 1

/* Position and width of each column on the screen; width 0: not shown. */
struct places {
	int at[TABLE_VIEW_COLUMNS_MAX];
	int width[TABLE_VIEW_COLUMNS_MAX];
};

/* Minimum width of COLUMN: its title may get a sort mark. */
static int narrowest(const struct table_view_column *column)
{
	int title = glyph_columns(column->title) + 1;
	return title > column->width ? title : column->width;
}

/* The columns of the screen that texts would use, before others are shown that matter less. */
#define ROOMY 64

/* How many more columns of the screen the columns that are shown would use. */
static int wanted_room(const struct table_view *table_view, const struct places *places)
{
	int wanted = 0;
	for (size_t id = 0; id < table_view->column_count; id++) {
		int widest = table_view->column(id).widest;
		int room = widest < ROOMY ? widest : ROOMY;
		wanted += places->width[id] && room > places->width[id] ? room - places->width[id]
		                                                        : 0;
	}
	return wanted;
}

/* Shows column ID if it fits into the *LEFT columns of the screen that are left. */
static void show_column(
	const struct table_view *table_view, struct places *places, size_t id, int *left)
{
	struct table_view_column column = table_view->column(id);
	int width = narrowest(&column);
	if (places->width[id] || width + GAP > *left)
		return;
	places->width[id] = width;
	*left -= width + GAP;
}

/*
 * Distributes the remaining space to the columns that can use it, the most important first. Then
 * computes the positions.
 */
static void spread(const struct table_view *table_view, struct places *places, int left)
{
	int at = 0;
	for (size_t i = 0; i < table_view->column_count; i++) {
		size_t id = table_view->importance[i];
		int more = table_view->column(id).widest - places->width[id];
		if (!places->width[id] || more <= 0)
			continue;
		more = more > left ? left : more;
		places->width[id] += more;
		left -= more;
	}
	for (size_t id = 0; id < table_view->column_count; id++) {
		places->at[id] = at;
		at += places->width[id] ? places->width[id] + GAP : 0;
	}
}

/* The layout for WIDTH columns of the screen. The sort column is always shown. */
static struct places places_of(const struct table_view *table_view, struct view *view, int width)
{
	struct places places = {{0}, {0}};
	uint32_t hidden = table_view->state(view)->hidden;
	if (table_view->empty)
		hidden |= table_view->empty(view);
	size_t sorted = table_view->order(view).by;
	int left = width + GAP;
	show_column(table_view, &places, table_view->importance[0], &left);
	show_column(table_view, &places, sorted, &left);
	for (size_t i = 0; i < table_view->column_count; i++) {
		bool is_spare = table_view->spare_from && i >= table_view->spare_from;
		int room = is_spare ? left - wanted_room(table_view, &places) : left, before = room;
		if (!(hidden >> table_view->importance[i] & 1))
			show_column(table_view, &places, table_view->importance[i], &room);
		left -= before - room;
	}
	spread(table_view, &places, left);
	return places;
}

static void draw_titles(const struct table_view *table_view, const struct places *places,
	struct table_view_order order, struct area area, bool focused)
{
	area_fill(area, focused ? STYLE_COLUMN : STYLE_COLUMN_OFF);
	for (size_t id = 0; id < table_view->column_count; id++) {
		struct table_view_column column = table_view->column(id);
		bool is_sorted = id == order.by;
		const char *mark = !is_sorted ? "" : order.descending ? "▼" : "▲";
		char title[CELL_MAX];
		if (!places->width[id])
			continue;
		snprintf(title, sizeof(title), "%s%s", mark, column.title);
		area_put_cell(area, 0, places->at[id], places->width[id], column.right,
			is_sorted && focused ? STYLE_SORTED
			: focused            ? STYLE_COLUMN
					     : STYLE_COLUMN_OFF,
			title);
	}
}

/* Leaves out the beginning of TEXT if it has more than WIDTH columns. */
static void keep_end(char text[CELL_MAX], int width)
{
	static const char ellipsis[] = "…";
	int columns = glyph_columns(text);
	const char *at = text;
	if (columns <= width || width < 1)
		return;
	while (columns > width - 1)
		columns -= glyph_width(glyph_next(&at));
	/* A path begins with a whole name, if there is one. */
	const char *slash = strchr(at, '/');
	if (slash && slash[1] && slash - at < width / 6)
		at = slash;
	size_t length = strlen(at), head = sizeof(ellipsis) - 1;
	char rest[CELL_MAX];
	memcpy(rest, at, length + 1);
	if (head + length >= CELL_MAX)
		return;
	memcpy(text, ellipsis, head);
	memcpy(text + head, rest, length + 1);
}

static void draw_row(const struct table_view *table_view, const struct places *places,
	const struct view *view, size_t row, struct area area)
{
	for (size_t id = 0; id < table_view->column_count; id++) {
		struct table_view_column column = table_view->column(id);
		char text[CELL_MAX];
		if (!places->width[id])
			continue;
		if (table_view->paint &&
			table_view->paint(view, row, id,
				area_part(area, 0, places->at[id], 1, places->width[id])))
			continue;
		table_view->cell(view, row, id, text);
		if (column.keeps_end)
			keep_end(text, places->width[id]);
		area_put_cell(area, 0, places->at[id], places->width[id], column.right,
			table_view->style(view, row, id, text), text);
	}
}

/* Scrolls as little as necessary to show the selection, leaving no row unused. */
static void scroll(struct table_view_state *state, size_t count)
{
	size_t last_top = count > state->page ? count - state->page : 0;
	if (state->position < state->top)
		state->top = state->position;
	if (state->page && state->position >= state->top + state->page)
		state->top = state->position - state->page + 1;
	if (state->top > last_top)
		state->top = last_top;
}

/* Lines for others, if all lines that it could use are there. */
#define MANY_ROWS 1000

int table_view_lines(const struct table_view *table_view, const struct view *view)
{
	size_t count = table_view->rows(view);
	int reserved = table_view->reserved ? table_view->reserved(view, MANY_ROWS) : 0;
	/* A message, if there are no rows. */
	return 1 + (count ? (int)count : 1) + reserved;
}

void table_view_layout(const struct table_view *table_view, struct view *view, int rows)
{
	struct table_view_state *state = table_view->state(view);
	size_t count = table_view->rows(view);
	rows -= table_view->reserved ? table_view->reserved(view, rows) : 0;
	state->page = rows > 1 ? (size_t)rows - 1 : 0; /* below the titles */
	if (count)
		scroll(state, count);
}

/* Below the last row, not at the end of the pane. */
static void draw_reserved(
	const struct table_view *table_view, const struct view *view, struct area area)
{
	int lines = table_view->reserved ? table_view->reserved(view, area.rows) : 0;
	size_t count = table_view->rows(view);
	int row = area.rows - lines;
	if (count && (int)count + 1 < row)
		row = (int)count + 1;
	if (lines)
		table_view->draw_reserved(view, area_part(area, row, 0, lines, area.columns));
}

void table_view_draw(
	const struct table_view *table_view, struct view *view, struct area area, bool focused)
{
	struct table_view_state *state = table_view->state(view);
	struct places places = places_of(table_view, view, area.columns);
	struct area body = area_part(area, 1, 0, area.rows - 1, area.columns);
	size_t count = table_view->rows(view);
	table_view_layout(table_view, view, area.rows);
	draw_reserved(table_view, view, area);
	draw_titles(table_view, &places, table_view->order(view),
		area_part(area, 0, 0, 1, area.columns), focused);
	if (count == 0) {
		area_put(body, 0, 0, STYLE_DIM, table_view->empty_text(view));
		return;
	}
	for (size_t i = 0; i < state->page && state->top + i < count; i++) {
		struct area line = area_part(body, (int)i, 0, 1, body.columns);
		draw_row(table_view, &places, view, state->top + i, line);
		if (state->top + i == state->position)
			area_restyle(line, 0, focused ? STYLE_SELECTED : STYLE_SELECTED_OFF);
	}
}

void table_view_follow(const struct table_view *table_view, struct view *view)
{
	struct table_view_state *state = table_view->state(view);
	size_t count = table_view->rows(view);
	if (!state->pinned)
		state->position = 0;
	for (size_t i = 0; state->pinned && i < count; i++) {
		if (table_view->key(view, i) == state->key) {
			state->position = i;
			break;
		}
	}
	if (state->position >= count)
		state->position = count ? count - 1 : 0;
}

enum ui_request table_view_select(const struct table_view *table_view, struct view *view, long row)
{
	struct table_view_state *state = table_view->state(view);
	long last = (long)table_view->rows(view) - 1;
	if (last < 0)
		return UI_REQUEST_NONE;
	row = row < 0 ? 0 : row > last ? last : row;
	state->position = (size_t)row;
	state->key = table_view->key(view, state->position);
	state->pinned = true;
	return table_view->moved(view);
}

static enum ui_request move(const struct table_view *table_view, struct view *view, int step)
{
	return table_view_select(table_view, view, (long)table_view->state(view)->position + step);
}

static enum ui_request move_pages(const struct table_view *table_view, struct view *view, int pages)
{
	size_t page = table_view->state(view)->page;
	return move(table_view, view, pages * (page > 1 ? (int)page : 1));
}

/* Unpins the selection, which stays at the top. */
static enum ui_request home(const struct table_view *table_view, struct view *view, int unused)
{
	struct table_view_state *state = table_view->state(view);
	(void)unused;
	state->pinned = false;
	state->position = state->top = 0;
	return table_view->moved(view);
}

/* Sorts by the column STEP columns away from the current one; does nothing at the ends. */
static enum ui_request sort(const struct table_view *table_view, struct view *view, int step)
{
	long by = (long)table_view->order(view).by + step;
	if (by < 0 || by >= (long)table_view->column_count)
		return UI_REQUEST_NONE;
	return table_view->sort(view, (size_t)by);
}

static enum ui_request invert(const struct table_view *table_view, struct view *view, int unused)
{
	(void)unused;
	return table_view->invert(view);
}

/* Rows per step of the wheel. */
#define WHEEL_ROWS 3

/* What the actions do here. */
static const struct {
	enum ui_request (*handle)(
		const struct table_view *table_view, struct view *view, int argument);
	int argument;
} handlers[ACTION_COUNT] = {
	[ACTION_UP] = {move, -1},
	[ACTION_DOWN] = {move, 1},
	[ACTION_PAGE_UP] = {move_pages, -1},
	[ACTION_PAGE_DOWN] = {move_pages, 1},
	[ACTION_HOME] = {home, 0},
	[ACTION_END] = {move, INT_MAX},
	[ACTION_WHEEL_UP] = {move, -WHEEL_ROWS},
	[ACTION_WHEEL_DOWN] = {move, WHEEL_ROWS},
	[ACTION_SORT_LEFT] = {sort, -1},
	[ACTION_SORT_RIGHT] = {sort, 1},
	[ACTION_INVERT] = {invert, 0},
};

enum ui_request table_view_handle_action(
	const struct table_view *table_view, struct view *view, const struct key_binding *binding)
{
	if (!handlers[binding->action].handle)
		return UI_REQUEST_NONE;
	return handlers[binding->action].handle(
		table_view, view, handlers[binding->action].argument);
}

/* Sorts by the column drawn at COLUMN; a second click inverts the order. */
static enum ui_request click_title(const struct table_view *table_view, struct view *view,
	const struct places *places, int column)
{
	for (size_t id = 0; id < table_view->column_count; id++) {
		if (!places->width[id] || column < places->at[id] ||
			column >= places->at[id] + places->width[id])
			continue;
		if (table_view->order(view).by == id)
			return table_view->invert(view);
		return table_view->sort(view, id);
	}
	return UI_REQUEST_NONE;
}

enum ui_request table_view_click(const struct table_view *table_view, struct view *view,
	struct area area, int row, int column)
{
	struct table_view_state *state = table_view->state(view);
	if (row == 0) {
		struct places places = places_of(table_view, view, area.columns);
		return click_title(table_view, view, &places, column);
	}
	if (state->top + (size_t)row - 1 >= table_view->rows(view))
		return UI_REQUEST_NONE;
	return table_view_select(table_view, view, (long)state->top + row - 1);
}

bool table_view_search(
	const struct table_view *table_view, struct view *view, const char *text, int step)
{
	size_t count = table_view->rows(view), at = table_view->state(view)->position;
	for (size_t i = 0; i < count; i++) {
		char name[CELL_MAX];
		at = i == 0 && step == 0 ? at : (at + count + (size_t)(step < 0 ? -1 : 1)) % count;
		table_view->name(view, at, name);
		if (strcasestr(name, text)) {
			table_view_select(table_view, view, (long)at);
			return true;
		}
	}
	return false;
}
