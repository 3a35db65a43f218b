/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report as text: the summary, a frame, the snapshot. */
#include "config.h"

#include "support/unit.h"

#include <locale.h>
#include <stdlib.h>
#include <time.h>

#include "out/table.h"
#include "support/fixture.h"

/* REPORT as KIND; the caller frees it. */
static char *text_of(const struct report *report, enum export_kind kind, bool ascii)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	table_write(stream, report, kind, ascii);
	assert_int_equal(fclose(stream), 0);
	return text;
}

static void summary_has_every_part(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	char *text = text_of(&fixture.report, EXPORT_SUMMARY, false);
	assert_string_equal(text,
		"2023-11-14 22:13:20 evil\\x1b[31m\\n (1234), ptrace, 10.0s\n"
		"1000020 calls, 12.3k/s; 13 errors, 0.50/s; 1 in progress; 2 threads, 1 ended, 1 process\n"
		"2000041 stops, 1.50s of processor time in the tracer\n"
		"\n"
		"%TIME   TOTAL      AVG    CALLS  ERRORS  ACTIVE     P50     P90     P99     MAX  CALL\n"
		"-----  ------  -------  -------  ------  ------  ------  ------  ------  ------  ------\n"
		" 97.5  ~40.0s   ~40.0s        0       0       1       -       -       -  ~40.0s  futex\n"
		" 2.44   1.00s   1.00µs  1000000       0       0   900ns  1.50µs  4.00µs  2.00ms  read\n"
		" 0.01   200µs   10.0µs       20      13       0  9.00µs  15.0µs  19.0µs  20.0µs  openat\n"
		"-----  ------  -------  -------  ------  ------  ------  ------  ------  ------  ------\n"
		"  100  ~41.0s  ~41.0µs  1000020      13       1                                  total\n"
		"\n"
		"ERRORS\n"
		"openat  EACCES 12  ENOENT 1\n"
		"\n"
		" PID   TID  NAME            CALLS/s  CALLS  ERRORS  TOTAL  STATE    CALL    SINCE\n"
		"1234  1234  evil\\x1b[31m\\n        0      0       0  40.0s  waiting  futex  ~40.0s\n");
	free(text);
}

static void frame_begins_with_the_time_and_ends_with_a_blank_line(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	char *text = text_of(&fixture.report, EXPORT_FRAME, false);
	assert_memory_equal(text, "22:13:20 evil", strlen("22:13:20 evil"));
	assert_non_null(strstr(text, "CALLS/s"));
	assert_string_equal(text + strlen(text) - 2, "\n\n");
	free(text);
}

static void frame_shows_calls_in_progress_by_thread(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	char *text = text_of(&fixture.report, EXPORT_FRAME, false);
	assert_non_null(strstr(text, "waiting  futex  ~40.0s"));
	assert_null(strstr(text, "worker"));
	assert_null(strstr(text, "gone"));
	free(text);
}

static void snapshot_shows_every_thread(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	char *text = text_of(&fixture.report, EXPORT_SNAPSHOT, false);
	assert_non_null(strstr(text, "waiting"));
	assert_non_null(strstr(text, "worker"));
	assert_non_null(strstr(text, "by SIGKILL"));
	assert_non_null(strstr(text, "file,desc"));
	free(text);
}

static void control_characters_never_get_through(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	fixture.report.view.set_text = "/\x1b[2J\a";
	for (int kind = 0; kind < EXPORT_KINDS; kind++) {
		char *text = text_of(&fixture.report, (enum export_kind)kind, false);
		for (const char *at = text; *at; at++)
			assert_true(*at == '\n' || (unsigned char)*at >= ' ');
		free(text);
	}
}

static void ascii_is_ascii(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	fixture.report.cost.minimum = MINIMUM_KNOWN;
	fixture.report.cost.minimum_ns = 9000;
	char *text = text_of(&fixture.report, EXPORT_SNAPSHOT, true);
	for (const char *at = text; *at; at++)
		assert_true((unsigned char)*at < 0x80);
	assert_non_null(strstr(text, "<9.00us"));
	free(text);
}

static void reports_losses_the_filter_and_the_end(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	fixture.report.cost.details_lost = 77;
	fixture.report.totals.ended = true;
	fixture.report.facts.exit_code = 3;
	fixture.report.view.set_text = "read,openat";
	fixture.report.view.filter.classes = 1U << CLASS_FILE;
	char *text = text_of(&fixture.report, EXPORT_SUMMARY, false);
	assert_non_null(strstr(text, "; 77 details lost, no call\n"));
	assert_non_null(strstr(text, ", exited with 3\n"));
	assert_non_null(strstr(text, "\nonly read,openat & %file\n"));
	free(text);
}

static void reports_that_there_are_no_calls(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	fixture.report.call_count = 0;
	fixture.report.thread_count = 0;
	char *text = text_of(&fixture.report, EXPORT_SNAPSHOT, false);
	assert_non_null(strstr(text, "\nno calls\n"));
	assert_null(strstr(text, "total"));
	assert_null(strstr(text, "TID"));
	free(text);
}

static void counts_are_in_full(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	fixture.calls[1].calls = 123456789012;
	fixture.errors[1].count = 123456789;
	char *text = text_of(&fixture.report, EXPORT_SUMMARY, false);
	assert_non_null(strstr(text, " 123456789012 "));
	assert_non_null(strstr(text, "EACCES 123456789"));
	free(text);
}

static void frame_bounds_its_threads_and_shows_the_longest(void **state)
{
	enum { MANY = 5000 };
	struct fixture fixture;
	struct thread_row *threads = calloc(MANY, sizeof(*threads));
	(void)state;
	fixture_make(&fixture);
	for (int i = 0; i < MANY; i++) {
		threads[i] = fixture.threads[0];
		threads[i].tid = 200000 + i;
		threads[i].since_ns = FIXTURE_NOW_NS - (uint64_t)i * NS_PER_MS;
	}
	fixture.report.threads = threads;
	fixture.report.thread_count = MANY;
	char *text = text_of(&fixture.report, EXPORT_FRAME, false);
	assert_non_null(strstr(text, " 204999 "));
	assert_null(strstr(text, " 200000 "));
	assert_non_null(strstr(text, "\n4960 more threads are in a call or held up\n"));
	free(text);
	free(threads);
}

static void frame_shows_only_threads_in_calls_of_the_filter(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	fixture.report.view.filter.classes = 1U << CLASS_FILE;
	char *text = text_of(&fixture.report, EXPORT_FRAME, false);
	assert_null(strstr(text, "waiting"));
	free(text);
}

int main(void)
{
	setenv("TZ", "UTC0", 1);
	tzset();
	setlocale(LC_CTYPE, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(summary_has_every_part),
		cmocka_unit_test(frame_begins_with_the_time_and_ends_with_a_blank_line),
		cmocka_unit_test(frame_shows_calls_in_progress_by_thread),
		cmocka_unit_test(snapshot_shows_every_thread),
		cmocka_unit_test(control_characters_never_get_through),
		cmocka_unit_test(ascii_is_ascii),
		cmocka_unit_test(reports_losses_the_filter_and_the_end),
		cmocka_unit_test(reports_that_there_are_no_calls),
		cmocka_unit_test(counts_are_in_full),
		cmocka_unit_test(frame_bounds_its_threads_and_shows_the_longest),
		cmocka_unit_test(frame_shows_only_threads_in_calls_of_the_filter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
