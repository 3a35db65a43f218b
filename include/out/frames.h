/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of stacks as text, the same in tables, folded lines and on the screen.
 *
 * A frame may be several lines: inlined functions come first. An address that no symbol covers is a
 * module and an offset. All text is escaped as in base/text.h.
 */
#ifndef STOP_OUT_FRAMES_H
#define STOP_OUT_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "stack/frame.h"

/* Size of the longest text of a frame, including the final NUL. */
#define FRAME_TEXT_MAX 2048

/* Number of functions of FRAME: 1 plus the number of inlined ones. */
size_t frame_functions(const struct frame *frame);

/*
 * Function number AT (0 is the innermost) of FRAME: "read_query", or "redis-server+0x1234". Returns
 * BUF.
 */
char *frame_function(const struct frame *frame, size_t at, char buf[FRAME_TEXT_MAX]);

/*
 * The same with all details: "read_query+0x12 (redis-server) networking.c:123 [inlined]". A GUESSED
 * one is marked with "?". Returns BUF.
 */
char *frame_line(const struct frame *frame, size_t at, bool guessed, char buf[FRAME_TEXT_MAX]);

#endif
