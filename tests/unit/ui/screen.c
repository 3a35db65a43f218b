/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The screen as text: panes at all sizes, keys, the selection, the help, hostile names. */
#include "config.h"

#include "support/unit.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "out/glyph.h"
#include "support/fixture.h"
#include "ui/screen.h"

static const struct report_view by_total = {.order = {COLUMN_TOTAL, true}};
static const struct settings plain = {.delay_ns = NS_PER_S};

/* SCREEN drawn at a size; the caller frees the text. */
static char *shot(struct screen *screen, int rows, int width)
{
	struct canvas *canvas = canvas_new(rows, width);
	screen_draw(screen, canvas);
	char *text = canvas_text(canvas);
	canvas_free(canvas);
	return text;
}

/* A screen that shows FIXTURE's report. */
static struct screen *screen_of(struct fixture *fixture)
{
	struct screen *screen = screen_new(&by_total, &plain);
	fixture_make(fixture);
	screen_update(screen, &fixture->report);
	return screen;
}

static void assert_shows(struct screen *screen, int rows, int width, const char *part)
{
	char *text = shot(screen, rows, width);
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in\n%s", part, text);
	free(text);
}

static void assert_hides(struct screen *screen, int rows, int width, const char *part)
{
	char *text = shot(screen, rows, width);
	if (strstr(text, part))
		fail_msg("\"%s\" is in\n%s", part, text);
	free(text);
}

/* The text of the row drawn as selected, in BUF; "" if there is none. */
static char *selected_name(struct screen *screen, int rows, char buf[64])
{
	struct canvas *canvas = canvas_new(rows, 80);
	screen_draw(screen, canvas);
	size_t used = 0;
	for (int i = 0; i < canvas->rows * canvas->columns; i++) {
		const struct canvas_cell *cell = &canvas->cells[i];
		if (cell->style == STYLE_SELECTED && cell->chars[0] != ' ' && used < 60 &&
			i % canvas->columns < 12 && cell->chars[0] != 0x2502)
			used += glyph_encode(cell->chars[0], buf + used);
	}
	buf[used] = '\0';
	canvas_free(canvas);
	return buf;
}

static void looks_right_at_80x24(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	fixture.report.totals.time.last_ns[TIME_WAIT] = 75;
	fixture.report.totals.time.last_ns[TIME_USER] = 25;
	char *text = shot(screen, 24, 80);
	assert_string_equal(text,
		"evil\\x1b[31m\\n (1234)               12.3k calls/s   0.50 err/s  ptrace  00:00:10\n"
		"▶ nothing runs: 1234 evil\\x1b[31m\\n in futex for ~40.0s\n"
		"calls/s                     12.3k               errors/s                   0.50\n"
		"┌1 Calls───────────────────────────────────────────────────────────────────────┐\n"
		"│CALL                 CALLS  CALLS/s  ERRORS  ACTIVE      %TIME  ▼TOTAL     AVG│\n"
		"│futex                    0        0       0       1 ███▉  97.5  ~40.0s  ~40.0s│\n"
		"│read               1000000    12.3k       0       0 ▏     2.44   1.00s  1.00µs│\n"
		"│openat                  20     0.25      13       0       0.01   200µs  10.0µs│\n"
		"└──────────────────────────────────────────────────────────────────────────────┘\n"
		"┌3 nothing is selected─────────────────────────────────────────────────────────┐\n"
		"│                                                                              │\n"
		"│                                                                              │\n"
		"│                                                                              │\n"
		"│                                                                              │\n"
		"│                                                                              │\n"
		"│                                                                              │\n"
		"│                                                                              │\n"
		"│                                                                              │\n"
		"│                                                                              │\n"
		"│                                                                              │\n"
		"│                                                                              │\n"
		"│                                                                              │\n"
		"└──────────────────────────────────────────────────────────────────────────────┘\n"
		"h help  q quit  b stacks  F6 sort  Enter detail  M manual  Tab pane  H threads\n");
	free(text);
	screen_free(screen);
}

