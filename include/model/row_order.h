/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order that rows were in: so that rows which are sorted by something that changes all the time
 * can stay where they are, and new ones come in between. A value; one thread.
 */
#ifndef STOP_MODEL_ROW_ORDER_H
#define STOP_MODEL_ROW_ORDER_H

#include <stddef.h>
#include <stdint.h>

struct row_order {
	struct row_rank {
		uint64_t key; /* of the row */
		size_t rank;  /* where it was */
	} * ranks;            /* by key; owned */
	size_t count;
};

/* The key of ROW, which no other row has. */
typedef uint64_t row_key(const void *row);

/* Makes ORDER that of COUNT rows of SIZE bytes from ROWS on. */
void row_order_take(
	struct row_order *order, const void *rows, size_t count, size_t size, row_key *key);

/*
 * Puts the rows that ORDER knows, of COUNT of SIZE bytes from ROWS on, into that order among each
 * other. The others stay where they are.
 */
void row_order_keep(
	const struct row_order *order, void *rows, size_t count, size_t size, row_key *key);

/* Forgets all. */
void row_order_clear(struct row_order *order);

#endif
