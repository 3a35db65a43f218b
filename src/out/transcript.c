/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Output as lines; see out/transcript.h. */
#include "config.h"

#include "out/transcript.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define TAB    8
#define ESCAPE 0x1b
#define BELL   0x07

/* The state of parsing escape sequences (ECMA-48, 5.3 to 5.6). */
enum mode {
	MODE_TEXT,
	MODE_ESCAPE,       /* after ESC */
	MODE_INTERMEDIATE, /* after ESC and an intermediate byte */
	MODE_CONTROL,      /* in a control sequence, ESC [ … */
	MODE_STRING,       /* in a string, ESC ] … to BEL or ESC \ */
	MODE_STRING_END,   /* after ESC in a string */
};

struct transcript {
	char *line[TRANSCRIPT_LINES]; /* a ring; owned */
	size_t first, count;          /* of the complete lines */
	size_t dropped;
	char open[TRANSCRIPT_LINE_MAX]; /* the incomplete line, NUL-terminated */
	size_t length, cursor;          /* of that line; cursor: position of the next byte */
	bool returned;                  /* the next byte restarts the line */
	enum mode mode;
};

struct transcript *transcript_new(void)
{
	return xcalloc(1, sizeof(struct transcript));
}

void transcript_free(struct transcript *transcript)
{
	if (!transcript)
		return;
	for (size_t i = 0; i < TRANSCRIPT_LINES; i++)
		free(transcript->line[i]);
	free(transcript);
}

static void end_line(struct transcript *transcript)
{
	size_t at = (transcript->first + transcript->count) % TRANSCRIPT_LINES;
	if (transcript->count == TRANSCRIPT_LINES) {
		free(transcript->line[at]);
		transcript->first = (transcript->first + 1) % TRANSCRIPT_LINES;
		transcript->dropped++;
	} else {
		transcript->count++;
	}
	transcript->line[at] = xstrdup(transcript->open);
	transcript->open[0] = '\0';
	transcript->length = transcript->cursor = 0;
	transcript->returned = false;
}

/* Puts BYTE at the cursor; excess bytes of a line are dropped. */
static void put(struct transcript *transcript, char byte)
{
	if (transcript->returned)
		transcript->length = transcript->cursor = 0;
	transcript->returned = false;
	if (transcript->cursor + 1 >= TRANSCRIPT_LINE_MAX)
		return;
	transcript->open[transcript->cursor++] = byte;
	if (transcript->cursor > transcript->length) {
		transcript->length = transcript->cursor;
		transcript->open[transcript->length] = '\0';
	}
}

static void put_tab(struct transcript *transcript)
{
	do {
		put(transcript, ' ');
	} while (transcript->cursor % TAB && transcript->cursor + 1 < TRANSCRIPT_LINE_MAX);
}

/* Handles a byte outside of escape sequences. */
static void add_text(struct transcript *transcript, unsigned char byte)
{
	if (byte == ESCAPE)
		transcript->mode = MODE_ESCAPE;
	else if (byte == '\n')
		end_line(transcript);
	else if (byte == '\r')
		transcript->returned = true;
	else if (byte == '\b')
		transcript->cursor -= transcript->cursor > 0;
	else if (byte == '\t')
		put_tab(transcript);
	else if (byte >= 0x20 && byte != 0x7f)
		put(transcript, (char)byte);
}

/* The mode after ESC and BYTE. */
static enum mode after_escape(unsigned char byte)
{
	if (byte == '[')
		return MODE_CONTROL;
	if (byte && strchr("]PX^_", byte))
		return MODE_STRING;
	return byte >= 0x20 && byte < 0x30 ? MODE_INTERMEDIATE : MODE_TEXT;
}

static enum mode next_mode(enum mode mode, unsigned char byte)
{
	switch (mode) {
	case MODE_ESCAPE:
		return after_escape(byte);
	case MODE_INTERMEDIATE:
		return byte >= 0x20 && byte < 0x30 ? MODE_INTERMEDIATE : MODE_TEXT;
	case MODE_CONTROL:
		return byte >= 0x20 && byte < 0x40 ? MODE_CONTROL : MODE_TEXT;
	case MODE_STRING:
		return byte == BELL ? MODE_TEXT : byte == ESCAPE ? MODE_STRING_END : MODE_STRING;
	case MODE_STRING_END:
		return byte == '\\' ? MODE_TEXT : MODE_STRING;
	case MODE_TEXT:
		break;
	}
	return MODE_TEXT;
}

void transcript_add(struct transcript *transcript, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)bytes[i];
		/* The end of a line ends every sequence: truncated output hides nothing. */
		if (transcript->mode == MODE_TEXT || byte == '\n') {
			transcript->mode = MODE_TEXT;
			add_text(transcript, byte);
		} else {
			transcript->mode = next_mode(transcript->mode, byte);
		}
	}
}

size_t transcript_count(const struct transcript *transcript)
{
	return transcript->count + (transcript->length > 0);
}

size_t transcript_dropped(const struct transcript *transcript)
{
	return transcript->dropped;
}

const char *transcript_line(const struct transcript *transcript, size_t at)
{
	if (at >= transcript->count)
		return transcript->open;
	return transcript->line[(transcript->first + at) % TRANSCRIPT_LINES];
}
