/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a recording: what the thread of a line writer does with the pieces that a recorder
 * puts there. Pieces are packets (event/recording.h), additions to the metadata, and beginnings of
 * parts.
 *
 * All functions but ctf_output_new() are called by that thread, through struct line_output.
 */
#ifndef STOP_OUT_CTF_OUTPUT_H
#define STOP_OUT_CTF_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "event/recording.h"
#include "out/line_writer.h"

/* Begins a piece that is text to be added to the metadata. */
#define CTF_TEXT_MAGIC 0x54455854

/* Begins a piece that begins the next part of the recording. */
#define CTF_PART_MAGIC 0x54524150

struct ctf_part {
	uint32_t magic;
	uint32_t unused;
	uint64_t limit; /* the oldest parts are removed until all others have no more bytes, … */
	uint64_t keep_ns; /* … and those that ended before this time; 0: none */
};

struct ctf_text {
	uint32_t magic;
	uint32_t size; /* of the text that follows */
	char text[];
};

/*
 * Creates the directory PATH, which must not exist, with METADATA, of SIZE bytes, and an empty
 * stream. Returns 0 with the output in *OUT, or -errno; then there is nothing.
 */
int ctf_output_new(const char *path, const char *metadata, size_t size, struct line_output **out);

#endif
