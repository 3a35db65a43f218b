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
 * head and tail only grow and are taken modulo the capacity. A record is never split: where the end
 * of the memory is too near, a filler takes the rest and the record starts at the beginning.
 * The producer never waits: when there is no room it gets NULL and decides itself.
 */
#ifndef STOP_BASE_RING_H
#define STOP_BASE_RING_H

#include <stddef.h>

struct ring;

/*
 * A ring with room for CAPACITY bytes of records and their 8-byte heads, CAPACITY a power of two of
 * at least 64. Freed with ring_free() when neither thread uses it any more.
 */
struct ring *ring_new(size_t capacity);
void ring_free(struct ring *ring);

/*
 * Producer: room for a record of SIZE bytes, aligned to 8, or NULL when there is none now. The
 * record is the consumer's after ring_commit(); a second reserve before that replaces the first.
 */
void *ring_reserve(struct ring *ring, size_t size);
void ring_commit(struct ring *ring);

/*
 * Consumer: the oldest record, or NULL when there is none. It stays valid until ring_pop(), which
 * gives its room back.
 */
const void *ring_peek(struct ring *ring);
void ring_pop(struct ring *ring);

/* Any thread: the capacity it was made with. */
size_t ring_capacity(const struct ring *ring);

/* Either side: bytes in use, as of now; the other side may be changing it. */
size_t ring_used(const struct ring *ring);

#endif
