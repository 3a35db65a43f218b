/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escaping of untrusted text; see base/text.h. */
#include "config.h"

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/characters.h"

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

/*
 * Writes the representation of character CODE of LENGTH bytes at TEXT (LENGTH 0: an invalid byte).
 * *HAS_BASE is whether the character before it is one that a mark can be drawn over, and becomes
 * whether this one is.
 */
static void escape_character(const unsigned char *text, size_t length, uint32_t code,
	bool *has_base, char piece[PIECE_MAX])
{
	static const char names[32] = {['\a'] = 'a',
		['\b'] = 'b',
		['\t'] = 't',
		['\n'] = 'n',
		['\v'] = 'v',
		['\f'] = 'f',
		['\r'] = 'r'};
	bool is_lone = character_is_mark(code) && !*has_base;
	bool is_safe = length && !character_is_unsafe(code) && !is_lone;
	*has_base = is_safe && code > ' ';
	if (length == 0)
		snprintf(piece, PIECE_MAX, "\\x%02x", text[0]);
	else if (code == '\\')
		snprintf(piece, PIECE_MAX, "\\\\");
	else if (is_safe)
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
	bool has_base = false;
	size_t cut = 0; /* length at which the ellipsis still fits */
	if (capacity == 0)
		return buf;
	while (left) {
		char piece[PIECE_MAX];
		uint32_t code = 0;
		size_t length = decode(from, left, &code);
		escape_character(from, length, code, &has_base, piece);
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
