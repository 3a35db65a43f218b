/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Callers where unwind tables or registers are missing: a word of the stack is taken for a return
 * address if it follows a call, in a file, that can have been the call of the function in question.
 * Remains of earlier calls can look the same, so what is found is a guess. For the unwinder.
 */
#ifndef STOP_STACK_GUESS_H
#define STOP_STACK_GUESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/stack_copy.h"

struct space;

/* The function whose caller is looked for. */
struct guess_function {
	uint64_t ip;       /* an address in it */
	uint64_t start;    /* where it begins; 0: unknown */
	bool is_generated; /* code of the process, of which no call can be read */
};

/* A return address, and where it is on the stack. */
struct guess_return {
	uint64_t at, ip;
};

/* Whether IP can be a return address: there is code before it. */
bool guess_is_code(struct space *space, uint64_t ip);

/* Whether IP is one that no call leaves: what a program puts on the stack of a coroutine. */
bool guess_is_made(struct space *space, uint64_t ip);

/* The function that the call before IP calls, if that is part of the code; 0: it is not. */
uint64_t guess_callee(struct space *space, uint64_t ip);

/* Reads the word at ADDRESS of COPY. False: it was not copied. */
bool guess_read(const struct stack_copy *copy, uint64_t address, uint64_t *word);

/* Finds the return address of FUNCTION between FROM and TO. Returns whether there is one. */
bool guess_find(struct space *space, const struct stack_copy *copy,
	const struct guess_function *function, uint64_t from, uint64_t to,
	struct guess_return *found);

/*
 * The same for a FUNCTION that has set up its frame pointer, above SP: FOUND->at is then that of
 * its frame, where that of the caller is saved, below the return address.
 */
bool guess_find_frame(struct space *space, const struct stack_copy *copy,
	const struct guess_function *function, uint64_t sp, struct guess_return *found);

/* Whether FP, the frame pointer, is that of FUNCTION, which has no tables, and not of a caller. */
bool guess_is_frame(struct space *space, const struct stack_copy *copy,
	const struct guess_function *function, uint64_t sp, uint64_t fp);

/*
 * Whether FP can be a frame pointer: a return address is above it, or the end of all frames, in the
 * file that has IP.
 */
bool guess_has_frame(struct space *space, const struct stack_copy *copy, uint64_t fp, uint64_t ip);

/*
 * Whether FP can be a frame pointer of a function of code that is not in the map: generated code
 * appears without notice.
 */
bool guess_is_unknown_frame(
	struct space *space, const struct stack_copy *copy, uint64_t sp, uint64_t fp);

/*
 * The address after the call of CALLEE in the function that begins at START and ends before END; 0
 * if there is none.
 */
uint64_t guess_call_site(struct space *space, uint64_t start, uint64_t end, uint64_t callee);

#endif
