/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks that have no frames; see stack/frame.h. */
#include "config.h"

#include "stack/frame.h"

static const char *const texts[STACK_ENDS] = {
	[STACK_WHOLE] = "",
	[STACK_CUT] = "cut",
	[STACK_DEEP] = "too deep",
	[STACK_LOST] = "no unwind tables",
	[STACK_BROKEN] = "inconsistent",
	[STACK_UNMAPPED] = "unmapped code",
	[STACK_SWITCHED] = "other stack",
	[STACK_COROUTINE] = "coroutine",
	[STACK_COMPAT] = "32-bit code",
	[STACK_OTHER] = "other",
	[STACK_NONE] = "not captured",
	[STACK_MISSED] = "missed",
	[STACK_FAILED] = "not unwound",
	[STACK_UNRECORDED] = "not recorded",
};

const char *stack_end_text(enum stack_end end)
{
	return texts[end];
}

const struct stack *stack_special(enum stack_end end)
{
#define SPECIAL(of) [of] = {.id = STACK_SPECIAL_ID - (of), .end = (of) }
	static const struct stack stacks[STACK_ENDS] = {
		SPECIAL(STACK_WHOLE),
		SPECIAL(STACK_CUT),
		SPECIAL(STACK_DEEP),
		SPECIAL(STACK_LOST),
		SPECIAL(STACK_BROKEN),
		SPECIAL(STACK_UNMAPPED),
		SPECIAL(STACK_SWITCHED),
		SPECIAL(STACK_COROUTINE),
		SPECIAL(STACK_COMPAT),
		SPECIAL(STACK_OTHER),
		SPECIAL(STACK_NONE),
		SPECIAL(STACK_MISSED),
		SPECIAL(STACK_FAILED),
		SPECIAL(STACK_UNRECORDED),
	};
#undef SPECIAL
	return &stacks[end];
}

const struct stack *stack_lookup(const struct stack_lookup *lookup, uint32_t id)
{
	if (id > STACK_SPECIAL_ID - STACK_ENDS)
		return stack_special((enum stack_end)(STACK_SPECIAL_ID - id));
	return id && lookup->find ? lookup->find(lookup->context, id) : NULL;
}