static void every_share_of_time_is_in_the_legend(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	fixture.report.totals.time.last_ns[TIME_USER] = 1;
	fixture.report.totals.time.last_ns[TIME_KERNEL] = 4;
	fixture.report.totals.time.last_ns[TIME_RUNNABLE] = 2;
	fixture.report.totals.time.last_ns[TIME_TRACED] = 13;
	fixture.report.totals.time.last_ns[TIME_WAIT] = 80;
	/* None is left out: the smallest have no name, and the bar is shorter. */
	assert_shows(screen, 40, 80, "█1%  ▓ kernel 4%  r2%  t traced 13%  · wait 80%");
	assert_shows(
		screen, 40, 132, "█ user 1%  ▓ kernel 4%  r runnable 2%  t traced 13%  · wait 80%");
	screen_free(screen);
}

/* Letters distinguish the classes where there are no colours, and are in the legend only elsewhere.
 */
static void bars_are_solid_where_there_are_colours(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	struct canvas *canvas = canvas_new(40, 80);
	(void)state;
	fixture.report.totals.time.last_ns[TIME_NETWORK] = 50;
	fixture.report.totals.time.last_ns[TIME_WAIT] = 50;
	assert_shows(screen, 40, 80, "NNNNN");
	canvas->has_colours = true;
	screen_draw(screen, canvas);
	char *text = canvas_text(canvas);
	assert_null(strstr(text, "NNNNN"));
	assert_non_null(strstr(text, "██████"));
	assert_non_null(strstr(text, "N network 50%"));
	free(text);
	canvas_free(canvas);
	screen_free(screen);
}

static void every_size_shows_what_matters(void **state)
{
	static const int sizes[][2] = {
		{10, 40}, {10, 250}, {16, 60}, {24, 80}, {24, 132}, {50, 160}, {70, 40}, {70, 250}};
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		int rows = sizes[i][0], width = sizes[i][1];
		assert_shows(screen, rows, width, "(1234)");
		assert_shows(screen, rows, width, "12.3k calls/s");
		assert_shows(screen, rows, width, "futex");
		assert_shows(screen, rows, width, "~40.0s");
		assert_shows(screen, rows, width, "▼TOTAL");
		assert_shows(screen, rows, width, "h help");
		assert_shows(screen, rows, width, "q quit");
	}
	screen_free(screen);
}

static void a_wide_screen_shows_every_column(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	char *text = shot(screen, 34, 270);
	assert_null(strstr(text, "%BLOCK"));
	free(text);
	fixture.calls[1].transfers = true;
	fixture.calls[1].bytes = 1000;
	fixture.calls[1].byte_rate = fixture.calls[1].size = 10;
	fixture.calls[1].usage.calls = 1;
	fixture.calls[1].split = (struct split){.calls = 1, .total_ns = 10};
	for (int id = 0; id < COLUMN_COUNT; id++)
		assert_shows(screen, 34, 270, call_columns[id].title);
	screen_free(screen);
}

static void a_too_small_screen_shows_a_message(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	assert_shows(screen, 9, 40, "40x9 is too small\nstop needs 40x10\n");
	assert_shows(screen, 10, 39, "39x10 is too small");
	free(shot(screen, 1, 1));
	screen_free(screen);
}

static void explains_why_it_is_empty(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_new(&by_total, &plain);
	(void)state;
	assert_shows(screen, 24, 80, "waiting for the first calls");
	fixture_make(&fixture);
	fixture.report.call_count = 0;
	screen_update(screen, &fixture.report);
	assert_shows(screen, 24, 80, "no calls of this kind yet");
	fixture.report.totals = (struct model_totals){0};
	screen_update(screen, &fixture.report);
	assert_shows(screen, 24, 80, "no calls yet");
	/* There is nothing to select: the keys are harmless. */
	screen_key(screen, KEYCODE_DOWN);
	screen_key(screen, KEYCODE_END);
	screen_key(screen, KEYCODE_PAGE_UP);
	assert_shows(screen, 24, 80, "no calls yet");
	screen_free(screen);
}

