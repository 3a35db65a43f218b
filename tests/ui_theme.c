/* The theme: no meaning by colour alone, and no colour that is not there. */
#include "config.h"

#include "unit.h"

#include "ui/theme.h"

static void without_colours_meaning_stays(void **state)
{
	(void)state;
	for (int style = 0; style < STYLE_COUNT; style++) {
		struct look look = theme_look((enum style)style, 0);
		assert_int_equal(look.foreground, LOOK_DEFAULT);
		assert_int_equal(look.background, LOOK_DEFAULT);
	}
	assert_true(theme_look(STYLE_SELECTED, 0).attributes & LOOK_REVERSE);
	assert_int_not_equal(
		theme_look(STYLE_SORTED, 0).attributes, theme_look(STYLE_COLUMN, 0).attributes);
	assert_int_not_equal(theme_look(STYLE_ERROR, 0).attributes, 0);
}

static void colours_are_those_that_there_are(void **state)
{
	static const int palettes[] = {8, 16, 88, 256, 32767};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(palettes); i++) {
		for (int style = 0; style < STYLE_COUNT; style++) {
			struct look look = theme_look((enum style)style, palettes[i]);
			assert_true(look.foreground < palettes[i]);
			assert_true(look.background < palettes[i]);
		}
	}
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
		cmocka_unit_test(without_colours_meaning_stays),
		cmocka_unit_test(colours_are_those_that_there_are),
		cmocka_unit_test(no_color_is_respected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
