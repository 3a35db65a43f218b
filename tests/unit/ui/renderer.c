/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rendering, checked with a minimal terminal emulator: after each of a series of canvases it shows
 * that canvas, whatever it showed before. Tries terminals with different capabilities.
 */
#include "config.h"

#include "support/unit.h"

#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <curses.h>
#include <term.h>
#undef columns
#undef lines

#include "support/random.h"
#include "support/vt.h"
#include "ui/renderer.h"

#define ROWS    7
#define COLUMNS 23
#define ROUNDS  400

/* The expected appearance of cells of STYLE. */
static struct vt_appearance expected_appearance(enum theme theme, enum style style, int colours)
{
	struct appearance appearance = theme_appearance(theme, style, colours);
	bool has_colour = appearance.foreground >= 0 || appearance.background >= 0;
	int ncv = has_colour && tigetnum("ncv") > 0 ? tigetnum("ncv") : 0;
	return (struct vt_appearance){
		.bold = appearance.attributes & APPEARANCE_BOLD && !(ncv & 32),
		.dim = appearance.attributes & APPEARANCE_DIM && !(ncv & 16) && tigetstr("dim"),
		.underline = appearance.attributes & APPEARANCE_UNDERLINE && !(ncv & 2),
		.reverse = appearance.attributes & APPEARANCE_REVERSE && !(ncv & 4),
		.foreground = appearance.foreground,
		.background = appearance.background,
	};
}

static bool is_same_appearance(const struct vt_appearance *a, const struct vt_appearance *b)
{
	return a->bold == b->bold && a->dim == b->dim && a->underline == b->underline &&
	       a->reverse == b->reverse && a->foreground == b->foreground &&
	       a->background == b->background;
}

/* The same for blanks, on which attributes of the text are invisible. */
static bool is_same_blank(const struct vt_appearance *a, const struct vt_appearance *b)
{
	return a->underline == b->underline && a->reverse == b->reverse &&
	       (a->reverse || a->background == b->background);
}

static void assert_shows(const struct vt *vt, const struct canvas *canvas, enum theme theme,
	int colours, bool skips_last)
{
	for (int row = 0; row < ROWS; row++) {
		for (int column = 0; column < COLUMNS; column++) {
			const struct canvas_cell *wanted = &canvas->cells[row * COLUMNS + column];
			const struct vt_cell *shown = &vt->cells[row * COLUMNS + column];
			struct vt_appearance appearance = expected_appearance(
				theme, wanted->style, colours);
			if (skips_last && row == ROWS - 1 && column >= COLUMNS - 2)
				continue;
			assert_int_equal(shown->width, wanted->width);
			if (wanted->width == 0)
				continue;
			assert_memory_equal(shown->chars, wanted->chars, sizeof(shown->chars));
			bool is_blank = wanted->chars[0] == ' ' && !wanted->chars[1];
			assert_true(is_blank ? is_same_blank(&shown->appearance, &appearance)
					     : is_same_appearance(&shown->appearance, &appearance));
		}
	}
}

/* Randomly changes a text, a style, a row, or all of CANVAS. */
static void change(struct canvas *canvas, uint64_t *seed)
{
	static const char *const texts[] = {"x", "futex", "12.3µs", "日本", "e\u0301", "▁██▇▅",
		"   ", "日", "          ", "a long text that is cut off at the edge"};
	struct area area = canvas_area(canvas);
	int row = (int)random_below(seed, ROWS);
	int column = (int)random_below(seed, COLUMNS);
	enum style style = (enum style)random_below(seed, STYLE_COUNT);
	switch (random_below(seed, 8)) {
	case 0:
		area_restyle(area, row, style);
		break;
	case 1:
		area_fill(area_part(area, row, column, 2, COLUMNS), style);
		break;
	case 2:
		if (random_below(seed, 20) == 0)
			canvas_clear(canvas);
		break;
	default:
		area_put(area, row, column, style, texts[random_below(seed, COUNT_OF(texts))]);
	}
}

static void assert_renders(const char *term, enum theme theme)
{
	int error;
	if (setupterm(term, 1, &error) != OK)
		skip(); /* its terminfo entry is not installed */
	int colours = theme_colours(tigetnum("colors"), NULL);
	bool skips_last = tigetflag("am") > 0 && tigetflag("xenl") <= 0;
	struct vt vt;
	uint64_t seed = 7;
	struct write_queue queue = {.fd = -1};
	struct renderer *renderer = renderer_new(false);
	struct canvas *canvas = canvas_new(ROWS, COLUMNS);
	for (int style = 0; style < STYLE_COUNT; style++) {
		struct appearance appearance = theme_appearance(theme, (enum style)style, colours);
		renderer_set_style(renderer, (enum style)style, &appearance);
	}
	/* The initial contents are unknown. */
	vt_init(&vt, ROWS, COLUMNS);
	vt.erases_colour = tigetflag("bce") > 0;
	for (int i = 0; i < ROWS * COLUMNS; i++)
		vt.cells[i].chars[0] = '?';
	for (int i = 0; i < ROUNDS; i++) {
		for (uint64_t changes = random_below(&seed, 9); changes-- > 0;)
			change(canvas, &seed);
		if (random_below(&seed, 50) == 0)
			renderer_forget(renderer);
		renderer_draw(renderer, canvas, &queue);
		assert_int_equal(vt_feed(&vt, queue.data, queue.size), queue.size);
		write_queue_drop(&queue);
		assert_int_equal(vt.errors, 0);
		assert_shows(&vt, canvas, theme, colours, skips_last);
		assert_true(is_same_appearance(&vt.appearance, &vt_plain));
		/* For the same canvas, only attributes are turned off. */
		renderer_draw(renderer, canvas, &queue);
		assert_true(queue.size == 0);
		write_queue_drop(&queue);
	}
	vt_clear(&vt);
	canvas_free(canvas);
	renderer_free(renderer);
	write_queue_clear(&queue);
	del_curterm(cur_term);
}

static void canvases_are_shown_by_xterm(void **state)
{
	(void)state;
	assert_renders("xterm-256color", THEME_DARK);
	assert_renders("xterm-256color", THEME_CONTRAST);
}

static void canvases_are_shown_by_the_console(void **state)
{
	(void)state;
	assert_renders("linux", THEME_LIGHT);
	assert_renders("linux", THEME_CONTRAST);
}

/* Without colours. */
static void canvases_are_shown_by_a_vt100(void **state)
{
	(void)state;
	assert_renders("vt100", THEME_DARK);
}

/* There, erased cells do not get the current background. */
static void canvases_are_shown_by_screen(void **state)
{
	(void)state;
	assert_renders("screen", THEME_CONTRAST);
}

/* A character in the last cell would scroll it. */
static void canvases_are_shown_by_a_terminal_that_wraps_immediately(void **state)
{
	(void)state;
	assert_renders("ansi", THEME_DARK);
}

int main(void)
{
	setlocale(LC_ALL, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canvases_are_shown_by_xterm),
		cmocka_unit_test(canvases_are_shown_by_the_console),
		cmocka_unit_test(canvases_are_shown_by_a_vt100),
		cmocka_unit_test(canvases_are_shown_by_screen),
		cmocka_unit_test(canvases_are_shown_by_a_terminal_that_wraps_immediately),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
