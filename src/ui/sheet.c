/* Rows of columns; see ui/sheet.h. */
#include "config.h"

#include "ui/sheet.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "out/glyph.h"
#include "ui/pane.h"

/* Blanks between two columns. */
#define GAP 1

/* Where each column is on the screen: width 0 is not shown. */
struct places {
	int at[SHEET_COLUMNS_MAX];
	int width[SHEET_COLUMNS_MAX];
};

/* Columns of the screen that COLUMN takes at least: its title may get a mark. */
static int narrowest(const struct sheet_column *column)
{
	int title = glyph_columns(column->title) + 1;
	return title > column->width ? title : column->width;
}

/* Shows column ID where *LEFT columns of the screen are room enough for it. */
static void show(const struct sheet *sheet, struct places *places, size_t id, int *left)
{
	struct sheet_column column = sheet->column(id);
	int width = narrowest(&column);
	if (places->width[id] || width + GAP > *left)
		return;
	places->width[id] = width;
	*left -= width + GAP;
}

/*
 * Gives the room that is left to the columns that can use it, the last ones first: words that are
 * cut stand at the end of a row. Then finds where each begins.
 */
static void spread(const struct sheet *sheet, struct places *places, int left)
{
	int at = 0;
	for (size_t id = sheet->column_count; id-- > 0;) {
		int more = sheet->column(id).widest - places->width[id];
		if (!places->width[id] || more <= 0)
			continue;
		more = more > left ? left : more;
		places->width[id] += more;
		left -= more;
	}
	for (size_t id = 0; id < sheet->column_count; id++) {
		places->at[id] = at;
		at += places->width[id] ? places->width[id] + GAP : 0;
	}
}

/* The places on WIDTH columns of the screen. The column that orders the rows is always there. */
static struct places places_of(const struct sheet *sheet, struct view *view, int width)
{
	struct places places = {{0}, {0}};
	uint32_t hidden = sheet->state(view)->hidden;
	size_t sorted = sheet->order(view).by;
	int left = width + GAP;
	show(sheet, &places, sheet->importance[0], &left);
	show(sheet, &places, sorted, &left);
	for (size_t i = 0; i < sheet->column_count; i++) {
		if (!(hidden >> sheet->importance[i] & 1))
			show(sheet, &places, sheet->importance[i], &left);
	}
	spread(sheet, &places, left);
	return places;
}

