/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of texts; see engine/replay/span.h. */
#include "config.h"

#include "engine/replay/span.h"

#define ESCAPE '\033'

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct span span_trim(struct span span)
{
	span_skip_blanks(&span);
	while (span.size && is_blank(span.start[span.size - 1]))
		span.size--;
	return span;
}

bool span_take(struct span *span, const char *text)
{
	if (!span_begins(*span, text))
		return false;
	*span = span_after(*span, strlen(text));
	return true;
}

void span_skip_blanks(struct span *span)
{
	while (span->size && is_blank(*span->start))
		*span = span_after(*span, 1);
}

/* The value of a digit of BASE, or -1. */
static int digit_of(char c, unsigned int base)
{
	int value = is_digit(c)            ? c - '0'
	            : c >= 'a' && c <= 'f' ? c - 'a' + 10
	            : c >= 'A' && c <= 'F' ? c - 'A' + 10
	                                   : -1;
	return value < (int)base ? value : -1;
}

/* Takes the digits of BASE. */
static bool take_digits(struct span *span, unsigned int base, uint64_t *number)
{
	uint64_t value = 0;
	size_t used = 0;
	/* So many cannot overflow. */
	for (; base == 10 && used < span->size && used < 18 && is_digit(span->start[used]); used++)
		value = value * 10 + (uint64_t)(span->start[used] - '0');
	for (; used < span->size; used++) {
		int digit = digit_of(span->start[used], base);
		if (digit < 0)
			break;
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
			__builtin_add_overflow(value, (uint64_t)digit, &value))
			return false;
	}
	if (!used)
		return false;
	*span = span_after(*span, used);
	*number = value;
	return true;
}

bool span_take_number(struct span *span, uint64_t *number)
{
	return take_digits(span, 10, number);
}

bool span_take_c_number(struct span *span, uint64_t *number)
{
	struct span rest = *span;
	uint64_t value;
	bool is_negative = span_take(&rest, "-");
	bool is_hex = span_take(&rest, "0x") || span_take(&rest, "0X");
	bool is_octal = !is_hex && rest.size > 1 && rest.start[0] == '0' && is_digit(rest.start[1]);
	if (!take_digits(&rest, is_hex ? 16 : is_octal ? 8 : 10, &value))
		return false;
	*number = is_negative ? 0 - value : value;
	*span = rest;
	return true;
}

bool span_take_until(struct span *span, char c, struct span *part)
{
	const char *at = span->size ? memchr(span->start, c, span->size) : NULL;
	if (!at)
		return false;
	*part = span_between(span->start, at);
	*span = span_after(*span, part->size + 1);
	return true;
}

size_t span_strip_colours(char *text, size_t size)
{
	const char *first = size ? memchr(text, ESCAPE, size) : NULL;
	if (!first)
		return size;
	size_t used = (size_t)(first - text);
	for (size_t i = used; i < size; i++) {
		if (text[i] != ESCAPE || i + 1 == size || text[i + 1] != '[') {
			text[used++] = text[i];
			continue;
		}
		/* Up to the letter that ends it. */
		for (i += 2; i < size && (unsigned char)(text[i] - 0x20) < 0x20; i++)
			;
	}
	return used;
}
