/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flame graphs: what is drawn, and what is said of the rest. */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "out/page_flame.h"

static struct module module = {.path = (char *)(uintptr_t) "/bin/a<b", .name = "a<b"};

/* A stack with COUNT frames, each of another function; xfree()d by the caller. */
static struct stack *make_stack(struct frame *frames, size_t count)
{
	struct stack *stack = xcalloc(1, sizeof(*stack) + count * sizeof(*stack->frame));
	stack->end = STACK_WHOLE;
	stack->count = stack->guessed = count;
	for (size_t i = 0; i < count; i++) {
		frames[i] = (struct frame){.module = &module, .offset = 16 * (i + 1)};
		stack->frame[i] = &frames[i];
	}
	return stack;
}

/* The graph of ROWS, free()d by the caller. */
static char *draw(struct stack_row *rows, size_t count)
{
	const struct report report = {.stacks = rows, .stack_count = count};
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	size_t written = page_flame_write(stream, &report, 1 << 20);
	fclose(stream);
	assert_true(written > 0 && written <= size);
	return text;
}

static void frames_are_drawn_with_their_times(void **state)
{
	struct frame frames[2];
	struct stack *stack = make_stack(frames, 2);
	struct stack_row rows[] = {{.stack = stack, .name = "read", .total_ns = 3 * NS_PER_S}};
	char *text = draw(rows, 1);
	(void)state;
	assert_non_null(strstr(text, "<title>3.00s: a&lt;b+0x10</title>"));
	assert_non_null(strstr(text, "<title>3.00s: read</title>"));
	assert_null(strstr(text, "Not drawn"));
	free(text);
	xfree(stack);
}

static void what_is_too_narrow_is_said(void **state)
{
	struct frame frames[1];
	struct stack *stack = make_stack(frames, 1);
	struct stack_row rows[] = {
		{.stack = stack, .name = "read", .total_ns = 999 * NS_PER_MS},
		{.stack = stack, .name = "write", .total_ns = NS_PER_MS},
	};
	char *text = draw(rows, 2);
	(void)state;
	assert_non_null(strstr(text, ": read</title>"));
	assert_null(strstr(text, ": write</title>"));
	assert_non_null(strstr(text, "Not drawn: parts of 1.00ms, 0.1 % of the time"));
	free(text);
	xfree(stack);
}

static void what_is_too_deep_is_said(void **state)
{
	struct frame frames[200];
	struct stack *stack = make_stack(frames, COUNT_OF(frames));
	struct stack_row rows[] = {{.stack = stack, .name = "read", .total_ns = NS_PER_S}};
	char *text = draw(rows, 1);
	(void)state;
	/* Callers, not callees. */
	assert_non_null(strstr(text, "a&lt;b+0xc80"));
	assert_null(strstr(text, "a&lt;b+0x10<"));
	assert_non_null(strstr(text, "Not drawn: parts of 1.00s, 100.0 % of the time"));
	free(text);
	xfree(stack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_drawn_with_their_times),
		cmocka_unit_test(what_is_too_narrow_is_said),
		cmocka_unit_test(what_is_too_deep_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
