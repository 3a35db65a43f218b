/*
 * The terminal: the only place that knows ncurses. It shows canvases, turns what is typed into the
 * numbers of ui/keys.h, and is given back as it was found.
 *
 * No signal is handled here: SIGWINCH, SIGTSTP and the others are the loop's, which calls
 * terminal_resize(), terminal_suspend() and terminal_close(). One thread; one terminal at a time,
 * as ncurses has it.
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

/* Whether what is written in the locale that is set has to be ASCII. */
bool terminal_is_ascii(void);

/*
 * Takes over the terminal at standard input and output. Returns 0 with it in *OUT; or -errno with
 * one line of why in REASON of SIZE bytes (TERM is not set, or unknown: -ENOTSUP).
 */
int terminal_open(struct terminal **out, char *reason, size_t size);

/* Gives the terminal back as it was, and frees TERMINAL; NULL is allowed. */
void terminal_close(struct terminal *terminal);

/* A descriptor to poll for POLLIN: then there are keys to read. */
int terminal_fd(const struct terminal *terminal);

/*
 * Reads one key, without waiting, into *KEY. Returns 1; 0 where there is none now; -EIO where the
 * terminal is gone. To be called until it returns 0, as keys are buffered above the descriptor.
 */
int terminal_key(struct terminal *terminal, uint32_t *key);

/*
 * Where the mouse was at the last key that terminal_key() gave, where that was one of the mouse:
 * KEYCODE_CLICK, KEYCODE_WHEEL_UP, KEYCODE_WHEEL_DOWN.
 */
void terminal_mouse(const struct terminal *terminal, int *row, int *column);

/* Shows everything as THEME has it, from the next terminal_flush() on. */
void terminal_theme(struct terminal *terminal, enum theme theme);

/* Asks for the size, and tells ncurses. To be called at SIGWINCH and after terminal_resume(). */
void terminal_resize(struct terminal *terminal, int *rows, int *columns);

/* Shows CANVAS; only what has changed since the last time is sent. */
void terminal_flush(struct terminal *terminal, const struct canvas *canvas);

/* Has the next terminal_flush() send everything, as after somebody else wrote to the terminal. */
void terminal_repaint(struct terminal *terminal);

/* Gives the terminal back for a while, for ^Z, and takes it over again, all to be drawn. */
void terminal_suspend(struct terminal *terminal);
void terminal_resume(struct terminal *terminal);

/*
 * Gives back the terminal that is open, if one is, with nothing but write(2) and tcsetattr(3): for
 * the handler of a signal that ends the program, from any thread. Nothing is freed.
 */
void terminal_rescue(void);

/* The library and its version, for -V. Static. */
const char *terminal_library(void);

#endif
