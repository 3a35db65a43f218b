/*
 * Rendering, by a terminal in miniature that gets the bytes: after each of a series of canvases it
 * shows that canvas, whatever it showed before, on terminals that differ in what they can do.
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

#include "base/alloc.h"
#include "out/glyph.h"
#include "support/random.h"
#include "ui/renderer.h"

#define ROWS    7
#define COLUMNS 23
#define ROUNDS  400

/* What a cell looks like: the numbers of SGR (ECMA-48). */
struct looks {
	bool bold, dim, underline, reverse;
	int foreground, background; /* -1: the default */
};

static const struct looks plain = {.foreground = -1, .background = -1};

/* A cell on the terminal. */
struct shown {
	uint32_t chars[CANVAS_CHARS];
	int width;
	struct looks looks;
};

/* The terminal. */
struct screen {
	struct shown cells[ROWS][COLUMNS];
	int row, column;
	struct looks looks;
	bool erases_colour;
	bool full; /* a character in the last column was written: the next one wraps */
};

static void blank(struct screen *screen, int row, int from, int to)
{
	struct looks looks = plain;
	if (screen->erases_colour)
		looks.background = screen->looks.background;
	for (int column = from; column < to; column++)
		screen->cells[row][column] = (struct shown){
			.chars = {' '}, .width = 1, .looks = looks};
}

static void put(struct screen *screen, uint32_t code)
{
	int width = glyph_width(code);
	if (width == 0) {
		struct shown *before = &screen->cells[screen->row][screen->column - 1];
		before -= before->width == 0;
		for (int i = 1; i < CANVAS_CHARS; i++) {
			if (before->chars[i])
				continue;
			before->chars[i] = code;
			return;
		}
		fail_msg("too many marks");
	}
	assert_false(screen->full);
	assert_true(screen->column + width <= COLUMNS);
	struct shown *cell = &screen->cells[screen->row][screen->column];
	/* Half a wide character is none. */
	if (cell->width == 0)
		blank(screen, screen->row, screen->column - 1, screen->column);
	if (screen->column + width < COLUMNS && cell[width].width == 0)
		blank(screen, screen->row, screen->column + width, screen->column + width + 1);
	*cell = (struct shown){.chars = {code}, .width = width, .looks = screen->looks};
	if (width == 2)
		cell[1] = (struct shown){.width = 0, .looks = screen->looks};
	screen->column += width;
	screen->full = screen->column == COLUMNS;
}

/* One number of "\e[...m", the COUNT of them at NUMBERS. Returns how many it takes. */
static int set_looks(struct screen *screen, const int *numbers, int count)
{
	struct looks *looks = &screen->looks;
	int number = numbers[0];
	switch (number) {
	case 0:
		*looks = plain;
		return 1;
	case 10: /* the default font */
		return 1;
	case 1:
		looks->bold = true;
		return 1;
	case 2:
		looks->dim = true;
		return 1;
	case 4:
		looks->underline = true;
		return 1;
	case 7:
		looks->reverse = true;
		return 1;
	case 38:
	case 48:
		assert_true(count >= 3 && numbers[1] == 5);
		*(number == 38 ? &looks->foreground : &looks->background) = numbers[2];
		return 3;
	}
	assert_true((number >= 30 && number < 38) || (number >= 40 && number < 48));
	*(number < 40 ? &looks->foreground : &looks->background) = number % 10;
	return 1;
}

/* What follows "\e[". Returns the end. */
static const char *sequence(struct screen *screen, const char *text)
{
	int numbers[8] = {0}, count = 0;
	for (;; text++) {
		assert_true(count < 8);
		char *end;
		numbers[count++] = (int)strtol(text, &end, 10);
		text = end;
		if (*text != ';')
			break;
	}
	switch (*text) {
	case 'H':
		screen->row = count > 1 ? numbers[0] - 1 : 0;
		screen->column = count > 1 ? numbers[1] - 1 : 0;
		assert_in_range(screen->row, 0, ROWS - 1);
		assert_in_range(screen->column, 0, COLUMNS - 1);
		screen->full = false;
		break;
	case 'J': /* to the end of the screen, or all of it */
		assert_true(numbers[0] == 2 || (screen->row == 0 && screen->column == 0));
		for (int row = 0; row < ROWS; row++)
			blank(screen, row, 0, COLUMNS);
		break;
	case 'K':
		assert_false(screen->full);
		blank(screen, screen->row, screen->column, COLUMNS);
		break;
	case 'm':
		for (int i = 0; i < count;)
			i += set_looks(screen, numbers + i, count - i);
		break;
	default:
		fail_msg("a sequence ends in %c", *text);
	}
	return text + 1;
}

