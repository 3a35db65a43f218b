/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Size to regions; see ui/layout.h. */
#include "config.h"

#include "ui/layout.h"

#include <stddef.h>

#define HEADER_ROWS         1
#define BAR_ROWS            1
#define TIMELINE_ROWS       1

/* Rows of a pane with its border: each has as many, if it can use them. */
#define PANE_ROWS           6

/* What a pane wants at least. */
#define PANE_LEAST          4

/* Graphs with axes use as many rows that are left, at most. */
#define GRAPHS_MORE         10

/* Panes above each other. */
#define STACK_MAX           4

/* Blank cells between the help and the edges of a large screen. */
#define HELP_MARGIN_ROWS    1
#define HELP_MARGIN_COLUMNS 4

/* A place in an arrangement, and so which pane is there. */
enum place {
	PLACE_NONE,
	PLACE_FOCUS, /* the pane with the focus */
	PLACE_TOP,   /* that of the choice, … */
	PLACE_BELOW,
	PLACE_LEFT,
	PLACE_THIRD, /* the last chosen of the detail, the stacks, the log, the signals */
	PLACE_CALLS, /* always the calls, … */
	PLACE_DETAIL,
	PLACE_STACKS,
	PLACE_EXTRA, /* what is chosen for the top, unless it is the calls */
	PLACE_WIDE,  /* the log or the signals, if they are open */
};

/* The arrangements; the first that fits is taken. */
static const struct arrangement {
	int rows, columns; /* minimum size of the screen */
	int verdict;       /* rows; and as many more if there is advice */
	int graphs;        /* rows; with a border if there are as many as in a large one */
	bool has_sides;
	int share; /* percent of the columns that the first stack gets; 100: there is no other */
	enum place stack[2][STACK_MAX];
} arrangements[] = {
	{44, 140, 2, 7, true, 58,
		{{PLACE_CALLS, PLACE_LEFT, PLACE_EXTRA, PLACE_WIDE}, {PLACE_DETAIL, PLACE_STACKS}}},
	{36, 140, 2, 2, true, 58,
		{{PLACE_CALLS, PLACE_LEFT, PLACE_EXTRA, PLACE_WIDE}, {PLACE_DETAIL, PLACE_STACKS}}},
	{36, 60, 2, 2, true, 100, {{PLACE_TOP, PLACE_LEFT, PLACE_THIRD}}},
	{20, 60, 1, 1, true, 100, {{PLACE_TOP, PLACE_BELOW}}},
	{36, 0, 2, 2, false, 100, {{PLACE_TOP, PLACE_LEFT, PLACE_THIRD}}},
	{20, 0, 1, 1, false, 100, {{PLACE_TOP, PLACE_BELOW}}},
	{14, 0, 1, 0, false, 100, {{PLACE_FOCUS}}},
	{0, 0, 0, 0, false, 100, {{PLACE_FOCUS}}},
};

/* From as many rows on, the graphs have a border, and the busy threads are beside them. */
#define BORDERED_GRAPHS 5

static const struct arrangement *arrangement_of(int rows, int columns)
{
	size_t i = 0;
	while (rows < arrangements[i].rows || columns < arrangements[i].columns)
		i++;
	return &arrangements[i];
}

/* Whether pane ID is one for PLACE_THIRD. */
static bool is_third(enum pane_id id)
{
	return id == PANE_DETAIL || id == PANE_STACKS || id == PANE_LOG || id == PANE_SIGNALS;
}

/* The pane at PLACE; PANE_COUNT: none. */
static enum pane_id pane_at(enum place place, const struct layout_choice *choice)
{
	enum pane_id third = is_third(choice->below)     ? choice->below
	                     : choice->wide < PANE_COUNT ? choice->wide
	                                                 : choice->right;
	const enum pane_id at[] = {
		[PLACE_NONE] = PANE_COUNT,
		[PLACE_FOCUS] = choice->focus,
		[PLACE_TOP] = choice->top,
		[PLACE_BELOW] = choice->below,
		[PLACE_LEFT] = choice->left,
		[PLACE_THIRD] = third,
		[PLACE_CALLS] = PANE_CALLS,
		[PLACE_DETAIL] = PANE_DETAIL,
		[PLACE_STACKS] = PANE_STACKS,
		[PLACE_EXTRA] = choice->top == PANE_CALLS ? PANE_COUNT : choice->top,
		[PLACE_WIDE] = choice->wide,
	};
	return at[place];
}

