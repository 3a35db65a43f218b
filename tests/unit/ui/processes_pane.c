/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What processes execute, on the screen, in tables and JSON. */
#include "config.h"

#include "support/unit.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "out/json_programs.h"
#include "out/program_column.h"
#include "support/fixture.h"
#include "ui/screen.h"

#define START_NS    (100 * NS_PER_S)
#define WORDS(text) .words = (text), .size = sizeof(text)

static const struct program_row story[] = {
	{.id = 1,
		.pid = 10,
		.comm = "make",
		WORDS("/usr/bin/make\0-j2"),
		.origin = PROGRAM_EXECUTED,
		.start_ns = START_NS,
		.run_ns = 10 * NS_PER_S,
		.threads = 1,
		.programs = 1,
		.is_last = true,
		.counts = {.calls = 1200,
			.cpu_ns = NS_PER_S,
			.time_ns = {[TIME_WAIT] = 9 * NS_PER_S, [TIME_USER] = NS_PER_S}}},
	{.id = 2,
		.parent = 1,
		.depth = 1,
		.pid = 20,
		.starter = 10,
		.comm = "sh",
		WORDS("sh\0-c\0gcc 'a b'\0\x1b[2J"),
		.origin = PROGRAM_EXECUTED,
		.state = PROGRAM_REPLACED,
		.start_ns = START_NS + NS_PER_MS,
		.end_ns = START_NS + 3 * NS_PER_MS,
		.run_ns = 2 * NS_PER_MS,
		.programs = 1},
	{.id = 4,
		.parent = 2,
		.depth = 2,
		.pid = 30,
		.starter = 20,
		.comm = "cc1",
		.origin = PROGRAM_EXECUTED,
		.state = PROGRAM_EXITED,
		.exit_code = -1,
		.exit_signal = 11,
		.dumped_core = true,
		.start_ns = START_NS + 2 * NS_PER_MS,
		.run_ns = NS_PER_S,
		.programs = 1,
		.is_last = true,
		.rails = 1 << 1,
		.counts = {.calls = 7,
			.errors = 3,
			.bytes = 5000,
			.cpu_ns = NS_PER_S / 2,
			.class_calls = {[TIME_FILE] = 7},
			.class_ns = {[TIME_FILE] = 70000}}},
	{.id = 3,
		.parent = 1,
		.depth = 1,
		.pid = 20,
		.starter = 10,
		.comm = "gcc",
		WORDS("gcc"),
		.is_cut = true,
		.origin = PROGRAM_EXECUTED,
		.state = PROGRAM_EXITED,
		.exit_code = 1,
		.start_ns = START_NS + 3 * NS_PER_MS,
		.run_ns = 5 * NS_PER_S,
		.programs = 1,
		.is_last = true},
	{.state = PROGRAM_LEFT, .programs = 123, .counts = {.calls = 900}},
};

struct shown {
	struct fixture fixture;
	struct program_row rows[COUNT_OF(story)];
	struct screen *screen;
};

static void fill(struct shown *shown)
{
	struct report *report = &shown->fixture.report;
	fixture_make(&shown->fixture);
	memcpy(shown->rows, story, sizeof(story));
	report->view.programs = true;
	report->programs = shown->rows;
	report->program_count = COUNT_OF(story);
	report->totals.start_ns = START_NS;
}

static void show(struct shown *shown)
{
	static const struct report_view view = {.order = {COLUMN_TOTAL, true}};
	static const struct settings settings = {.theme = THEME_MONO};
	fixture_make(&shown->fixture);
	shown->screen = screen_new(&view, &settings);
	screen_update(shown->screen, &shown->fixture.report);
	assert_int_equal(screen_key(shown->screen, 't'), UI_REQUEST_PROGRAMS);
	assert_true(screen_view(shown->screen)->programs);
	fill(shown);
	screen_update(shown->screen, &shown->fixture.report);
}

static char *shot(const struct shown *shown, int rows, int columns)
{
	struct canvas *canvas = canvas_new(rows, columns);
	screen_draw(shown->screen, canvas);
	char *text = canvas_text(canvas);
	canvas_free(canvas);
	return text;
}

static void assert_shows(const struct shown *shown, int rows, int columns, const char *part)
{
	char *text = shot(shown, rows, columns);
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in\n%s", part, text);
	free(text);
}

static void looks_right_at_80x24(void **state)
{
	struct shown shown;
	(void)state;
	show(&shown);
	char *text = shot(&shown, 24, 80);
	const char *table = strstr(text, "┌6 What");
	assert_non_null(table);
	char *end = strstr(table, "\n└");
	assert_non_null(end);
	*end = '\0';
	assert_string_equal(table,
		"┌6 What processes executed, as a tree──────────────────────────────────────────┐\n"
		"│ ▲START     RUN STATUS     CALLS     CPU COMMAND                              │\n"
		"│    0ns   10.0s runs        1200   1.00s make -j2                             │\n"
		"│ 1.00ms  2.00ms exec           0     0ns ├ sh -c 'gcc '\\\\''a b'\\\\''' '\\x1b[2J'│\n"
		"│ 2.00ms   1.00s SIGSEGV…       7   500ms │ └ [cc1]                            │\n"
		"│ 3.00ms   5.00s exit 1         0     0ns └ gcc …                              │\n"
		"│      -       - -            900     0ns [other] 123 programs that have ended │\n"
		"│/usr/bin/make -j2                                                             │");
	free(text);
	screen_free(shown.screen);
}

