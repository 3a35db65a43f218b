/*
 * The table of calls: columns by importance as the width allows, a selection that follows the call
 * and not the row.
 *
 * Until the user selects something, the first row is the selected one, whichever call it is: who
 * watches the top of the table is not scrolled away from it.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "out/cell.h"
#include "out/glyph.h"
#include "ui/pane.h"

/* Blanks between two columns. */
#define GAP            1

/* Columns of the screen that the names get at least, and at most. */
#define NAME_NARROWEST 12
#define NAME_WIDEST    28

/* The widest value of each kind, with what may stand before it ("~999µs", "≤45.6ms"). */
static const int kind_widths[] = {
	[COLUMN_TEXT] = 14,
	[COLUMN_NUMBER] = 7,
	[COLUMN_PER_S] = 5,
	[COLUMN_SHARE_OF] = 5,
	[COLUMN_TIME] = 7,
	[COLUMN_GRAPH] = 12,
};

/* The columns beside the name, the most important first. */
static const enum column_id importance[] = {
	COLUMN_TOTAL,
	COLUMN_CALLS,
	COLUMN_ERRORS,
	COLUMN_SHARE,
	COLUMN_RATE,
	COLUMN_AVG,
	COLUMN_IN_PROGRESS,
	COLUMN_P99,
	COLUMN_MAX,
	COLUMN_P50,
	COLUMN_P90,
	COLUMN_MIN,
	COLUMN_CLASS,
	COLUMN_STDDEV,
	COLUMN_TREND,
};

#define IMPORTANCE_COUNT (sizeof(importance) / sizeof(*importance))

/* Which columns are shown, and how wide they are: 0 is not shown. */
struct table {
	int width[COLUMN_COUNT];
};

/* Columns of the screen that COLUMN takes: its title may get a mark. */
static int column_width(enum column_id column)
{
	int title = glyph_columns(call_columns[column].title) + 1;
	int value = kind_widths[call_columns[column].kind];
	return title > value ? title : value;
}

/* Shows COLUMN where *LEFT columns of the screen are room enough for it. */
static void choose(struct table *table, enum column_id column, int *left)
{
	int width = column_width(column);
	if (table->width[column] || width + GAP > *left)
		return;
	table->width[column] = width;
	*left -= width + GAP;
}

/* The table on WIDTH columns of the screen. The column that orders the rows is always there. */
static struct table table_of(int width, enum column_id sorted)
{
	struct table table = {{0}};
	int left = width - NAME_NARROWEST;
	if (sorted != COLUMN_CALL)
		choose(&table, sorted, &left);
	for (size_t i = 0; i < IMPORTANCE_COUNT; i++)
		choose(&table, importance[i], &left);
	int name = NAME_NARROWEST + left;
	table.width[COLUMN_CALL] = name > NAME_WIDEST ? NAME_WIDEST : name;
	return table;
}

static void draw_titles(const struct table *table, struct call_order order, struct area area)
{
	int at = 0;
	area_fill(area, STYLE_COLUMN);
	for (enum column_id column = 0; column < COLUMN_COUNT; column++) {
		if (!table->width[column])
			continue;
		bool is_sorted = column == order.by;
		char title[CELL_MAX];
		snprintf(title, sizeof(title), "%s%s",
			!is_sorted         ? ""
			: order.descending ? "▼"
					   : "▲",
			call_columns[column].title);
		area_put_cell(area, 0, at, table->width[column], cell_is_right(column),
			is_sorted ? STYLE_SORTED : STYLE_COLUMN, title);
		at += table->width[column] + GAP;
	}
}

/* How a value is shown: errors stand out, and what is 0 or unknown steps back. */
static enum style value_style(enum column_id column, const char *text)
{
	if (strcmp(text, "0") == 0 || strcmp(text, "-") == 0 || column == COLUMN_CLASS)
		return STYLE_DIM;
	return column == COLUMN_ERRORS ? STYLE_ERROR : STYLE_TEXT;
}

static void draw_row(const struct table *table, const struct report *report,
	const struct call_row *row, struct area area)
{
	const struct cell_format format = {
		.now_ns = report->facts.now_ns,
		.floor_ns = report->facts.floor_ns,
	};
	int at = 0;
	for (enum column_id column = 0; column < COLUMN_COUNT; column++) {
		if (!table->width[column])
			continue;
		char text[CELL_MAX];
		cell_call(column, row, &format, text);
		area_put_cell(area, 0, at, table->width[column], cell_is_right(column),
			value_style(column, text), text);
		at += table->width[column] + GAP;
	}
}

