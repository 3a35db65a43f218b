/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files and peers on the screen, in three sizes, and in tables and JSON. */
#include "config.h"

#include "support/unit.h"

#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "out/file_column.h"
#include "out/json_files.h"
#include "support/file_rows.h"
#include "ui/screen.h"

/* A screen that shows the files of its fixture. */
struct shown {
	struct fixture fixture;
	struct file_row rows[FILE_ROWS];
	struct screen *screen;
};

static void show(struct shown *shown)
{
	static const struct report_view view = {
		.order = {COLUMN_TOTAL, true}, .file_order = {FILE_COLUMN_SHARE, true}};
	static const struct settings settings = {.theme = THEME_MONO};
	fixture_make(&shown->fixture);
	shown->screen = screen_new(&view, &settings);
	screen_update(shown->screen, &shown->fixture.report);
	assert_false(screen_counts_files(shown->screen));
	assert_int_equal(screen_key(shown->screen, 'f'), UI_REQUEST_FILES);
	assert_true(screen_counts_files(shown->screen));
	assert_true(screen_view(shown->screen)->files);
	file_rows_make(&shown->fixture, shown->rows);
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

static void every_size_shows_what_matters(void **state)
{
	static const int sizes[][2] = {{24, 80}, {40, 120}, {60, 200}};
	struct shown shown;
	(void)state;
	show(&shown);
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		int rows = sizes[i][0], columns = sizes[i][1];
		assert_shows(&shown, rows, columns, "FILE OR PEER");
		assert_shows(&shown, rows, columns, "▼%TIME");
		assert_shows(&shown, rows, columns, "33.4");
		/* The end of a path says more than its beginning. */
		assert_shows(&shown, rows, columns, "/module/none.py");
		assert_shows(&shown, rows, columns, "TCP:[10.0.0.1:5000->10.0.0.2:5432]");
		assert_shows(&shown, rows, columns, "ENOENT");
		assert_shows(&shown, rows, columns, "1.50M");
		assert_shows(&shown, rows, columns, "? /tmp/\\x1b[2J\\n");
		assert_shows(&shown, rows, columns, "5540 calls on 24 objects, 2 not attributed");
	}
	assert_shows(&shown, 34, 160, "3.00s");
	assert_shows(&shown, 34, 200, "ENOENT 5500");
	assert_shows(&shown, 34, 200, "1234 python3 +2");
	assert_shows(&shown, 34, 200, "99 postgres");
	screen_free(shown.screen);
}

static void looks_right_at_80x24(void **state)
{
	struct shown shown;
	(void)state;
	show(&shown);
	char *text = shot(&shown, 24, 80);
	const char *table = strstr(text, "┌5 Files");
	assert_non_null(table);
	char *end = strstr(table, "\n└");
	assert_non_null(end);
	*end = '\0';
	assert_string_equal(table,
		"┌5 Files and peers─────────────────────────────────────────────────────────────┐\n"
		"│  CALLS ERRNO            IN ▼%TIME FILE OR PEER                               │\n"
		"│   5501 ENOENT 5500…      0   50.0 …ackages/very/long/path/of/a/module/none.py│\n"
		"│     20 -             1.50M   33.4 TCP:[10.0.0.1:5000->10.0.0.2:5432]         │\n"
		"│     10 -                 0   16.6 ? /tmp/\\x1b[2J\\n                           │\n"
		"│      7 -                 0      0 [other]                                    │\n"
		"│v: each; 5540 calls on 24 objects, 2 not attributed, 1 unsure, 21 objects in …│");
	free(text);
	screen_free(shown.screen);
}

static void detail_has_calls_and_threads(void **state)
{
	static struct file_part_row calls[] = {
		{.name = "openat", .calls = 5501, .errors = 5501, .total_ns = 3 * NS_PER_S}};
	static struct file_part_row threads[] = {
		{.pid = 1234, .tid = 1235, .comm = "loader", .calls = 5501}, {.calls = 12}};
	struct shown shown;
	(void)state;
	show(&shown);
	assert_int_equal(screen_view(shown.screen)->subject.kind, SUBJECT_FILE);
	assert_int_equal(screen_view(shown.screen)->subject.key, 1);
	struct report_detail *detail = &shown.fixture.report.detail;
	*detail = (struct report_detail){
		.subject = {.kind = SUBJECT_FILE, .key = 1},
		.file = shown.rows[0],
		.file_calls = calls,
		.file_call_count = 1,
		.file_threads = threads,
		.file_thread_count = 2,
	};
	screen_update(shown.screen, &shown.fixture.report);
	screen_key(shown.screen, '\r');
	assert_shows(&shown, 40, 120, "openat                        5501     5501    3.00s");
	assert_shows(&shown, 40, 120, "1235 loader");
	assert_shows(&shown, 40, 120, "[other]");
	assert_shows(&shown, 40, 120, "error ENOENT 5500, EACCES 1");
	screen_free(shown.screen);
}

