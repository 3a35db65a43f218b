/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of Python: what the interpreter's own data structures say about a thread, in the memory of
 * the process, where the interpreter has no perf map. CPython 3.9 to 3.13; see python_layout.h.
 *
 * The memory is read after the copy was made, while the thread runs: only of a thread that waits it
 * is sure that these were its frames. It is the target's, so nothing in it is trusted: all that is
 * followed is counted, and everything has a limit. For the unwinder.
 */
#ifndef STOP_STACK_PYTHON_H
#define STOP_STACK_PYTHON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/stack_copy.h"
#include "stack/walk.h"

struct space;
struct python;

/* Size of a name, including its NUL; longer ones are cut. */
#define PYTHON_NAME_MAX   256

/* Maximum number of frames that are read for one stack. */
#define PYTHON_FRAMES_MAX 512

/* A place in a script. */
struct python_script {
	char function[PYTHON_NAME_MAX]; /* its qualified name from 3.11 on */
	char file[PYTHON_NAME_MAX];
	uint32_t line; /* 0: unknown */
};

/* What an interpreter needs of others. */
struct python_user {
	/* Reads SIZE bytes at ADDRESS of the process. Returns whether all could be read. */
	bool (*read)(void *context, uint64_t address, void *buf, size_t size);
	/* The number of SCRIPT, not 0; 0: there are too many. */
	uint32_t (*number)(void *context, const struct python_script *script);
	void *context;
};

/* A frame that was found. */
struct python_frame {
	size_t at;       /* index in the walk of the interpreter's frame that runs it */
	uint32_t script; /* number of its place */
};

/* The interpreter of version 3.MINOR whose code is mapped at START of SPACE; NULL: unknown one. */
struct python *python_new(struct space *space, unsigned int minor, uint64_t start);
void python_free(struct python *python);

/* Whether WALK has a frame of the interpreter. */
bool python_runs(struct python *python, const struct walk *walk);

/*
 * Finds the frames of COPY's thread, of which WALK was made, the innermost first. Returns their
 * number, at most PYTHON_FRAMES_MAX.
 */
size_t python_find(struct python *python, const struct python_user *user,
	const struct stack_copy *copy, const struct walk *walk,
	struct python_frame frames[PYTHON_FRAMES_MAX]);

#endif
