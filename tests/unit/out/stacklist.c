/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks as lines: which share of a call's stacks was captured. */
#include "config.h"

#include "support/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "out/stacklist.h"

static const struct stack whole = {.id = 1, .end = STACK_WHOLE};
static const struct call reading = {SYS_read, ABI_NATIVE}, writing = {SYS_write, ABI_NATIVE};

static void assert_captured(const struct report *report, struct call call, double expected)
{
	double got = stack_list_captured(report, call);
	if (fabs(got - expected) > 1e-9)
		fail_msg("%g, not %g", got, expected);
}

/* The title is about the same whole as the lines below it, among them "[not captured]". */
static void what_is_captured_and_what_is_not_add_up(void **state)
{
	(void)state;
	struct stack_row rows[] = {
		{.stack = stack_special(STACK_NONE),
			.call = reading,
			.share = 0.924,
			.call_share = 0.5},
		{.stack = &whole, .call = reading, .share = 0.05, .call_share = 0.2},
		{.stack = stack_special(STACK_OTHER),
			.call = reading,
			.share = 0.016,
			.call_share = 0.2},
		{.stack = stack_special(STACK_MISSED),
			.call = reading,
			.share = 0.01,
			.call_share = 0.1},
		{.stack = &whole, .call = writing, .share = 1, .call_share = 1},
	};
	struct report report = {.stacks = rows, .stack_count = COUNT_OF(rows)};
	assert_captured(&report, reading, 0.066);
	assert_captured(&report, writing, 1);
	assert_captured(&report, (struct call){SYS_close, ABI_NATIVE}, -1);
	report.view.stacks_by_calls = true;
	assert_captured(&report, reading, 0.4);
}

static bool has_line(const struct stack_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strstr(list->line[i].text, text))
			return true;
	}
	return false;
}

/* A module that could not be read is marked, and the list of modules says why. */
static void an_unreadable_module_has_its_reason(void **state)
{
	(void)state;
	static struct module module = {
		.path = (char *)(uintptr_t) "/bin/bomb", .name = "bomb", .problem = "it is a bomb"};
	static const struct frame frame = {.module = &module, .offset = 0x10};
	struct stack *one = xcalloc(1, sizeof(*one) + sizeof(*one->frame));
	one->id = 2;
	one->end = STACK_WHOLE;
	one->count = one->guessed = 1;
	one->frame[0] = &frame;
	struct stack_row rows[] = {{.stack = one, .call = reading, .share = 1}};
	struct report report = {.stacks = rows, .stack_count = COUNT_OF(rows)};
	struct stack_list_how how = {.call = reading, .opened = one};
	struct stack_list list = {0};
	stack_list_make(&list, &report, &how);
	assert_true(has_line(&list, "bomb+0x10 [unreadable symbols]"));
	stack_list_clear(&list);
	how.modules = true;
	stack_list_make(&list, &report, &how);
	assert_true(has_line(&list, "bomb [unreadable symbols: it is a bomb]"));
	stack_list_clear(&list);
	free(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_captured_and_what_is_not_add_up),
		cmocka_unit_test(an_unreadable_module_has_its_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
