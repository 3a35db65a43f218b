/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unwinds a stack from a copy of it: libunwind, with every memory read answered from the copy, or
 * from files that the process has mapped and cannot have changed.
 *
 * What was not copied is not read later, because the stack may have changed by then. Such a walk
 * ends and is marked as cut. Where tables are missing, callers are guessed (stack/guess.h). For the
 * unwinder.
 */
#ifndef STOP_STACK_WALK_H
#define STOP_STACK_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/stack_cache.h"
#include "event/stack_copy.h"
#include "stack/frame.h"

/* Maximum number of frames of a walk. */
#define WALK_MAX   1024

/* Maximum number of registers and words of the copy that a cached walk can depend on. */
#define WALK_READS 192

struct space;

struct walk {
	size_t count;
	uint64_t ip[WALK_MAX];
	bool exact[WALK_MAX];      /* ip is where the frame is; otherwise its return address */
	bool trampoline[WALK_MAX]; /* a signal handler returns to it */
	size_t guessed;            /* index of the first frame found without unwind tables */
	enum stack_end end;
	uint64_t missing;  /* where something is that was needed, above the copy; 0: unknown */
	bool has_unknown;  /* it has left out what can be a frame of code that is not in the map */
	size_t used;       /* bytes of the copy, from its beginning, that the walk has read */
	size_t read_count; /* words read, besides ip and sp; those beyond WALK_READS are not
	                      recorded */
	struct stack_word read[WALK_READS];
};

/* Unwinds COPY, of a thread of SPACE's process, into *WALK. */
void walk_copy(struct space *space, const struct stack_copy *copy, struct walk *walk);

/*
 * Whether a walk that has read COUNT words would read the same from COPY: then it is the same walk,
 * unless its space has changed.
 */
bool walk_is_same(const struct stack_word *read, size_t count, const struct stack_copy *copy);

/* Whether WALK has recorded everything that it depends on, as walk_is_same() requires. */
bool walk_is_repeatable(const struct walk *walk);

/* Whether WALK can have ended because the memory map was too old. */
bool walk_may_be_outdated(const struct walk *walk);

/* Flushes the unwinder's cache for SPACE and frees it. */
void walk_flush_space(struct space *space);
void walk_forget_space(struct space *space);

/* The library and its version, for -V. Static. */
const char *walk_library(void);

#endif
