/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the namer, which may be anybody's by now, says of a name: checked, and put into one block of
 * memory. Pure; any thread.
 */
#ifndef STOP_STACK_NAME_ANSWER_H
#define STOP_STACK_NAME_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "stack/frame.h"

struct name_result;

/*
 * The names in RESULT of SIZE bytes, freed with free(), and in *USED their size; NULL: none are
 * known. *IS_SOUND: whether it makes sense.
 */
struct frame_names *name_answer_read(
	const struct name_result *result, size_t size, size_t *used, bool *is_sound);

/* What is shown for FRAME, for which NAMES were found, or NULL; takes these. Freed with free(). */
struct frame_names *name_answer_finish(const struct frame *frame, struct frame_names *names);

#endif
