/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces: what a recorder puts into its line writer, and what the thread of that takes apart again.
 * A piece is a packet (event/recording.h), or begins with a number of its own: an addition to the
 * metadata, the beginning of a part, or a request: to pack the recording or, for a flight recorder,
 * to write one.
 *
 * In memory they are at any address. Any thread.
 */
#ifndef STOP_OUT_CTF_PIECE_H
#define STOP_OUT_CTF_PIECE_H

#include <stddef.h>
#include <stdint.h>

#include "event/recording.h"

/* Begins a piece that is text to be added to the metadata. */
#define CTF_TEXT_MAGIC 0x54455854

struct ctf_text {
	uint32_t magic;
	uint32_t size; /* of the text that follows */
	char text[];
};

/* Begins a piece that begins the next part of the recording. */
#define CTF_PART_MAGIC 0x54524150

struct ctf_part {
	uint32_t magic;
	uint32_t unused;
	uint64_t limit; /* the oldest parts are removed until all others have no more bytes, … */
	uint64_t keep_ns; /* … and those that ended before this time; 0: none */
};

/* Begins a piece that has the recording packed, which is over (out/ctf_pack.h). */
#define CTF_PACK_MAGIC 0x4b434150

struct ctf_pack_request {
	uint32_t magic;
	uint32_t unused;
};

/* Begins a piece that has the parts that are in memory written (out/ctf_memory.h). */
#define CTF_COPY_MAGIC 0x59504f43

/* What follows, one after the other: */
struct ctf_copy {
	uint32_t magic;
	uint32_t name_size;   /* name of the directory, without its suffix and without a NUL */
	uint32_t head_size;   /* the beginning of the metadata */
	uint32_t packet_size; /* a packet that ends the last part; 0: it has its end already */
	uint32_t is_packed;   /* whether it is to be packed then */
	char bytes[];
};

/* The size of the piece at PIECE, with the number that it begins with in *MAGIC. */
size_t ctf_piece_size(const char *piece, uint32_t *magic);

#endif