static void the_header_shows_optional_items(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	assert_hides(screen, 24, 120, "details lost");
	assert_hides(screen, 24, 120, "minimum");
	assert_hides(screen, 24, 120, "killed");
	fixture.report.cost.details_lost = 77;
	fixture.report.cost.minimum = MINIMUM_KNOWN;
	fixture.report.cost.minimum_ns = 13500;
	fixture.report.cost.share = 0.25;
	fixture.report.totals.ended = true;
	fixture.report.facts.exit_signal = 15;
	fixture.report.view.filter.classes = 1U << CLASS_FILE;
	assert_shows(screen, 24, 120, "details lost 77");
	assert_shows(screen, 24, 120, "slowdown ~25.0%");
	assert_shows(screen, 24, 120, "1 Calls─killed: SIGTERM · filter %file · details lost 77─");
	assert_shows(screen, 24, 120, "filter %file");
	screen_free(screen);
}

static void hostile_and_wide_names_do_not_break_the_lines(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	fixture.report.facts.name = "日本語e\u0301\x1b]0;owned\a\u202e";
	strcpy(fixture.calls[0].name, "\x1b[2Jx日本語日本語日本語日本語日本");
	for (int width = LAYOUT_MIN_COLUMNS; width < 130; width += 7) {
		char *text = shot(screen, 24, width);
		char *rest = text;
		for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
			assert_true(glyph_columns(line) <= width);
			assert_null(strchr(line, '\x1b'));
			assert_null(strchr(line, '\a'));
			assert_null(strstr(line, "\u202e"));
		}
		free(text);
	}
	assert_shows(screen, 24, 80, "日本語e\u0301\\x1b]0;owned\\a\\u202e (1234)");
	screen_free(screen);
}

static void numbers_that_are_too_long_do_not_look_smaller(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	fixture.calls[0].calls = UINT64_MAX;
	fixture.calls[0].total_ns = UINT64_MAX;
	fixture.calls[0].avg_ns = 0x1p64;
	assert_shows(screen, 24, 80, " 184467…");
	assert_shows(screen, 24, 80, " ~21350…");
	screen_free(screen);
}

static void the_sort_column_is_always_shown(void **state)
{
	struct fixture fixture;
	(void)state;
	for (int id = 0; id < COLUMN_COUNT; id++) {
		const struct report_view view = {.order = {(enum column_id)id, false}};
		struct screen *screen = screen_new(&view, &plain);
		char title[32];
		fixture_make(&fixture);
		screen_update(screen, &fixture.report);
		snprintf(title, sizeof(title), "▲%s", call_columns[id].title);
		assert_shows(screen, 10, 40, title);
		screen_free(screen);
	}
}

static void sort_keys_step_through_the_columns(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	assert_int_equal(screen_key(screen, '>'), UI_REQUEST_REPORT);
	assert_int_equal(screen_view(screen)->order.by, COLUMN_AVG);
	assert_true(screen_view(screen)->order.descending);
	assert_int_equal(screen_key(screen, 'I'), UI_REQUEST_REPORT);
	assert_false(screen_view(screen)->order.descending);
	for (int i = 0; i < COLUMN_COUNT; i++)
		screen_key(screen, '<');
	assert_int_equal(screen_view(screen)->order.by, COLUMN_CALL);
	assert_false(screen_view(screen)->order.descending);
	assert_int_equal(screen_key(screen, '<'), UI_REQUEST_NONE);
	for (int i = 0; i < COLUMN_COUNT; i++)
		screen_key(screen, '>');
	assert_int_equal(screen_view(screen)->order.by, COLUMN_COUNT - 1);
	screen_free(screen);
}

static void digits_choose_classes(void **state)
{
	static const struct {
		uint32_t key;
		uint32_t classes;
	} cases[] = {
		{'1', 1U << CLASS_FILE},
		{'2', 1U << CLASS_DESC},
		{'3', 1U << CLASS_NETWORK},
		{'4', 1U << CLASS_MEMORY},
		{'5', 1U << CLASS_PROCESS},
		{'6', 1U << CLASS_SIGNAL},
		{'7', 1U << CLASS_IPC},
		{'8', 1U << CLASS_CLOCK},
		{'9', 1U << CLASS_CREDS},
		{'0', 0},
	};
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_int_equal(screen_key(screen, cases[i].key), UI_REQUEST_REPORT);
		assert_int_equal(screen_view(screen)->filter.classes, cases[i].classes);
	}
	screen_free(screen);
}

