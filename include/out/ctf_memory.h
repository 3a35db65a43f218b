/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A flight recorder: the last parts of a recording, in memory, which are written as a recording of
 * their own on request. It is what the thread of a line writer does with the pieces
 * (out/ctf_piece.h) that a recorder puts there:
 *
 *     packet ──▶ blocks of the present part     CTF_PART_MAGIC: the oldest parts are removed
 *                                               CTF_COPY_MAGIC: all parts are written to files
 *
 * Memory is bounded: a block more than there may be takes the place of the oldest part. The present
 * part, of which the others are independent, is written first, and then the others, the newest
 * first: if the disk gets full, what is missing is the beginning.
 *
 * The functions of its struct line_output are called by that thread; the status by any.
 */
#ifndef STOP_OUT_CTF_MEMORY_H
#define STOP_OUT_CTF_MEMORY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out/line_writer.h"

struct ctf_memory;

/* Memory is allocated in such pieces. */
#define CTF_MEMORY_BLOCK  ((size_t)256 << 10)

/* Names of recordings end like this; those of which there is one already, with -2 and so on
 * before. */
#define CTF_MEMORY_SUFFIX ".ctf"

/* Number of names that are tried. */
#define CTF_MEMORY_TRIES  1000

/* What there is. */
struct ctf_memory_status {
	uint64_t size;     /* bytes of memory in use */
	uint64_t from_ns;  /* the first event; 0: there is none */
	uint64_t lost;     /* number of packets for which there was no memory */
	uint64_t written;  /* bytes that were written to files so far, to see progress */
	unsigned int done; /* number of requests that are done, or have failed */
};

/* What has become of a request. */
struct ctf_memory_copy {
	int error;      /* -errno, or 0 */
	int pack_error; /* the same if it is there whole, but could not be packed */
	bool is_cut;    /* with an error: there is a recording, but its beginning is missing */
	uint64_t from_ns, end_ns; /* of what was written */
	uint64_t size;            /* of all parts in bytes */
	char path[PATH_MAX];      /* of the directory, or of the packed file */
};

/* Makes *OUT, which has blocks for LIMIT bytes, at least four of them. */
void ctf_memory_new(size_t limit, struct ctf_memory **out);

/* Takes the pieces, and owns MEMORY: its `close` frees it. */
struct line_output *ctf_memory_output(struct ctf_memory *memory);

void ctf_memory_status(struct ctf_memory *memory, struct ctf_memory_status *status);

/* The last request that is done. */
void ctf_memory_last(struct ctf_memory *memory, struct ctf_memory_copy *copy);

#endif
