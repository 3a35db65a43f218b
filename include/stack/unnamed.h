/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames whose names are not shown yet. The symbolizer finds names at any time; they are shown
 * between two reports, so that each report has the same names from its beginning to its end, and
 * what records it knows which. For the thread that owns the model.
 */
#ifndef STOP_STACK_UNNAMED_H
#define STOP_STACK_UNNAMED_H

#include <stddef.h>
#include <stdint.h>

#include "stack/intern.h"

struct frame;
struct stack;

struct unnamed {
	struct frame **frame; /* owned; the frames are not */
	size_t count, room;
	uint64_t seen[INTERN_STACKS / 64]; /* stacks whose frames are known; bit ID - 1 */
};

/* Adds the frames of STACK, which is interned, and shows those names that are known already. */
void unnamed_add(struct unnamed *unnamed, const struct stack *stack);

/* Shows the names that were found since. */
void unnamed_show(struct unnamed *unnamed);

/* Frees what UNNAMED owns; the zero value is empty. */
void unnamed_clear(struct unnamed *unnamed);

#endif
