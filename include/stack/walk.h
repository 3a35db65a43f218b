/*
 * Walking up a stack from a copy of it: libunwind, with every read of memory answered from the
 * copy, or from files that the process has mapped and cannot have changed.
 *
 * What was not copied is not read later: it could be another stack by then. Such a walk ends and is
 * marked as cut. For the stack thread.
 */
#ifndef STOP_STACK_WALK_H
#define STOP_STACK_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/stack_cache.h"
#include "event/stack_copy.h"
#include "stack/frame.h"

/* Frames of a walk, at most. */
#define WALK_MAX   1024

/* Words of registers and of the copy that a walk can depend on and be remembered. */
#define WALK_READS 192

struct space;

struct walk {
	size_t count;
	uint64_t ip[WALK_MAX];
	bool exact[WALK_MAX];      /* ip is where the frame is; else where it returns to */
	bool trampoline[WALK_MAX]; /* a signal handler returns to it */
	size_t guessed;            /* frames from this one on were found by frame pointers */
	enum stack_end end;
	size_t used;       /* bytes of the copy, from its beginning, that the walk has read */
	size_t read_count; /* words that it has read, beside ip and sp; beyond WALK_READS they are
	                      not noted */
	struct stack_word read[WALK_READS];
};

/* Walks COPY, of a thread of SPACE's process, into *WALK. */
void walk_copy(struct space *space, const struct stack_copy *copy, struct walk *walk);

/*
 * Whether a walk that has read COUNT words would read the same of COPY: then it is the same walk,
 * as long as its space does not change.
 */
bool walk_is_same(const struct stack_word *read, size_t count, const struct stack_copy *copy);

/* Whether WALK notes all that it depends on: then walk_is_same() can be asked. */
bool walk_is_repeatable(const struct walk *walk);

/* Forgets what was learnt of SPACE's code, and frees what is kept for it. */
void walk_flush_space(struct space *space);
void walk_forget_space(struct space *space);

/* The library and its version, for -V. Static. */
const char *walk_library(void);

#endif
