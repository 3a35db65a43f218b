/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of a program, from the execve that has executed it. Pure; any thread. */
#ifndef STOP_DECODE_PROGRAM_WORDS_H
#define STOP_DECODE_PROGRAM_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "abi/syscall.h"

struct event_detail;

/* Whether CALL executes a program. */
bool program_words_has(struct call call);

/*
 * Copies the words of argv of DETAIL, whose call is one of these, to BUF of SIZE bytes, each with
 * its NUL; if they are not there, the path that it executes. Returns their size, 0 if there is none
 * of it; *IS_CUT: some of the words are missing.
 */
size_t program_words(const struct event_detail *detail, char *buf, size_t size, bool *is_cut);

#endif
