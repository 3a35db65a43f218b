/*
 * The screen: what the user sees and has chosen, as a passive object. It is told of reports and
 * keys, says what has to be done, and draws itself into a canvas. It knows no terminal and no loop.
 *
 *   report_new(model, facts, screen_view()) ─▶ screen_update() ─▶ screen_draw() ─▶ terminal_flush()
 *            ▲                                                        ▲
 *            └──────── VERDICT_REPORT ──── screen_key() ── VERDICT_REDRAW
 *
 * One thread.
 */
#ifndef STOP_UI_SCREEN_H
#define STOP_UI_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "out/report.h"
#include "ui/canvas.h"
#include "ui/pane.h"

struct screen;

/* A screen that begins with VIEW, whose set and text outlive it. Freed with screen_free(). */
struct screen *screen_new(const struct report_view *view);

/* Frees SCREEN; NULL is allowed. */
void screen_free(struct screen *screen);

/* Whether somebody looks at the stacks of a call: *CALL. They have to be captured then. */
bool screen_watches(const struct screen *screen, struct call *call);

/* Writes the stacks that are shown, all of them opened, to STREAM. */
void screen_write_stacks(const struct screen *screen, FILE *stream);

/* What the next report is to be made of. Valid until the next screen_key(). */
const struct report_view *screen_view(const struct screen *screen);

/*
 * Shows REPORT, whose arrays stay valid until the next update or screen_free(). Its tallies are
 * read during this call alone: the model may be fed before the screen is drawn again.
 */
void screen_update(struct screen *screen, const struct report *report);

/* The user pressed KEY, as ui/keys.h numbers them. Returns what is to be done. */
enum verdict screen_key(struct screen *screen, uint32_t key);

/* Shows TEXT (escaped), in the place of the bar, until the next key. */
void screen_message(struct screen *screen, bool is_error, const char *text);

/* Draws everything into CANVAS, of whatever size it is. */
void screen_draw(struct screen *screen, struct canvas *canvas);

#endif
