/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames whose names are not shown yet; see stack/unnamed.h. */
#include "config.h"

#include "stack/unnamed.h"

#include <stdbool.h>

#include "base/alloc.h"
#include "stack/frame.h"

/* Shows the names of FRAME. Returns whether there are any. */
static bool show(struct frame *frame)
{
	frame->names = frame_found(frame);
	return frame->names;
}

static void add_frame(struct unnamed *unnamed, struct frame *frame)
{
	if (frame->is_seen)
		return;
	frame->is_seen = true;
	if (show(frame))
		return;
	unnamed->frame = xlengthen(
		unnamed->frame, &unnamed->room, unnamed->count + 1, sizeof(*unnamed->frame));
	unnamed->frame[unnamed->count++] = frame;
}

void unnamed_add(struct unnamed *unnamed, const struct stack *stack)
{
	if (stack->count == 0)
		return;
	uint64_t *word = &unnamed->seen[(stack->id - 1) / 64];
	uint64_t bit = UINT64_C(1) << (stack->id - 1) % 64;
	if (*word & bit)
		return;
	*word |= bit;
	/* What is shown of them is ours to change: see stack/frame.h. */
	for (size_t i = 0; i < stack->count; i++)
		add_frame(unnamed, (struct frame *)(uintptr_t)stack->frame[i]);
}

void unnamed_show(struct unnamed *unnamed)
{
	size_t kept = 0;
	for (size_t i = 0; i < unnamed->count; i++) {
		if (!show(unnamed->frame[i]))
			unnamed->frame[kept++] = unnamed->frame[i];
	}
	unnamed->count = kept;
}

void unnamed_clear(struct unnamed *unnamed)
{
	xfree(unnamed->frame);
	*unnamed = (struct unnamed){0};
}