static void feed(struct screen *screen, const char *text)
{
	while (*text) {
		if (strncmp(text, "\x1b[", 2) == 0)
			text = sequence(screen, text + 2);
		else if (strncmp(text, "\x1b(B", 3) == 0)
			text += 3;
		else if (*text == '\x0f')
			text++;
		else
			put(screen, glyph_next(&text));
	}
}

/* How cells of STYLE have to look. */
static struct looks looks_of(enum theme theme, enum style style, int colours)
{
	struct appearance appearance = theme_appearance(theme, style, colours);
	bool has_colour = appearance.foreground >= 0 || appearance.background >= 0;
	int ncv = has_colour && tigetnum("ncv") > 0 ? tigetnum("ncv") : 0;
	return (struct looks){
		.bold = appearance.attributes & APPEARANCE_BOLD && !(ncv & 32),
		.dim = appearance.attributes & APPEARANCE_DIM && !(ncv & 16) && tigetstr("dim"),
		.underline = appearance.attributes & APPEARANCE_UNDERLINE && !(ncv & 2),
		.reverse = appearance.attributes & APPEARANCE_REVERSE && !(ncv & 4),
		.foreground = appearance.foreground,
		.background = appearance.background,
	};
}

static bool is_same_look(const struct looks *a, const struct looks *b)
{
	return a->bold == b->bold && a->dim == b->dim && a->underline == b->underline &&
	       a->reverse == b->reverse && a->foreground == b->foreground &&
	       a->background == b->background;
}

/* The same for blanks, whose strokes nobody sees. */
static bool is_same_blank(const struct looks *a, const struct looks *b)
{
	return a->underline == b->underline && a->reverse == b->reverse &&
	       (a->reverse || a->background == b->background);
}

static void assert_shows(const struct screen *screen, const struct canvas *canvas, enum theme theme,
	int colours, bool skips_last)
{
	for (int row = 0; row < ROWS; row++) {
		for (int column = 0; column < COLUMNS; column++) {
			const struct canvas_cell *wanted = &canvas->cells[row * COLUMNS + column];
			const struct shown *shown = &screen->cells[row][column];
			struct looks looks = looks_of(theme, wanted->style, colours);
			if (skips_last && row == ROWS - 1 && column >= COLUMNS - 2)
				continue;
			assert_int_equal(shown->width, wanted->width);
			if (wanted->width == 0)
				continue;
			assert_memory_equal(shown->chars, wanted->chars, sizeof(shown->chars));
			bool is_blank = wanted->chars[0] == ' ' && !wanted->chars[1];
			assert_true(is_blank ? is_same_blank(&shown->looks, &looks)
					     : is_same_look(&shown->looks, &looks));
		}
	}
}

/* Changes something of CANVAS at random: a text, a style, a row, everything. */
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
		skip(); /* not every machine knows every terminal */
	int colours = theme_colours(tigetnum("colors"), NULL);
	bool skips_last = tigetflag("am") > 0 && tigetflag("xenl") <= 0;
	struct screen screen = {.looks = plain, .erases_colour = tigetflag("bce") > 0};
	uint64_t seed = 7;
	struct write_queue queue = {.fd = -1};
	struct renderer *renderer = renderer_new(false);
	struct canvas *canvas = canvas_new(ROWS, COLUMNS);
	for (int style = 0; style < STYLE_COUNT; style++) {
		struct appearance appearance = theme_appearance(theme, (enum style)style, colours);
		renderer_set_style(renderer, (enum style)style, &appearance);
	}
	/* Something else has written there before. */
	for (int row = 0; row < ROWS; row++) {
		for (int column = 0; column < COLUMNS; column++)
			screen.cells[row][column] = (struct shown){{'?'}, 1, plain};
	}
	for (int i = 0; i < ROUNDS; i++) {
		for (uint64_t changes = random_below(&seed, 9); changes-- > 0;)
			change(canvas, &seed);
		if (random_below(&seed, 50) == 0)
			renderer_forget(renderer);
		renderer_draw(renderer, canvas, &queue);
		write_queue_add(&queue, "", 1);
		feed(&screen, queue.data);
		write_queue_drop(&queue);
		assert_shows(&screen, canvas, theme, colours, skips_last);
		assert_true(is_same_look(&screen.looks, &plain));
		/* What is shown already costs no more than turning attributes off. */
		renderer_draw(renderer, canvas, &queue);
		assert_true(queue.size == 0);
		write_queue_drop(&queue);
	}
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

/* Erasing leaves no background there. */
static void canvases_are_shown_by_screen(void **state)
{
	(void)state;
	assert_renders("screen", THEME_CONTRAST);
}

/* A character in the last cell would scroll it. */
static void canvases_are_shown_by_a_terminal_that_wraps_at_once(void **state)
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
		cmocka_unit_test(canvases_are_shown_by_a_terminal_that_wraps_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
