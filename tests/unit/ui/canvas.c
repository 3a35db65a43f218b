/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The canvas: clipping, wide and combining characters, cells that are too narrow. */
#include "config.h"

#include "support/unit.h"

#include <locale.h>
#include <stdlib.h>

#include "ui/canvas.h"

/* Asserts that CANVAS shows TEXT. */
static void assert_shows(const struct canvas *canvas, const char *text)
{
	char *shown = canvas_text(canvas);
	assert_string_equal(shown, text);
	free(shown);
}

static void is_initially_blank(void **state)
{
	struct canvas *canvas = canvas_new(2, 5);
	(void)state;
	assert_shows(canvas, "\n\n");
	canvas_free(canvas);
}

static void clips_at_all_edges(void **state)
{
	static const struct {
		int row, column;
		const char *text, *shown;
	} cases[] = {
		{0, 0, "abcdefgh", "abcd\n\n"},
		{1, 2, "abcdefgh", "\n  ab\n"},
		{0, -2, "abcdefgh", "cdef\n\n"},
		{0, 9, "abc", "\n\n"},
		{-1, 0, "abc", "\n\n"},
		{2, 0, "abc", "\n\n"},
		{0, -3, "abc", "\n\n"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct canvas *canvas = canvas_new(2, 4);
		area_put(canvas_area(canvas), cases[i].row, cases[i].column, STYLE_TEXT,
			cases[i].text);
		assert_shows(canvas, cases[i].shown);
		canvas_free(canvas);
	}
}

static void an_area_clips_too(void **state)
{
	struct canvas *canvas = canvas_new(3, 10);
	struct area area = area_part(canvas_area(canvas), 1, 3, 1, 4);
	(void)state;
	area_put(area, 0, 0, STYLE_TEXT, "abcdefgh");
	area_put(area, 1, 0, STYLE_TEXT, "below");
	area_put(area, 0, -2, STYLE_TEXT, "XYZ");
	assert_shows(canvas, "\n   Zbcd\n\n");
	canvas_free(canvas);
}

static void a_part_never_leaves_its_area(void **state)
{
	static const int cases[][4] = {
		{-1, -1, 100, 100}, {2, 2, 100, 100}, {9, 9, 1, 1}, {0, 0, -1, -1}};
	struct canvas *canvas = canvas_new(4, 4);
	struct area whole = area_part(canvas_area(canvas), 1, 1, 2, 2);
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct area part = area_part(
			whole, cases[i][0], cases[i][1], cases[i][2], cases[i][3]);
		assert_in_range(part.row, 1, 3);
		assert_in_range(part.column, 1, 3);
		assert_in_range(part.rows, 0, 3 - part.row);
		assert_in_range(part.columns, 0, 3 - part.column);
	}
	canvas_free(canvas);
}

