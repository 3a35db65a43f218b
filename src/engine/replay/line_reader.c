/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a file; see engine/replay/line_reader.h. */
#include "config.h"

#include "engine/replay/line_reader.h"

#include <errno.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "engine/replay/unpack.h"

/* A line that is not complete, and what is read at once. */
#define READ_SIZE   ((size_t)256 << 10)
#define BUFFER_SIZE (LINE_READER_MAX + READ_SIZE)

struct line_reader {
	struct unpacker *unpacker; /* owned */
	bool grows;
	bool is_at_end;
	bool skips;      /* the rest of a line that was cut */
	char *buffer;    /* BUFFER_SIZE bytes; owned */
	size_t at, end;  /* what has not been returned is between these */
	size_t searched; /* there is no newline before this */
	uint64_t cut;
};

struct line_reader *line_reader_new(int fd, bool grows)
{
	struct line_reader *reader = xcalloc(1, sizeof(*reader));
	reader->unpacker = unpacker_new(fd, grows);
	reader->grows = grows;
	reader->buffer = xcalloc(1, BUFFER_SIZE);
	return reader;
}

void line_reader_free(struct line_reader *reader)
{
	if (!reader)
		return;
	unpacker_free(reader->unpacker);
	free(reader->buffer);
	free(reader);
}

uint64_t line_reader_taken(const struct line_reader *reader)
{
	return unpacker_taken(reader->unpacker);
}

uint64_t line_reader_cut(const struct line_reader *reader)
{
	return reader->cut;
}

/* Reads more, for which there is room. As unpacker_read(). */
static ssize_t fill(struct line_reader *reader)
{
	if (reader->at && reader->end + READ_SIZE > BUFFER_SIZE) {
		memmove(reader->buffer, reader->buffer + reader->at, reader->end - reader->at);
		reader->end -= reader->at;
		reader->searched -= reader->at;
		reader->at = 0;
	}
	ssize_t got = unpacker_read(
		reader->unpacker, reader->buffer + reader->end, BUFFER_SIZE - reader->end);
	if (got > 0)
		reader->end += (size_t)got;
	reader->is_at_end = got == 0;
	return got;
}

struct span line_reader_ahead(struct line_reader *reader)
{
	if (reader->at == reader->end && !reader->is_at_end)
		fill(reader);
	return span_between(reader->buffer + reader->at, reader->buffer + reader->end);
}

/* The line up to END of the buffer, of which the next one begins at NEXT. */
static void take_line(struct line_reader *reader, size_t end, size_t next, struct span *line)
{
	char *start = reader->buffer + reader->at;
	*line = (struct span){start, end - reader->at};
	line->size = span_strip_colours(start, line->size);
	reader->at = reader->searched = next;
}

/* Takes the next line if it is there. Returns whether it was. */
static bool take(struct line_reader *reader, struct span *line)
{
	const char *newline = reader->searched < reader->end
	                              ? memchr(reader->buffer + reader->searched, '\n',
						reader->end - reader->searched)
	                              : NULL;
	if (newline) {
		size_t end = (size_t)(newline - reader->buffer);
		take_line(reader, end, end + 1, line);
		return true;
	}
	reader->searched = reader->end;
	if (reader->end - reader->at < LINE_READER_MAX)
		return false;
	take_line(reader, reader->end, reader->end, line);
	line->size = line->size < LINE_READER_MAX ? line->size : LINE_READER_MAX;
	reader->skips = true;
	reader->cut++;
	return true;
}

/* Passes over the rest of a line that was cut. Returns whether it was all there. */
static bool skip_rest(struct line_reader *reader)
{
	const char *newline = memchr(reader->buffer + reader->at, '\n', reader->end - reader->at);
	reader->at = reader->searched = newline ? (size_t)(newline - reader->buffer) + 1
	                                        : reader->end;
	reader->skips = !newline;
	return newline != NULL;
}

int line_reader_next(struct line_reader *reader, struct span *line)
{
	for (;;) {
		if ((!reader->skips || skip_rest(reader)) && take(reader, line))
			return 1;
		ssize_t got = fill(reader);
		if (got > 0)
			continue;
		if (got == -EAGAIN || reader->at == reader->end || reader->skips)
			return (int)got;
		/* The last line, also one of a file that cannot be read on. */
		take_line(reader, reader->end, reader->end, line);
		return 1;
	}
}