static void keys_return_their_requests(void **state)
{
	static const struct {
		uint32_t key;
		enum ui_request request;
	} cases[] = {
		/* Here there is neither a log nor signals. */
		{'x', UI_REQUEST_REDRAW},
		{'l', UI_REQUEST_REDRAW},
		{'s', UI_REQUEST_SNAPSHOT},
		{'r', UI_REQUEST_RECORD},
		{'q', UI_REQUEST_QUIT},
		{KEYCODE_F1 + 9, UI_REQUEST_QUIT},
		{KEYCODE_CTRL('L'), UI_REQUEST_REPAINT},
		{KEYCODE_CTRL('Z'), UI_REQUEST_SUSPEND},
		{'z', UI_REQUEST_MARK},
		{'F', UI_REQUEST_FOLLOW},
		{'e', UI_REQUEST_REPORT},
		{'o', UI_REQUEST_SPLIT},
		{'C', UI_REQUEST_NONE},
		{KEYCODE_ESCAPE, UI_REQUEST_NONE},
		{0, UI_REQUEST_NONE},
		{UINT32_MAX, UI_REQUEST_NONE},
	};
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(screen_key(screen, cases[i].key), cases[i].request);
	screen_free(screen);
}

static void the_first_row_is_selected_until_the_user_selects(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	char name[64];
	(void)state;
	assert_string_equal(selected_name(screen, 24, name), "futex");
	call_rows_sort(fixture.calls, 3, (struct call_order){COLUMN_CALLS, true});
	screen_update(screen, &fixture.report);
	assert_string_equal(selected_name(screen, 24, name), "read");
	screen_free(screen);
}

static void the_selection_follows_the_call(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	char name[64];
	(void)state;
	/* The detail is on the screen: it needs a new report. */
	assert_int_equal(screen_key(screen, KEYCODE_DOWN), UI_REQUEST_REPORT);
	assert_string_equal(selected_name(screen, 24, name), "read");
	call_rows_sort(fixture.calls, 3, (struct call_order){COLUMN_CALLS, true});
	screen_update(screen, &fixture.report);
	assert_string_equal(selected_name(screen, 24, name), "read");
	call_rows_sort(fixture.calls, 3, (struct call_order){COLUMN_CALL, false});
	screen_update(screen, &fixture.report);
	assert_string_equal(selected_name(screen, 24, name), "read");
	/* Home unpins the selection. */
	screen_key(screen, KEYCODE_HOME);
	screen_update(screen, &fixture.report);
	assert_string_equal(selected_name(screen, 24, name), "futex");
	screen_free(screen);
}

static void a_selected_call_that_is_filtered_out_comes_back(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	char name[64];
	(void)state;
	screen_key(screen, KEYCODE_END);
	assert_string_equal(selected_name(screen, 24, name), "openat");
	fixture.report.call_count = 2;
	screen_update(screen, &fixture.report);
	assert_string_equal(selected_name(screen, 24, name), "read");
	fixture.report.call_count = 3;
	screen_update(screen, &fixture.report);
	assert_string_equal(selected_name(screen, 24, name), "openat");
	screen_free(screen);
}

static void a_long_table_scrolls_with_the_selection(void **state)
{
	enum { MANY = 300 };
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	struct call_row *rows = calloc(MANY, sizeof(*rows));
	char name[64];
	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		rows[i].call = (struct call){i, ABI_NATIVE};
		snprintf(rows[i].name, sizeof(rows[i].name), "call_%03u", i);
	}
	fixture.report.calls = rows;
	fixture.report.call_count = MANY;
	screen_update(screen, &fixture.report);
	/* The table has 24 - 3 - 6 - 1 rows, and the detail the rest. */
	assert_string_equal(selected_name(screen, 24, name), "call_000");
	screen_key(screen, KEYCODE_PAGE_DOWN);
	assert_string_equal(selected_name(screen, 24, name), "call_013");
	screen_key(screen, KEYCODE_END);
	assert_string_equal(selected_name(screen, 24, name), "call_299");
	assert_shows(screen, 24, 80, "call_287");
	assert_hides(screen, 24, 80, "call_286");
	screen_key(screen, KEYCODE_UP);
	assert_string_equal(selected_name(screen, 24, name), "call_298");
	assert_shows(screen, 24, 80, "call_299");
	/* It stays on the screen at another size, and when the table shrinks. */
	assert_string_equal(selected_name(screen, 10, name), "call_298");
	assert_shows(screen, 70, 80, "call_271");
	fixture.report.call_count = 100;
	screen_update(screen, &fixture.report);
	assert_string_equal(selected_name(screen, 24, name), "call_099");
	assert_shows(screen, 24, 80, "call_087");
	screen_key(screen, KEYCODE_HOME);
	assert_string_equal(selected_name(screen, 24, name), "call_000");
	screen_free(screen);
	free(rows);
}

