/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An array of the kernel that grows: a map of maps, each of which, a chunk, is mapped into our
 * memory. The programs take records from it (take_index() of state.bpf.h) and count in struct
 * bpf_fill; we add chunks before the last is full, and give back records that are not used any
 * more. One thread at a time.
 */
#ifndef STOP_ENGINE_BPF_CHUNKS_H
#define STOP_ENGINE_BPF_CHUNKS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/bpf/records.h"

struct chunks {
	size_t record_size; /* as the kernel spaces them */
	unsigned int shift; /* a chunk has 2^shift records */
	int outer_fd;       /* the map of maps; not owned */
	struct bpf_fill *fill;
	uint32_t *freed;           /* as in struct bpf_fill */
	uint32_t next, freed_head; /* when it grew last */
	uint32_t demand;           /* records that have to be free */
	unsigned int count;        /* of chunks */
	unsigned int new;          /* made, and not among these yet */
	pthread_t publisher;       /* gives them to the programs */
	bool has_publisher;
	int fd[BPF_CHUNKS_MAX];      /* of each; owned, as is the next */
	char *chunk[BPF_CHUNKS_MAX]; /* mapped */
};

/*
 * Initializes CHUNKS, without any, for records of RECORD_SIZE bytes in the map of maps OUTER_FD.
 * FREED and FILL are those of the programs. Cleared with chunks_close().
 */
void chunks_init(struct chunks *chunks, size_t record_size, unsigned int shift, int outer_fd,
	uint32_t *freed, struct bpf_fill *fill);
void chunks_close(struct chunks *chunks);

/* The next chunks_grow() makes room for COUNT chunks. */
void chunks_expect(struct chunks *chunks, uint32_t count);

/*
 * Adds chunks if the last will soon be full. The programs get them soon, in a thread, as each
 * change takes the kernel milliseconds. Returns 0, or -errno if memory was refused.
 */
int chunks_grow(struct chunks *chunks);

/* Waits until they have them. Returns 0, or -errno if not all were taken. */
int chunks_settle(struct chunks *chunks);

/* The first index that has never been used. */
uint32_t chunks_end(const struct chunks *chunks);

/* The record INDEX, below that. */
static inline char *chunks_record(const struct chunks *chunks, uint32_t index)
{
	return chunks->chunk[index >> chunks->shift] +
	       (index & (((uint32_t)1 << chunks->shift) - 1)) * chunks->record_size;
}

/* Clears the record INDEX, and lets the programs use it again. */
void chunks_recycle(struct chunks *chunks, uint32_t index);

/* Waits until every run of a program that has begun is over. */
void chunks_await_programs(const struct chunks *chunks);

#endif
