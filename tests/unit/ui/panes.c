/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other panes, the menus and the prompts as text, with the keys that open them. */
#include "config.h"

#include "support/unit.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "event/filter.h"
#include "out/glyph.h"
#include "support/fixture.h"
#include "ui/screen.h"

static const struct report_view by_total = {.order = {COLUMN_TOTAL, true}};
static const struct settings plain = {.delay_ns = NS_PER_S};

/* A screen that shows FIXTURE's report. */
static struct screen *screen_of(struct fixture *fixture)
{
	struct screen *screen = screen_new(&by_total, &plain);
	fixture_make(fixture);
	screen_update(screen, &fixture->report);
	return screen;
}

static char *shot(struct screen *screen, int rows, int columns)
{
	struct canvas *canvas = canvas_new(rows, columns);
	screen_draw(screen, canvas);
	char *text = canvas_text(canvas);
	canvas_free(canvas);
	return text;
}

static void assert_shows_at(struct screen *screen, int rows, int columns, const char *part)
{
	char *text = shot(screen, rows, columns);
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in\n%s", part, text);
	free(text);
}

static void assert_shows(struct screen *screen, const char *part)
{
	assert_shows_at(screen, 24, 80, part);
}

static void assert_hides(struct screen *screen, const char *part)
{
	char *text = shot(screen, 24, 80);
	if (strstr(text, part))
		fail_msg("\"%s\" is in\n%s", part, text);
	free(text);
}

/* Types TEXT, key by key. Returns the request of the last one. */
static enum ui_request type(struct screen *screen, const char *text)
{
	enum ui_request request = UI_REQUEST_NONE;
	for (uint32_t key; (key = glyph_next(&text)) != 0;)
		request = screen_key(screen, key);
	return request;
}

/* Fills in the detail of the fixture's openat, as report_new() would. */
static void fill_detail(struct fixture *fixture)
{
	static struct hist_bucket buckets[] = {
		{4096, 4200, 7}, {8192, 8300, 12}, {16384, 16500, 1}};
	static struct thread_call_row parts[] = {
		{.pid = 1234, .tid = 1235, .comm = "wor\x1bker", .calls = 20, .errors = 13},
	};
	fixture->report.detail = (struct report_detail){
		.subject = {.kind = SUBJECT_CALL, .call = fixture->calls[2].call},
		.call = fixture->calls[2],
		.buckets = buckets,
		.bucket_count = COUNT_OF(buckets),
		.errors = fixture->errors,
		.error_count = 2,
		.thread_calls = parts,
		.thread_call_count = 1,
	};
}

static void the_detail_describes_a_call(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	fill_detail(&fixture);
	/* The detail is on the screen: it needs a new report. */
	assert_int_equal(screen_key(screen, KEYCODE_END), UI_REQUEST_REPORT);
	assert_int_equal(screen_view(screen)->subject.kind, SUBJECT_CALL);
	assert_int_equal(screen_view(screen)->subject.call.nr, NR_OPENAT);
	assert_int_equal(screen_key(screen, '\r'), UI_REQUEST_REPORT);
	assert_shows(screen, "3 openat─");
	assert_shows(screen, "errors 13");
	assert_shows(screen, "12 EACCES         Permission denied");
	assert_shows(screen, "1 ENOENT         No such file or directory");
	assert_shows(screen, "4.10µs        7 ");
	assert_shows(screen, " p50");
	assert_shows_at(screen, 70, 80, "1235 wor\\x1bker ");
	/* The selection moves in the table, and the detail follows. */
	assert_int_equal(screen_key(screen, KEYCODE_ESCAPE), UI_REQUEST_REPORT);
	assert_shows(screen, "%TIME");
	screen_free(screen);
}

