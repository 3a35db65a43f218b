/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON as text; see out/json_text.h. */
#include "config.h"

#include "out/json_text.h"

#include <stdarg.h>
#include <stdio.h>

/* The longest way to write a character, and a NUL. */
#define ROOM 8

void json_text_add(struct json_text *text, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	size_t room = text->size - text->used;
	int length = vsnprintf(text->buf + text->used, room, format, args);
	va_end(args);
	if (length > 0)
		text->used += (size_t)length < room ? (size_t)length : room - 1;
}

void json_text_string(struct json_text *text, const char *string)
{
	json_text_add(text, "\"");
	for (; *string; string++) {
		if (text->used + ROOM > text->size)
			break;
		if ((unsigned char)*string < ' ')
			json_text_add(text, "\\u%04x", (unsigned char)*string);
		else if (*string == '"' || *string == '\\')
			json_text_add(text, "\\%c", *string);
		else
			text->buf[text->used++] = *string;
	}
	json_text_add(text, "\"");
}
