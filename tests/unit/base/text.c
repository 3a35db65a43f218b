/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escaping: nothing that affects a terminal gets through, at any length. */
#include "config.h"

#include "support/unit.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "support/random.h"

#define ELLIPSIS "…"

static void texts_are_escaped(void **state)
{
	static const struct {
		const char *text;
		const char *shown;
	} cases[] = {
		{"", ""},
		{"redis-server", "redis-server"},
		{"a b", "a b"},
		{"\\", "\\\\"},
		{"C:\\n", "C:\\\\n"},
		{"\a\b\t\n\v\f\r", "\\a\\b\\t\\n\\v\\f\\r"},
		{"\x01\x1b[31m\x7f", "\\x01\\x1b[31m\\x7f"},
		{"ü€😀", "ü€😀"},
		/* the 8-bit CSI of xterm, as a byte and as a character */
		{"\x9b", "\\x9b"},
		{"\xc2\x9b", "\\u009b"},
		/* not UTF-8: a lone byte, truncated, overlong, a surrogate, out of range */
		{"\x80", "\\x80"},
		{"a\xc3", "a\\xc3"},
		{"\xe2\x82", "\\xe2\\x82"},
		{"\xe2\x82x", "\\xe2\\x82x"},
		{"\xc0\xaf", "\\xc0\\xaf"},
		{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"},
		{"\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf"},
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
		{"\xf5\xff\xfe", "\\xf5\\xff\\xfe"},
		/* characters that reorder or hide their neighbours */
		{"\u202e", "\\u202e"},
		{"\u2066x\u2069", "\\u2066x\\u2069"},
		{"\u200b\u200f\ufeff", "\\u200b\\u200f\\ufeff"},
		{"\u2028", "\\u2028"},
		{"\u00ad", "\\u00ad"},
		{"\U000e0041", "\\U000e0041"},
		/* a mark belongs to a letter, and to nothing else */
		{"e\u0301\u0302x", "e\u0301\u0302x"},
		{"\u0301", "\\u0301"},
		{" \u0301", " \\u0301"},
		{"\u200b\u0301", "\\u200b\\u0301"},
		{"\n\u0301", "\\n\\u0301"},
		/* what cannot be seen */
		{"\u3164\u115f\u2800\u00a0", "\\u3164\\u115f\\u2800\\u00a0"},
		{"x\ufe0f\u034f", "x\\ufe0f\\u034f"},
		/* letters from right to left */
		{"\u05d0\u05d1", "\\u05d0\\u05d1"},
		{"a\u0627", "a\\u0627"},
		{"\U0001e900", "\\U0001e900"},
		{"\ufb50", "\\ufb50"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char buf[128];
		assert_ptr_equal(
			text_escape(cases[i].text, strlen(cases[i].text), buf, sizeof(buf)), buf);
		assert_string_equal(buf, cases[i].shown);
	}
}

static void text_ends_at_its_size_or_at_a_nul(void **state)
{
	char buf[32];
	(void)state;
	assert_string_equal(text_escape("abcdef", 3, buf, sizeof(buf)), "abc");
	assert_string_equal(text_escape("ab\0cd", 5, buf, sizeof(buf)), "ab");
	/* the size truncates a character: the rest is invalid */
	assert_string_equal(text_escape("€", 2, buf, sizeof(buf)), "\\xe2\\x82");
	assert_string_equal(text_escape("abc", 0, buf, sizeof(buf)), "");
}

static void text_is_truncated_at_a_character(void **state)
{
	static const struct {
		const char *text;
		size_t capacity;
		const char *shown;
	} cases[] = {
		{"abcdef", 7, "abcdef"},
		{"abcdef", 6, "ab" ELLIPSIS},
		{"abcdef", 5, "a" ELLIPSIS},
		{"abcdef", 4, ELLIPSIS},
		{"abcdef", 3, ""},
		{"abcdef", 1, ""},
		{"ab", 3, "ab"},
		{"ab\x1b", 7, "ab\\x1b"},
		{"ab\x1b", 6, "ab" ELLIPSIS},
		{"a€b", 6, "a€b"},
		{"a€bc", 6, "a" ELLIPSIS},
		{"€€€", 7, "€" ELLIPSIS},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char buf[32];
		text_escape(cases[i].text, strlen(cases[i].text), buf, cases[i].capacity);
		assert_string_equal(buf, cases[i].shown);
	}
}

/* The length of the UTF-8 character at TEXT, or 0 if there is none. */
static size_t character_length(const unsigned char *text)
{
	size_t length = *text < 0x80             ? 1
	                : (*text & 0xe0) == 0xc0 ? 2
	                : (*text & 0xf0) == 0xe0 ? 3
	                : (*text & 0xf8) == 0xf0 ? 4
	                                         : 0;
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

/* Whether TEXT consists of complete characters without control characters. */
static bool is_harmless(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	while (*at) {
		size_t length = character_length(at);
		if (length == 0 || *at < 0x20 || *at == 0x7f)
			return false;
		if (at[0] == 0xc2 && at[1] < 0xa0)
			return false;
		at += length;
	}
	return true;
}

static bool ends_in_ellipsis(const char *text)
{
	size_t length = strlen(text);
	return length >= strlen(ELLIPSIS) &&
	       strcmp(text + length - strlen(ELLIPSIS), ELLIPSIS) == 0;
}

/* Escapes TEXT with every capacity, between guard bytes. */
static void check_capacities(const char *text, size_t size)
{
	enum { GUARD = 8 };
	char whole[256], buf[GUARD + sizeof(whole) + GUARD];
	text_escape(text, size, whole, sizeof(whole));
	size_t length = strlen(whole);
	for (size_t capacity = 0; capacity <= length + 2; capacity++) {
		memset(buf, 'G', sizeof(buf));
		char *got = text_escape(text, size, buf + GUARD, capacity);
		for (size_t i = 0; i < GUARD; i++) {
			assert_int_equal(buf[i], 'G');
			assert_int_equal(got[capacity + i], 'G');
		}
		if (capacity == 0)
			continue;
		assert_true(memchr(got, '\0', capacity) != NULL);
		assert_true(is_harmless(got));
		if (capacity > length)
			assert_string_equal(got, whole);
		else
			assert_true(capacity <= strlen(ELLIPSIS) || ends_in_ellipsis(got));
	}
}

static void no_capacity_overflows(void **state)
{
	uint64_t seed = 9;
	(void)state;
	for (int i = 0; i < 3000; i++) {
		char text[24];
		size_t size = (size_t)random_below(&seed, sizeof(text) + 1);
		for (size_t at = 0; at < size; at++)
			text[at] = (char)(random_below(&seed, 4) ? random_next(&seed) >> 56 : 'a');
		check_capacities(text, size);
	}
}

/* Three and four bytes that begin like a character, followed by every combination. */
static void invalid_characters_never_get_through(void **state)
{
	(void)state;
	for (unsigned int first = 0x80; first < 0x100; first++) {
		for (unsigned int second = 1; second < 0x100; second++) {
			const char text[] = {(char)first, (char)second, '\x80', '\x80'};
			char buf[64];
			assert_true(is_harmless(text_escape(text, sizeof(text), buf, sizeof(buf))));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_escaped),
		cmocka_unit_test(text_ends_at_its_size_or_at_a_nul),
		cmocka_unit_test(text_is_truncated_at_a_character),
		cmocka_unit_test(no_capacity_overflows),
		cmocka_unit_test(invalid_characters_never_get_through),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
