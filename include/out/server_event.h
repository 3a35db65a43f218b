/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Server-sent events, the text of "text/event-stream". Pure. */
#ifndef STOP_OUT_SERVER_EVENT_H
#define STOP_OUT_SERVER_EVENT_H

#include <stddef.h>
#include <stdio.h>

/*
 * Writes an event of TYPE, a word, whose data are SIZE bytes of TEXT; who loses the connection
 * shall try again after RETRY_MS. Ends of lines, whichever they are, arrive as "\n". Errors are
 * those of STREAM.
 */
void server_event_write(
	FILE *stream, const char *type, unsigned int retry_ms, const char *text, size_t size);

#endif
