/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON that is written as text, for lines of which there are many: out/line_json.h, out/ship_row.h.
 * What has no room is left out: the caller has a buffer for the longest. Pure.
 */
#ifndef STOP_OUT_JSON_TEXT_H
#define STOP_OUT_JSON_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct json_text {
	char *buf;         /* of the caller; ends in a NUL once something was added */
	size_t size, used; /* in bytes; `used` without the NUL */
};

/* Adds what FORMAT makes, as it is. */
void json_text_add(struct json_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds STRING, which is valid UTF-8, as a string of JSON. */
void json_text_string(struct json_text *text, const char *string);

#endif