static void the_detail_scrolls(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	fill_detail(&fixture);
	screen_key(screen, '\r');
	assert_shows_at(screen, 10, 40, "─1–7 of ");
	screen_key(screen, KEYCODE_END);
	assert_shows_at(screen, 10, 40, "1235 wor");
	screen_key(screen, KEYCODE_HOME);
	assert_shows_at(screen, 10, 40, "calls 20");
	screen_free(screen);
}

static void threads_show_what_they_wait_for(void **state)
{
	char reason[] = "mutex held by 1235 (\x1b[2J)";
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	fixture.threads[0].proc_state = 'S';
	fixture.threads[0].has_cpu = true;
	fixture.threads[0].cpu_share = 0.125;
	fixture.threads[0].owner = 1235;
	fixture.threads[0].deadlocked = true;
	fixture.threads[0].waits_for = reason;
	assert_int_equal(screen_key(screen, 'H'), UI_REQUEST_REPORT);
	assert_shows_at(screen, 24, 120, "deadlock");
	assert_shows_at(screen, 24, 160, "mutex held by 1235 (\\x1b[2J)");
	assert_shows_at(screen, 24, 120, "deadlock: ");
	assert_shows_at(screen, 12, 120, "DEADLOCK of 1 thread (H)");
	assert_shows_at(screen, 24, 200, "12.5");
	assert_shows(screen, "running");
	assert_shows_at(screen, 24, 120, "by SIGKILL");
	screen_key(screen, 'H');
	assert_shows(screen, "%TIME");
	screen_free(screen);
}

static void the_detail_has_all_that_a_thread_waits_for(void **state)
{
	char reason[] = "any of 3 descriptors (epoll 5): 6: pipe, 7: tcp 127.0.0.1:6379, 12: "
			"/a-name-that-is-longer-than-the-whole-line/and-has-no-blank, the last one";
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	fixture.threads[0].waits_for = reason;
	fixture.report.detail = (struct report_detail){
		.subject = {.kind = SUBJECT_THREAD, .tid = fixture.threads[0].tid},
		.thread = fixture.threads[0],
	};
	screen_key(screen, '\r');
	assert_shows_at(screen, 24, 40, "waiting on any of 3 descriptors (epoll");
	assert_shows_at(screen, 24, 40, "          5): 6: pipe, 7: tcp");
	assert_shows_at(screen, 24, 40, "the last one");
	screen_free(screen);
}

static void threads_are_sorted_filtered_and_searched(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	screen_key(screen, 'H');
	screen_update(screen, &fixture.report);
	assert_shows(screen, "▼SINCE");
	screen_key(screen, '\\');
	assert_shows(screen, "threads with");
	type(screen, "WORK");
	screen_update(screen, &fixture.report);
	assert_shows(screen, "worker");
	assert_hides(screen, "1236");
	screen_key(screen, '\r');
	screen_update(screen, &fixture.report);
	assert_hides(screen, "1236");
	screen_key(screen, '\\');
	screen_key(screen, KEYCODE_CTRL('U'));
	screen_key(screen, '\r');
	screen_update(screen, &fixture.report);
	assert_shows(screen, "1236");
	type(screen, "/gone");
	assert_int_equal(screen_view(screen)->subject.kind, SUBJECT_THREAD);
	assert_int_equal(screen_view(screen)->subject.tid, 1236);
	screen_free(screen);
}

static void a_tree_has_threads_below_their_process(void **state)
{
	struct thread_row rows[] = {
		{.pid = 10, .tid = 12, .comm = "helper"},
		{.pid = 20, .tid = 20, .comm = "child", .parent = 10},
		{.pid = 10, .tid = 10, .comm = "leader", .parent = 1},
		{.pid = 30, .tid = 30, .comm = "loner", .parent = 40},
		{.pid = 40, .tid = 40, .comm = "circle", .parent = 30},
	};
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	fixture.report.threads = rows;
	fixture.report.thread_count = COUNT_OF(rows);
	screen_key(screen, 'H');
	screen_key(screen, 't');
	screen_update(screen, &fixture.report);
	char *text = shot(screen, 24, 80);
	const char *leader = strstr(text, " leader"), *helper = strstr(text, " └helper");
	const char *child = strstr(text, " └child");
	assert_non_null(leader);
	assert_true(leader < helper && helper < child);
	assert_non_null(strstr(text, "loner"));
	assert_non_null(strstr(text, "circle"));
	free(text);
	screen_free(screen);
}

