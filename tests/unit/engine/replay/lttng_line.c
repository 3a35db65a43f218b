/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of kernel traces: their parts, and what is none. */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "engine/replay/lttng_line.h"

static struct span span_of(const char *text)
{
	return (struct span){text, strlen(text)};
}

static void a_line_has_time_cpu_name_and_fields(void **state)
{
	struct lttng_line line;
	uint64_t number;
	(void)state;
	assert_true(
		lttng_line_parse(span_of("17 2 syscall_entry_openat @tid=5 @procname=\"a\\\"b\" "
					 "dfd=-100 filename=\"/a b=c\" tid=7 argv=- mode=0x1b6"),
			&line));
	assert_int_equal(line.time_ns, 17);
	assert_int_equal(line.cpu, 2);
	assert_true(span_is(line.name, "syscall_entry_openat"));
	assert_int_equal(line.count, 7);
	assert_true(lttng_line_number(&line, "tid", true, &number) && number == 5);
	assert_true(lttng_line_number(&line, "tid", false, &number) && number == 7);
	assert_true(lttng_line_number(&line, "dfd", false, &number) && (int64_t)number == -100);
	assert_true(lttng_line_number(&line, "mode", false, &number) && number == 0666);
	assert_true(span_is(*lttng_line_find(&line, "filename", false), "\"/a b=c\""));
	assert_true(span_is(*lttng_line_find(&line, "procname", true), "\"a\\\"b\""));
	assert_false(lttng_line_number(&line, "argv", false, &number));
	assert_false(lttng_line_number(&line, "filename", false, &number));
	assert_null(lttng_line_find(&line, "filename", true));
}

static void a_cpu_may_be_unknown_and_fields_missing(void **state)
{
	struct lttng_line line;
	(void)state;
	assert_true(lttng_line_parse(span_of("18446744073709551615 - x"), &line));
	assert_int_equal(line.cpu, -1);
	assert_int_equal(line.count, 0);
	assert_true(lttng_line_parse(span_of("1 4096 x"), &line));
	assert_int_equal(line.cpu, -1);
}

static void too_many_fields_are_left_out(void **state)
{
	struct lttng_line line;
	char text[1024] = "1 0 x";
	(void)state;
	for (int i = 0; i < 2 * LTTNG_FIELDS_MAX; i++)
		strcat(text, " a=1");
	assert_true(lttng_line_parse(span_of(text), &line));
	assert_int_equal(line.count, LTTNG_FIELDS_MAX);
}

static void what_is_no_line_is_refused(void **state)
{
	static const char *const texts[] = {"", " ", "end 1", "x 0 y", "0 0 x", "-1 0 x", "1",
		"1 0", "1 0 ", "1 x y", "1 -1 y", "1 0 x a", "1 0 x a=", "1 0 x a=\"b",
		"1 0 x a=\"b\\\"", "18446744073709551616 0 x"};
	struct lttng_line line;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		if (lttng_line_parse(span_of(texts[i]), &line))
			fail_msg("\"%s\" is a line", texts[i]);
	}
}

/* Nothing is read behind the end of a line: sanitizers see it. */
static void hostile_lines_do_no_harm(void **state)
{
	static const char *const pieces[] = {
		"1", " ", "=", "\"", "\\", "@", "-", "a", "0x", "99999999"};
	struct lttng_line line;
	char text[256];
	(void)state;
	srandom(1);
	for (int i = 0; i < 50000; i++) {
		size_t size = 0, count = (size_t)random() % 24;
		for (size_t j = 0; j < count; j++) {
			const char *piece = pieces[(size_t)random() % COUNT_OF(pieces)];
			memcpy(text + size, piece, strlen(piece));
			size += strlen(piece);
		}
		char *copy = malloc(size + 1);
		memcpy(copy, text, size);
		if (lttng_line_parse((struct span){copy, size}, &line))
			assert_true(line.count <= LTTNG_FIELDS_MAX && line.time_ns > 0);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_time_cpu_name_and_fields),
		cmocka_unit_test(a_cpu_may_be_unknown_and_fields_missing),
		cmocka_unit_test(too_many_fields_are_left_out),
		cmocka_unit_test(what_is_no_line_is_refused),
		cmocka_unit_test(hostile_lines_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
