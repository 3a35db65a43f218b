/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue of records from one process to another, in memory that both can write. Neither trusts the
 * other: what this side needs to stay within the memory is in its own, records are copied out
 * before anybody looks at them, and an index that cannot be is reported. The worst that the other
 * process can do is to send nonsense.
 *
 * One thread at each side. A record never has to be contiguous: it wraps around.
 */
#ifndef STOP_STACK_SHARED_RING_H
#define STOP_STACK_SHARED_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

struct shared_ring_head;

/* One side of a ring: private to its process. */
struct shared_ring {
	struct shared_ring_head *head; /* shared */
	unsigned char *memory;         /* shared */
	size_t capacity;               /* bytes of `memory`, a power of two */
	uint64_t own;                  /* this side's index: bytes ever written, or ever taken */
};

/* Bytes of shared memory that a ring of CAPACITY needs: a multiple of 64. */
size_t shared_ring_size(size_t capacity);

/* Sets up one side of a ring in zeroed MEMORY of shared_ring_size() bytes, aligned to 64. */
void shared_ring_attach(struct shared_ring *ring, void *memory, size_t capacity);

/* Empties the ring; only while the other side does not run. */
void shared_ring_reset(struct shared_ring *ring);

/*
 * Writer: adds a record made of COUNT PARTS. Returns 1, 0 if there is no room for it now, or
 * -EPROTO if the reader's index cannot be.
 */
int shared_ring_push(struct shared_ring *ring, const struct iovec *parts, int count);

/*
 * Reader: copies the oldest record to BUF of SIZE bytes and removes it. Returns its size, 0 if
 * there is none, or -EPROTO if the writer's index, or the size of a record, cannot be.
 */
ssize_t shared_ring_take(struct shared_ring *ring, void *buf, size_t size);

/*
 * Writer: whether a record of SIZE bytes can be pushed, or it is known that the reader's index
 * cannot be.
 */
bool shared_ring_has_room(const struct shared_ring *ring, size_t size);

/* Reader: whether there is a record, or an index that cannot be. */
bool shared_ring_has_record(const struct shared_ring *ring);

#endif
