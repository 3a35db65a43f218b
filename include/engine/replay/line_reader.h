/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of a file, which may be compressed (engine/replay/unpack.h), without copying them. A
 * line that is longer than LINE_READER_MAX is cut; escape sequences of colours are taken out. One
 * owner at a time.
 */
#ifndef STOP_ENGINE_REPLAY_LINE_READER_H
#define STOP_ENGINE_REPLAY_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/replay/span.h"

/* Maximum size of a line. */
#define LINE_READER_MAX ((size_t)1 << 20)

struct line_reader;

/* FD is not owned. GROWS: its end is not the end of the data. Freed with line_reader_free(). */
struct line_reader *line_reader_new(int fd, bool grows);
void line_reader_free(struct line_reader *reader);

/*
 * Stores the next line, without its newline, in *LINE: valid until the next call. Returns 1; 0 at
 * the end; or what unpacker_read() returned, after the lines before. The last line need not have a
 * newline, unless the file grows: then it is not complete yet.
 */
int line_reader_next(struct line_reader *reader, struct span *line);

/*
 * What has been read but not returned yet: the beginning of the file, if it is called first. Reads
 * if there is nothing.
 */
struct span line_reader_ahead(struct line_reader *reader);

/* The number of bytes of the file that were read, and that of lines that were cut. */
uint64_t line_reader_taken(const struct line_reader *reader);
uint64_t line_reader_cut(const struct line_reader *reader);

#endif
