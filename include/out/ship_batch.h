/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of one kind that are sent together, as their target wants them. One thread at a time.
 */
#ifndef STOP_OUT_SHIP_BATCH_H
#define STOP_OUT_SHIP_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out/ship_row.h"

/* A batch is full with so many bytes, or rows. */
#define SHIP_BATCH_MAX  ((size_t)256 << 10)
#define SHIP_BATCH_ROWS 4096

/* Sums, and the calls in them; rows of single calls. */
struct ship_count {
	uint64_t rows, calls, details;
};

/* Where a row ends in the text, and the calls in it. */
struct ship_mark {
	uint32_t end;
	uint64_t calls;
};

struct ship_batch {
	struct ship_batch *next; /* of who has it */
	enum ship_kind kind;
	char *text; /* owned, without a NUL */
	size_t size, capacity;
	struct ship_mark *marks; /* owned */
	size_t rows, marks_capacity;
};

/* An empty batch of KIND; freed with ship_batch_free(), which accepts NULL. */
struct ship_batch *ship_batch_new(enum ship_kind kind);
void ship_batch_free(struct ship_batch *batch);

/* Appends a row of SIZE bytes of TEXT with CALLS calls. Returns false if there is no room. */
bool ship_batch_add(struct ship_batch *batch, const char *text, size_t size, uint64_t calls);

/* Appends the rows of MORE. Returns false if it is of another kind, or there is no room for all. */
bool ship_batch_join(struct ship_batch *batch, const struct ship_batch *more);

/* What the rows from row FIRST on have, COUNT of them. */
struct ship_count ship_batch_count(const struct ship_batch *batch, size_t first, size_t count);

/* Takes the second half of the rows out of BATCH, which has several, as a batch of its own. */
struct ship_batch *ship_batch_split(struct ship_batch *batch);

/* Keeps only the rows of which KEEPS[i] is true. */
void ship_batch_keep(struct ship_batch *batch, const bool *keeps);

#endif
