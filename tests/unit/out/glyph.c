/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Characters: decoding, widths, ASCII replacements. */
#include "config.h"

#include "support/unit.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out/glyph.h"

static void decodes_valid_utf8(void **state)
{
	static const struct {
		const char *text;
		uint32_t code;
		size_t length;
	} cases[] = {
		{"a", 'a', 1}, {"µs", 0xb5, 2}, {"€", 0x20ac, 3}, {"𝄞", 0x1d11e, 4},
		{"\xff", GLYPH_INVALID, 1}, {"\x80z", GLYPH_INVALID, 1},
		{"\xc0\xaf", GLYPH_INVALID, 1},         /* overlong */
		{"\xe0\x80\xaf", GLYPH_INVALID, 1},     /* overlong */
		{"\xed\xa0\x80", GLYPH_INVALID, 1},     /* a surrogate */
		{"\xf4\x90\x80\x80", GLYPH_INVALID, 1}, /* beyond Unicode */
		{"\xe2\x82", GLYPH_INVALID, 1},         /* cut short */
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *at = cases[i].text;
		assert_int_equal(glyph_next(&at), cases[i].code);
		assert_int_equal(at - cases[i].text, cases[i].length);
	}
}

static void stays_at_the_end(void **state)
{
	const char *text = "";
	const char *at = text;
	(void)state;
	assert_int_equal(glyph_next(&at), 0);
	assert_ptr_equal(at, text);
}

static void encodes_what_it_has_decoded(void **state)
{
	static const uint32_t codes[] = {'a', 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		char text[GLYPH_BYTES];
		const char *at = text;
		size_t length = glyph_encode(codes[i], text);
		assert_int_equal(length, strlen(text));
		assert_int_equal(glyph_next(&at), codes[i]);
		assert_int_equal(*at, '\0');
	}
}

static void knows_widths(void **state)
{
	static const struct {
		const char *text;
		int width;
	} cases[] = {{"", 0}, {"abc", 3}, {"1.23µs", 6}, {"日本", 4}, {"e\u0301x", 2}, {"≤…", 2}};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(glyph_columns(cases[i].text), cases[i].width);
}

static void has_ascii_replacements(void **state)
{
	char text[64] = "";
	FILE *stream = fmemopen(text, sizeof(text), "w");
	(void)state;
	glyph_write(stream, "~1.23µs ≤9ns e\u0301 日…▼", true);
	fclose(stream);
	assert_string_equal(text, "~1.23us <9ns e ?>v");
}

static void writes_utf8_unchanged(void **state)
{
	char text[64] = "";
	FILE *stream = fmemopen(text, sizeof(text), "w");
	(void)state;
	glyph_write(stream, "1.23µs 日", false);
	fclose(stream);
	assert_string_equal(text, "1.23µs 日");
}

int main(void)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_valid_utf8),
		cmocka_unit_test(stays_at_the_end),
		cmocka_unit_test(encodes_what_it_has_decoded),
		cmocka_unit_test(knows_widths),
		cmocka_unit_test(has_ascii_replacements),
		cmocka_unit_test(writes_utf8_unchanged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
