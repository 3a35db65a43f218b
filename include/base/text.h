/*
 * Text that somebody else controls (names, paths, strings of the target), made safe to show.
 *
 * A terminal obeys what it is sent: control characters, and characters that change how their
 * neighbours are drawn, never reach it raw. Pure; any thread.
 */
#ifndef STOP_BASE_TEXT_H
#define STOP_BASE_TEXT_H

#include <stddef.h>

/*
 * Writes TEXT (SIZE bytes, or up to a NUL before that) into BUF of CAPACITY bytes, as valid UTF-8:
 * control characters, invalid bytes, and the invisible characters that reorder text are shown
 * as "\n", "\x1b", "\u202e"; a backslash is doubled. What does not fit is cut at a character and
 * marked with "…". Returns BUF, which always ends in a NUL.
 */
char *text_escape(const char *text, size_t size, char *buf, size_t capacity);

#endif
