/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A lock-free queue of records of varying size, from one producer thread to one consumer thread.
 *
 *      consumer reads here                producer writes here
 *               │                                  │
 *      ┌────────▼──────────────────────────────────▼─────────────────┐
 *      │ free   │ size│record │ size│record │ …    │       free       │
 *      └────────┴──────────────────────────────────┴─────────────────┘
 *             tail ── published by pop           head ── published by commit
 *
 * head and tail only grow and are taken modulo the capacity. A record is never split: if it does
 * not fit before the end of the memory, a filler record takes the rest and the record starts at the
 * beginning. The producer never waits: when the ring is full it gets NULL and decides what to do.
 */
#ifndef STOP_BASE_RING_H
#define STOP_BASE_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring;

/*
 * A ring for CAPACITY bytes of records and their 8-byte heads; CAPACITY is a power of two, at least
 * 64. Freed with ring_free() when neither thread uses it any more.
 */
struct ring *ring_new(size_t capacity);
void ring_free(struct ring *ring);

/*
 * Producer: space for a record of SIZE bytes, aligned to 8, or NULL if the ring is full. After
 * ring_commit() the record belongs to the consumer; a second reserve before that replaces the
 * first.
 */
void *ring_reserve(struct ring *ring, size_t size);
void ring_commit(struct ring *ring);

/* Producer: the same for a copy of the SIZE bytes at RECORD. Returns whether there was space. */
bool ring_push(struct ring *ring, const void *record, size_t size);

/*
 * Consumer: the oldest record, or NULL if there is none. It stays valid until ring_pop(), which
 * frees its space.
 */
const void *ring_peek(struct ring *ring);
void ring_pop(struct ring *ring);

/* Any thread: the capacity it was made with. */
size_t ring_capacity(const struct ring *ring);

/* Either side: bytes in use, a snapshot: the other side may be changing it. */
size_t ring_used(const struct ring *ring);

#endif
