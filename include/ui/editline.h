/*
 * One line of text that is being typed, with a cursor in it. A value; pure.
 */
#ifndef STOP_UI_EDITLINE_H
#define STOP_UI_EDITLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest text in bytes, with the final NUL. */
#define EDITLINE_MAX 256

struct editline {
	char text[EDITLINE_MAX]; /* UTF-8 */
	size_t cursor;           /* byte before which the next character goes */
};

/* Makes TEXT what is in LINE, cut at what it can hold, with the cursor at the end. */
void editline_set(struct editline *line, const char *text);

/* Does what KEY does to a line (characters, cursor keys, deleting). False where it does nothing. */
bool editline_key(struct editline *line, uint32_t key);

#endif
