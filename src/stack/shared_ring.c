/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue between two processes; see stack/shared_ring.h. */
#include "config.h"

#include "stack/shared_ring.h"

#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>

#define CACHE_LINE 64
#define ALIGNMENT  8

struct shared_ring_head {
	alignas(CACHE_LINE) _Atomic uint64_t written; /* bytes; only the writer's is valid */
	alignas(CACHE_LINE) _Atomic uint64_t taken;   /* bytes; only the reader's is valid */
};

/* What precedes each record. */
struct record_head {
	uint64_t size; /* bytes of the record, without padding */
};

static size_t padded(size_t size)
{
	return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

size_t shared_ring_size(size_t capacity)
{
	return sizeof(struct shared_ring_head) + capacity;
}

void shared_ring_attach(struct shared_ring *ring, void *memory, size_t capacity)
{
	*ring = (struct shared_ring){
		.head = memory,
		.memory = (unsigned char *)memory + sizeof(struct shared_ring_head),
		.capacity = capacity,
	};
}

void shared_ring_reset(struct shared_ring *ring)
{
	ring->own = 0;
	atomic_store_explicit(&ring->head->written, 0, memory_order_relaxed);
	atomic_store_explicit(&ring->head->taken, 0, memory_order_relaxed);
}

/* Copies SIZE bytes at DATA to INDEX, which is anywhere. */
static void put(struct shared_ring *ring, uint64_t index, const void *data, size_t size)
{
	size_t at = index & (ring->capacity - 1), first = ring->capacity - at;
	if (first > size)
		first = size;
	memcpy(ring->memory + at, data, first);
	memcpy(ring->memory, (const unsigned char *)data + first, size - first);
}

static void get(const struct shared_ring *ring, uint64_t index, void *data, size_t size)
{
	size_t at = index & (ring->capacity - 1), first = ring->capacity - at;
	if (first > size)
		first = size;
	memcpy(data, ring->memory + at, first);
	memcpy((unsigned char *)data + first, ring->memory, size - first);
}

/* Whether a record of SIZE bytes fits beside USED bytes of RING. */
static bool fits(const struct shared_ring *ring, uint64_t used, size_t size)
{
	return sizeof(struct record_head) + padded(size) <= ring->capacity - used;
}

int shared_ring_push(struct shared_ring *ring, const struct iovec *parts, int count)
{
	struct record_head head = {0};
	/* Pairs with the release of the reader: it has copied what is overwritten here. */
	uint64_t taken = atomic_load_explicit(&ring->head->taken, memory_order_acquire);
	uint64_t used = ring->own - taken;
	for (int i = 0; i < count; i++)
		head.size += parts[i].iov_len;
	if (used > ring->capacity)
		return -EPROTO;
	if (!fits(ring, used, head.size))
		return 0;
	put(ring, ring->own, &head, sizeof(head));
	uint64_t at = ring->own + sizeof(head);
	for (int i = 0; i < count; i++) {
		put(ring, at, parts[i].iov_base, parts[i].iov_len);
		at += parts[i].iov_len;
	}
	ring->own += sizeof(head) + padded(head.size);
	atomic_store_explicit(&ring->head->written, ring->own, memory_order_release);
	return 1;
}

ssize_t shared_ring_take(struct shared_ring *ring, void *buf, size_t size)
{
	struct record_head head;
	uint64_t written = atomic_load_explicit(&ring->head->written, memory_order_acquire);
	uint64_t used = written - ring->own;
	if (used == 0)
		return 0;
	if (used > ring->capacity || used < sizeof(head))
		return -EPROTO;
	get(ring, ring->own, &head, sizeof(head));
	/* The writer may change it at any time: from here on, only the copy counts. */
	if (head.size == 0 || head.size > size || head.size > used - sizeof(head) ||
		padded(head.size) > used - sizeof(head))
		return -EPROTO;
	get(ring, ring->own + sizeof(head), buf, head.size);
	ring->own += sizeof(head) + padded(head.size);
	atomic_store_explicit(&ring->head->taken, ring->own, memory_order_release);
	return (ssize_t)head.size;
}

bool shared_ring_has_room(const struct shared_ring *ring, size_t size)
{
	uint64_t taken = atomic_load_explicit(&ring->head->taken, memory_order_acquire);
	uint64_t used = ring->own - taken;
	return used > ring->capacity || fits(ring, used, size);
}

bool shared_ring_has_record(const struct shared_ring *ring)
{
	return atomic_load_explicit(&ring->head->written, memory_order_acquire) != ring->own;
}
