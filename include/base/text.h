/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Escapes text that the target controls (names, paths, strings) so that it is safe to display.
 *
 * Control characters, and characters that change how their neighbours are drawn, must never reach
 * the terminal raw. Pure; any thread.
 */
#ifndef STOP_BASE_TEXT_H
#define STOP_BASE_TEXT_H

#include <stddef.h>

/*
 * Writes TEXT (SIZE bytes, or up to a NUL before that) into BUF of CAPACITY bytes, as valid UTF-8:
 * control characters, invalid bytes, and characters that are invisible, reorder text or turn its
 * direction around (letters from right to left, marks without a letter) become "\n", "\x1b",
 * "\u202e"; a backslash is doubled. Text that does not fit is truncated at a character and
 * marked with "…". Returns BUF, which always ends in a NUL.
 */
char *text_escape(const char *text, size_t size, char *buf, size_t capacity);

#endif
