/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text tables: widths, alignment, rules, no blanks at the ends of lines. */
#include "config.h"

#include "support/unit.h"

#include <locale.h>
#include <stdlib.h>

#include "out/grid.h"

/* GRID as text; frees GRID. */
static char *text_of(struct grid *grid, int indent, bool ascii)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	grid_write(grid, stream, indent, ascii);
	fclose(stream);
	grid_free(grid);
	return text;
}

static struct grid *two_columns(void)
{
	struct grid *grid = grid_new(2);
	grid_title(grid, 0, "N", true);
	grid_title(grid, 1, "NAME", false);
	return grid;
}

static void is_as_wide_as_its_content(void **state)
{
	struct grid *grid = two_columns();
	(void)state;
	grid_rule(grid);
	grid_cell(grid, "1234567");
	grid_cell(grid, "a");
	grid_cell(grid, "5");
	grid_cell(grid, "longer than its title");
	char *text = text_of(grid, 0, false);
	assert_string_equal(text, "      N  NAME\n"
				  "-------  ---------------------\n"
				  "1234567  a\n"
				  "      5  longer than its title\n");
	free(text);
}

static void counts_columns_not_bytes(void **state)
{
	struct grid *grid = two_columns();
	(void)state;
	grid_cell(grid, "12µs");
	grid_cell(grid, "日本");
	grid_cell(grid, "12ns");
	grid_cell(grid, "x");
	char *text = text_of(grid, 1, false);
	assert_string_equal(text, "    N  NAME\n"
				  " 12µs  日本\n"
				  " 12ns  x\n");
	free(text);
}

static void leaves_empty_cells_blank(void **state)
{
	struct grid *grid = grid_new(3);
	(void)state;
	grid_title(grid, 0, "A", true);
	grid_title(grid, 1, "B", true);
	grid_title(grid, 2, "C", true);
	grid_cell(grid, "1");
	grid_cell(grid, "");
	grid_cell(grid, "3");
	grid_cell(grid, "1");
	grid_cell(grid, "");
	grid_cell(grid, "");
	char *text = text_of(grid, 0, false);
	assert_string_equal(text, "A  B  C\n"
				  "1     3\n"
				  "1\n");
	free(text);
}

static void can_be_ascii(void **state)
{
	struct grid *grid = two_columns();
	(void)state;
	grid_cell(grid, "12µs");
	grid_cell(grid, "a…");
	char *text = text_of(grid, 0, true);
	assert_string_equal(text, "   N  NAME\n"
				  "12us  a>\n");
	free(text);
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_as_wide_as_its_content),
		cmocka_unit_test(counts_columns_not_bytes),
		cmocka_unit_test(leaves_empty_cells_blank),
		cmocka_unit_test(can_be_ascii),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
