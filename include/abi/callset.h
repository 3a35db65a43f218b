/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of system calls, in the language shared by the option -e, the filter key and the
 * configuration file; it follows strace's syntax.
 *
 *   set     := ["!"] item { "," item }
 *   item    := ["?"] ( "all" | "none" | NUMBER | NAME | "%" CLASS | "/" REGEX ) [ "@" ABI ]
 *   ABI     := "64" | "32" | "x32"
 *
 * A leading "!" negates the whole set. "?" accepts an item that matches nothing. A regular
 * expression is POSIX extended and matches anywhere in a name; it extends to the next comma.
 * Without "@", an item selects the call in every ABI that has it, including a NUMBER (as in strace:
 * 11 is munmap and execve@32), except requests of io_uring, which have names ("io_uring:READ") and
 * a class (%io_uring). A number that is in no table has the name "syscall_N", as
 * call_name() writes it. White space around items and empty items are ignored.
 *
 * A set is immutable once parsed and may be read from any thread.
 */
#ifndef STOP_ABI_CALLSET_H
#define STOP_ABI_CALLSET_H

#include <stdbool.h>
#include <stddef.h>

#include "abi/syscall.h"

struct callset;

/* Why a text is not a valid call set. */
struct callset_error {
	size_t offset;     /* byte offset of the invalid item in the text */
	char message[160]; /* one line without a final newline, with a suggestion if a name is near
	                    */
};

/*
 * Parses TEXT. On success returns 0 and stores a set in *OUT, which the caller frees with
 * callset_free(). Returns -EINVAL if TEXT is invalid, with the reason in *ERROR (may be NULL), and
 * leaves *OUT unchanged. An empty TEXT is invalid.
 */
int callset_parse(const char *text, struct callset **out, struct callset_error *error);

/* The set of calls for which HAS, called with CONTEXT, is true. The caller frees it as above. */
struct callset *callset_of(bool (*has)(const void *context, struct call call), const void *context);

/* Frees SET; NULL is allowed. */
void callset_free(struct callset *set);

/* Whether SET contains CALL. Numbers that are in no table are in "all" and in negated sets. O(1).
 */
bool callset_has(const struct callset *set, struct call call);

#endif
