/*
 * What a terminal reports of its mouse, decoded character by character.
 *
 * Not by getmouse(3x): reports that come together, as those of a wheel do, and a press with its
 * release while the program is busy, it joins or forgets. Pure.
 *
 *     \e[<BUTTON;COLUMN;ROW M     pressed (m: let go), xterm's mode 1006
 *     \e[M BUTTON COLUMN ROW      the older form, each a character from blank on
 */
#ifndef STOP_UI_MOUSE_H
#define STOP_UI_MOUSE_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers of a report. */
#define MOUSE_NUMBERS 3

/* A report while it is read. */
struct mouse {
	enum {
		MOUSE_IDLE, /* none has begun */
		MOUSE_NEW,  /* digits, until M or m */
		MOUSE_OLD,  /* three characters */
	} form;
	unsigned int number[MOUSE_NUMBERS];
	unsigned int count; /* numbers that are whole, or begun */
};

/* A report has begun: what goes before its numbers was read. */
void mouse_begin(struct mouse *mouse, bool is_old);

/*
 * Takes CODE, the next character. Returns whether the report goes on; if not, *KEY is what was done
 * (KEYCODE_CLICK, KEYCODE_WHEEL_UP or KEYCODE_WHEEL_DOWN; 0 for what means nothing here), and where
 * is in *ROW and *COLUMN, from 0.
 */
bool mouse_decode(struct mouse *mouse, uint32_t code, uint32_t *key, int *row, int *column);

#endif
