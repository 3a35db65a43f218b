/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of events, as tables: how a recording stores them. The recorder writes events by these
 * tables, and the description of what it writes; the reader of recordings finds the fields by
 * their names. Pure, any thread.
 *
 * Stored events are packed, and their numbers little-endian. A new field is a row; the name of one
 * is never used for anything else, so that recordings of other versions can be read.
 */
#ifndef STOP_EVENT_LAYOUT_H
#define STOP_EVENT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/event.h"

/* How a field is stored. */
enum field_kind {
	FIELD_UNSIGNED, /* a number of `stored` bytes */
	FIELD_SIGNED,   /* likewise */
	FIELD_BOOL,     /* likewise: 0 or 1 */
	FIELD_RESULT,   /* the same: the result of a call, or -errno */
	FIELD_TEXT,     /* a string with its NUL */
	FIELD_NUMBERS,  /* a byte with their count, and the 64-bit numbers up to the last that is
	                   not 0 */
	FIELD_BYTES,    /* what follows the structure: 4 bytes with its size, and the bytes */
	FIELD_CHARS,    /* the same, of text */
	FIELD_WORDS,    /* the same, of 32-bit numbers: 4 bytes with their count, and the numbers */
	FIELD_BUCKETS,  /* the items of a sum: 2 bytes with their count, and for each 8 bytes of
	                   `count` and 4 of `key` */
	FIELD_ERRORS,   /* likewise */
};

struct event_field {
	const char *name;
	uint8_t kind;    /* enum field_kind */
	uint8_t stored;  /* size of a number, in bytes: 1, 2, 4 or 8 */
	uint16_t offset; /* in the structure */
	uint16_t size;   /* there, in bytes */
};

struct event_layout {
	const char *name;                 /* "task" */
	const struct event_field *fields; /* without those of struct event */
	size_t count;
	size_t size;   /* of the structure, without what follows it */
	uint16_t tail; /* where it has the size of the bytes that follow it; 0: none do */
};

/* The layout of events of TYPE. */
const struct event_layout *event_layout(enum event_type type);

/* The field of LAYOUT with NAME, of SIZE characters; NULL: there is none. */
const struct event_field *event_layout_find(
	const struct event_layout *layout, const char *name, size_t size);

/*
 * Stores the fields of EVENT, without those of struct event, in the ROOM bytes at BUF. Returns the
 * number of bytes, or 0 if there is not enough room. No event needs less than one byte.
 */
size_t event_store(const struct event *event, unsigned char *buf, size_t room);

/* Sets the number FIELD of RECORD to VALUE. */
void event_field_set(const struct event_field *field, void *record, uint64_t value);

/*
 * Whether the model can take EVENT, of SIZE bytes, which comes from a file: all sizes, counts and
 * enumerations are in their ranges. Ends texts that do not end.
 */
bool event_is_valid(struct event *event, size_t size);

#endif
