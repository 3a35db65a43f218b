/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of records of details; see engine/bpf/detail_order.h. */
#include "config.h"

#include "engine/bpf/detail_order.h"

#include "base/alloc.h"

void detail_order_clear(struct detail_order *order)
{
	xfree(order->place);
	xfree(order->order);
	xfree(order->last_ns);
	*order = (struct detail_order){0};
}

void detail_order_begin(struct detail_order *order)
{
	order->count = order->next = order->first = 0;
}

uint64_t detail_order_add(
	struct detail_order *order, uint32_t slot, uint64_t time_ns, uint64_t at, uint64_t end)
{
	order->place = xlengthen(
		order->place, &order->room, order->count + 1, sizeof(*order->place));
	order->last_ns = xlengthen(
		order->last_ns, &order->slots, (size_t)slot + 1, sizeof(*order->last_ns));
	/* Where it is: what its task writes next is later than all that is there already. */
	if (!time_ns)
		time_ns = order->latest_ns;
	if (time_ns < order->last_ns[slot])
		time_ns = order->last_ns[slot];
	order->last_ns[slot] = order->latest_ns = time_ns;
	order->place[order->count++] = (struct detail_place){
		.at = at, .end = end, .time_ns = time_ns};
	return time_ns;
}

/*
 * By insertion: few are out of place, and those not far. Records of the same time stay in the order
 * of the ring.
 */
void detail_order_sort(struct detail_order *order)
{
	order->order = xlengthen(
		order->order, &order->order_room, order->count, sizeof(*order->order));
	for (size_t i = 0; i < order->count; i++) {
		size_t to = i;
		uint64_t time_ns = order->place[i].time_ns;
		for (; to > 0 && order->place[order->order[to - 1]].time_ns > time_ns; to--)
			order->order[to] = order->order[to - 1];
		order->order[to] = (uint32_t)i;
	}
}

const struct detail_place *detail_order_next(const struct detail_order *order)
{
	return order->next < order->count ? &order->place[order->order[order->next]] : NULL;
}

uint64_t detail_order_done(struct detail_order *order)
{
	order->place[order->order[order->next++]].is_done = true;
	while (order->first < order->count && order->place[order->first].is_done)
		order->first++;
	return order->first ? order->place[order->first - 1].end : order->place[0].at;
}
