/*
 * Frames of stacks as text, the same in tables, folded lines and on the screen.
 *
 * A frame may be several lines: the functions that were inlined into one another come first. What
 * no symbol covers is a module and an offset. All text is escaped as base/text.h says.
 */
#ifndef STOP_OUT_FRAMES_H
#define STOP_OUT_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "stack/frame.h"

/* Longest text of a frame, with the final NUL. */
#define FRAME_TEXT_MAX 2048

/* How many functions FRAME is in: 1, and one more for each that is inlined. */
size_t frame_functions(const struct frame *frame);

/*
 * The function with number AT (the innermost is 0) of FRAME: "read_query", or
 * "redis-server+0x1234". Returns BUF.
 */
char *frame_function(const struct frame *frame, size_t at, char buf[FRAME_TEXT_MAX]);

/*
 * The same with all that is known: "read_query+0x12 (redis-server) networking.c:123 [inlined]". A
 * GUESSED one is marked with "?". Returns BUF.
 */
char *frame_line(const struct frame *frame, size_t at, bool guessed, char buf[FRAME_TEXT_MAX]);

#endif
