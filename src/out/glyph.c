/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decoding, width and ASCII replacements of characters; see out/glyph.h. */
#include "config.h"

#include "out/glyph.h"

#include <wchar.h>

/* Whether BYTE is a continuation byte, 10xxxxxx. */
static bool continues(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Length of the character starting with BYTE; 0 if invalid (RFC 3629). */
static size_t length_from(unsigned char byte)
{
	return byte < 0x80   ? 1
	       : byte < 0xc2 ? 0
	       : byte < 0xe0 ? 2
	       : byte < 0xf0 ? 3
	       : byte < 0xf5 ? 4
	                     : 0;
}

uint32_t glyph_next(const char **text)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *from = (const unsigned char *)*text;
	if (!*from)
		return 0;
	size_t length = length_from(*from);
	uint32_t code = length == 1 ? *from : *from & (0x7fU >> length);
	for (size_t i = 1; i < length; i++) {
		/* The final NUL is not a continuation byte: nothing after it is read. */
		if (!continues(from[i]))
			length = 0;
		else
			code = code << 6 | (from[i] & 0x3fU);
	}
	if (length == 0 || code < least[length] || code > 0x10ffff ||
		(code >= 0xd800 && code < 0xe000)) {
		*text += 1;
		return GLYPH_INVALID;
	}
	*text += length;
	return code;
}

size_t glyph_encode(uint32_t code, char buf[GLYPH_BYTES])
{
	static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = length; i-- > 1;) {
		buf[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	buf[0] = (char)(lead[length] | code);
	buf[length] = '\0';
	return length;
}

int glyph_width(uint32_t code)
{
	int width = wcwidth((wchar_t)code);
	return width < 0 ? 1 : width;
}

char glyph_ascii(uint32_t code)
{
	static const struct {
		uint32_t code;
		char ascii;
	} stand_ins[] = {
		{0x00b5, 'u'}, /* µ */
		{0x00b7, '.'}, /* · */
		{0x00d7, 'x'}, /* × */
		{0x2013, '-'}, /* – */
		{0x2014, '-'}, /* — */
		{0x2026, '>'}, /* …, after truncated text */
		{0x2190, '<'}, /* ← */
		{0x2191, '^'}, /* ↑ */
		{0x2192, '>'}, /* → */
		{0x2193, 'v'}, /* ↓ */
		{0x2264, '<'}, /* ≤ */
		{0x2500, '-'}, /* ─ */
		{0x2502, '|'}, /* │ */
		{0x250c, '+'}, /* ┌ */
		{0x2510, '+'}, /* ┐ */
		{0x2514, '+'}, /* └ */
		{0x2518, '+'}, /* ┘ */
		{0x251c, '+'}, /* ├ */
		{0x2524, '+'}, /* ┤ */
		{0x253c, '+'}, /* ┼ */
		{0x2581, '_'}, /* ▁ */
		{0x2582, '.'}, /* ▂ */
		{0x2583, ':'}, /* ▃ */
		{0x2584, '-'}, /* ▄ */
		{0x2585, '='}, /* ▅ */
		{0x2586, '+'}, /* ▆ */
		{0x2587, '*'}, /* ▇ */
		{0x2588, '#'}, /* █ */
		{0x2589, '#'}, /* ▉ */
		{0x258a, '#'}, /* ▊ */
		{0x258b, '='}, /* ▋ */
		{0x258c, '='}, /* ▌ */
		{0x258d, '-'}, /* ▍ */
		{0x258e, '-'}, /* ▎ */
		{0x258f, '-'}, /* ▏ */
		{0x2591, '.'}, /* ░ */
		{0x2592, ':'}, /* ▒ */
		{0x2593, '%'}, /* ▓ */
		{0x25b2, '^'}, /* ▲ */
		{0x25b6, '>'}, /* ▶ */
		{0x25bc, 'v'}, /* ▼ */
	};
	if (code < 0x80)
		return (char)code;
	for (size_t i = 0; i < sizeof(stand_ins) / sizeof(*stand_ins); i++) {
		if (stand_ins[i].code == code)
			return stand_ins[i].ascii;
	}
	return '?';
}

int glyph_columns(const char *text)
{
	int columns = 0;
	for (uint32_t code; (code = glyph_next(&text)) != 0;)
		columns += glyph_width(code);
	return columns;
}

void glyph_write(FILE *stream, const char *text, bool ascii)
{
	if (!ascii) {
		fputs(text, stream);
		return;
	}
	for (uint32_t code; (code = glyph_next(&text)) != 0;) {
		if (glyph_width(code))
			fputc(glyph_ascii(code), stream);
	}
}

size_t glyph_next_line(const char **text, int columns)
{
	const char *begin = *text, *at = begin, *fits = begin, *blank = NULL;
	int used = 0;
	for (uint32_t code; used <= columns && (code = glyph_next(&at)) != 0;) {
		used += glyph_width(code);
		if (used <= columns)
			fits = at;
		if (code == ' ' && fits == at)
			blank = at;
	}
	const char *end = !*fits || !blank ? fits : blank;
	/* A character that is wider than the line. */
	if (end == begin && *begin)
		glyph_next(&end);
	*text = end;
	return (size_t)(end - begin);
}