static void keys_group_sort_and_close(void **state)
{
	struct shown shown;
	(void)state;
	show(&shown);
	assert_int_equal(screen_key(shown.screen, 'v'), UI_REQUEST_REPORT);
	assert_int_equal(screen_view(shown.screen)->file_grouping, FILE_BY_PLACE);
	screen_key(shown.screen, 'v');
	assert_int_equal(screen_view(shown.screen)->file_grouping, FILE_BY_KIND);
	screen_key(shown.screen, 'v');
	assert_int_equal(screen_view(shown.screen)->file_grouping, FILE_EACH);
	screen_key(shown.screen, '<');
	assert_int_equal(screen_view(shown.screen)->file_order.by, FILE_COLUMN_SHARE - 1);
	screen_key(shown.screen, 'I');
	assert_false(screen_view(shown.screen)->file_order.descending);
	/* Tab goes to another pane; f comes back, and closes. */
	screen_key(shown.screen, '\t');
	assert_true(screen_counts_files(shown.screen));
	screen_key(shown.screen, 'f');
	assert_true(screen_counts_files(shown.screen));
	assert_int_equal(screen_key(shown.screen, 'f'), UI_REQUEST_FILES);
	assert_false(screen_counts_files(shown.screen));
	assert_shows(&shown, 40, 120, "futex");
	screen_free(shown.screen);
}

static void table_has_the_rows_and_how_they_add_up(void **state)
{
	struct fixture fixture;
	struct file_row rows[FILE_ROWS];
	char *text;
	size_t size;
	(void)state;
	fixture_make(&fixture);
	file_rows_make(&fixture, rows);
	FILE *stream = open_memstream(&text, &size);
	file_table_write(stream, &fixture.report, 3, false);
	fclose(stream);
	assert_non_null(strstr(text,
		"5540 calls on 24 objects, 2 not attributed, 1 unsure, 21 objects in [other]\n"));
	assert_non_null(strstr(text, "ENOENT 5500, EACCES 1  "
				     "/usr/lib/python3/dist-packages/very/long/path/of/a/module/"
				     "none.py\n"));
	assert_non_null(strstr(text, "1 more\n"));
	assert_null(strchr(text, '\x1b'));
	free(text);
}

static void json_has_every_field(void **state)
{
	struct fixture fixture;
	struct file_row rows[FILE_ROWS];
	(void)state;
	fixture_make(&fixture);
	json_t *none = json_files(&fixture.report), *no_totals = json_file_totals(&fixture.report);
	assert_true(json_is_null(none) && json_is_null(no_totals));
	json_decref(none);
	json_decref(no_totals);
	file_rows_make(&fixture, rows);
	json_t *files = json_files(&fixture.report), *totals = json_file_totals(&fixture.report);
	assert_int_equal(json_array_size(files), FILE_ROWS);
	json_t *one = json_array_get(files, 1);
	assert_string_equal(json_string_value(json_object_get(one, "name")), rows[1].name);
	assert_string_equal(json_string_value(json_object_get(one, "kind")), "tcp");
	assert_int_equal(json_integer_value(json_object_get(one, "bytes_in")), 1500000);
	json_t *peer = json_object_get(one, "peer");
	assert_int_equal(json_integer_value(json_object_get(peer, "pid")), 99);
	json_t *errnos = json_object_get(json_array_get(files, 0), "errnos");
	assert_int_equal(json_integer_value(json_object_get(errnos, "ENOENT")), 5500);
	assert_string_equal(json_string_value(json_object_get(json_array_get(files, 2), "name")),
		"/tmp/\\x1b[2J\\n");
	json_t *lost = json_object_get(totals, "not_attributed");
	assert_int_equal(json_integer_value(json_object_get(lost, "calls")), 2);
	assert_int_equal(json_integer_value(json_object_get(totals, "in_other")), 21);
	json_decref(files);
	json_decref(totals);
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_shows_what_matters),
		cmocka_unit_test(looks_right_at_80x24),
		cmocka_unit_test(detail_has_calls_and_threads),
		cmocka_unit_test(keys_group_sort_and_close),
		cmocka_unit_test(table_has_the_rows_and_how_they_add_up),
		cmocka_unit_test(json_has_every_field),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
