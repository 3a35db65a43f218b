/*
 * Rendering: the bytes that make a terminal show a canvas, given what it shows already.
 *
 *   canvas ─▶ renderer_draw() ─▶ write_queue ─▶ terminal
 *                  ▲    │
 *                  └────┘ what the terminal shows once it has got all of that
 *
 * curses(3x) does the same, but writes to the terminal itself, and waits for it. One thread.
 */
#ifndef STOP_UI_RENDERER_H
#define STOP_UI_RENDERER_H

#include <stdbool.h>

#include "ui/canvas.h"
#include "ui/theme.h"
#include "ui/write_queue.h"

struct renderer;

/*
 * A renderer for the terminal that setupterm(3x) has selected, which can move its cursor. Nothing
 * is known of what it shows. If ASCII, characters are replaced by ASCII ones. Freed with
 * renderer_free(), which accepts NULL.
 */
struct renderer *renderer_new(bool ascii);
void renderer_free(struct renderer *renderer);

/* Sets the appearance of STYLE. To be called for every style, and renderer_forget() afterwards. */
void renderer_set_style(
	struct renderer *renderer, enum style style, const struct appearance *appearance);

/* Forgets what the terminal shows: the next renderer_draw() clears it first. */
void renderer_forget(struct renderer *renderer);

/* Adds to QUEUE what makes the terminal, which has the size of CANVAS, show it. */
void renderer_draw(
	struct renderer *renderer, const struct canvas *canvas, struct write_queue *queue);

#endif
