/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Server-sent events. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out/server_event.h"

static void check(const char *text, size_t size, const char *data)
{
	char *written = NULL, expected[256];
	size_t length = 0;
	FILE *stream = open_memstream(&written, &length);
	server_event_write(stream, "parts", 2000, text, size);
	assert_int_equal(fclose(stream), 0);
	snprintf(expected, sizeof(expected), "event: parts\nretry: 2000\n%s\n", data);
	assert_string_equal(written, expected);
	free(written);
}

static void each_line_is_a_field(void **state)
{
	(void)state;
	check("", 0, "");
	check("one", 3, "data: one\n");
	check("one\ntwo", 7, "data: one\ndata: two\n");
	check("one\n\ntwo\n", 9, "data: one\ndata: \ndata: two\n");
}

static void no_text_ends_the_event(void **state)
{
	(void)state;
	/* A carriage return ends a line, too. */
	check("a\r\rdata: x", 10, "data: a\ndata: \ndata: data: x\n");
	check("a\r\nb\r", 5, "data: a\ndata: b\n");
	check("a\r\n\r\nevent: end", 15, "data: a\ndata: \ndata: event: end\n");
	check("abc", 2, "data: ab\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_line_is_a_field),
		cmocka_unit_test(no_text_ends_the_event),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
