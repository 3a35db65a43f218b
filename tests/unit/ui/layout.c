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

/* Calls TEST with the layout of every size and choice. */
static void for_each_layout(
	void (*test)(const struct layout *layout, int rows, int columns, enum pane_id focus))
{
	for (enum pane_id focus = PANE_CALLS; focus <= PANE_OUTPUT; focus++) {
		const struct layout_choice choice = {.focus = focus,
			.top = is_top(focus) ? focus : PANE_CALLS,
			.below = is_top(focus) ? PANE_DETAIL : focus,
			.right = focus == PANE_STACKS ? PANE_STACKS : PANE_DETAIL,
			.left = focus == PANE_OUTPUT ? PANE_OUTPUT : PANE_THREADS};
		for (int rows = LAYOUT_MIN_ROWS; rows <= 70; rows++) {
			for (int columns = LAYOUT_MIN_COLUMNS; columns <= 250; columns++) {
				struct layout layout = layout_of(rows, columns, &choice);
				assert_false(layout.too_small);
				test(&layout, rows, columns, focus);
			}
		}
	}
}

/* Every cell belongs to exactly one pane, except the line between two panes side by side. */
static void assert_tiles(const struct layout *layout, int rows, int columns, enum pane_id focus)
{
	int cells = 0, gap = 0;
	(void)focus;
	for (int a = PANE_HEADER; a <= PANE_BAR; a++) {
		const struct region *one = &layout->region[a];
		cells += one->rows * one->columns;
		for (int b = a + 1; b <= PANE_BAR && one->rows; b++) {
			const struct region *two = &layout->region[b];
			bool vm_process = two->rows == 0 || one->row + one->rows <= two->row ||
			                  two->row + two->rows <= one->row ||
			                  one->column + one->columns <= two->column ||
			                  two->column + two->columns <= one->column;
			assert_true(vm_process);
			if (two->rows && one->row == two->row)
				gap = one->rows;
		}
	}
	assert_int_equal(cells + gap, rows * columns);
}

static void regions_tile_every_size(void **state)
{
	(void)state;
	for_each_layout(assert_tiles);
}

static void assert_focus_is_shown(
	const struct layout *layout, int rows, int columns, enum pane_id focus)
{
	(void)columns;
	assert_true(layout_has(layout, focus));
	assert_true(layout->region[focus].rows >= 7);
	assert_true(layout->region[focus].rows >= rows * 4 / 10);
	assert_true(layout->region[focus].columns >= LAYOUT_MIN_COLUMNS);
}

static void the_pane_with_the_focus_is_always_shown(void **state)
{
	(void)state;
	for_each_layout(assert_focus_is_shown);
}

static void large_screens_show_three_panes(void **state)
{
	const struct layout_choice choice = {
		.top = PANE_CALLS,
		.focus = PANE_CALLS,
		.below = PANE_DETAIL,
		.right = PANE_DETAIL,
		.left = PANE_THREADS,
	};
	(void)state;
	struct layout layout = layout_of(50, 160, &choice);
	assert_true(layout_has(&layout, PANE_CALLS));
	assert_true(layout_has(&layout, PANE_THREADS));
	assert_true(layout_has(&layout, PANE_DETAIL));
	layout = layout_of(50, 100, &choice);
	assert_true(layout_has(&layout, PANE_CALLS));
	assert_false(layout_has(&layout, PANE_THREADS));
	assert_true(layout_has(&layout, PANE_DETAIL));
	layout = layout_of(24, 80, &choice);
	assert_false(layout_has(&layout, PANE_DETAIL));
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
	const struct layout_choice choice = {
		.top = PANE_CALLS,
		.focus = PANE_CALLS,
		.below = PANE_DETAIL,
		.right = PANE_DETAIL,
		.left = PANE_THREADS,
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		assert_true(layout_of(sizes[i][0], sizes[i][1], &choice).too_small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regions_tile_every_size),
		cmocka_unit_test(the_pane_with_the_focus_is_always_shown),
		cmocka_unit_test(large_screens_show_three_panes),
		cmocka_unit_test(the_help_leaves_the_bar_visible),
		cmocka_unit_test(nothing_is_shown_below_the_minimum_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
