/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stacks that have no frames; see stack/frame.h. */
#include "config.h"

#include "stack/frame.h"

static const char *const texts[STACK_ENDS] = {
	[STACK_WHOLE] = "",
	[STACK_CUT] = "cut",
	[STACK_LOST] = "no unwind tables",
	[STACK_COMPAT] = "32-bit code",
	[STACK_OTHER] = "other",
	[STACK_NONE] = "not captured",
	[STACK_MISSED] = "missed",
	[STACK_FAILED] = "not unwound",
};

const char *stack_end_text(enum stack_end end)
{
	return texts[end];
}

const struct stack *stack_special(enum stack_end end)
{
#define SPECIAL(of) \
	{ \
		.id = STACK_SPECIAL_ID - (of), .end = (of) \
	}
	static const struct stack whole = SPECIAL(STACK_WHOLE), cut = SPECIAL(STACK_CUT),
				  lost = SPECIAL(STACK_LOST), compat = SPECIAL(STACK_COMPAT),
				  other = SPECIAL(STACK_OTHER), none = SPECIAL(STACK_NONE),
				  missed = SPECIAL(STACK_MISSED), failed = SPECIAL(STACK_FAILED);
#undef SPECIAL
	static const struct stack *const stacks[STACK_ENDS] = {
		[STACK_WHOLE] = &whole,
		[STACK_CUT] = &cut,
		[STACK_LOST] = &lost,
		[STACK_COMPAT] = &compat,
		[STACK_OTHER] = &other,
		[STACK_NONE] = &none,
		[STACK_MISSED] = &missed,
		[STACK_FAILED] = &failed,
	};
	return stacks[end];
}

const struct stack *stack_lookup(const struct stack_lookup *lookup, uint32_t id)
{
	if (id > STACK_SPECIAL_ID - STACK_ENDS)
		return stack_special((enum stack_end)(STACK_SPECIAL_ID - id));
	return id && lookup->find ? lookup->find(lookup->context, id) : NULL;
}