static void wide_characters_are_whole_or_blank(void **state)
{
	static const struct {
		int column;
		const char *text, *shown;
	} cases[] = {
		{0, "日本x", "日本x\n"},
		{0, "abcd日", "abcd\n"}, /* half of it would fit */
		{-1, "日ab", " ab\n"},
		{3, "日本", "   日\n"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct canvas *canvas = canvas_new(1, 5);
		area_put(canvas_area(canvas), 0, cases[i].column, STYLE_TEXT, cases[i].text);
		assert_shows(canvas, cases[i].shown);
		canvas_free(canvas);
	}
}

static void overwriting_half_of_a_wide_character_blanks_the_other(void **state)
{
	static const struct {
		int column;
		const char *over, *shown;
	} cases[] = {
		{0, "x", "x 本\n"},
		{1, "x", " x本\n"},
		{2, "x", "日x\n"},
		{1, "語", " 語\n"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct canvas *canvas = canvas_new(1, 4);
		area_put(canvas_area(canvas), 0, 0, STYLE_TEXT, "日本");
		area_put(canvas_area(canvas), 0, cases[i].column, STYLE_TEXT, cases[i].over);
		assert_shows(canvas, cases[i].shown);
		canvas_free(canvas);
	}
}

static void filling_over_half_of_a_wide_character_blanks_it(void **state)
{
	struct canvas *canvas = canvas_new(1, 4);
	(void)state;
	area_put(canvas_area(canvas), 0, 0, STYLE_TEXT, "日本");
	area_fill(area_part(canvas_area(canvas), 0, 1, 1, 2), STYLE_TEXT);
	assert_shows(canvas, "\n");
	canvas_free(canvas);
}

static void marks_combine(void **state)
{
	struct canvas *canvas = canvas_new(1, 4);
	(void)state;
	int end = area_put(canvas_area(canvas), 0, 0, STYLE_TEXT, "e\u0301x");
	assert_int_equal(end, 2);
	assert_shows(canvas, "e\u0301x\n");
	/* A combining mark without a base character, and more marks than a cell can hold. */
	area_put(canvas_area(canvas), 0, 0, STYLE_TEXT, "\u0301a");
	assert_int_equal(canvas->cells[0].chars[0], 'a');
	area_put(canvas_area(canvas), 0, 0, STYLE_TEXT,
		"b\u0301\u0302\u0303\u0304\u0305\u0306\u0307");
	assert_int_equal(canvas->cells[0].chars[CANVAS_CHARS - 1], 0x304);
	canvas_free(canvas);
}

static void control_characters_are_replaced(void **state)
{
	struct canvas *canvas = canvas_new(1, 8);
	(void)state;
	area_put(canvas_area(canvas), 0, 0, STYLE_TEXT, "a\x1b[\x9b\n\xc2\x9b");
	for (int i = 0; i < 8; i++) {
		uint32_t code = canvas->cells[i].chars[0];
		assert_true(code >= 0x20 && (code < 0x7f || code >= 0xa0));
	}
	canvas_free(canvas);
}

static void cells_align_and_truncate(void **state)
{
	static const struct {
		int right;
		const char *text, *shown;
	} cases[] = {
		{false, "ab", "[ab    ]\n"},
		{true, "12.3µs", "[12.3µs]\n"},
		{true, "12", "[    12]\n"},
		{true, "1234567", "[12345…]\n"},
		{false, "日本語文", "[日本… ]\n"},
		{true, "", "[      ]\n"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct canvas *canvas = canvas_new(1, 8);
		area_put(canvas_area(canvas), 0, 0, STYLE_TEXT, "[xxxxxx]");
		area_put_cell(
			canvas_area(canvas), 0, 1, 6, cases[i].right, STYLE_TEXT, cases[i].text);
		assert_shows(canvas, cases[i].shown);
		canvas_free(canvas);
	}
}

static void a_style_covers_a_row(void **state)
{
	struct canvas *canvas = canvas_new(2, 3);
	(void)state;
	area_restyle(canvas_area(canvas), 1, STYLE_SELECTED);
	area_restyle(canvas_area(canvas), 2, STYLE_ERROR);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(canvas->cells[i].style, STYLE_TEXT);
		assert_int_equal(canvas->cells[3 + i].style, STYLE_SELECTED);
	}
	canvas_free(canvas);
}

static void has_at_least_one_cell(void **state)
{
	struct canvas *canvas = canvas_new(0, -5);
	(void)state;
	assert_int_equal(canvas->rows, 1);
	assert_int_equal(canvas->columns, 1);
	area_put(canvas_area(canvas), 0, 0, STYLE_TEXT, "日");
	assert_shows(canvas, "\n");
	canvas_free(canvas);
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_initially_blank),
		cmocka_unit_test(clips_at_all_edges),
		cmocka_unit_test(an_area_clips_too),
		cmocka_unit_test(a_part_never_leaves_its_area),
		cmocka_unit_test(wide_characters_are_whole_or_blank),
		cmocka_unit_test(overwriting_half_of_a_wide_character_blanks_the_other),
		cmocka_unit_test(filling_over_half_of_a_wide_character_blanks_it),
		cmocka_unit_test(marks_combine),
		cmocka_unit_test(control_characters_are_replaced),
		cmocka_unit_test(cells_align_and_truncate),
		cmocka_unit_test(a_style_covers_a_row),
		cmocka_unit_test(has_at_least_one_cell),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
