/*
 * The terminal: the only code that uses ncurses. It displays canvases, translates input into the
 * key numbers of ui/keys.h, and restores the terminal's original state.
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

#include "ui/canvas.h"
#include "ui/theme.h"

struct terminal;

/* Whether standard input and standard output are terminals. */
bool terminal_is_there(void);

/* Whether the current locale requires ASCII output. */
bool terminal_is_ascii(void);

/*
 * Takes over the terminal at standard input and output. Returns 0 and stores it in *OUT; or returns
 * -errno with a one-line REASON of SIZE bytes (TERM is not set or unknown: -ENOTSUP).
 */
int terminal_open(struct terminal **out, char *reason, size_t size);

/* Restores the terminal and frees TERMINAL; NULL is allowed. */
void terminal_close(struct terminal *terminal);

/* A descriptor to poll for POLLIN, which means that there are keys to read. */
int terminal_fd(const struct terminal *terminal);

/*
 * Reads one key into *KEY without blocking. Returns 1, 0 if there is none, or -EIO if the terminal
 * is gone. Call it until it returns 0, because keys are buffered above the descriptor.
 */
int terminal_key(struct terminal *terminal, uint32_t *key);

/*
 * The position of the mouse, if the last key from terminal_key() was one of the mouse:
 * KEYCODE_CLICK, KEYCODE_WHEEL_UP, KEYCODE_WHEEL_DOWN.
 */
void terminal_mouse(const struct terminal *terminal, int *row, int *column);

/* Uses THEME from the next terminal_flush() on. */
void terminal_theme(struct terminal *terminal, enum theme theme);

/* Reads the size and passes it to ncurses. Call this on SIGWINCH and after terminal_resume(). */
void terminal_resize(struct terminal *terminal, int *rows, int *columns);

/* Displays CANVAS; sends only what has changed since the last call. */
void terminal_flush(struct terminal *terminal, const struct canvas *canvas);

/* Makes the next terminal_flush() send everything, in case other output has corrupted the display.
 */
void terminal_repaint(struct terminal *terminal);

/* Restores the terminal for ^Z, and takes it over again, to be redrawn completely. */
void terminal_suspend(struct terminal *terminal);
void terminal_resume(struct terminal *terminal);

/*
 * Restores the terminal if one is open, using only write(2) and tcsetattr(3): for the handler of a
 * fatal signal, from any thread. Frees nothing.
 */
void terminal_rescue(void);

/* The library and its version, for -V. Static. */
const char *terminal_library(void);

#endif