static void five_thousand_threads_are_handled(void **state)
{
	enum { MANY = 5000 };
	struct thread_row *rows = calloc(MANY, sizeof(*rows));
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	for (int i = 0; i < MANY; i++) {
		rows[i] = (struct thread_row){.pid = 7, .tid = 1000 + i, .calls = (uint64_t)i};
		snprintf(rows[i].comm, sizeof(rows[i].comm), "t%d", i);
	}
	fixture.report.threads = rows;
	fixture.report.thread_count = MANY;
	screen_key(screen, 'H');
	for (size_t by = 0; by < THREAD_COLUMN_COUNT; by++) {
		screen_update(screen, &fixture.report);
		free(shot(screen, 70, 250));
		screen_key(screen, '>');
	}
	screen_key(screen, 't');
	screen_update(screen, &fixture.report);
	screen_key(screen, KEYCODE_END);
	assert_shows(screen, "t4999");
	screen_free(screen);
	free(rows);
}

static void filters_on_details_are_for_the_event_loop(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	screen_key(screen, '\\');
	/* What can be typed is shown, and completed. */
	type(screen, "err");
	assert_shows(screen, "errno:");
	screen_key(screen, '\t');
	type(screen, "ENOEN");
	screen_key(screen, '\t');
	assert_shows(screen, "filter errno:ENOENT");
	/* A reason replaces it where nothing can be typed. */
	type(screen, "X");
	assert_shows(screen, "unknown error \"ENOENTX\"");
	assert_int_equal(screen_key(screen, '\r'), UI_REQUEST_REDRAW);
	type(screen, "\x7f and pa");
	assert_shows(screen, "path:");
	/* Enter says what is missing. */
	assert_int_equal(screen_key(screen, '\r'), UI_REQUEST_REDRAW);
	assert_shows(screen, "unknown system call \"pa\"");
	type(screen, "t");
	screen_key(screen, '\t');
	type(screen, "/etc/**");
	assert_int_equal(screen_key(screen, '\r'), UI_REQUEST_SELECT);
	assert_null(screen_view(screen)->filter.set);
	assert_string_equal(screen_view(screen)->set_text, "errno:ENOENT and path:/etc/**");
	struct filter *filter = screen_take_filter(screen);
	assert_string_equal(filter_text(filter), "errno:ENOENT and path:/etc/**");
	filter_free(filter);
	assert_null(screen_take_filter(screen));
	/* A call set, or none, ends it. */
	screen_key(screen, '\\');
	screen_key(screen, KEYCODE_CTRL('U'));
	type(screen, "read");
	assert_int_equal(screen_key(screen, '\r'), UI_REQUEST_SELECT);
	assert_null(screen_take_filter(screen));
	assert_non_null(screen_view(screen)->filter.set);
	/* One that is not taken is freed. */
	screen_key(screen, '\\');
	screen_key(screen, KEYCODE_CTRL('U'));
	type(screen, "fd:3");
	assert_int_equal(screen_key(screen, '\r'), UI_REQUEST_SELECT);
	screen_free(screen);
}

