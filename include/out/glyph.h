/*
 * Characters as a terminal shows them: decoded from UTF-8, with their width in columns, and with
 * what stands for them where only ASCII can be shown.
 *
 * Widths are those of the C library for the locale that the program set with setlocale(3); in a
 * locale that does not know a character it is one column wide. Otherwise pure; any thread.
 */
#ifndef STOP_OUT_GLYPH_H
#define STOP_OUT_GLYPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Longest UTF-8 form of a character, with a final NUL. */
#define GLYPH_BYTES   5

/* Stands for bytes that are not UTF-8. */
#define GLYPH_INVALID 0xfffdU

/*
 * The character at *TEXT, with *TEXT moved behind it; 0 at the end of the text, where *TEXT stays.
 * One byte that is not UTF-8 is read as GLYPH_INVALID.
 */
uint32_t glyph_next(const char **text);

/* Writes CODE as UTF-8 and a NUL into BUF. Returns its length without the NUL. */
size_t glyph_encode(uint32_t code, char buf[GLYPH_BYTES]);

/* Columns that CODE takes: 0 for a mark that combines with the character before it, else 1 or 2. */
int glyph_width(uint32_t code);

/* The ASCII character that stands for CODE; '?' where there is none. */
char glyph_ascii(uint32_t code);

/* Columns that TEXT takes. */
int glyph_columns(const char *text);

/* Writes TEXT to STREAM; where ASCII, with every character replaced by its stand-in. */
void glyph_write(FILE *stream, const char *text, bool ascii);

#endif
