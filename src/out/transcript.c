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

/* Where in an escape sequence the bytes are (ECMA-48, 5.3 to 5.6). */
enum mode {
	MODE_TEXT,
	MODE_ESCAPE,       /* behind ESC */
	MODE_INTERMEDIATE, /* behind ESC and a byte that announces more */
	MODE_CONTROL,      /* in a control sequence, ESC [ … */
	MODE_STRING,       /* in a string, ESC ] … to BEL or ESC \ */
	MODE_STRING_END,   /* behind an ESC in it */
};

struct transcript {
	char *line[TRANSCRIPT_LINES]; /* a ring; owned */
	size_t first, count;          /* of the lines that have ended */
	size_t dropped;
	char open[TRANSCRIPT_LINE_MAX]; /* the line that has not ended, with a final NUL */
	size_t length, cursor;          /* of it; where the next byte goes */
	bool returned;                  /* the next byte starts the line anew */
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

/* Puts BYTE at the cursor; what a line has no room for is left out. */
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

/* A byte outside of escape sequences. */
static void feed_text(struct transcript *transcript, unsigned char byte)
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

/* The mode that the byte behind ESC leads to. */
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

void transcript_feed(struct transcript *transcript, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)bytes[i];
		/* A line's end ends every sequence: a program that was cut short hides nothing. */
		if (transcript->mode == MODE_TEXT || byte == '\n') {
			transcript->mode = MODE_TEXT;
			feed_text(transcript, byte);
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
