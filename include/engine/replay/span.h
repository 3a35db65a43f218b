/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A part of a text that is kept elsewhere: not owned, no NUL at its end, any bytes in it. For the
 * readers of text formats in this directory. Pure; any thread.
 */
#ifndef STOP_ENGINE_REPLAY_SPAN_H
#define STOP_ENGINE_REPLAY_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *start;
	size_t size; /* 0: there is nothing, and start may be NULL */
};

/* The span from START up to END. */
static inline struct span span_between(const char *start, const char *end)
{
	return (struct span){start, (size_t)(end - start)};
}

/* Whether SPAN is TEXT. */
static inline bool span_is(struct span span, const char *text)
{
	size_t size = strlen(text);
	return span.size == size && (!size || memcmp(span.start, text, size) == 0);
}

/* Whether SPAN begins, or ends, with TEXT. */
static inline bool span_begins(struct span span, const char *text)
{
	size_t size = strlen(text);
	return span.size >= size && (!size || memcmp(span.start, text, size) == 0);
}

static inline bool span_ends(struct span span, const char *text)
{
	size_t size = strlen(text);
	return span.size >= size &&
	       (!size || memcmp(span.start + span.size - size, text, size) == 0);
}

/* Whether TEXT occurs in SPAN. */
static inline bool span_has(struct span span, const char *text)
{
	return span.size && memmem(span.start, span.size, text, strlen(text)) != NULL;
}

/* SPAN without its first COUNT bytes; it has that many. */
static inline struct span span_after(struct span span, size_t count)
{
	return (struct span){span.start + count, span.size - count};
}

/* SPAN without blanks at both ends. */
struct span span_trim(struct span span);

/*
 * Takes TEXT, or blanks, from the beginning of *SPAN. Returns whether it was there.
 */
bool span_take(struct span *span, const char *text);
void span_skip_blanks(struct span *span);

/* Takes a decimal number from the beginning of *SPAN. Returns false, and takes nothing, if there is
 * none, or one that 64 bits cannot hold. */
bool span_take_number(struct span *span, uint64_t *number);

/*
 * Takes a number as C writes it, also hexadecimal, octal, or negative: the bits of the last are as
 * in an int64_t.
 */
bool span_take_c_number(struct span *span, uint64_t *number);

/* Takes the escape sequences of colours out of SIZE bytes of TEXT. Returns how many are left. */
size_t span_strip_colours(char *text, size_t size);

/* Takes what comes before the first C of *SPAN, and C, into *PART. Returns false, and takes
 * nothing, if there is no C. */
bool span_take_until(struct span *span, char c, struct span *part);

#endif
