/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A token: who knows it may read what is served. Any thread. */
#ifndef STOP_OUT_TOKEN_H
#define STOP_OUT_TOKEN_H

#include <stdbool.h>

/* Its random bits. */
#define TOKEN_BITS 128

/* Size of its text, including the final NUL: digits in base 16. */
#define TOKEN_TEXT (TOKEN_BITS / 4 + 1)

/* Makes one that nobody can guess. Returns 0 or -errno. */
int token_make(char token[TOKEN_TEXT]);

/*
 * Whether GIVEN, of whatever size, is TOKEN; NULL is not. How long it takes does not depend on how
 * much of it is right.
 */
bool token_matches(const char token[TOKEN_TEXT], const char *given);

#endif
