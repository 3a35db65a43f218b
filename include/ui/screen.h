/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen: what the user sees and has chosen, as a passive object. It takes reports and keys,
 * returns what has to be done, and draws itself into a canvas. It does not depend on the terminal
 * or the event loop.
 *
 *   report_new(model, facts, screen_view()) ─▶ screen_update() ─▶ screen_draw() ─▶ terminal_flush()
 *            ▲                                     │                  ▲
 *            ├─── /proc ◀── screen_wants() ◀── screen_layout()        │
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
struct timeline;

/*
 * A screen that starts with VIEW, whose set and text must outlive it, and SETTINGS. Freed with
 * screen_free().
 */
struct screen *screen_new(const struct report_view *view, const struct settings *settings);

/* Frees SCREEN; NULL is allowed. */
void screen_free(struct screen *screen);

/* Whether stacks are shown and so have to be captured: those of the call or thread in *SUBJECT. */
bool screen_watches(const struct screen *screen, struct report_subject *subject);

/* Whether files and peers are shown and so have to be counted. */
bool screen_counts_files(const struct screen *screen);

/* Writes the stacks that are shown, all of them opened, to STREAM. */
void screen_write_stacks(const struct screen *screen, FILE *stream);

/* The view that the next report has to be made for. Valid until the next screen_key(). */
const struct report_view *screen_view(struct screen *screen);

/*
 * Shows REPORT, which must stay valid until the next update or screen_free(). Its tallies are not
 * read: the model may process events before the screen is drawn again. Returns whether the detail
 * is now about another call or thread (screen_view()), which the report has to describe, for
 * another update.
 */
bool screen_update(struct screen *screen, const struct report *report);

/*
 * After UI_REQUEST_SELECT: the filter on details whose calls are to be shown, which the caller
 * frees; NULL: there is none any more.
 */
struct filter *screen_take_filter(struct screen *screen);

/* That filter is not possible: the view shows all calls. */
void screen_drop_filter(struct screen *screen);

/* Shows TRANSCRIPT as the command's output; it must outlive the screen. */
void screen_output(struct screen *screen, const struct transcript *transcript);

/* Shows the lines of TAIL as the log; it must outlive the screen. Without, there is none. */
void screen_log(struct screen *screen, struct log_tail *tail);

/* What the log that is shown is about: it has to be collected. */
struct log_subject screen_log_subject(const struct screen *screen);

/* Shows TIMELINE, that of a recording, which must outlive the screen. */
void screen_timeline(struct screen *screen, const struct timeline *timeline);

/* The same for SIGNALS, and whether they are shown: then threads have to be looked at. */
void screen_signals(struct screen *screen, struct signals *signals);
bool screen_shows_signals(const struct screen *screen);

/* The text for UI_REQUEST_COPY, and the call for UI_REQUEST_MANUAL. Valid until the next key. */
const char *screen_copied(const struct screen *screen);
const char *screen_manual(const struct screen *screen);

/* Sets whether the started command is running: if so, quitting asks what to do with it. */
void screen_command(struct screen *screen, bool runs);

/*
 * Handles KEY, numbered as in ui/keys.h. Returns what has to be done. Pasted characters
 * (KEYCODE_PASTED) are text for a prompt, or nothing.
 */
enum ui_request screen_key(struct screen *screen, uint32_t key);

/* The same for a key of the mouse at ROW and COLUMN. */
enum ui_request screen_mouse(struct screen *screen, uint32_t key, int row, int column);

/*
 * Whether a question with a harmful answer is open; and permits that answer. A mistyped or pasted
 * text must not open such a question and also answer it: the event loop permits the answer once the
 * question was displayed, without a key, for long enough to be read. It is refused before that, and
 * if another key comes first.
 */
bool screen_is_asking(const struct screen *screen);
void screen_take_answer(struct screen *screen);

/* Shows TEXT (escaped) instead of the bar until the next key. */
void screen_message(struct screen *screen, bool is_error, const char *text);

/* The same, but leaves a message that is there the time to be read. */
void screen_news(struct screen *screen, const char *text);

/*
 * Shows TEXT, lines of it, over the panes, until the next one; NULL: no longer. It must stay valid.
 * Whether it is shown, and how many columns there are for it.
 */
void screen_show_changes(struct screen *screen, const char *text);
bool screen_shows_changes(const struct screen *screen);
int screen_changes_columns(const struct screen *screen);

/* Decides which part of the report a screen of ROWS and COLUMNS shows. */
void screen_layout(struct screen *screen, int rows, int columns);

/* Lays the screen out for CANVAS and draws everything into it. */
void screen_draw(struct screen *screen, struct canvas *canvas);

/* The current settings. Valid until the next screen_key(). */
const struct settings *screen_settings(const struct screen *screen);

/* The signal to send for UI_REQUEST_SIGNAL. Valid until the next screen_key(). */
const struct signal_request *screen_signal(const struct screen *screen);

/* Whether the screen is paused and needs no new reports. */
bool screen_is_paused(const struct screen *screen);

/*
 * The threads whose details from /proc the screen shows, as of the last screen_layout(): stores
 * their tids in an array that the caller frees, and returns their number. If the rows are sorted by
 * such a detail, *OTHERS more follow in the array: all other threads.
 */
size_t screen_wants(const struct screen *screen, pid_t **tids, size_t *others);

#endif
