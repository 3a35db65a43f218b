/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rendering: the bytes that make a terminal display a canvas, given what it displays already.
 *
 *   canvas ─▶ renderer_draw() ─▶ write_queue ─▶ terminal
 *                  ▲    │
 *                  └────┘ what the terminal displays after all of that
 *
 * curses(3x) does the same, but writes to the terminal itself, and blocks. One thread.
 */
#ifndef STOP_UI_RENDERER_H
#define STOP_UI_RENDERER_H

#include <stdbool.h>

#include "ui/canvas.h"
#include "ui/theme.h"
#include "ui/write_queue.h"

struct renderer;

/*
 * A renderer for the terminal selected by setupterm(3x), which must be able to move its cursor; its
 * contents are unknown. If ASCII, other characters are replaced. Freed with renderer_free(), which
 * accepts NULL.
 */
struct renderer *renderer_new(bool ascii);
void renderer_free(struct renderer *renderer);

/* Sets the appearance of STYLE. Call this for every style, and renderer_forget() afterwards. */
void renderer_set_style(
	struct renderer *renderer, enum style style, const struct appearance *appearance);

/* Forgets what the terminal displays: the next renderer_draw() clears it first. */
void renderer_forget(struct renderer *renderer);

/* Adds the bytes that make the terminal, of CANVAS's size, display it to QUEUE. */
void renderer_draw(
	struct renderer *renderer, const struct canvas *canvas, struct write_queue *queue);

#endif
