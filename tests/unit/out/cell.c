/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values as text: unknown, partly observed, not measurable, too large, hostile. */
#include "config.h"

#include "support/unit.h"

#include "out/cell.h"
#include "out/thread_column.h"
#include "support/fixture.h"

/* The rows of the fixture. */
enum { FUTEX, READ, OPENAT };

static void writes_each_column(void **state)
{
	static const struct {
		enum column_id column;
		int row;
		uint64_t min_measurable_ns;
		const char *text;
	} cases[] = {
		{COLUMN_CALL, READ, 0, "read"},
		{COLUMN_CLASS, OPENAT, 0, "file,desc"},
		{COLUMN_CLASS, FUTEX, 0, "-"},
		{COLUMN_CALLS, READ, 0, "1000000"},
		{COLUMN_RATE, READ, 0, "12.3k"},
		{COLUMN_ERRORS, OPENAT, 0, "13"},
		{COLUMN_IN_PROGRESS, FUTEX, 0, "1"},
		{COLUMN_SHARE, FUTEX, 0, "97.5"},
		{COLUMN_TOTAL, READ, 0, "1.00s"},
		{COLUMN_STDDEV, READ, 0, "120ns"},
		/* No complete time is known. */
		{COLUMN_MIN, FUTEX, 0, "-"},
		{COLUMN_P50, FUTEX, 0, "-"},
		{COLUMN_P99, FUTEX, 0, "-"},
		{COLUMN_STDDEV, FUTEX, 0, "-"},
		/* Partly observed. */
		{COLUMN_TOTAL, FUTEX, 0, "~40.0s"},
		{COLUMN_AVG, FUTEX, 0, "~40.0s"},
		{COLUMN_MAX, FUTEX, 0, "~40.0s"},
		/* Not measurable: applies to times of one call, not to sums or deviations. */
		{COLUMN_MIN, READ, 1000, "≤1.00µs"},
		{COLUMN_AVG, READ, 1000, "≤1.00µs"},
		{COLUMN_P90, READ, 1000, "1.50µs"},
		{COLUMN_TOTAL, OPENAT, NS_PER_S, "200µs"},
		{COLUMN_STDDEV, READ, 1000, "120ns"},
	};
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct cell_format format = {.min_measurable_ns = cases[i].min_measurable_ns};
		char text[CELL_MAX];
		cell_call(cases[i].column, &fixture.calls[cases[i].row], &format, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void escapes_names(void **state)
{
	const struct cell_format format = {0};
	struct call_row row = {.name = "\x1b[2J"};
	char text[CELL_MAX];
	(void)state;
	assert_string_equal(cell_call(COLUMN_CALL, &row, &format, text), "\\x1b[2J");
}

static void writes_the_largest_numbers(void **state)
{
	const struct cell_format short_counts = {0}, full_counts = {.full = true};
	struct call_row row = {.calls = UINT64_MAX, .total_ns = UINT64_MAX, .rate = 1e30};
	char text[CELL_MAX];
	(void)state;
	cell_call(COLUMN_CALLS, &row, &full_counts, text);
	assert_string_equal(text, "18446744073709551615");
	cell_call(COLUMN_CALLS, &row, &short_counts, text);
	assert_string_equal(text, "18446744T");
	cell_call(COLUMN_TOTAL, &row, &short_counts, text);
	assert_string_equal(text, "213503d23h");
	cell_call(COLUMN_RATE, &row, &short_counts, text);
	assert_true(strlen(text) > 0);
}

static void writes_full_counts_on_request(void **state)
{
	const struct cell_format short_counts = {0}, full_counts = {.full = true};
	struct call_row row = {.calls = 123456789};
	char text[CELL_MAX];
	(void)state;
	assert_string_equal(cell_call(COLUMN_CALLS, &row, &short_counts, text), "123M");
	assert_string_equal(cell_call(COLUMN_CALLS, &row, &full_counts, text), "123456789");
}

static void writes_threads(void **state)
{
	static const struct {
		enum thread_column column;
		int row;
		const char *text;
	} cases[] = {
		{THREAD_COLUMN_PID, 1, "1234"},
		{THREAD_COLUMN_TID, 1, "1235"},
		{THREAD_COLUMN_NAME, 0, "evil\\x1b[31m\\n"},
		{THREAD_COLUMN_STATE, 0, "waiting"},
		{THREAD_COLUMN_STATE, 1, "running"},
		{THREAD_COLUMN_STATE, 2, "by SIGKILL"},
		{THREAD_COLUMN_CALL, 0, "futex"},
		{THREAD_COLUMN_CALL, 1, "-"},
		{THREAD_COLUMN_FOR, 0, "~40.0s"},
		{THREAD_COLUMN_FOR, 1, "1.00ms"},
		{THREAD_COLUMN_CALLS, 1, "1000020"},
		{THREAD_COLUMN_ERRORS, 1, "13"},
		{THREAD_COLUMN_TOTAL, 1, "1.00s"},
	};
	const struct cell_format format = {.now_ns = FIXTURE_NOW_NS};
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[CELL_MAX];
		thread_columns[cases[i].column].text(&fixture.threads[cases[i].row], &format, text);
		assert_string_equal(text, cases[i].text);
	}
}

/* A process that has given itself a title is known by what is its own in that. */
static void titles_take_the_place_of_names(void **state)
{
	static const struct {
		const char *words;
		size_t size;
		const char *name, *command;
	} cases[] = {
		{"postgres: checkpointer ", 24, "checkpointer", "postgres: checkpointer"},
		{"postgres: checkpointer", 22, "checkpointer", "postgres: checkpointer"},
		{"nginx: master process nginx -c x", 33, "master process nginx -c x",
			"nginx: master process nginx -c x"},
		{"python3\0-c\0print: 1", 20, "comm", "python3 -c print: 1"},
		{"/bin/a: b", 10, "comm", "/bin/a: b"},
		{"a b: c", 7, "comm", "a b: c"},
		{"a: ", 4, "comm", "a:"},
		{"a: \033[31m", 9, "\\x1b[31m", "a: \\x1b[31m"},
		{NULL, 0, "comm", ""},
	};
	const struct cell_format format = {0};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct thread_row row = {.comm = "comm",
			.words = (char *)(uintptr_t)cases[i].words,
			.words_size = cases[i].size};
		char text[CELL_MAX];
		thread_columns[THREAD_COLUMN_NAME].text(&row, &format, text);
		assert_string_equal(text, cases[i].name);
		thread_columns[THREAD_COLUMN_COMMAND].text(&row, &format, text);
		assert_string_equal(text, cases[i].command);
	}
}

static void says_how_a_thread_ended(void **state)
{
	const struct cell_format format = {0};
	struct thread_row row = {.state = THREAD_ENDED, .exit_code = 3};
	char text[CELL_MAX];
	(void)state;
	thread_columns[THREAD_COLUMN_STATE].text(&row, &format, text);
	assert_string_equal(text, "exited 3");
	row.exit_code = -1;
	thread_columns[THREAD_COLUMN_STATE].text(&row, &format, text);
	assert_string_equal(text, "ended");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_each_column),
		cmocka_unit_test(escapes_names),
		cmocka_unit_test(writes_the_largest_numbers),
		cmocka_unit_test(writes_full_counts_on_request),
		cmocka_unit_test(writes_threads),
		cmocka_unit_test(titles_take_the_place_of_names),
		cmocka_unit_test(says_how_a_thread_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