static void the_filter_reports_errors_while_it_is_typed(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	struct call read_call = {NR_READ, ABI_NATIVE}, futex = {NR_FUTEX, ABI_NATIVE};
	(void)state;
	assert_int_equal(screen_key(screen, '\\'), UI_REQUEST_REDRAW);
	assert_shows(screen, "\nfilter");
	type(screen, "reed");
	assert_shows(screen, "did you mean");
	assert_int_equal(screen_key(screen, '\r'), UI_REQUEST_REDRAW);
	assert_null(screen_view(screen)->filter.set);
	type(screen, "\x7f\x7f"
		     "ad");
	assert_hides(screen, "did you mean");
	assert_int_equal(screen_key(screen, '\r'), UI_REQUEST_REPORT);
	assert_true(call_filter_has(&screen_view(screen)->filter, read_call));
	assert_false(call_filter_has(&screen_view(screen)->filter, futex));
	assert_string_equal(screen_view(screen)->set_text, "read");
	/* Earlier texts are recalled; Escape leaves the filter unchanged. */
	screen_key(screen, '\\');
	screen_key(screen, KEYCODE_CTRL('U'));
	type(screen, "%net");
	screen_key(screen, '\r');
	screen_key(screen, '\\');
	screen_key(screen, KEYCODE_UP);
	screen_key(screen, KEYCODE_UP);
	assert_shows(screen, "filter read");
	screen_key(screen, KEYCODE_ESCAPE);
	assert_string_equal(screen_view(screen)->set_text, "%net");
	screen_key(screen, '\\');
	screen_key(screen, KEYCODE_CTRL('U'));
	screen_key(screen, '\r');
	assert_null(screen_view(screen)->filter.set);
	screen_free(screen);
}

static void several_classes_can_be_chosen(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	fixture.report.totals.class_calls[CLASS_FILE] = 4711;
	assert_int_equal(screen_key(screen, 'c'), UI_REQUEST_REDRAW);
	assert_shows(screen, "[x] all of them");
	assert_shows(screen, "[ ] %file                4711");
	screen_key(screen, KEYCODE_DOWN);
	screen_key(screen, ' ');
	screen_key(screen, KEYCODE_DOWN);
	assert_int_equal(screen_key(screen, ' '), UI_REQUEST_REPORT);
	assert_shows(screen, "[x] %desc");
	screen_key(screen, KEYCODE_ESCAPE);
	assert_int_equal(screen_view(screen)->filter.classes, 1U << CLASS_FILE | 1U << CLASS_DESC);
	assert_hides(screen, "[x]");
	screen_free(screen);
}

static void search_is_incremental(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	type(screen, "/ope");
	assert_int_equal(screen_view(screen)->subject.call.nr, NR_OPENAT);
	type(screen, "x");
	assert_shows(screen, "not found");
	screen_key(screen, 0x7f);
	screen_key(screen, '\x7f');
	screen_key(screen, '\x7f');
	screen_key(screen, '\x7f');
	type(screen, "E\r");
	assert_int_equal(screen_view(screen)->subject.call.nr, NR_OPENAT);
	screen_key(screen, 'n');
	assert_int_equal(screen_view(screen)->subject.call.nr, NR_FUTEX);
	screen_key(screen, 'N');
	assert_int_equal(screen_view(screen)->subject.call.nr, NR_OPENAT);
	screen_free(screen);
}

static void a_signal_is_sent_after_confirmation(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	screen_key(screen, 'K');
	assert_shows(screen, "signal for evil\\x1b[31m\\n (1234)");
	assert_int_equal(screen_key(screen, '\r'), UI_REQUEST_REDRAW);
	assert_shows(screen, "send SIGTERM to evil");
	/* Enter alone means no. */
	assert_int_equal(screen_key(screen, '\r'), UI_REQUEST_REDRAW);
	assert_hides(screen, "send SIGTERM");
	screen_key(screen, 'K');
	screen_key(screen, KEYCODE_DOWN);
	screen_key(screen, '\r');
	screen_take_answer(screen);
	assert_int_equal(screen_key(screen, 'y'), UI_REQUEST_SIGNAL);
	assert_int_equal(screen_signal(screen)->signal, SIGINT);
	assert_int_equal(screen_signal(screen)->pid, 1234);
	screen_free(screen);
}

