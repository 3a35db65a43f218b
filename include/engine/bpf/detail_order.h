/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of records of details: each CPU writes into the ring when it gets there, which can be
 * long after the event, if the hypervisor has taken it away meanwhile. Those of a task are in the
 * order of the ring; those of several are in the order of their times, as far as they are looked at
 * together.
 *
 *     detail_order_add() for each ──▶ detail_order_sort() ──▶ detail_order_next() and _done()
 *
 * A place in the ring is free again once all before it are done. Pure; not locked.
 */
#ifndef STOP_ENGINE_BPF_DETAIL_ORDER_H
#define STOP_ENGINE_BPF_DETAIL_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A record. */
struct detail_place {
	uint64_t at, end; /* its place in the ring, and the position after it */
	uint64_t time_ns; /* when it is to be written */
	bool is_done;
};

/* Zero until it is used; freed with detail_order_clear(). */
struct detail_order {
	struct detail_place *place; /* in the order of the ring; owned */
	size_t count, room;
	uint32_t *order; /* of their numbers, by time; owned */
	size_t order_room;
	size_t next;       /* in `order` */
	size_t first;      /* in `place`, that is not done */
	uint64_t *last_ns; /* of each slot, the time of its last record; owned */
	size_t slots;
	uint64_t latest_ns; /* the time of the record that was added last */
};

void detail_order_clear(struct detail_order *order);

/* Begins anew: there are no records. */
void detail_order_begin(struct detail_order *order);

/*
 * Adds the next record of the ring, of the task in SLOT, from AT to END: it is of TIME_NS; 0: that
 * does not matter, but that it is after those of its task. Returns the time when it is to be
 * written.
 */
uint64_t detail_order_add(
	struct detail_order *order, uint32_t slot, uint64_t time_ns, uint64_t at, uint64_t end);

/* Puts those that were added in order. */
void detail_order_sort(struct detail_order *order);

/* The next one; NULL: there is none. */
const struct detail_place *detail_order_next(const struct detail_order *order);

/* It is done. Returns the position in the ring before which all are. */
uint64_t detail_order_done(struct detail_order *order);

#endif
