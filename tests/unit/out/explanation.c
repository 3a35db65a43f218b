/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was seen of errors: where, and how much time they took. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "event/tally.h"
#include "out/explanation.h"

static struct error_count openat_errors[] = {{ENOENT, 5501}, {EACCES, 9000}};
static struct error_count stat_errors[] = {{ENOENT, 1}};

/* A file whose calls have all failed with ENOENT. */
static struct file_row absent(const char *name, uint64_t count)
{
	return (struct file_row){.name = name,
		.size = strlen(name),
		.calls = count,
		.errors = count,
		.error[0] = {ENOENT, count},
		.total_ns = count * 10};
}

/* Expects TEXT about ENOENT of openat, which is the second error, of REPORT with COUNT files. */
static void expect(struct file_row *files, size_t count, bool other_fails, const char *text)
{
	struct tally openat_tally = {.error = openat_errors, .error_kinds = 2};
	struct tally stat_tally = {.error = stat_errors, .error_kinds = other_fails ? 1 : 0};
	struct call_row rows[] = {
		{.call = {.nr = SYS_openat},
			.name = "openat",
			.calls = 16002,
			.errors = 14501,
			.total_ns = 1000000,
			.tally = &openat_tally},
		{.call = {.nr = SYS_stat}, .name = "stat", .calls = 1, .tally = &stat_tally},
	};
	struct report report = {.calls = rows,
		.call_count = 2,
		.view.files = true,
		.files = files,
		.file_count = count};
	struct explanation_seen seen[3];
	char buf[REPORT_TEXT_MAX];
	assert_int_equal(explanation_find(&report, &rows[0], seen, 3), 2);
	assert_int_equal(seen[0].err, EACCES);
	assert_int_equal(seen[1].err, ENOENT);
	assert_string_equal(explanation_text(&rows[0], &seen[1], buf), text);
	/* Of more errors than there is room for, the most frequent. */
	assert_int_equal(explanation_find(&report, &rows[0], seen, 1), 1);
	assert_int_equal(seen[0].err, EACCES);
}

static void a_search_is_named_by_its_place(void **state)
{
	struct file_row files[] = {absent("/usr/lib/python3/a/x.so", 5000),
		absent("/usr/lib/python3/b.so", 400), absent("/usr/lib/python3", 101)};
	(void)state;
	expect(files, 2, false, "5,501 of 16,002 calls");
	files[2] = absent("/usr/lib/python3/c", 101);
	expect(files, 3, false,
		"5,501 of 16,002 calls; all below /usr/lib/python3: search for modules; 5.50 % of "
		"the time");
}

static void a_place_that_is_not_all_of_them_is_not_named(void **state)
{
	struct file_row files[] = {absent("/usr/lib/python3/a", 5000),
		absent("/usr/lib/python3/b", 501), absent("/etc/ssl/x", 0)};
	(void)state;
	expect(files, 1, false, "5,501 of 16,002 calls");
	/* Another call has failed like this: on what is not known. */
	expect(files, 2, true, "5,501 of 16,002 calls");
	/* Those that succeed take time, too. */
	files[1].calls++;
	expect(files, 2, false,
		"5,501 of 16,002 calls; all below /usr/lib/python3: search for modules");
	/* They have nothing in common. */
	files[1] = absent("/etc/x", 501);
	expect(files, 2, false, "5,501 of 16,002 calls; 5.50 % of the time");
	/* A similar name is another place. */
	files[1] = absent("/usr/lib/python3.11/b", 501);
	expect(files, 2, false, "5,501 of 16,002 calls; all below /usr/lib; 5.50 % of the time");
}

static void a_hostile_name_is_escaped(void **state)
{
	struct file_row files[] = {absent("/tmp/\x1b[2J/a", 5500), absent("/tmp/\x1b[2J/b", 1)};
	(void)state;
	expect(files, 2, false,
		"5,501 of 16,002 calls; all below /tmp/\\x1b[2J; 5.50 % of the time");
}

/* What explanation_write() says about NAME; "": nothing. */
static char *written(const char *name, int expected)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	assert_int_equal(explanation_write(stream, name, true), expected);
	fclose(stream);
	return text;
}

static void calls_and_errors_are_explained(void **state)
{
	static const struct {
		const char *name, *part;
	} cases[] = {
		{"openat", "EMFILE: Too many open files"},
		{"openat@32", "int openat(int dirfd, const char *pathname"},
		{"ECONNREFUSED", "ECONNREFUSED (111): Connection refused"},
		{"econnrefused", "    connect\n"},
		{"EWOULDBLOCK", "EAGAIN (11)"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char *text = written(cases[i].name, 0);
		assert_non_null(strstr(text, cases[i].part));
		for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
			assert_true(end - line <= 110);
			assert_false(end > line && end[-1] == ' ');
		}
		free(text);
	}
	char *text = written("nonsense", -ENOENT);
	assert_string_equal(text, "");
	free(text);
}

static void what_has_no_explanation_has_the_library_s_words(void **state)
{
	(void)state;
	assert_string_equal(explanation_means("openat", ENFILE),
		"The whole system has as many open files as it may.");
	assert_string_equal(
		explanation_means("getpid", EROFS), "The file system is mounted read-only.");
	assert_string_equal(explanation_means("no_call", 4000), "Unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_search_is_named_by_its_place),
		cmocka_unit_test(a_place_that_is_not_all_of_them_is_not_named),
		cmocka_unit_test(a_hostile_name_is_escaped),
		cmocka_unit_test(calls_and_errors_are_explained),
		cmocka_unit_test(what_has_no_explanation_has_the_library_s_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
