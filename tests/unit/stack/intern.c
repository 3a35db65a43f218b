/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interned stacks: each exists once, and is found by its ID. */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "stack/intern.h"

static void a_stack_is_found_by_its_id(void **state)
{
	(void)state;
	struct intern *intern = xcalloc(1, sizeof(*intern));
	static const struct frame outer, inner;
	const struct frame *frames[] = {&inner, &outer};
	const struct stack *stack = intern_stack(intern, frames, 2, 2, STACK_WHOLE);
	assert_ptr_equal(intern_stack(intern, frames, 2, 2, STACK_WHOLE), stack);
	const struct stack *shorter = intern_stack(intern, frames, 1, 1, STACK_WHOLE);
	assert_ptr_not_equal(shorter, stack);
	assert_ptr_equal(intern_stack_by_id(intern, stack->id), stack);
	assert_ptr_equal(intern_stack_by_id(intern, shorter->id), shorter);
	assert_null(intern_stack_by_id(intern, 0));
	assert_null(intern_stack_by_id(intern, 3));
	assert_null(intern_stack_by_id(intern, INTERN_STACKS + 1));
	intern_clear(intern);
	free(intern);
}

static void a_stack_without_frames_is_found_by_its_id(void **state)
{
	(void)state;
	struct intern *intern = xcalloc(1, sizeof(*intern));
	for (enum stack_end end = STACK_WHOLE; end < STACK_ENDS; end++) {
		const struct stack *stack = stack_special(end);
		assert_int_equal(stack->end, end);
		assert_int_equal(stack->count, 0);
		assert_ptr_equal(intern_stack_by_id(intern, stack->id), stack);
	}
	intern_clear(intern);
	free(intern);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stack_is_found_by_its_id),
		cmocka_unit_test(a_stack_without_frames_is_found_by_its_id),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
