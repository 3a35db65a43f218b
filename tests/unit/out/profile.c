/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles: the same from a report and from its JSON; names of another run; files from anywhere. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "out/json.h"
#include "out/profile.h"
#include "support/fixture.h"

/* The name of a new file with the SIZE bytes of TEXT; the caller removes it. */
static void write_file(char path[32], const char *text, size_t size)
{
	strcpy(path, "/tmp/profile-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, size), size);
	close(fd);
}

/* Reads TEXT as a file; its error is in ERROR. */
static int read_text(const char *text, struct profile **out, char error[PROFILE_ERROR_MAX])
{
	char path[32];
	write_file(path, text, strlen(text));
	int result = profile_read(path, out, error);
	unlink(path);
	return result;
}

static const struct profile_row *row_of(
	const struct profile *profile, enum profile_part part, const char *name)
{
	for (size_t i = 0; i < profile->list[part].count; i++) {
		if (strcmp(profile->list[part].row[i].name, name) == 0)
			return &profile->list[part].row[i];
	}
	fail_msg("no row %s", name);
	return NULL;
}

static void assert_same(const struct profile *a, const struct profile *b)
{
	for (size_t part = 0; part < PROFILE_PARTS; part++) {
		assert_int_equal(a->list[part].is_known, b->list[part].is_known);
		assert_int_equal(a->list[part].count, b->list[part].count);
		for (size_t i = 0; i < a->list[part].count; i++) {
			const struct profile_row *left = &a->list[part].row[i];
			const struct profile_row *right = row_of(
				b, (enum profile_part)part, left->name);
			assert_memory_equal(left->value, right->value, sizeof(left->value));
			assert_int_equal(left->latency.count, right->latency.count);
			assert_int_equal(hist_quantile(&left->latency, 0.5),
				hist_quantile(&right->latency, 0.5));
		}
	}
	assert_int_equal(a->counted_ns, b->counted_ns);
	assert_string_equal(a->engine, b->engine);
}

static void a_report_and_its_json_have_the_same_profile(void **state)
{
	struct fixture fixture;
	struct profile *read;
	char error[PROFILE_ERROR_MAX], *text;
	size_t size;
	(void)state;
	fixture_make(&fixture);
	for (uint64_t i = 0; i < 20; i++)
		hist_add(&fixture.tally.hist, 5000 + 700 * i);
	FILE *stream = open_memstream(&text, &size);
	assert_int_equal(json_write(stream, &fixture.report, false), 0);
	fclose(stream);
	struct profile *profile = profile_of_report(&fixture.report);
	assert_int_equal(read_text(text, &read, error), 0);
	assert_same(profile, read);
	assert_int_equal(row_of(read, PROFILE_CALLS, "openat")->latency.count, 20);
	assert_int_equal(read->total[PROFILE_COUNT], 1000020);
	free(text);
	profile_free(profile);
	profile_free(read);
	hist_clear(&fixture.tally.hist);
}

static void numbers_of_one_run_are_not_in_names(void **state)
{
	static const char *const names[][2] = {
		{"pipe:[1234]", "pipe:[*]"},
		{"socket:[9]", "socket:[*]"},
		{"/proc/123/stat", "/proc/*/stat"},
		{"/proc/123", "/proc/*"},
		{"/proc/12x/stat", "/proc/12x/stat"},
		{"/var/proc/12/x", "/var/proc/12/x"},
		{"/lib/libc.so.6", "/lib/libc.so.6"},
		{"TCP 127.0.0.1:6379", "TCP 127.0.0.1:6379"},
	};
	struct profile *profile = calloc(1, sizeof(*profile));
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_string_equal(
			profile_add(profile, PROFILE_FILES, names[i][0])->name, names[i][1]);
	profile_free(profile);
}

static void rows_with_one_name_become_one(void **state)
{
	struct profile *profile = calloc(1, sizeof(*profile));
	(void)state;
	for (int i = 0; i < 3; i++) {
		char name[32];
		snprintf(name, sizeof(name), "pipe:[%d]", i);
		profile_add(profile, PROFILE_FILES, name)->value[PROFILE_BYTES] = 5;
	}
	profile_sort(profile);
	assert_int_equal(profile->list[PROFILE_FILES].count, 1);
	assert_int_equal(profile->list[PROFILE_FILES].row->value[PROFILE_BYTES], 15);
	profile_free(profile);
}

#define SCHEMA "\"schema\":\"" JSON_SCHEMA "\""

/* What is not as expected counts as absent; the last of several reports counts. */
static void odd_fields_count_as_absent(void **state)
{
	static const char *const texts[] = {
		"{" SCHEMA "}",
		"{" SCHEMA ",\"syscalls\":5,\"stacks\":{},\"files\":\"x\"}",
		"{" SCHEMA
		",\"syscalls\":[5,[],{\"name\":7},null],\"stacks\":[3,{\"frames\":[1,{}]}]}",
		"{" SCHEMA ",\"elapsed_ns\":-5,\"counted_ns\":1e300,\"command\":{}}",
		"{" SCHEMA
		",\"syscalls\":[{\"name\":\"read\",\"calls\":-1,\"latency\":[[-1,5],[1],7]}]}",
		"{\"schema\":\"else\"}\n{" SCHEMA "}\n",
	};
	struct profile *profile;
	char error[PROFILE_ERROR_MAX];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		assert_int_equal(read_text(texts[i], &profile, error), 0);
		assert_int_equal(profile->total[PROFILE_COUNT], 0);
		profile_free(profile);
	}
}

