/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layout, at every size from the minimum to a large one, with each pane in turn. */
#include "config.h"

#include "support/unit.h"

#include "ui/layout.h"

/* Whether pane ID is one of those at the top. */
static bool is_top(enum pane_id id)
{
	return id == PANE_CALLS || id == PANE_FILES || id == PANE_PROCESSES;
}

/* Few lines, some, and more than any screen has. */
static const int line_counts[] = {1, 12, 10000};

/* The choice in which pane ID has the focus. */
static struct layout_choice choice_of(enum pane_id id)
{
	return (struct layout_choice){
		.focus = id,
		.top = is_top(id) ? id : PANE_CALLS,
		.below = is_top(id) ? PANE_DETAIL : id,
		.right = id == PANE_STACKS ? PANE_STACKS : PANE_DETAIL,
		.left = id == PANE_OUTPUT ? PANE_OUTPUT : PANE_THREADS,
		.wide = id == PANE_LOG || id == PANE_SIGNALS ? id : PANE_COUNT,
	};
}

/* Calls TEST with the layout of every size and choice. */
static void for_each_layout(
	void (*test)(const struct layout *layout, int rows, int columns, enum pane_id focus))
{
	for (int at = 0; at < (PANE_OUTPUT - PANE_CALLS + 1) * (int)COUNT_OF(line_counts); at++) {
		enum pane_id focus = (enum pane_id)(PANE_CALLS + at / (int)COUNT_OF(line_counts));
		struct layout_choice choice = choice_of(focus);
		choice.advice = at % 3;
		int lines[PANE_COUNT];
		for (int id = 0; id < PANE_COUNT; id++)
			lines[id] = line_counts[at % (int)COUNT_OF(line_counts)];
		for (int rows = LAYOUT_MIN_ROWS; rows <= 70; rows++) {
			for (int columns = LAYOUT_MIN_COLUMNS; columns <= 250; columns += 3) {
				struct layout layout = layout_of(rows, columns, &choice, lines);
				assert_false(layout.too_small);
				test(&layout, rows, columns, focus);
			}
		}
	}
}

/* The border of a pane, or, if it has none, what it draws into. */
static const struct region *outer(const struct layout *layout, int id)
{
	return layout->border[id].rows ? &layout->border[id] : &layout->region[id];
}

static bool is_apart(const struct region *one, const struct region *two)
{
	return two->rows == 0 || one->row + one->rows <= two->row ||
	       two->row + two->rows <= one->row || one->column + one->columns <= two->column ||
	       two->column + two->columns <= one->column;
}

/* Every cell belongs to exactly one pane and its border. */
static void assert_tiles(const struct layout *layout, int rows, int columns, enum pane_id focus)
{
	int cells = 0;
	(void)focus;
	for (int a = PANE_HEADER; a <= PANE_BAR; a++) {
		const struct region *one = outer(layout, a);
		cells += one->rows * one->columns;
		for (int b = a + 1; b <= PANE_BAR && one->rows; b++)
			assert_true(is_apart(one, outer(layout, b)));
	}
	assert_int_equal(cells, rows * columns);
}

static void regions_tile_every_size(void **state)
{
	(void)state;
	for_each_layout(assert_tiles);
}

/* A pane is inside its border, and leaves room for the title. */
static void assert_is_inside(const struct layout *layout, int rows, int columns, enum pane_id focus)
{
	(void)rows, (void)columns, (void)focus;
	for (int id = PANE_GRAPHS; id <= PANE_OUTPUT; id++) {
		const struct region *border = &layout->border[id], *pane = &layout->region[id];
		int side = layout->has_sides;
		if (!border->rows)
			continue;
		assert_int_equal(pane->row, border->row + 1);
		assert_int_equal(pane->rows, border->rows - 1 - side);
		assert_int_equal(pane->column, border->column + side);
		assert_int_equal(pane->columns, border->columns - 2 * side);
		assert_true(pane->rows > 0 && pane->columns > 0);
	}
}

static void panes_are_inside_their_borders(void **state)
{
	(void)state;
	for_each_layout(assert_is_inside);
}

static void assert_focus_is_shown(
	const struct layout *layout, int rows, int columns, enum pane_id focus)
{
	(void)columns, (void)rows;
	assert_true(layout_has(layout, focus));
	assert_true(layout->region[focus].rows >= 2);
	assert_true(layout->region[focus].columns >= LAYOUT_MIN_COLUMNS - 2);
}

static void the_pane_with_the_focus_is_always_shown(void **state)
{
	(void)state;
	for_each_layout(assert_focus_is_shown);
}

/* If it has more to show than there is room for, it has at least four parts in ten. */
static void a_long_pane_with_the_focus_gets_most(void **state)
{
	int lines[PANE_COUNT];
	(void)state;
	for (enum pane_id focus = PANE_CALLS; focus <= PANE_OUTPUT; focus++) {
		const struct layout_choice choice = choice_of(focus);
		for (int id = 0; id < PANE_COUNT; id++)
			lines[id] = id == (int)focus ? 1000 : 8;
		for (int rows = LAYOUT_MIN_ROWS; rows <= 70; rows++) {
			struct layout layout = layout_of(rows, 100, &choice, lines);
			assert_true(layout.border[focus].rows >= (rows - 5) * 4 / 10);
		}
	}
}

