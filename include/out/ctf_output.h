/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording that is written as it grows: what the thread of a line writer does with the pieces
 * (out/ctf_piece.h) that a recorder puts there.
 *
 * All other functions are called by that thread, through struct line_output.
 */
#ifndef STOP_OUT_CTF_OUTPUT_H
#define STOP_OUT_CTF_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "out/line_writer.h"

/*
 * Creates the directory PATH, which must not exist, with METADATA, of SIZE bytes, and an empty
 * stream. Returns 0 with the output in *OUT, or -errno; then there is nothing.
 */
int ctf_output_new(const char *path, const char *metadata, size_t size, struct line_output **out);

/* The number of bytes of OUTPUT, one of these, that were packed so far. Any thread. */
uint64_t ctf_output_packed(const struct line_output *output);

#endif