/* In one go, as a paste or keys that were typed while the machine hung. */
static void a_question_is_not_answered_together_with_it(void **state)
{
	static const char *const bursts[] = {"K\ry", "K\r\x6a\r", "K\ryes\n", "OK\nyes\n", "qe",
		"qjj\r", "K\ryyyy", "K\rny", "qee\n"};
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	screen_command(screen, true);
	for (size_t i = 0; i < COUNT_OF(bursts); i++) {
		for (const char *key = bursts[i]; *key; key++) {
			enum ui_request request = screen_key(screen, (uint32_t)*key);
			assert_true(request != UI_REQUEST_SIGNAL && request != UI_REQUEST_END);
		}
		screen_key(screen, KEYCODE_ESCAPE);
	}
	/* Nor by what does not come first afterwards. */
	type(screen, "K\r");
	assert_true(screen_is_asking(screen));
	screen_take_answer(screen);
	assert_false(screen_is_asking(screen));
	assert_int_equal(type(screen, "xy"), UI_REQUEST_REDRAW);
	assert_true(screen_is_asking(screen));
	assert_shows(screen, "answer again");
	assert_shows(screen, "send SIGTERM to");
	/* The answer that was refused is not selected for the next Enter. */
	screen_take_answer(screen);
	assert_int_equal(screen_key(screen, '\r'), UI_REQUEST_REDRAW);
	assert_hides(screen, "send SIGTERM to");
	screen_free(screen);
}

static enum ui_request paste(struct screen *screen, const char *text)
{
	enum ui_request request = UI_REQUEST_NONE;
	for (uint32_t code; (code = glyph_next(&text)) != 0;)
		request = screen_key(screen, code | KEYCODE_PASTED);
	return request;
}

static void pasted_text_goes_into_prompts_only(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	assert_int_equal(paste(screen, "K\ry\nqH\x1b"), UI_REQUEST_NONE);
	assert_hides(screen, "signal for");
	screen_key(screen, 'K');
	assert_int_equal(paste(screen, "\r\x1by"), UI_REQUEST_NONE);
	assert_shows(screen, "signal for");
	screen_key(screen, KEYCODE_ESCAPE);
	screen_key(screen, '/');
	paste(screen, "fu\x15\r\n\x1bt");
	assert_shows(screen, "search fut");
	screen_key(screen, '\r');
	assert_int_equal(screen_view(screen)->subject.call.nr, NR_FUTEX);
	screen_free(screen);
}

static void quitting_asks_while_the_command_is_running(void **state)
{
	static const struct {
		const char *keys;
		enum ui_request request;
	} cases[] = {
		{"e", UI_REQUEST_END},
		{"jj\r", UI_REQUEST_END},
		{"l", UI_REQUEST_QUIT},
		{"s", UI_REQUEST_REDRAW},
		{"\x1b", UI_REQUEST_REDRAW},
		{"\r", UI_REQUEST_REDRAW},
		{"q", UI_REQUEST_REDRAW},
	};
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	screen_command(screen, true);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		screen_key(screen, 'q');
		screen_take_answer(screen);
		assert_int_equal(type(screen, cases[i].keys), cases[i].request);
		assert_hides(screen, "the command still runs");
	}
	screen_command(screen, false);
	assert_int_equal(screen_key(screen, 'q'), UI_REQUEST_QUIT);
	screen_free(screen);
}

static void the_setup_applies_at_once_and_saves_on_close(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	screen_key(screen, 'S');
	assert_shows(screen, "theme     dark");
	assert_int_equal(screen_key(screen, ' '), UI_REQUEST_SETTINGS);
	assert_int_equal(screen_settings(screen)->theme, THEME_LIGHT);
	screen_key(screen, KEYCODE_DOWN);
	screen_key(screen, '\r');
	assert_int_equal(screen_settings(screen)->delay_ns, 2 * NS_PER_S);
	for (int i = 0; i < 4; i++)
		screen_key(screen, KEYCODE_DOWN);
	assert_shows(screen, "[x] CALLS/s");
	screen_key(screen, ' ');
	assert_shows(screen, "[ ] CALLS/s");
	assert_int_equal(screen_key(screen, KEYCODE_ESCAPE), UI_REQUEST_SAVE);
	assert_hides(screen, "CALLS/s");
	assert_int_equal(screen_settings(screen)->hidden_calls, 1U << COLUMN_RATE);
	screen_free(screen);
}

