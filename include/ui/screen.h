/*
 * The screen: what the user sees and has chosen, as a passive object. It is told of reports and
 * keys, says what has to be done, and draws itself into a canvas. It knows no terminal and no loop.
 *
 *   report_new(model, facts, screen_view()) ─▶ screen_update() ─▶ screen_draw() ─▶ terminal_flush()
 *            ▲                                                        ▲
 *            └──────── UI_REQUEST_REPORT ──── screen_key() ── UI_REQUEST_REDRAW
 *
 * One thread.
 */
#ifndef STOP_UI_SCREEN_H
#define STOP_UI_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "out/report.h"
#include "out/transcript.h"
#include "ui/canvas.h"
#include "ui/pane.h"
#include "ui/request.h"
#include "ui/settings.h"

struct screen;

/*
 * A screen that begins with VIEW, whose set and text outlive it, and with SETTINGS. Freed with
 * screen_free().
 */
struct screen *screen_new(const struct report_view *view, const struct settings *settings);

/* Frees SCREEN; NULL is allowed. */
void screen_free(struct screen *screen);

/* Whether somebody looks at stacks: of the call or thread *SUBJECT. They have to be captured then.
 */
bool screen_watches(const struct screen *screen, struct report_subject *subject);

/* Writes the stacks that are shown, all of them opened, to STREAM. */
void screen_write_stacks(const struct screen *screen, FILE *stream);

/* What the next report is to be made of. Valid until the next screen_key(). */
const struct report_view *screen_view(const struct screen *screen);

/*
 * Shows REPORT, which stays valid until the next update or screen_free(). Its tallies are not
 * read: the model may be fed before the screen is drawn again. Returns whether it should be made
 * once more, because what is told in detail has become another call or thread.
 */
bool screen_update(struct screen *screen, const struct report *report);

/* Shows TRANSCRIPT as the command's output; it outlives the screen. */
void screen_output(struct screen *screen, const struct transcript *transcript);

/* Whether the command that was started runs: then quitting asks what becomes of it. */
void screen_command(struct screen *screen, bool runs);

/* The user pressed KEY, as ui/keys.h numbers them. Returns what is to be done. */
enum ui_request screen_key(struct screen *screen, uint32_t key);

/* The same for the keys of the mouse, which was at ROW and COLUMN. */
enum ui_request screen_mouse(struct screen *screen, uint32_t key, int row, int column);

/* Shows TEXT (escaped), in the place of the bar, until the next key. */
void screen_message(struct screen *screen, bool is_error, const char *text);

/* Draws everything into CANVAS, of whatever size it is. */
void screen_draw(struct screen *screen, struct canvas *canvas);

/* What is set up now. Valid until the next screen_key(). */
const struct settings *screen_settings(const struct screen *screen);

/* What UI_REQUEST_SIGNAL is about. Valid until the next screen_key(). */
const struct signal_request *screen_request(const struct screen *screen);

/* Whether the screen is held: reports are not to be followed frame by frame. */
bool screen_is_paused(const struct screen *screen);

/*
 * The threads of which the screen shows more than the model knows, as of the last screen_draw():
 * stores pointers into the report in an array that the caller frees. Returns their number. *OTHERS
 * more stand behind them, all there are, where rows are ordered by what is asked for.
 */
size_t screen_wants(const struct screen *screen, const struct thread_row ***rows, size_t *others);

#endif