static void large_screens_show_what_small_ones_cannot(void **state)
{
	static const struct {
		int rows, columns;
		unsigned int shown;
	} cases[] = {
		{16, 80, 1U << PANE_CALLS},
		{24, 80, 1U << PANE_CALLS | 1U << PANE_DETAIL},
		{40, 120, 1U << PANE_CALLS | 1U << PANE_THREADS | 1U << PANE_DETAIL},
		{40, 160,
			1U << PANE_CALLS | 1U << PANE_THREADS | 1U << PANE_DETAIL |
				1U << PANE_STACKS},
		{60, 200,
			1U << PANE_CALLS | 1U << PANE_THREADS | 1U << PANE_DETAIL |
				1U << PANE_STACKS | 1U << PANE_BUSY},
	};
	const struct layout_choice choice = choice_of(PANE_CALLS);
	int lines[PANE_COUNT];
	(void)state;
	for (int id = 0; id < PANE_COUNT; id++)
		lines[id] = 9;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct layout layout = layout_of(cases[i].rows, cases[i].columns, &choice, lines);
		for (enum pane_id id = PANE_BUSY; id <= PANE_OUTPUT; id++)
			assert_int_equal(layout_has(&layout, id), cases[i].shown >> id & 1);
	}
}

/* The files are beside the calls where there is room, and replace them where there is none. */
static void more_panes_are_opened_beside_the_others(void **state)
{
	struct layout_choice choice = choice_of(PANE_FILES);
	int lines[PANE_COUNT];
	(void)state;
	for (int id = 0; id < PANE_COUNT; id++)
		lines[id] = 9;
	choice.wide = PANE_LOG;
	struct layout layout = layout_of(60, 200, &choice, lines);
	assert_true(layout_has(&layout, PANE_CALLS));
	assert_true(layout_has(&layout, PANE_THREADS));
	assert_true(layout_has(&layout, PANE_FILES));
	assert_true(layout_has(&layout, PANE_LOG));
	layout = layout_of(40, 120, &choice, lines);
	assert_false(layout_has(&layout, PANE_CALLS));
	assert_true(layout_has(&layout, PANE_FILES));
}

/* Panes are as tall as what they show; the last gets the rest. */
static void panes_are_as_tall_as_their_lines(void **state)
{
	const struct layout_choice choice = choice_of(PANE_CALLS);
	int lines[PANE_COUNT] = {0};
	(void)state;
	lines[PANE_CALLS] = 8;
	lines[PANE_THREADS] = 5;
	lines[PANE_DETAIL] = 6;
	struct layout layout = layout_of(40, 120, &choice, lines);
	assert_int_equal(layout.region[PANE_CALLS].rows, 8);
	assert_int_equal(layout.region[PANE_THREADS].rows, 5);
	assert_int_equal(layout.region[PANE_DETAIL].rows, 34 - 10 - 7 - 2);
	/* What nobody can use makes the graphs higher; the stacks are where there is room. */
	lines[PANE_STACKS] = 10;
	layout = layout_of(60, 200, &choice, lines);
	assert_int_equal(layout.border[PANE_GRAPHS].rows, 7 + 10);
	assert_int_equal(layout.border[PANE_STACKS].column, 0);
	lines[PANE_CALLS] = 30;
	layout = layout_of(60, 200, &choice, lines);
	assert_int_equal(layout.border[PANE_GRAPHS].rows, 7 + 10);
	lines[PANE_CALLS] = 100;
	layout = layout_of(60, 200, &choice, lines);
	assert_int_equal(layout.border[PANE_GRAPHS].rows, 7);
	assert_true(layout.border[PANE_STACKS].column > 0);
}

static void assert_bar_is_visible(
	const struct layout *layout, int rows, int columns, enum pane_id focus)
{
	const struct region *help = &layout->region[PANE_HELP];
	(void)rows;
	(void)focus;
	assert_true(help->row >= 0 && help->column >= 0);
	assert_true(help->rows >= 8 && help->columns >= 40);
	assert_true(help->column + help->columns <= columns);
	assert_true(help->row + help->rows <= layout->region[PANE_BAR].row);
}

static void the_help_leaves_the_bar_visible(void **state)
{
	(void)state;
	for_each_layout(assert_bar_is_visible);
}

static void nothing_is_shown_below_the_minimum_size(void **state)
{
	static const int sizes[][2] = {{9, 40}, {10, 39}, {1, 1}, {0, 0}, {9, 250}, {70, 39}};
	const struct layout_choice choice = choice_of(PANE_CALLS);
	const int lines[PANE_COUNT] = {0};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		assert_true(layout_of(sizes[i][0], sizes[i][1], &choice, lines).too_small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regions_tile_every_size),
		cmocka_unit_test(the_pane_with_the_focus_is_always_shown),
		cmocka_unit_test(panes_are_inside_their_borders),
		cmocka_unit_test(a_long_pane_with_the_focus_gets_most),
		cmocka_unit_test(large_screens_show_what_small_ones_cannot),
		cmocka_unit_test(more_panes_are_opened_beside_the_others),
		cmocka_unit_test(panes_are_as_tall_as_their_lines),
		cmocka_unit_test(the_help_leaves_the_bar_visible),
		cmocka_unit_test(nothing_is_shown_below_the_minimum_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
