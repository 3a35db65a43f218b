/* The layout, at every size from the least to a large one. */
#include "config.h"

#include "unit.h"

#include "ui/layout.h"

static void regions_tile_every_size(void **state)
{
	(void)state;
	for (int rows = LAYOUT_MIN_ROWS; rows <= 70; rows++) {
		for (int width = LAYOUT_MIN_COLUMNS; width <= 250; width++) {
			struct layout layout = layout_of(rows, width);
			int next = 0;
			assert_false(layout.too_small);
			for (int id = PANE_HEADER; id <= PANE_BAR; id++) {
				const struct region *region = &layout.region[id];
				if (id == PANE_STACKS) /* lies over the calls */
					continue;
				assert_int_equal(region->row, next);
				assert_int_equal(region->column, 0);
				assert_int_equal(region->columns, width);
				assert_true(region->rows > 0);
				next += region->rows;
			}
			assert_int_equal(next, rows);
		}
	}
}

static void the_table_gets_most_of_the_screen(void **state)
{
	(void)state;
	for (int rows = LAYOUT_MIN_ROWS; rows <= 70; rows++) {
		struct layout layout = layout_of(rows, 80);
		assert_true(layout.region[PANE_CALLS].rows >= rows * 6 / 10);
	}
}

static void the_help_leaves_the_bar_visible(void **state)
{
	(void)state;
	for (int rows = LAYOUT_MIN_ROWS; rows <= 70; rows++) {
		for (int width = LAYOUT_MIN_COLUMNS; width <= 250; width += 10) {
			struct layout layout = layout_of(rows, width);
			const struct region *help = &layout.region[PANE_HELP];
			assert_true(help->row >= 0 && help->column >= 0);
			assert_true(help->rows >= 8 && help->columns >= 40);
			assert_true(help->column + help->columns <= width);
			assert_true(help->row + help->rows <= layout.region[PANE_BAR].row);
		}
	}
}

static void below_the_least_size_nothing_fits(void **state)
{
	static const int sizes[][2] = {{9, 40}, {10, 39}, {1, 1}, {0, 0}, {9, 250}, {70, 39}};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++)
		assert_true(layout_of(sizes[i][0], sizes[i][1]).too_small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regions_tile_every_size),
		cmocka_unit_test(the_table_gets_most_of_the_screen),
		cmocka_unit_test(the_help_leaves_the_bar_visible),
		cmocka_unit_test(below_the_least_size_nothing_fits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
