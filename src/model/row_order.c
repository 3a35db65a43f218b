/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order that rows were in; see model/row_order.h. */
#include "config.h"

#include "model/row_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static int compare_keys(const void *a, const void *b)
{
	const struct row_rank *one = a, *two = b;
	return (one->key > two->key) - (one->key < two->key);
}

/* A row that was there, by where. */
struct known {
	size_t rank, at; /* where it was, and where it is */
};

static int compare_ranks(const void *a, const void *b)
{
	const struct known *one = a, *two = b;
	return (one->rank > two->rank) - (one->rank < two->rank);
}

void row_order_take(
	struct row_order *order, const void *rows, size_t count, size_t size, row_key *key)
{
	row_order_clear(order);
	order->ranks = xcalloc(count ? count : 1, sizeof(*order->ranks));
	order->count = count;
	for (size_t i = 0; i < count; i++)
		order->ranks[i] = (struct row_rank){key((const char *)rows + i * size), i};
	qsort(order->ranks, count, sizeof(*order->ranks), compare_keys);
}

static const struct row_rank *find(const struct row_order *order, uint64_t key)
{
	const struct row_rank wanted = {.key = key};
	return bsearch(&wanted, order->ranks, order->count, sizeof(wanted), compare_keys);
}

void row_order_keep(
	const struct row_order *order, void *rows, size_t count, size_t size, row_key *key)
{
	if (!count)
		return;
	struct known *known = xcalloc(count, sizeof(*known));
	char *sorted = xcalloc(count, size);
	size_t found = 0, next = 0;
	memcpy(sorted, rows, count * size);
	for (size_t i = 0; order->count && i < count; i++) {
		const struct row_rank *rank = find(order, key(sorted + i * size));
		if (rank)
			known[found++] = (struct known){rank->rank, i};
	}
	qsort(known, found, sizeof(*known), compare_ranks);
	for (size_t i = 0; next < found && i < count; i++) {
		if (find(order, key(sorted + i * size)))
			memcpy((char *)rows + i * size, sorted + known[next++].at * size, size);
	}
	free(sorted);
	free(known);
}

void row_order_clear(struct row_order *order)
{
	free(order->ranks);
	*order = (struct row_order){0};
}
