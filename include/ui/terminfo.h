/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Capabilities of the terminal selected by setupterm(3x), by their names in terminfo(5).
 *
 * Padding, which terminals of the 1970s needed, is omitted. One thread, because of ncurses.
 */
#ifndef STOP_UI_TERMINFO_H
#define STOP_UI_TERMINFO_H

#include <stdbool.h>

/* Size of the longest sequence with parameters, including the final NUL. */
#define TERMINFO_MAX 96

/* String capability NAME, or NULL if the terminal lacks it. The caller frees it. */
char *terminfo_string(const char *name);

/* Boolean capability NAME. */
bool terminfo_flag(const char *name);

/* Numeric capability NAME; -1 if the terminal lacks it. */
int terminfo_number(const char *name);

/*
 * Writes FORMAT, from terminfo_string(), with its parameters FIRST and SECOND into BUF. Returns
 * BUF, "" if FORMAT is NULL or the result does not fit.
 */
char *terminfo_format(const char *format, int first, int second, char buf[TERMINFO_MAX]);

#endif
