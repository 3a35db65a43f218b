/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Patterns of paths and names: ? is any character, * any number of them, [a-z] and [!a-z] one of a
 * set; none of these matches "/". ** matches anything, and the two bytes of "**" with a "/" after
 * them also no directory at all. A backslash makes the next character an ordinary one. Bytes are
 * compared; a character is a byte.
 *
 * glob_match() takes no longer than the pattern times the text, whatever is in them, and allocates
 * nothing. Pure; any thread.
 */
#ifndef STOP_BASE_GLOB_H
#define STOP_BASE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

struct glob;

/* What separates the parts of a text. */
enum glob_kind {
	GLOB_NAME, /* nothing: * matches "/", too */
	GLOB_PATH, /* "/"; a pattern that does not begin with "/" may begin after any "/" */
};

/*
 * Compiles PATTERN into *OUT, which the caller frees with glob_free(). Returns 0, -E2BIG if it is
 * too long, or -EINVAL if a "[" is never closed; *OUT is unchanged then.
 */
int glob_new(enum glob_kind kind, const char *pattern, struct glob **out);

/* NULL is allowed. */
void glob_free(struct glob *glob);

/* Whether GLOB matches the whole of TEXT. */
bool glob_match(const struct glob *glob, const char *text);

#endif
