/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks as lines: which share of a call's stacks was captured. */
#include "config.h"

#include "support/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/time.h"
#include "out/sampled.h"
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

/* A stack of one frame in a function NAME of MODULE. */
struct sampled_stack {
	struct frame frame;
	union {
		struct stack stack;
		char room[sizeof(struct stack) + sizeof(struct frame *)];
	} of;
};

static void make_sampled(struct sampled_stack *made, const struct module *module, uint64_t offset)
{
	made->frame.module = module;
	made->frame.offset = offset;
	made->of.stack.id = (uint32_t)offset;
	made->of.stack.end = STACK_WHOLE;
	made->of.stack.count = made->of.stack.guessed = 1;
	made->of.stack.frame[0] = &made->frame;
}

static const struct module spinner = {
	.path = (char *)(uintptr_t) "/bin/spin", .name = "spin", .id = 1};

/* What a running thread does in its own code: where it was last, and where it is most. */
static void a_running_thread_has_the_code_that_was_sampled(void **state)
{
	(void)state;
	struct sampled_stack often = {0}, rarely = {0};
	make_sampled(&often, &spinner, 0x10);
	make_sampled(&rarely, &spinner, 0x20);
	struct stack_row rows[] = {
		{.stack = &often.of.stack, .calls = 3},
		{.stack = &rarely.of.stack, .calls = 1},
	};
	struct thread_row thread = {.pid = 7, .tid = 7, .state = THREAD_RUNNING};
	struct report report = {
		.facts.now_ns = 5 * NS_PER_MS,
		.threads = &thread,
		.thread_count = 1,
		.detail =
			{
				.subject = {.kind = SUBJECT_THREAD, .tid = 7},
				.samples = rows,
				.sample_count = COUNT_OF(rows),
				.sample = &rarely.of.stack,
				.sample_ns = 2 * NS_PER_MS,
			},
	};
	const struct stack_list_how how = {.tid = 7};
	struct stack_list list = {0};
	stack_list_make(&list, &report, &how);
	assert_string_equal(list.line[0].text, "is running in user space; sampled 3.00ms ago in");
	assert_non_null(strstr(list.line[1].text, "spin+0x20"));
	assert_string_equal(
		list.line[2].text, "in user space, by function; 4 samples in the last seconds");
	assert_string_equal(list.line[3].text, " 75.0% spin+0x10");
	assert_string_equal(list.line[4].text, " 25.0% spin+0x20");
	assert_int_equal(list.count, 5);
	stack_list_clear(&list);
	/* In a call, that comes first; what it does between calls is still there. */
	thread.state = THREAD_IN_CALL;
	thread.in_call = true;
	thread.call = reading;
	stack_list_make(&list, &report, &how);
	assert_non_null(strstr(list.line[0].text, "in read for"));
	assert_true(has_line(&list, "75.0% spin+0x10"));
	stack_list_clear(&list);
	/* Where it cannot be sampled, it says so. */
	report.detail.sample = NULL;
	report.detail.sample_count = 0;
	thread.in_call = false;
	thread.state = THREAD_RUNNING;
	strcpy(report.facts.stacks.unsampled, "the reason");
	stack_list_make(&list, &report, &how);
	assert_true(has_line(&list, "its own code cannot be sampled: the reason"));
	assert_false(has_line(&list, "samples"));
	stack_list_clear(&list);
}

/* The functions of a script say more than those of its interpreter. */
static void samples_of_scripts_count_for_their_functions(void **state)
{
	(void)state;
	static const struct module script = {
		.path = (char *)(uintptr_t) "/x.py", .name = "x.py", .is_script = true, .id = 2};
	static const struct {
		size_t count;
		struct frame_name name[1];
	} names = {1, {{.symbol = "inner"}}};
	struct frame native = {.module = &spinner, .offset = 0x30}, python = {.module = &script};
	struct stack *stack = xcalloc(1, sizeof(*stack) + 2 * sizeof(*stack->frame));
	python.names = (const struct frame_names *)(const void *)&names;
	stack->id = 3;
	stack->count = stack->guessed = 2;
	stack->frame[0] = &native;
	stack->frame[1] = &python;
	const struct stack_row row = {.stack = stack, .calls = 2};
	struct sampled sampled;
	sampled_make(&sampled, &row, 1);
	assert_int_equal(sampled.count, 1);
	assert_string_equal(sampled.function[0].name, "inner");
	assert_int_equal(sampled.samples, 2);
	sampled_clear(&sampled);
	free(stack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_captured_and_what_is_not_add_up),
		cmocka_unit_test(an_unreadable_module_has_its_reason),
		cmocka_unit_test(a_running_thread_has_the_code_that_was_sampled),
		cmocka_unit_test(samples_of_scripts_count_for_their_functions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
