/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places in scripts as the unwinder has told them, in the order of their numbers, and the frames
 * for them. For the stack thread.
 */
#ifndef STOP_STACK_SCRIPTS_H
#define STOP_STACK_SCRIPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stack/intern.h"
#include "stack/protocol.h"

/* The zero value is empty. */
struct scripts {
	struct script_frames *frames; /* by number - 1; owned */
	uint32_t count;
};

/* Adds SCRIPT, which may be anything, with frames of INTERN. False: it makes no sense. */
bool scripts_add(
	struct scripts *scripts, struct intern *intern, const struct unwind_script *script);

/*
 * The frame for the place with NUMBER, which may be anything, in a thread that has waited, or
 * IS_LATE. NULL: there is none, or are too many.
 */
struct frame *scripts_frame(const struct scripts *scripts, uint32_t number, bool is_late);

/* Forgets all. */
void scripts_clear(struct scripts *scripts);

#endif