/* Why there are no rows. */
static const char *reason_for_nothing(const struct report *report)
{
	if (!report)
		return "waiting for the first calls";
	if (report->totals.calls + report->totals.in_progress > 0)
		return "no calls of this kind yet (0: all classes)";
	return "no calls yet";
}

/* Scrolls as little as it takes to have the selection on the screen, and no row wasted. */
static void scroll(struct calls_state *state, size_t count, size_t page)
{
	size_t last_top = count > page ? count - page : 0;
	if (state->position < state->top)
		state->top = state->position;
	if (page && state->position >= state->top + page)
		state->top = state->position - page + 1;
	if (state->top > last_top)
		state->top = last_top;
}

static void draw(struct view *view, struct area area)
{
	const struct report *report = view->report;
	struct calls_state *state = &view->calls;
	struct table table = table_of(area.columns, view->wanted.order.by);
	struct area body = area_part(area, 1, 0, area.rows - 1, area.columns);
	draw_titles(&table, view->wanted.order, area_part(area, 0, 0, 1, area.columns));
	state->page = (size_t)body.rows;
	if (!report || report->call_count == 0) {
		area_put(body, 0, 0, STYLE_DIM, reason_for_nothing(report));
		return;
	}
	scroll(state, report->call_count, state->page);
	for (size_t i = 0; i < state->page && state->top + i < report->call_count; i++) {
		struct area line = area_part(body, (int)i, 0, 1, body.columns);
		draw_row(&table, report, &report->calls[state->top + i], line);
		if (state->top + i == state->position)
			area_restyle(line, 0, STYLE_SELECTED);
	}
}

/* Finds the selected call in a new report; where it is not shown, its row stays selected. */
static void update(struct view *view)
{
	const struct report *report = view->report;
	struct calls_state *state = &view->calls;
	if (!state->pinned)
		state->position = 0;
	for (size_t i = 0; state->pinned && i < report->call_count; i++) {
		if (call_equal(report->calls[i].call, state->selected)) {
			state->position = i;
			break;
		}
	}
	if (state->position >= report->call_count)
		state->position = report->call_count ? report->call_count - 1 : 0;
}

/* Selects the row that is STEP away, or the nearest there is. */
static enum verdict move(struct view *view, int step)
{
	struct calls_state *state = &view->calls;
	long last = view->report ? (long)view->report->call_count - 1 : -1;
	if (last < 0)
		return VERDICT_NONE;
	long position = (long)state->position + step;
	position = position < 0 ? 0 : position > last ? last : position;
	state->position = (size_t)position;
	state->selected = view->report->calls[position].call;
	state->pinned = true;
	return VERDICT_REDRAW;
}

static enum verdict move_pages(struct view *view, int pages)
{
	int page = view->calls.page > 1 ? (int)view->calls.page : 1;
	return move(view, pages * page);
}

/* The selection lets go of its call and stays at the top. */
static enum verdict home(struct view *view, int unused)
{
	(void)unused;
	view->calls = (struct calls_state){.page = view->calls.page};
	return VERDICT_REDRAW;
}

/* Orders by the column STEP away from the one that orders now; at the ends nothing happens. */
static enum verdict sort(struct view *view, int step)
{
	int by = (int)view->wanted.order.by + step;
	if (by < 0 || by >= COLUMN_COUNT)
		return VERDICT_NONE;
	view->wanted.order = call_order_default((enum column_id)by);
	return VERDICT_REPORT;
}

static enum verdict invert(struct view *view, int unused)
{
	(void)unused;
	view->wanted.order.descending = !view->wanted.order.descending;
	return VERDICT_REPORT;
}

/* What the actions do here. */
static const struct {
	enum verdict (*act)(struct view *view, int argument); /* NULL: nothing */
	int argument;
} acts[ACTION_COUNT] = {
	[ACTION_UP] = {move, -1},
	[ACTION_DOWN] = {move, 1},
	[ACTION_PAGE_UP] = {move_pages, -1},
	[ACTION_PAGE_DOWN] = {move_pages, 1},
	[ACTION_HOME] = {home, 0},
	[ACTION_END] = {move, INT_MAX},
	[ACTION_SORT_LEFT] = {sort, -1},
	[ACTION_SORT_RIGHT] = {sort, 1},
	[ACTION_INVERT] = {invert, 0},
};

static enum verdict act(struct view *view, const struct key_binding *binding)
{
	if (!acts[binding->action].act)
		return VERDICT_NONE;
	return acts[binding->action].act(view, acts[binding->action].argument);
}

const struct pane calls_pane = {.name = "calls", .draw = draw, .act = act, .update = update};
