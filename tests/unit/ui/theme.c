/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The themes: no meaning is conveyed by colour alone, and no colour is out of range. */
#include "config.h"

#include "support/unit.h"

#include "ui/theme.h"

static void without_colours_styles_differ_by_attributes(void **state)
{
	(void)state;
	for (int theme = 0; theme < THEME_COUNT; theme++) {
		for (int style = 0; style < STYLE_COUNT; style++) {
			struct appearance appearance = theme_appearance(
				(enum theme)theme, (enum style)style, 0);
			assert_int_equal(appearance.foreground, APPEARANCE_DEFAULT);
			assert_int_equal(appearance.background, APPEARANCE_DEFAULT);
		}
	}
	assert_true(
		theme_appearance(THEME_DARK, STYLE_SELECTED, 0).attributes & APPEARANCE_REVERSE);
	assert_int_not_equal(theme_appearance(THEME_DARK, STYLE_SORTED, 0).attributes,
		theme_appearance(THEME_DARK, STYLE_COLUMN, 0).attributes);
	assert_int_not_equal(theme_appearance(THEME_DARK, STYLE_ERROR, 0).attributes, 0);
}

static void colours_are_within_the_palette(void **state)
{
	static const int palettes[] = {8, 16, 88, 256, 32767, 1 << 24};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(palettes); i++) {
		for (int at = 0; at < THEME_COUNT * STYLE_COUNT; at++) {
			struct appearance appearance = theme_appearance(
				(enum theme)(at / STYLE_COUNT), (enum style)(at % STYLE_COUNT),
				palettes[i]);
			assert_true(appearance.foreground < palettes[i]);
			assert_true(appearance.background < palettes[i]);
		}
	}
}

/* A style missing from a theme would look like plain text, which the selection must not. */
static void every_theme_highlights_the_selection(void **state)
{
	static const enum style styles[] = {STYLE_SELECTED, STYLE_COLUMN, STYLE_SORTED, STYLE_ERROR,
		STYLE_WARNING, STYLE_CURSOR, STYLE_MENU_TITLE};
	(void)state;
	for (int theme = 0; theme < THEME_COUNT; theme++) {
		struct appearance text = theme_appearance((enum theme)theme, STYLE_TEXT, 256);
		for (size_t i = 0; i < COUNT_OF(styles); i++) {
			struct appearance appearance = theme_appearance(
				(enum theme)theme, styles[i], 256);
			assert_memory_not_equal(&appearance, &text, sizeof(appearance));
		}
	}
}

static void themes_have_names(void **state)
{
	(void)state;
	for (int theme = 0; theme < THEME_COUNT; theme++)
		assert_int_equal(theme_by_name(theme_name((enum theme)theme)), theme);
	assert_int_equal(theme_by_name("pink"), THEME_COUNT);
}

static void no_color_is_respected(void **state)
{
	(void)state;
	assert_int_equal(theme_colours(256, NULL), 256);
	assert_int_equal(theme_colours(256, ""), 256);
	assert_int_equal(theme_colours(256, "1"), 0);
	assert_int_equal(theme_colours(256, "0"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_colours_styles_differ_by_attributes),
		cmocka_unit_test(colours_are_within_the_palette),
		cmocka_unit_test(every_theme_highlights_the_selection),
		cmocka_unit_test(themes_have_names),
		cmocka_unit_test(no_color_is_respected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
