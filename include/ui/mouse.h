/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decodes a terminal's mouse reports, character by character.
 *
 * getmouse(3x) is not used: it merges or drops reports that arrive together, such as those of a
 * wheel, or a press and its release while the program is busy. Pure.
 *
 *     \e[<BUTTON;COLUMN;ROW M     pressed (m: released), xterm's mode 1006
 *     \e[M BUTTON COLUMN ROW      the older form, each one a character from blank up
 */
#ifndef STOP_UI_MOUSE_H
#define STOP_UI_MOUSE_H

#include <stdbool.h>
#include <stdint.h>

/* Number of values in a report. */
#define MOUSE_NUMBERS 3

/* The state of decoding. */
struct mouse {
	enum {
		MOUSE_IDLE, /* no report has begun */
		MOUSE_NEW,  /* digits, until M or m */
		MOUSE_OLD,  /* three characters */
	} form;
	unsigned int number[MOUSE_NUMBERS];
	unsigned int count; /* numbers complete or begun */
};

/* Starts a report, after its introducer was read. */
void mouse_begin(struct mouse *mouse, bool is_old);

/*
 * Decodes CODE, the next character. Returns whether the report continues; if not, *KEY is
 * KEYCODE_CLICK, KEYCODE_WHEEL_UP or KEYCODE_WHEEL_DOWN, or 0 for other events, and *ROW and
 * *COLUMN are the position, from 0.
 */
bool mouse_decode(struct mouse *mouse, uint32_t code, uint32_t *key, int *row, int *column);

#endif