static void the_help_has_every_key(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	assert_int_equal(screen_key(screen, 'h'), UI_REQUEST_REDRAW);
	for (size_t i = 0; i < key_binding_count; i++) {
		assert_shows(screen, 55, 80, key_bindings[i].names);
		assert_shows(screen, 55, 80, key_bindings[i].help);
	}
	assert_hides(screen, 55, 80, "futex");
	assert_int_equal(screen_key(screen, 'q'), UI_REQUEST_REDRAW);
	assert_shows(screen, 40, 80, "futex");
	assert_int_equal(screen_key(screen, 'q'), UI_REQUEST_QUIT);
	screen_free(screen);
}

static void the_help_scrolls_if_it_does_not_fit(void **state)
{
	const char *last = key_bindings[key_binding_count - 1].help;
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	screen_key(screen, KEYCODE_F1);
	assert_shows(screen, 10, 40, key_bindings[0].help);
	assert_hides(screen, 10, 40, last);
	screen_key(screen, KEYCODE_DOWN);
	assert_hides(screen, 10, 40, key_bindings[0].help);
	screen_key(screen, KEYCODE_END);
	screen_key(screen, KEYCODE_UP);
	(void)last;
	/* A larger terminal shows all of it. */
	assert_shows(screen, 55, 80, key_bindings[0].help);
	screen_key(screen, 'x');
	assert_shows(screen, 10, 40, "futex");
	screen_free(screen);
}

/* SCREEN gets the next report of FIXTURE, NS later. */
static void report_later(struct screen *screen, struct fixture *fixture, uint64_t ns)
{
	fixture->report.facts.now_ns += ns;
	screen_view(screen);
	screen_update(screen, &fixture->report);
}

static void rows_stay_where_they_are_for_a_while(void **state)
{
	static const uint32_t keys[] = {'R', '>', 'I', 'e', '1', 'i'};
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	assert_non_null(screen_view(screen)->calls_were);
	assert_int_equal(screen_view(screen)->calls_were->count, 3);
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		screen_key(screen, keys[i]);
		assert_null(screen_view(screen)->calls_were);
		report_later(screen, &fixture, NS_PER_S);
		assert_non_null(screen_view(screen)->calls_were);
	}
	/* Without a key they are sorted after 5 s, with one later. */
	report_later(screen, &fixture, 3 * NS_PER_S);
	assert_non_null(screen_view(screen)->calls_were);
	screen_key(screen, KEYCODE_DOWN);
	report_later(screen, &fixture, 4 * NS_PER_S);
	assert_non_null(screen_view(screen)->calls_were);
	report_later(screen, &fixture, 2 * NS_PER_S);
	assert_null(screen_view(screen)->calls_were);
	report_later(screen, &fixture, NS_PER_S);
	assert_non_null(screen_view(screen)->calls_were);
	screen_free(screen);
}

static void digits_with_alt_select_panes(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	screen_key(screen, KEYCODE_ALT(2));
	screen_update(screen, &fixture.report);
	assert_shows(screen, 24, 80, "┌2 Threads─");
	assert_shows(screen, 24, 80, "D dead");
	screen_key(screen, KEYCODE_ALT(5));
	assert_true(screen_view(screen)->files);
	assert_shows(screen, 24, 80, "┌5 Files and peers─");
	screen_key(screen, KEYCODE_ALT(4));
	assert_shows(screen, 24, 80, "┌4 Stacks");
	assert_shows(screen, 24, 80, "m modules");
	screen_key(screen, KEYCODE_ALT(1));
	assert_shows(screen, 24, 80, "┌1 Calls─");
	screen_free(screen);
}

