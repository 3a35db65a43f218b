/*
 * Sets of system calls, in the one language that the option -e, the filter key and the
 * configuration file share; it is the one that strace's users know.
 *
 *   set     := ["!"] item { "," item }
 *   item    := ["?"] ( "all" | "none" | NUMBER | NAME | "%" CLASS | "/" REGEX ) [ "@" ABI ]
 *   ABI     := "64" | "32" | "x32"
 *
 * A leading "!" negates the whole set. "?" accepts an item that names nothing. A regular expression
 * is POSIX extended and matches anywhere in a name; it extends to the next comma. Without "@", an
 * item means every ABI that has it, a NUMBER too (as in strace: 11 is munmap and execve@32). A
 * number that no table names has the name "syscall_N", as call_name() writes it.
 * White space around items is ignored, and so are empty items.
 *
 * A set is immutable once parsed and may be read from any thread.
 */
#ifndef STOP_ABI_CALLSET_H
#define STOP_ABI_CALLSET_H

#include <stdbool.h>
#include <stddef.h>

#include "abi/syscall.h"

struct callset;

/* Why a text is not a call set. */
struct callset_error {
	size_t offset;     /* byte of the text at which the item that is wrong begins */
	char message[160]; /* one line without a final newline, with a proposal where one is near */
};

/*
 * Parses TEXT. On success returns 0 and stores a set in *OUT that the caller frees with
 * callset_free(). Returns -EINVAL where TEXT is wrong, with the reason in *ERROR (may be NULL), and
 * leaves *OUT alone. An empty TEXT is wrong.
 */
int callset_parse(const char *text, struct callset **out, struct callset_error *error);

/* Frees SET; NULL is allowed. */
void callset_free(struct callset *set);

/* Whether SET has CALL. Numbers that no table names are in "all" and in negated sets. O(1). */
bool callset_has(const struct callset *set, struct call call);

#endif
