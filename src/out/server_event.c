/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Server-sent events; see out/server_event.h. */
#include "config.h"

#include "out/server_event.h"

/* The size of the line that TEXT of SIZE bytes begins with, without its end. */
static size_t line_size(const char *text, size_t size)
{
	size_t at = 0;
	while (at < size && text[at] != '\n' && text[at] != '\r')
		at++;
	return at;
}

void server_event_write(
	FILE *stream, const char *type, unsigned int retry_ms, const char *text, size_t size)
{
	fprintf(stream, "event: %s\nretry: %u\n", type, retry_ms);
	for (size_t at = 0; at < size;) {
		size_t line = line_size(text + at, size - at);
		fputs("data: ", stream);
		fwrite(text + at, 1, line, stream);
		fputc('\n', stream);
		at += line;
		/* "\r\n" is one end. */
		at += size - at >= 2 && text[at] == '\r' && text[at + 1] == '\n' ? 2 : 1;
	}
	fputc('\n', stream);
}