static void the_delay_is_validated(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	screen_key(screen, 'd');
	screen_key(screen, KEYCODE_CTRL('U'));
	type(screen, "0");
	assert_shows(screen, "seconds, from");
	assert_int_equal(type(screen, ".5\r"), UI_REQUEST_SETTINGS);
	assert_int_equal(screen_settings(screen)->delay_ns, NS_PER_S / 2);
	screen_free(screen);
}

static void output_is_shown_and_follows_its_end(void **state)
{
	struct transcript *transcript = transcript_new();
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	screen_output(screen, transcript);
	for (int i = 0; i < 4; i++)
		screen_key(screen, '\t');
	assert_shows(screen, "nothing was written yet");
	for (int i = 0; i < 100; i++) {
		char line[32];
		snprintf(line, sizeof(line), "\x1b[1mline %d\x1b[m\n", i);
		transcript_add(transcript, line, strlen(line));
	}
	assert_shows(screen, "line 99");
	assert_hides(screen, "[1m");
	screen_key(screen, KEYCODE_PAGE_UP);
	assert_hides(screen, "line 99");
	screen_key(screen, KEYCODE_HOME);
	assert_shows(screen, "│line 0 ");
	screen_key(screen, KEYCODE_END);
	assert_shows(screen, "line 99");
	screen_key(screen, '\t');
	assert_shows(screen, "%TIME");
	transcript_free(transcript);
	screen_free(screen);
}

static void a_paused_screen_says_so(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	screen_key(screen, 'p');
	assert_true(screen_is_paused(screen));
	assert_shows(screen, "PAUSED");
	assert_int_equal(screen_key(screen, 'Z'), UI_REQUEST_REPORT);
	assert_hides(screen, "PAUSED");
	screen_free(screen);
}

static void the_header_shows_since_when_calls_are_counted(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	assert_hides(screen, "since reset");
	fixture.report.totals.mark_ns = FIXTURE_NOW_NS - 3 * NS_PER_S;
	assert_shows(screen, "since reset 3.00s");
	screen_free(screen);
}

static void the_mouse_selects_and_sorts(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	free(shot(screen, 24, 80));
	/* The titles are in row 4, followed by the calls. */
	screen_mouse(screen, KEYCODE_CLICK, 6, 3);
	assert_int_equal(screen_view(screen)->subject.call.nr, NR_READ);
	assert_int_equal(screen_mouse(screen, KEYCODE_CLICK, 4, 2), UI_REQUEST_REPORT);
	assert_int_equal(screen_view(screen)->order.by, COLUMN_CALL);
	screen_mouse(screen, KEYCODE_CLICK, 4, 2);
	assert_true(screen_view(screen)->order.descending);
	screen_mouse(screen, KEYCODE_WHEEL_DOWN, 6, 3);
	assert_int_equal(screen_view(screen)->subject.call.nr, NR_OPENAT);
	assert_int_equal(screen_mouse(screen, KEYCODE_CLICK, 0, 0), UI_REQUEST_NONE);
	assert_int_equal(screen_mouse(screen, KEYCODE_CLICK, 20, 3), UI_REQUEST_REPORT);
	screen_free(screen);
}