static void the_second_page_of_the_help_is_about_the_engine(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	fixture.report.facts.engine_reason = "BPF needs CAP_BPF\x1b[2J";
	fixture.report.cost.minimum = MINIMUM_KNOWN;
	fixture.report.cost.minimum_ns = 13500;
	screen_key(screen, KEYCODE_F1);
	screen_key(screen, KEYCODE_F1);
	assert_shows(screen, 24, 80, "why this one        BPF needs CAP_BPF\\x1b[2J");
	assert_shows(screen, 24, 80, "minimum measurable  13.5µs");
	assert_shows(screen, 24, 80, "stop itself         15.0% of a CPU");
	screen_key(screen, KEYCODE_F1);
	assert_shows(screen, 24, 80, "1 Calls");
	screen_free(screen);
}

static void a_message_stays_until_the_next_key(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	screen_message(screen, false, "wrote stop-x-1.txt and .json");
	assert_shows(screen, 24, 80, "\nwrote stop-x-1.txt and .json\n");
	assert_hides(screen, 24, 80, "h help");
	screen_update(screen, &fixture.report);
	assert_shows(screen, 24, 80, "wrote");
	assert_int_equal(screen_key(screen, 'C'), UI_REQUEST_REDRAW);
	assert_hides(screen, 24, 80, "wrote");
	assert_shows(screen, 24, 80, "h help");
	screen_free(screen);
}

static void news_leave_a_message_the_time_to_be_read(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	screen_message(screen, false, "wrote stop-x-1.txt and .json");
	screen_news(screen, "3 calls were not seen");
	assert_shows(screen, 24, 80, "wrote");
	fixture.report.facts.now_ns += NS_PER_S;
	screen_update(screen, &fixture.report);
	assert_shows(screen, 24, 80, "wrote");
	fixture.report.facts.now_ns += 2 * NS_PER_S;
	screen_update(screen, &fixture.report);
	assert_shows(screen, 24, 80, "\n3 calls were not seen\n");
	screen_key(screen, 'C');
	screen_news(screen, "4 calls were not seen");
	assert_shows(screen, 24, 80, "\n4 calls were not seen\n");
	screen_free(screen);
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_right_at_80x24),
		cmocka_unit_test(every_share_of_time_is_in_the_legend),
		cmocka_unit_test(bars_are_solid_where_there_are_colours),
		cmocka_unit_test(every_size_shows_what_matters),
		cmocka_unit_test(a_wide_screen_shows_every_column),
		cmocka_unit_test(a_too_small_screen_shows_a_message),
		cmocka_unit_test(explains_why_it_is_empty),
		cmocka_unit_test(the_header_shows_optional_items),
		cmocka_unit_test(hostile_and_wide_names_do_not_break_the_lines),
		cmocka_unit_test(numbers_that_are_too_long_do_not_look_smaller),
		cmocka_unit_test(the_sort_column_is_always_shown),
		cmocka_unit_test(sort_keys_step_through_the_columns),
		cmocka_unit_test(digits_choose_classes),
		cmocka_unit_test(keys_return_their_requests),
		cmocka_unit_test(the_first_row_is_selected_until_the_user_selects),
		cmocka_unit_test(the_selection_follows_the_call),
		cmocka_unit_test(a_selected_call_that_is_filtered_out_comes_back),
		cmocka_unit_test(a_long_table_scrolls_with_the_selection),
		cmocka_unit_test(the_help_has_every_key),
		cmocka_unit_test(the_help_scrolls_if_it_does_not_fit),
		cmocka_unit_test(a_message_stays_until_the_next_key),
		cmocka_unit_test(news_leave_a_message_the_time_to_be_read),
		cmocka_unit_test(rows_stay_where_they_are_for_a_while),
		cmocka_unit_test(digits_with_alt_select_panes),
		cmocka_unit_test(the_second_page_of_the_help_is_about_the_engine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