static void what_is_no_report_is_refused(void **state)
{
	static const char *const texts[][2] = {
		{"", "it is empty"},
		{" \n", "it is empty"},
		{"{" SCHEMA, "it is not JSON"},
		{"{" SCHEMA "} x", "it is not JSON"},
		{"[]", "it is no report"},
		{"{}", "it is no report"},
		{"{\"schema\":\"stop.snapshot/2\"}", "its schema is \"stop.snapshot/2\""},
		{"{\"schema\":\"\\u001b[31m\"}", "its schema is \"\\x1b[31m\""},
	};
	struct profile *profile;
	char error[PROFILE_ERROR_MAX];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		assert_int_equal(read_text(texts[i][0], &profile, error), -EINVAL);
		if (strncmp(error, texts[i][1], strlen(texts[i][1])) != 0)
			fail_msg("\"%s\" instead of \"%s\"", error, texts[i][1]);
	}
	assert_int_equal(profile_read("/nonexistent/x", &profile, error), -ENOENT);
	assert_int_equal(profile_read("/", &profile, error), -EISDIR);
}

/* A bomb: the memory is limited; and nesting is. */
static void what_would_need_too_much_is_refused(void **state)
{
	size_t size = 8 << 20;
	char *text = malloc(size + 1), error[PROFILE_ERROR_MAX];
	struct profile *profile;
	(void)state;
	memset(text, '[', size);
	text[size] = '\0';
	assert_int_equal(read_text(text, &profile, error), -EINVAL);
	free(text);
}

static void text_of_files_is_escaped(void **state)
{
	struct profile *profile;
	char error[PROFILE_ERROR_MAX];
	(void)state;
	assert_int_equal(
		read_text("{" SCHEMA ",\"command\":\"\\u001b]0;x\\u0007\",\"files\":[{\"name\":"
			  "\"a\\\\n\\u202eb\",\"calls\":1}]}",
			&profile, error),
		0);
	assert_string_equal(profile->target, "\\x1b]0;x\\a");
	assert_string_equal(profile->list[PROFILE_FILES].row->name, "a\\n\\u202eb");
	profile_free(profile);
}

static void subtracting_leaves_what_happened_since(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	struct profile *before = profile_of_report(&fixture.report);
	fixture.calls[1].calls += 500;
	fixture.calls[1].total_ns += 70;
	fixture.report.facts.now_ns += NS_PER_S;
	struct profile *since = profile_of_report(&fixture.report);
	profile_subtract(since, before);
	assert_int_equal(since->counted_ns, NS_PER_S);
	assert_int_equal(since->total[PROFILE_COUNT], 500);
	assert_int_equal(row_of(since, PROFILE_CALLS, "read")->value[PROFILE_TIME], 70);
	assert_int_equal(row_of(since, PROFILE_CALLS, "openat")->value[PROFILE_COUNT], 0);
	profile_free(before);
	profile_free(since);
}

static void an_idle_wait_that_is_known_later_was_idle_before(void **state)
{
	struct fixture fixture;
	(void)state;
	fixture_make(&fixture);
	struct profile *before = profile_of_report(&fixture.report);
	uint64_t time_ns = row_of(before, PROFILE_CALLS, "read")->value[PROFILE_TIME];
	assert_true(time_ns > 10);
	fixture.calls[1].idle_ns += time_ns - 10;
	struct profile *now = profile_of_report(&fixture.report);
	uint64_t total_ns = before->total[PROFILE_TIME];
	profile_revise(before, now);
	assert_int_equal(row_of(before, PROFILE_CALLS, "read")->value[PROFILE_TIME], 10);
	assert_int_equal(before->total[PROFILE_TIME], total_ns - (time_ns - 10));
	profile_free(before);
	profile_free(now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_report_and_its_json_have_the_same_profile),
		cmocka_unit_test(numbers_of_one_run_are_not_in_names),
		cmocka_unit_test(rows_with_one_name_become_one),
		cmocka_unit_test(odd_fields_count_as_absent),
		cmocka_unit_test(what_is_no_report_is_refused),
		cmocka_unit_test(what_would_need_too_much_is_refused),
		cmocka_unit_test(text_of_files_is_escaped),
		cmocka_unit_test(subtracting_leaves_what_happened_since),
		cmocka_unit_test(an_idle_wait_that_is_known_later_was_idle_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
