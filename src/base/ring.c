/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Single-producer single-consumer ring; the drawing is in base/ring.h.
 *
 * Each side owns one index and publishes it with a release store, which the other reads with an
 * acquire load: the producer's release makes the record's bytes visible before head moves over
 * them, the consumer's release completes its reads before tail frees the space. Each side keeps a
 * copy of the other's index and reloads it only when the copy says full (or empty), so that in the
 * steady state only the cache lines with records move between the CPUs.
 */
#include "config.h"

#include "base/ring.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define CACHE_LINE  64
#define ALIGNMENT   8

/* A ring of LARGE bytes or more that is empty begins anew at the end of one of its PARTS. */
#define LARGE       (4 << 20)
#define LARGE_PARTS 4

/* What precedes each record. */
struct head {
	uint32_t size;   /* bytes that follow, a multiple of ALIGNMENT */
	uint32_t filler; /* 1: padding at the end of the memory */
};

struct ring {
	/* The producer's line. */
	alignas(CACHE_LINE) _Atomic uint64_t head; /* bytes ever committed */
	uint64_t tail_seen;                        /* the producer's copy of tail */
	uint64_t reserved_end;                     /* what head becomes at the commit */

	/* The consumer's line. */
	alignas(CACHE_LINE) _Atomic uint64_t tail; /* bytes ever freed */
	uint64_t head_seen;                        /* the consumer's copy of head */

	/* Constant. */
	alignas(CACHE_LINE) size_t capacity; /* a power of two */
	unsigned char *memory;
};

struct ring *ring_new(size_t capacity)
{
	assert(capacity >= 64 && (capacity & (capacity - 1)) == 0);
	struct ring *ring = xaligned_alloc(CACHE_LINE, sizeof(*ring));
	*ring = (struct ring){.capacity = capacity, .memory = xcalloc(1, capacity)};
	return ring;
}

void ring_free(struct ring *ring)
{
	if (!ring)
		return;
	free(ring->memory);
	free(ring);
}

static struct head *head_at(struct ring *ring, uint64_t index)
{
	return (struct head *)(void *)(ring->memory + (index & (ring->capacity - 1)));
}

/* Whether NEED bytes are free after HEAD; reloads the consumer's index only if they seem not to be.
 */
static int has_room(struct ring *ring, uint64_t head, size_t need)
{
	if (head + need - ring->tail_seen <= ring->capacity)
		return 1;
	ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
	return head + need - ring->tail_seen <= ring->capacity;
}

/*
 * Whether a record of NEED bytes is put at the beginning of the memory although there is room for
 * it at HEAD, so that memory that only a backlog needs is not touched by and by. Seldom asked, as
 * it costs a look at the consumer's index.
 */
static bool begins_anew(struct ring *ring, uint64_t head, size_t need)
{
	size_t at = head & (ring->capacity - 1), part = ring->capacity / LARGE_PARTS;
	if (ring->capacity < LARGE || at / part == (at + need) / part || need > at)
		return false;
	ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
	return ring->tail_seen == head;
}

void *ring_reserve(struct ring *ring, size_t size)
{
	size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	size_t need = sizeof(struct head) + size;
	if (need > ring->capacity)
		return NULL;
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	size_t to_end = ring->capacity - (head & (ring->capacity - 1));
	size_t skip = need > to_end || begins_anew(ring, head, need) ? to_end : 0;
	if (!has_room(ring, head, skip + need))
		return NULL;
	if (skip) {
		*head_at(ring, head) = (struct head){(uint32_t)(skip - sizeof(struct head)), 1};
		head += skip;
	}
	struct head *record = head_at(ring, head);
	*record = (struct head){(uint32_t)size, 0};
	ring->reserved_end = head + need;
	return record + 1;
}

void ring_commit(struct ring *ring)
{
	atomic_store_explicit(&ring->head, ring->reserved_end, memory_order_release);
}

bool ring_push(struct ring *ring, const void *record, size_t size)
{
	void *room = ring_reserve(ring, size);
	if (!room)
		return false;
	memcpy(room, record, size);
	ring_commit(ring);
	return true;
}

/* Frees the record at TAIL. */
static void advance(struct ring *ring, uint64_t tail, const struct head *record)
{
	atomic_store_explicit(
		&ring->tail, tail + sizeof(*record) + record->size, memory_order_release);
}

const void *ring_peek(struct ring *ring)
{
	for (;;) {
		uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
		if (tail == ring->head_seen) {
			ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
			if (tail == ring->head_seen)
				return NULL;
		}
		struct head *record = head_at(ring, tail);
		if (!record->filler)
			return record + 1;
		advance(ring, tail, record);
	}
}

void ring_pop(struct ring *ring)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	advance(ring, tail, head_at(ring, tail));
}

size_t ring_capacity(const struct ring *ring)
{
	return ring->capacity;
}

size_t ring_used(const struct ring *ring)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	return head > tail ? (size_t)(head - tail) : 0;
}
