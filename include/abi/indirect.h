/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that make another call, whose arguments are in memory: socketcall of 32-bit programs. They
 * are read, shown and attributed as the call that they make.
 *
 * Pure; any thread.
 */
#ifndef STOP_ABI_INDIRECT_H
#define STOP_ABI_INDIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/syscall.h"

/* The maximum number of arguments in memory, of 32 bits each. */
#define INDIRECT_WORDS_MAX 6

/* The call that is made. */
struct indirect {
	const char *name; /* as the C library calls it: "send" */
	struct call
		call; /* the call with the same arguments: sendto; those that are missing are 0 */
	uint64_t args[CALL_MAX_ARGS];
	size_t count; /* how many arguments there are */
};

/*
 * The number of arguments in memory, at *ADDRESS, of what CALL with ARGS makes; 0 if it makes no
 * other call, or one that is not known.
 */
size_t indirect_words(struct call call, const uint64_t args[CALL_MAX_ARGS], uint64_t *address);

/* Stores what CALL with ARGS makes, with the arguments WORDS, indirect_words() of them. */
void indirect_resolve(struct call call, const uint64_t args[CALL_MAX_ARGS], const uint32_t words[],
	struct indirect *indirect);

#endif