/* Every pane, menu and prompt at every size: nothing is drawn out of bounds. */
static void everything_fits_every_size(void **state)
{
	static const char *const keys[] = {"", "H", "\r", "t", "h", "c", "S", "K", "K\r", "/fu",
		"\\re%", "d", "\t\t\t", "H\r", "q"};
	struct fixture fixture;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		struct screen *screen = screen_of(&fixture);
		fill_detail(&fixture);
		screen_command(screen, true);
		type(screen, keys[i]);
		screen_update(screen, &fixture.report);
		for (int rows = 10; rows <= 70; rows += 4) {
			for (int columns = 40; columns <= 250; columns += 30) {
				char *text = shot(screen, rows, columns);
				char *rest = text;
				for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
					assert_true(glyph_columns(line) <= columns);
					assert_null(strchr(line, '\x1b'));
				}
				free(text);
			}
		}
		screen_free(screen);
	}
}

static void advice_is_below_the_verdict_until_it_is_dismissed(void **state)
{
	struct fixture fixture;
	struct screen *screen = screen_of(&fixture);
	(void)state;
	assert_int_equal(screen_key(screen, 'a'), UI_REQUEST_REDRAW);
	assert_shows(screen, "no advice");
	fixture.report.advice_count = 2;
	fixture.report.advice[0] = (struct advice){.kind = ADVICE_YIELD,
		.pid = 1234,
		.tid = 1235,
		.comm = "wor\x1bker",
		.subjects = 1,
		.calls = 3000,
		.all_share = 0.5};
	fixture.report.advice[1] = fixture.report.advice[0];
	fixture.report.advice[1].kind = ADVICE_ONE_BYTE;
	fixture.report.advice[1].calls = 700;
	screen_update(screen, &fixture.report);
	assert_shows(screen, "! 1235 wor\\x1bker: 3,000 sched_yield; 50.0 % of its calls");
	assert_hides(screen, "700 reads of one byte");
	assert_shows_at(screen, 40, 80, "! 1235 wor\\x1bker: 700 reads of one byte");
	fill_detail(&fixture);
	fixture.report.detail.call = fixture.calls[1];
	fixture.report.detail.subject.call = fixture.calls[1].call;
	screen_update(screen, &fixture.report);
	assert_shows_at(screen, 60, 80, "Read into a buffer");
	assert_int_equal(screen_key(screen, 'a'), UI_REQUEST_REPORT);
	assert_int_equal(screen_view(screen)->no_advice, 1U << ADVICE_YIELD);
	assert_shows(screen, "Dismissed; A shows");
	assert_int_equal(screen_key(screen, 'A'), UI_REQUEST_REPORT);
	assert_int_equal(screen_view(screen)->no_advice, 0);
	screen_free(screen);
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_detail_describes_a_call),
		cmocka_unit_test(the_detail_scrolls),
		cmocka_unit_test(advice_is_below_the_verdict_until_it_is_dismissed),
		cmocka_unit_test(the_detail_has_all_that_a_thread_waits_for),
		cmocka_unit_test(threads_show_what_they_wait_for),
		cmocka_unit_test(threads_are_sorted_filtered_and_searched),
		cmocka_unit_test(a_tree_has_threads_below_their_process),
		cmocka_unit_test(five_thousand_threads_are_handled),
		cmocka_unit_test(filters_on_details_are_for_the_event_loop),
		cmocka_unit_test(the_filter_reports_errors_while_it_is_typed),
		cmocka_unit_test(several_classes_can_be_chosen),
		cmocka_unit_test(search_is_incremental),
		cmocka_unit_test(a_signal_is_sent_after_confirmation),
		cmocka_unit_test(a_question_is_not_answered_together_with_it),
		cmocka_unit_test(pasted_text_goes_into_prompts_only),
		cmocka_unit_test(quitting_asks_while_the_command_is_running),
		cmocka_unit_test(the_setup_applies_at_once_and_saves_on_close),
		cmocka_unit_test(the_delay_is_validated),
		cmocka_unit_test(output_is_shown_and_follows_its_end),
		cmocka_unit_test(a_paused_screen_says_so),
		cmocka_unit_test(the_header_shows_since_when_calls_are_counted),
		cmocka_unit_test(the_mouse_selects_and_sorts),
		cmocka_unit_test(everything_fits_every_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
