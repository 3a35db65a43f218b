/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Characters for display: decoded from UTF-8, with their width in columns, and ASCII replacements.
 *
 * Widths are those of the C library for the current locale; a character that is not in the locale
 * is one column wide. Otherwise pure; any thread.
 */
#ifndef STOP_OUT_GLYPH_H
#define STOP_OUT_GLYPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Size of the longest UTF-8 character, including a final NUL. */
#define GLYPH_BYTES   5

/* Replaces bytes that are not UTF-8. */
#define GLYPH_INVALID 0xfffdU

/*
 * Returns the character at *TEXT and moves *TEXT past it; 0 at the end of the text. A byte that is
 * not UTF-8 is read as GLYPH_INVALID.
 */
uint32_t glyph_next(const char **text);

/* Writes CODE as UTF-8 and a NUL into BUF. Returns its length without the NUL. */
size_t glyph_encode(uint32_t code, char buf[GLYPH_BYTES]);

/* Width of CODE in columns: 0 for a combining mark, otherwise 1 or 2. */
int glyph_width(uint32_t code);

/* The ASCII replacement for CODE; '?' if there is none. */
char glyph_ascii(uint32_t code);

/*
 * Moves *TEXT past the line that it begins with, of at most COLUMNS columns, which ends at a blank
 * if possible. Returns its size in bytes.
 */
size_t glyph_next_line(const char **text, int columns);

/* Width of TEXT in columns. */
int glyph_columns(const char *text);

/* Writes TEXT to STREAM; if ASCII, with every character replaced by ASCII. */
void glyph_write(FILE *stream, const char *text, bool ascii);

#endif
