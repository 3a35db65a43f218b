/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A walk while it is made: what walk.c, which takes steps by unwind tables, and walk_guess.c, which
 * takes those where they are missing, know of it. For these two.
 */
#ifndef STOP_STACK_WALK_WORK_H
#define STOP_STACK_WALK_WORK_H

/* Without the header for local unwinding, which not every architecture has. */
#define UNW_REMOTE_ONLY
#include <libunwind.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stack/ehframe.h"
#include "stack/walk.h"

struct space;

/* Which registers are known. */
enum extent {
	KNOWN_ALL,
	KNOWN_FRAME, /* the program counter, the stack pointer and the frame pointer */
	KNOWN_PLACE, /* the program counter and the stack pointer */
};

/* The state of a walk, and of the accessors. */
struct work {
	struct space *space;
	const struct stack_copy *copy;
	struct unwind_regs regs; /* registers at the start of the current cursor */
	enum extent known;       /* which of these are known */
	unsigned int back;       /* distance of the relevant instruction before the ip */
	struct walk *walk;
	unsigned int fetches; /* number of memory reads */
	bool past_copy;       /* something was read that is on the stack, and was not copied */
	uint64_t missing;     /* where that is, or what is not far away; 0: nothing */
	bool elsewhere;       /* something was read that is not on the stack */
	bool searching;       /* a table is being searched */
	bool no_table;        /* there are no unwind tables for the code in question */
	uint64_t probed;      /* the function that returns to a return probe; 0: unknown */
	const struct ehframe_entry *made; /* a table that is not in the process, or NULL */
	size_t made_count;
};

/* Reads the word at ADDRESS from the copy, and records that. */
bool walk_read_copy(struct work *work, uint64_t address, unw_word_t *value);

/* See the accessor of libunwind. ARGUMENT is a struct work. */
int walk_find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *info,
	int need_unwind_info, void *argument);

void walk_add_frame(struct walk *walk, uint64_t ip, bool exact, bool trampoline);

/* Ends WALK, which could not continue, and sets why. Returns false. */
bool walk_give_up(struct work *work, struct walk *walk);

/*
 * The following take a step up. They return whether there was a frame, or end WALK. BEFORE is the
 * frame that it is from.
 */

/* Where the tables do not suffice: by what can be a frame or a return address. */
bool walk_step_by_guess(
	struct work *work, unw_cursor_t *cursor, struct walk *walk, unw_cursor_t *before);

/* Into the return probe of uprobes at IP, which the function of BEFORE returns to. */
bool walk_enter_probe(struct work *work, struct walk *walk, unw_cursor_t *before, unw_word_t ip);

/* Out of the return probe. Nobody knows where it returns to but the kernel. */
bool walk_leave_probe(struct work *work, unw_cursor_t *cursor, struct walk *walk);

#endif
