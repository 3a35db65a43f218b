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

#include "stack/frame.h"
#include "trace/capture.h"

/* Frames of a walk, at most. */
#define WALK_MAX 1024

struct space;

struct walk {
	size_t count;
	uint64_t ip[WALK_MAX];
	bool exact[WALK_MAX]; /* ip is where the frame is; else where it returns to */
	size_t guessed;       /* frames from this one on were found by frame pointers */
	enum stack_end end;
	size_t used; /* bytes of the copy, from its beginning, that the walk has read */
};

/* Walks COPY, of a thread of SPACE's process, into *WALK. */
void walk_copy(struct space *space, const struct capture_stack *copy, struct walk *walk);

/* Forgets what was learnt of SPACE's code, and frees what is kept for it. */
void walk_flush_space(struct space *space);
void walk_forget_space(struct space *space);

/* The library and its version, for -V. Static. */
const char *walk_library(void);

#endif
