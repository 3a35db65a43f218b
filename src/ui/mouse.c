/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decoding of mouse reports; see ui/mouse.h. */
#include "config.h"

#include "ui/mouse.h"

#include <stddef.h>

#include "ui/keys.h"

/* More columns than any terminal has: larger numbers are invalid. */
#define NUMBER_MAX 100000

/* Offset of the older form's numbers, which makes them printable. */
#define OLD_BASE   32

/* Bits of a button's number: modifier keys that were held, and motion. */
#define MODIFIERS  (4 | 8 | 16)
#define MOTION     32

void mouse_begin(struct mouse *mouse, bool is_old)
{
	*mouse = (struct mouse){.form = is_old ? MOUSE_OLD : MOUSE_NEW};
}

static uint32_t key_of(unsigned int button, bool pressed)
{
	static const struct {
		unsigned int button;
		uint32_t key;
	} keys[] = {{0, KEYCODE_CLICK}, {64, KEYCODE_WHEEL_UP}, {65, KEYCODE_WHEEL_DOWN}};
	for (size_t i = 0; pressed && !(button & MOTION) && i < sizeof(keys) / sizeof(*keys); i++) {
		if (keys[i].button == (button & ~(unsigned int)MODIFIERS))
			return keys[i].key;
	}
	return 0;
}

/* Ends a report. Without PRESSED, it has no key. */
static bool finish(struct mouse *mouse, bool pressed, uint32_t *key, int *row, int *column)
{
	bool has_place = mouse->number[1] > 0 && mouse->number[2] > 0;
	*key = has_place ? key_of(mouse->number[0], pressed) : 0;
	*column = (int)mouse->number[1] - 1;
	*row = (int)mouse->number[2] - 1;
	mouse->form = MOUSE_IDLE;
	return false;
}

static bool decode_old(struct mouse *mouse, uint32_t code, uint32_t *key, int *row, int *column)
{
	mouse->number[mouse->count++] = code > OLD_BASE ? code - OLD_BASE : 0;
	return mouse->count < MOUSE_NUMBERS || finish(mouse, true, key, row, column);
}

bool mouse_decode(struct mouse *mouse, uint32_t code, uint32_t *key, int *row, int *column)
{
	unsigned int *number = &mouse->number[mouse->count];
	if (mouse->form == MOUSE_OLD)
		return decode_old(mouse, code, key, row, column);
	if (code >= '0' && code <= '9' && *number < NUMBER_MAX) {
		*number = *number * 10 + (code - '0');
		return true;
	}
	if (code == ';' && mouse->count + 1 < MOUSE_NUMBERS) {
		mouse->count++;
		return true;
	}
	return finish(mouse, code == 'M' && mouse->count + 1 == MOUSE_NUMBERS, key, row, column);
}