static void draw_titles(const struct sheet *sheet, const struct places *places,
	struct sheet_order order, struct area area, bool focused)
{
	area_fill(area, focused ? STYLE_COLUMN : STYLE_COLUMN_OFF);
	for (size_t id = 0; id < sheet->column_count; id++) {
		struct sheet_column column = sheet->column(id);
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

static void draw_row(const struct sheet *sheet, const struct places *places,
	const struct view *view, size_t row, struct area area)
{
	for (size_t id = 0; id < sheet->column_count; id++) {
		struct sheet_column column = sheet->column(id);
		char text[CELL_MAX];
		if (!places->width[id])
			continue;
		sheet->cell(view, row, id, text);
		area_put_cell(area, 0, places->at[id], places->width[id], column.right,
			sheet->style(view, row, id, text), text);
	}
}

/* Scrolls as little as it takes to have the selection on the screen, and no row wasted. */
static void scroll(struct sheet_state *state, size_t count)
{
	size_t last_top = count > state->page ? count - state->page : 0;
	if (state->position < state->top)
		state->top = state->position;
	if (state->page && state->position >= state->top + state->page)
		state->top = state->position - state->page + 1;
	if (state->top > last_top)
		state->top = last_top;
}

void sheet_draw(const struct sheet *sheet, struct view *view, struct area area, bool focused)
{
	struct sheet_state *state = sheet->state(view);
	struct places places = places_of(sheet, view, area.columns);
	struct area body = area_part(area, 1, 0, area.rows - 1, area.columns);
	size_t count = sheet->rows(view);
	draw_titles(sheet, &places, sheet->order(view), area_part(area, 0, 0, 1, area.columns),
		focused);
	state->page = (size_t)body.rows;
	if (count == 0) {
		area_put(body, 0, 0, STYLE_DIM, sheet->nothing(view));
		return;
	}
	scroll(state, count);
	for (size_t i = 0; i < state->page && state->top + i < count; i++) {
		struct area line = area_part(body, (int)i, 0, 1, body.columns);
		draw_row(sheet, &places, view, state->top + i, line);
		if (state->top + i == state->position)
			area_restyle(line, 0, focused ? STYLE_SELECTED : STYLE_SELECTED_OFF);
	}
}

void sheet_follow(const struct sheet *sheet, struct view *view)
{
	struct sheet_state *state = sheet->state(view);
	size_t count = sheet->rows(view);
	if (!state->pinned)
		state->position = 0;
	for (size_t i = 0; state->pinned && i < count; i++) {
		if (sheet->key(view, i) == state->key) {
			state->position = i;
			break;
		}
	}
	if (state->position >= count)
		state->position = count ? count - 1 : 0;
}

enum verdict sheet_select(const struct sheet *sheet, struct view *view, long row)
{
	struct sheet_state *state = sheet->state(view);
	long last = (long)sheet->rows(view) - 1;
	if (last < 0)
		return VERDICT_NONE;
	row = row < 0 ? 0 : row > last ? last : row;
	state->position = (size_t)row;
	state->key = sheet->key(view, state->position);
	state->pinned = true;
	return sheet->moved(view);
}

static enum verdict move(const struct sheet *sheet, struct view *view, int step)
{
	return sheet_select(sheet, view, (long)sheet->state(view)->position + step);
}

static enum verdict move_pages(const struct sheet *sheet, struct view *view, int pages)
{
	size_t page = sheet->state(view)->page;
	return move(sheet, view, pages * (page > 1 ? (int)page : 1));
}

/* The selection lets go of its item and stays at the top. */
static enum verdict home(const struct sheet *sheet, struct view *view, int unused)
{
	struct sheet_state *state = sheet->state(view);
	(void)unused;
	state->pinned = false;
	state->position = state->top = 0;
	return sheet->moved(view);
}

/* Orders by the column STEP away from the one that orders now; at the ends nothing happens. */
static enum verdict sort(const struct sheet *sheet, struct view *view, int step)
{
	long by = (long)sheet->order(view).by + step;
	if (by < 0 || by >= (long)sheet->column_count)
		return VERDICT_NONE;
	return sheet->sort(view, (size_t)by);
}

static enum verdict invert(const struct sheet *sheet, struct view *view, int unused)
{
	(void)unused;
	return sheet->invert(view);
}

/* Rows that one turn of the wheel goes. */
#define WHEEL_ROWS 3

/* What the actions do here. */
static const struct {
	enum verdict (*act)(const struct sheet *sheet, struct view *view, int argument);
	int argument;
} acts[ACTION_COUNT] = {
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

enum verdict sheet_act(
	const struct sheet *sheet, struct view *view, const struct key_binding *binding)
{
	if (!acts[binding->action].act)
		return VERDICT_NONE;
	return acts[binding->action].act(sheet, view, acts[binding->action].argument);
}

/* Sorts by the column that was drawn at COLUMN; a second click on it inverts the order. */
static enum verdict click_title(
	const struct sheet *sheet, struct view *view, const struct places *places, int column)
{
	for (size_t id = 0; id < sheet->column_count; id++) {
		if (!places->width[id] || column < places->at[id] ||
			column >= places->at[id] + places->width[id])
			continue;
		if (sheet->order(view).by == id)
			return sheet->invert(view);
		return sheet->sort(view, id);
	}
	return VERDICT_NONE;
}

enum verdict sheet_click(
	const struct sheet *sheet, struct view *view, struct area area, int row, int column)
{
	struct sheet_state *state = sheet->state(view);
	if (row == 0) {
		struct places places = places_of(sheet, view, area.columns);
		return click_title(sheet, view, &places, column);
	}
	if (state->top + (size_t)row - 1 >= sheet->rows(view))
		return VERDICT_NONE;
	return sheet_select(sheet, view, (long)state->top + row - 1);
}

bool sheet_search(const struct sheet *sheet, struct view *view, const char *text, int step)
{
	size_t count = sheet->rows(view), at = sheet->state(view)->position;
	for (size_t i = 0; i < count; i++) {
		char name[CELL_MAX];
		at = i == 0 && step == 0 ? at : (at + count + (size_t)(step < 0 ? -1 : 1)) % count;
		sheet->name(view, at, name);
		if (strcasestr(name, text)) {
			sheet_select(sheet, view, (long)at);
			return true;
		}
	}
	return false;
}