/* A pane in a stack, and its rows with the border. */
struct claim {
	enum pane_id id;
	int wanted, rows;
};

static int least(int a, int b)
{
	return a < b ? a : b;
}

/* Gives CLAIM what it wants, at most LIMIT in all, out of *LEFT. */
static void grow(struct claim *claim, int limit, int *left)
{
	int more = least(least(claim->wanted, limit) - claim->rows, *left);
	if (more > 0) {
		claim->rows += more;
		*left -= more;
	}
}

/* Removes the last of COUNT CLAIMS that has not the focus. Returns how many are left. */
static size_t drop_one(struct claim *claims, size_t count, enum pane_id focus)
{
	size_t at = count - 1;
	if (claims[at].id == focus && at > 0)
		claims[--at] = claims[count - 1];
	return count - 1;
}

/*
 * Divides ROWS among COUNT CLAIMS, dropping the last ones if there is no room for all: a fair part
 * for each that can use it, then the focus, then the others in order; the rest is the last one's.
 */
static size_t divide(struct claim *claims, size_t count, int rows, enum pane_id focus)
{
	while (count > 1 && (int)count * PANE_ROWS > rows)
		count = drop_one(claims, count, focus);
	int fair = rows / (2 * (int)count), left = rows;
	for (size_t i = 0; i < count; i++)
		grow(&claims[i], fair > PANE_ROWS ? fair : PANE_ROWS, &left);
	for (size_t i = 0; i < count; i++) {
		if (claims[i].id == focus)
			grow(&claims[i], rows, &left);
	}
	for (size_t i = 0; i < count; i++)
		grow(&claims[i], rows, &left);
	claims[count - 1].rows += left;
	return count;
}

/* Puts pane ID with a border into OUTER. */
static void place_bordered(struct layout *layout, enum pane_id id, struct region outer)
{
	int side = layout->has_sides;
	layout->border[id] = outer;
	layout->region[id] = (struct region){
		.row = outer.row + 1,
		.column = outer.column + side,
		.rows = outer.rows - 1 - side,
		.columns = outer.columns - 2 * side,
	};
}

/* With as many rows left below the panes of the first stack, the stacks are there. */
#define STACKS_ROOM 12

/* The panes at PLACES, and how many rows they want with their borders. Returns their number. */
static size_t claim_rows(const struct layout *layout, const enum place places[STACK_MAX],
	const struct layout_choice *choice, const int lines[PANE_COUNT],
	struct claim claims[STACK_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < STACK_MAX; i++) {
		enum pane_id id = pane_at(places[i], choice);
		if (id == PANE_COUNT)
			continue;
		int wanted = lines[id] + 1 + layout->has_sides;
		claims[count++] = (struct claim){
			.id = id, .wanted = wanted > PANE_LEAST ? wanted : PANE_LEAST};
	}
	return count;
}

static int wanted_rows(const struct claim *claims, size_t count, int rows)
{
	int wanted = 0;
	for (size_t i = 0; i < count; i++)
		wanted += least(claims[i].wanted, rows);
	return wanted;
}

/* What is above each other in the columns of the screen. */
struct columns {
	struct claim claims[2][STACK_MAX + 1];
	size_t count[2];
};

/* The panes of ARRANGEMENT, in ROWS. */
static struct columns columns_of(const struct layout *layout, const struct arrangement *arrangement,
	int rows, const struct layout_choice *choice, const int lines[PANE_COUNT])
{
	struct columns columns = {0};
	for (int at = 0; at < 2; at++)
		columns.count[at] = claim_rows(
			layout, arrangement->stack[at], choice, lines, columns.claims[at]);
	size_t *left = &columns.count[0], *right = &columns.count[1];
	if (*right > 1 && wanted_rows(columns.claims[0], *left, rows) + STACKS_ROOM <= rows)
		columns.claims[0][(*left)++] = columns.claims[1][--*right];
	return columns;
}