static void every_size_shows_what_matters(void **state)
{
	static const int sizes[][2] = {{24, 80}, {40, 120}, {60, 200}};
	struct shown shown;
	(void)state;
	show(&shown);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		int rows = sizes[i][0], columns = sizes[i][1];
		assert_shows(&shown, rows, columns, "make -j2");
		/* Whole, below the table. */
		assert_shows(&shown, rows, columns, "/usr/bin/make -j2");
		assert_shows(&shown, rows, columns, "exit 1");
	}
	assert_shows(&shown, 60, 200, "wait 90% CPU 10%");
	screen_free(shown.screen);
}

static void detail_has_the_whole_story(void **state)
{
	struct shown shown;
	(void)state;
	show(&shown);
	screen_key(shown.screen, KEYCODE_DOWN);
	screen_key(shown.screen, KEYCODE_DOWN);
	assert_int_equal(screen_view(shown.screen)->subject.kind, SUBJECT_PROGRAM);
	assert_int_equal(screen_view(shown.screen)->subject.program, 4);
	shown.fixture.report.detail = (struct report_detail){
		.subject = {.kind = SUBJECT_PROGRAM, .program = 4}, .program = shown.rows[2]};
	screen_update(shown.screen, &shown.fixture.report);
	screen_key(shown.screen, '\r');
	assert_shows(&shown, 24, 80, "status SIGSEGV core");
	assert_shows(&shown, 24, 80, "started by 20 sh -c");
	assert_shows(&shown, 24, 80, "7  70.0µs  file");
	screen_free(shown.screen);
}

static void keys_sort_and_close(void **state)
{
	struct shown shown;
	(void)state;
	show(&shown);
	screen_key(shown.screen, '>');
	assert_int_equal(screen_view(shown.screen)->program_order.by, PROGRAM_COLUMN_END);
	screen_key(shown.screen, '<');
	assert_true(program_order_is_tree(screen_view(shown.screen)->program_order));
	screen_key(shown.screen, 'I');
	assert_false(program_order_is_tree(screen_view(shown.screen)->program_order));
	/* Tab goes to another pane; t comes back, and closes. In the threads it is theirs. */
	screen_key(shown.screen, 'H');
	assert_int_equal(screen_key(shown.screen, 't'), UI_REQUEST_REPORT);
	assert_true(screen_view(shown.screen)->programs);
	screen_key(shown.screen, '\t');
	assert_int_equal(screen_key(shown.screen, 't'), UI_REQUEST_PROGRAMS);
	screen_key(shown.screen, 't');
	assert_false(screen_view(shown.screen)->programs);
	assert_shows(&shown, 40, 120, "futex");
	screen_free(shown.screen);
}

static void lists_are_sorted_with_the_others_last(void **state)
{
	struct shown shown;
	(void)state;
	fill(&shown);
	for (int by = 0; by < PROGRAM_COLUMN_COUNT; by++) {
		struct program_order order = program_order_default((enum program_column)by);
		program_rows_sort(shown.rows, COUNT_OF(story), order);
		assert_int_equal(shown.rows[COUNT_OF(story) - 1].id, 0);
	}
	program_rows_sort(
		shown.rows, COUNT_OF(story), (struct program_order){PROGRAM_COLUMN_CALLS, true});
	assert_int_equal(shown.rows[0].id, 1);
	assert_int_equal(shown.rows[1].id, 4);
	program_rows_sort(
		shown.rows, COUNT_OF(story), (struct program_order){PROGRAM_COLUMN_RUN, false});
	assert_int_equal(shown.rows[0].id, 2);
}

static void table_has_the_tree(void **state)
{
	struct shown shown;
	char *text;
	size_t size;
	(void)state;
	fill(&shown);
	FILE *stream = open_memstream(&text, &size);
	program_table_write(stream, &shown.fixture.report, 4, false);
	fclose(stream);
	assert_non_null(strstr(text, "/usr/bin/make -j2\n"));
	assert_non_null(strstr(text, "SIGSEGV core"));
	assert_non_null(strstr(text, "│ └ [cc1]\n"));
	assert_non_null(strstr(text, "1 more\n"));
	assert_null(strchr(text, '\x1b'));
	free(text);
}

static void json_has_every_field(void **state)
{
	struct shown shown;
	(void)state;
	fill(&shown);
	json_t *list = json_programs(&shown.fixture.report);
	assert_int_equal(json_array_size(list), COUNT_OF(story));
	json_t *row = json_array_get(list, 2);
	assert_int_equal(json_integer_value(json_object_get(row, "parent")), 2);
	assert_true(json_is_null(json_object_get(row, "argv")));
	assert_true(json_is_null(json_object_get(row, "exit_code")));
	assert_string_equal(json_string_value(json_object_get(row, "exit_signal")), "SIGSEGV");
	assert_int_equal(json_integer_value(json_object_get(row, "start_ns")), 2 * NS_PER_MS);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(row, "class_ns"), "file")),
		70000);
	row = json_array_get(list, 1);
	assert_string_equal(
		json_string_value(json_array_get(json_object_get(row, "argv"), 3)), "\\x1b[2J");
	assert_string_equal(json_string_value(json_object_get(row, "state")), "replaced");
	row = json_array_get(list, 4);
	assert_int_equal(json_integer_value(json_object_get(row, "programs")), 123);
	assert_true(json_is_null(json_object_get(row, "pid")));
	json_decref(list);
	shown.fixture.report.view.programs = false;
	list = json_programs(&shown.fixture.report);
	assert_true(json_is_null(list));
	json_decref(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_right_at_80x24),
		cmocka_unit_test(every_size_shows_what_matters),
		cmocka_unit_test(detail_has_the_whole_story),
		cmocka_unit_test(keys_sort_and_close),
		cmocka_unit_test(lists_are_sorted_with_the_others_last),
		cmocka_unit_test(table_has_the_tree),
		cmocka_unit_test(json_has_every_field),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
