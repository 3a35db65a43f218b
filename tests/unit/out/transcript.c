/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program's output as lines: line control is interpreted, and everything else escaped. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "out/transcript.h"

static void interprets_only_line_control_characters(void **state)
{
	static const struct {
		const char *bytes;
		const char *line; /* the first resulting line */
	} cases[] = {
		{"plain\n", "plain"},
		{"not ended", "not ended"},
		{"dos\r\n", "dos"},
		{"10%\r20%\r30%", "30%"},
		{"long text\rshort\n", "short"},
		{"ab\bc\n", "ac"},
		{"\b\bx\n", "x"},
		{"a\tb\n", "a       b"},
		{"\x1b[31mred\x1b[0m\n", "red"},
		{"\x1b]0;title\aafter\n", "after"},
		{"\x1b]0;title\x1b\\after\n", "after"},
		{"\x1bP1$r\x1bx\x1b\\after\n", "after"},
		{"\x1b(Bafter\n", "after"},
		{"\x1b[2J\x1b[Hhome\n", "home"},
		{"\x1b"
		 "7saved\x1b"
		 "8\n",
			"saved"},
		{"bell\a\x01\x7f\n", "bell"},
		{"\x1b]0;never ended\nnext\n", ""},
		{"\xc3\xa4 \xe6\x97\xa5\n", "\xc3\xa4 \xe6\x97\xa5"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct transcript *whole = transcript_new(), *cut = transcript_new();
		transcript_add(whole, cases[i].bytes, strlen(cases[i].bytes));
		for (const char *byte = cases[i].bytes; *byte; byte++)
			transcript_add(cut, byte, 1);
		assert_string_equal(transcript_line(whole, 0), cases[i].line);
		assert_string_equal(transcript_line(cut, 0), cases[i].line);
		transcript_free(whole);
		transcript_free(cut);
	}
}

static void keeps_the_last_lines(void **state)
{
	struct transcript *transcript = transcript_new();
	char line[32];
	(void)state;
	assert_int_equal(transcript_count(transcript), 0);
	for (int i = 0; i < TRANSCRIPT_LINES + 10; i++) {
		snprintf(line, sizeof(line), "%d\n", i);
		transcript_add(transcript, line, strlen(line));
	}
	transcript_add(transcript, "last", 4);
	assert_int_equal(transcript_count(transcript), TRANSCRIPT_LINES + 1);
	assert_int_equal(transcript_dropped(transcript), 10);
	assert_string_equal(transcript_line(transcript, 0), "10");
	assert_string_equal(transcript_line(transcript, TRANSCRIPT_LINES), "last");
	transcript_free(transcript);
	transcript_free(NULL);
}

static void an_endless_line_is_truncated(void **state)
{
	struct transcript *transcript = transcript_new();
	(void)state;
	for (int i = 0; i < 100000; i++)
		transcript_add(transcript, "x\t", 2);
	assert_int_equal(strlen(transcript_line(transcript, 0)), TRANSCRIPT_LINE_MAX - 1);
	transcript_free(transcript);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interprets_only_line_control_characters),
		cmocka_unit_test(keeps_the_last_lines),
		cmocka_unit_test(an_endless_line_is_truncated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
