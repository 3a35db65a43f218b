/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escaping of untrusted text; see base/text.h. */
#include "config.h"

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Size of the longest representation of a character: "\u0085" or "\U000e0001". */
#define PIECE_MAX 12

#define ELLIPSIS  "…"

/*
 * Decodes the character at TEXT, of SIZE > 0 bytes. Returns its length, or 0 if the bytes are not
 * UTF-8 (too short, overlong, a surrogate, beyond Unicode: RFC 3629).
 */
static size_t decode(const unsigned char *text, size_t size, uint32_t *out)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length = text[0] < 0x80   ? 1
	                : text[0] < 0xc2 ? 0
	                : text[0] < 0xe0 ? 2
	                : text[0] < 0xf0 ? 3
	                : text[0] < 0xf5 ? 4
	                                 : 0;
	if (length == 0 || length > size)
		return 0;
	uint32_t code = length == 1 ? text[0] : text[0] & (0x7fU >> length);
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*out = code;
	return length;
}

/* Characters that affect the terminal or their neighbours instead of being displayed. */
static bool is_unsafe(uint32_t code)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x00, 0x1f},       /* C0 controls */
		{0x7f, 0x9f},       /* DEL and the C1 controls, 8-bit CSI among them */
		{0xad, 0xad},       /* soft hyphen */
		{0x61c, 0x61c},     /* Arabic letter mark */
		{0x200b, 0x200f},   /* zero-width characters and direction marks */
		{0x2028, 0x202e},   /* line separators, embeddings and overrides */
		{0x2060, 0x206f},   /* joiners, isolates, deprecated formatting */
		{0xfeff, 0xfeff},   /* byte order mark */
		{0xfff9, 0xfffb},   /* interlinear annotation */
		{0xe0000, 0xe007f}, /* tags */
	};
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

/* Writes the representation of character CODE of LENGTH bytes at TEXT (LENGTH 0: an invalid byte).
 */
static void escape_character(
	const unsigned char *text, size_t length, uint32_t code, char piece[PIECE_MAX])
{
	static const char names[32] = {['\a'] = 'a',
		['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\v'] = 'v',
		['\f'] = 'f',
		['\r'] = 'r'};
	if (length == 0)
		snprintf(piece, PIECE_MAX, "\\x%02x", text[0]);
	else if (code == '\\')
		snprintf(piece, PIECE_MAX, "\\\\");
	else if (!is_unsafe(code))
		snprintf(piece, PIECE_MAX, "%.*s", (int)length, (const char *)text);
	else if (code < sizeof(names) && names[code])
		snprintf(piece, PIECE_MAX, "\\%c", names[code]);
	else if (code < 0x80)
		snprintf(piece, PIECE_MAX, "\\x%02x", (unsigned int)code);
	else
		snprintf(piece, PIECE_MAX, code > 0xffff ? "\\U%08x" : "\\u%04x",
			(unsigned int)code);
}

char *text_escape(const char *text, size_t size, char *buf, size_t capacity)
{
	const unsigned char *from = (const unsigned char *)text;
	size_t left = strnlen(text, size);
	size_t used = 0;
	size_t cut = 0; /* length at which the ellipsis still fits */
	if (capacity == 0)
		return buf;
	while (left) {
		char piece[PIECE_MAX];
		uint32_t code = 0;
		size_t length = decode(from, left, &code);
		escape_character(from, length, code, piece);
		size_t add = strlen(piece);
		if (used + add >= capacity) {
			used = cut;
			if (used + strlen(ELLIPSIS) < capacity)
				used += (size_t)sprintf(buf + used, "%s", ELLIPSIS);
			break;
		}
		memcpy(buf + used, piece, add);
		used += add;
		if (used + strlen(ELLIPSIS) < capacity)
			cut = used;
		from += length ? length : 1;
		left -= length ? length : 1;
	}
	buf[used] = '\0';
	return buf;
}
