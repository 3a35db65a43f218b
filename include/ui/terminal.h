/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal: it displays canvases, translates input into the key numbers of ui/keys.h, and
 * restores the terminal's original state. ncurses is used for the terminal's description and for
 * reading keys.
 *
 * No function blocks, although the terminal may be stopped by ^S, slow, or have no reader: output
 * that it does not accept is kept, and of further canvases only the last one. Only restoring it may
 * wait, up to 0.1 s as long as it accepts nothing.
 *
 * Signals are not handled here: the event loop handles SIGWINCH, SIGTSTP and the others, and calls
 * terminal_resize(), terminal_suspend() and terminal_close(). One thread; one terminal at a time,
 * because of ncurses.
 */
#ifndef STOP_UI_TERMINAL_H
#define STOP_UI_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ui/canvas.h"
#include "ui/theme.h"

struct terminal;

/* Whether standard input and standard output are terminals. */
bool terminal_is_there(void);

/*
 * Makes our controlling terminal standard input, for keys, where that was something else: standard
 * output has to be the same terminal. Returns 0 or -errno (-ENOTTY: it is not).
 */
int terminal_take_keys(void);

/* Whether another process group has that terminal, as after a shell's bg: it may not be used. */
bool terminal_is_background(void);

/* Whether the current locale requires ASCII output. */
bool terminal_is_ascii(void);

/*
 * Takes over the terminal at standard input and output. Returns 0 and stores it in *OUT; or returns
 * -errno with a one-line REASON of SIZE bytes (TERM is not set or unknown: -ENOTSUP).
 */
int terminal_open(struct terminal **out, char *reason, size_t size);

/* Restores the terminal and frees TERMINAL; NULL is allowed. */
void terminal_close(struct terminal *terminal);

/*
 * A descriptor to poll for terminal_events(): there are keys to read, or there is room for pending
 * output. In both cases call terminal_key().
 */
int terminal_fd(const struct terminal *terminal);
short terminal_events(const struct terminal *terminal);

/* Sends as much pending output as the terminal accepts. Returns whether none is left. */
bool terminal_catch_up(struct terminal *terminal);

/* Whether there is something to read. */
bool terminal_has_input(const struct terminal *terminal);

/*
 * Reads one key into *KEY without blocking. Returns 1, 0 if there is none, or -EIO if the terminal
 * is gone. Call it until it returns 0, because keys are buffered above the descriptor. Characters
 * that were pasted have KEYCODE_PASTED.
 */
int terminal_key(struct terminal *terminal, uint32_t *key);

/*
 * The position of the mouse, if the last key from terminal_key() was one of the mouse:
 * KEYCODE_CLICK, KEYCODE_WHEEL_UP, KEYCODE_WHEEL_DOWN.
 */
void terminal_mouse(const struct terminal *terminal, int *row, int *column);

/* Uses THEME from the next terminal_flush() on. */
void terminal_theme(struct terminal *terminal, enum theme theme);

/*
 * Whether ncurses knows the terminal called NAME (NULL: none); stores the number of its colours, 0
 * or less: none. Without a terminal.
 */
bool terminal_describe(const char *name, int *colours);

/* Whether the terminal has colours, and the theme uses them. */
bool terminal_has_colours(const struct terminal *terminal);

/* Asks the terminal to put TEXT on its clipboard. Whether it does is not known. */
void terminal_copy(struct terminal *terminal, const char *text);

/* Reads the size. Call this on SIGWINCH and after terminal_resume(). */
void terminal_resize(struct terminal *terminal, int *rows, int *columns);

/*
 * Displays CANVAS, of the terminal's size; sends only what has changed since the last call. This is
 * delayed while earlier output is pending or another process group has the terminal.
 */
void terminal_flush(struct terminal *terminal, const struct canvas *canvas);

/* Makes the next terminal_flush() send everything, in case other output has corrupted the display.
 */
void terminal_repaint(struct terminal *terminal);

/* Restores the terminal for ^Z, and takes it over again, to be redrawn completely. */
void terminal_suspend(struct terminal *terminal);
void terminal_resume(struct terminal *terminal);

/*
 * Process group GROUP has the suspended terminal, until this is called with 0, when the modes of
 * before are restored. If we die meanwhile, the group is killed, and the terminal restored.
 */
void terminal_lend(pid_t group);

/*
 * Restores the terminal if one is open, by async-signal-safe means: for the handler of a fatal
 * signal, from any thread. Frees nothing.
 */
void terminal_rescue(void);

/* The same for a process that shares the memory of ours, which has died. */
void terminal_rescue_survivor(void);

/* The library and its version, for -V. Static. */
const char *terminal_library(void);

#endif