/* Places COUNT CLAIMS above each other in AREA. */
static void place_stack(struct layout *layout, struct claim *claims, size_t count,
	struct region area, enum pane_id focus)
{
	count = divide(claims, count, area.rows, focus);
	for (size_t i = 0; i < count; i++) {
		place_bordered(layout, claims[i].id,
			(struct region){area.row, area.column, claims[i].rows, area.columns});
		area.row += claims[i].rows;
	}
}

/* How many of ROWS no pane in COLUMNS can use. */
static int spare_rows(const struct columns *columns, int rows)
{
	int left = wanted_rows(columns->claims[0], columns->count[0], rows);
	int right = wanted_rows(columns->claims[1], columns->count[1], rows);
	int most = left > right ? left : right;
	return rows > most ? rows - most : 0;
}

/* Places the graphs at the top of BODY, which becomes smaller. */
static void place_graphs(struct layout *layout, int rows, struct region *body)
{
	struct region band = {body->row, 0, rows, body->columns};
	body->row += rows;
	body->rows -= rows;
	if (rows < BORDERED_GRAPHS) {
		layout->region[PANE_GRAPHS] = band;
		return;
	}
	struct region right = band;
	band.columns /= 2;
	right.column += band.columns;
	right.columns -= band.columns;
	place_bordered(layout, PANE_GRAPHS, band);
	place_bordered(layout, PANE_BUSY, right);
}

static void place_body(struct layout *layout, struct columns *columns, int share,
	struct region body, enum pane_id focus)
{
	struct region left = body, right = body;
	left.columns = body.columns * share / 100;
	right.column += left.columns;
	right.columns -= left.columns;
	layout->first = columns->claims[0][0].id;
	place_stack(layout, columns->claims[0], columns->count[0], left, focus);
	if (right.columns)
		place_stack(layout, columns->claims[1], columns->count[1], right, focus);
}

struct layout layout_of(
	int rows, int columns, const struct layout_choice *choice, const int lines[PANE_COUNT])
{
	struct layout layout = {0};
	if (rows < LAYOUT_MIN_ROWS || columns < LAYOUT_MIN_COLUMNS) {
		layout.too_small = true;
		return layout;
	}
	const struct arrangement *arrangement = arrangement_of(rows, columns);
	layout.has_sides = arrangement->has_sides;
	int verdict = arrangement->verdict + least(choice->advice, arrangement->verdict);
	int bar = rows - BAR_ROWS, top = HEADER_ROWS + verdict;
	int timeline = bar - (choice->has_timeline ? TIMELINE_ROWS : 0);
	bool is_narrow = columns < 100 || rows < 20;
	int margin_rows = is_narrow ? 0 : HELP_MARGIN_ROWS;
	int margin_columns = is_narrow ? 0 : HELP_MARGIN_COLUMNS;
	struct region body = {top, 0, timeline - top, columns};
	layout.region[PANE_HEADER] = (struct region){0, 0, HEADER_ROWS, columns};
	layout.region[PANE_VERDICT] = (struct region){HEADER_ROWS, 0, verdict, columns};
	int graphs = arrangement->graphs, rest = body.rows - graphs;
	struct columns panes = columns_of(&layout, arrangement, rest, choice, lines);
	if (graphs >= BORDERED_GRAPHS)
		graphs += least(GRAPHS_MORE, spare_rows(&panes, rest));
	place_graphs(&layout, graphs, &body);
	place_body(&layout, &panes, arrangement->share, body, choice->focus);
	layout.region[PANE_TIMELINE] = (struct region){timeline, 0, bar - timeline, columns};
	layout.region[PANE_BAR] = (struct region){bar, 0, BAR_ROWS, columns};
	layout.region[PANE_HELP] = (struct region){
		margin_rows, margin_columns, bar - 2 * margin_rows, columns - 2 * margin_columns};
	layout.region[PANE_CHANGES] = layout.region[PANE_HELP];
	layout.region[PANE_MENU] = body;
	return layout;
}
