/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line editor: text being typed, with a cursor. A value; pure.
 */
#ifndef STOP_UI_EDITLINE_H
#define STOP_UI_EDITLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Size of the longest text in bytes, including the final NUL. */
#define EDITLINE_MAX 256

struct editline {
	char text[EDITLINE_MAX]; /* UTF-8 */
	size_t cursor;           /* byte before which the next character goes */
};

/* Sets the text of LINE to TEXT, truncated if necessary, with the cursor at the end. */
void editline_set(struct editline *line, const char *text);

/* Applies KEY to LINE (characters, cursor keys, deleting). False if the key does nothing here. */
bool editline_key(struct editline *line, uint32_t key);

#endif
