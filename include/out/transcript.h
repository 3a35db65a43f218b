/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A program's terminal output as lines of text; the last ones are kept.
 *
 * Only line control is interpreted: newlines, tabs, backspaces, and a carriage return, which
 * restarts the line. Escape sequences (colours, cursor movements, titles) and other control
 * characters are removed. The result may not be valid UTF-8: it must be escaped for display. One
 * owner at a time.
 */
#ifndef STOP_OUT_TRANSCRIPT_H
#define STOP_OUT_TRANSCRIPT_H

#include <stddef.h>

/* Maximum number and length of lines kept: at most 1 MiB in all. */
#define TRANSCRIPT_LINES    2000
#define TRANSCRIPT_LINE_MAX 512

struct transcript;

/* An empty transcript. Freed with transcript_free(), which accepts NULL. */
struct transcript *transcript_new(void);
void transcript_free(struct transcript *transcript);

/* Adds SIZE bytes; sequences may be split between calls. */
void transcript_add(struct transcript *transcript, const char *bytes, size_t size);

/* Number of lines kept, including the incomplete last one unless it is empty. */
size_t transcript_count(const struct transcript *transcript);

/* Number of lines no longer kept. */
size_t transcript_dropped(const struct transcript *transcript);

/* Line AT (0 is the oldest kept), without its newline. Valid until the next transcript_add(). */
const char *transcript_line(const struct transcript *transcript, size_t at);

#endif
