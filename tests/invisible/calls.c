/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls answered by a seccomp filter: the same results as untraced, and counted correctly. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "support/harass.h"
#include "support/pause.h"

/* The filter actions, with enough calls for several attaches. */
static const struct {
	const char *name;
	unsigned int calls;
} actions[] = {
	{"allow", 20000},
	{"log", 20000},
	{"errno", 20000},
	{"trace", 20000},
	{"trap", 10000},
	{"notify", 3000},
	{"kill-thread", 500},
	{"kill-process", 200},
};

static void filtered_calls_are_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(actions); i++) {
		struct program *stop = program_run(
			"stop -c --format=json filters.tracee %s 20", actions[i].name);
		assert_int_equal(stop->status, 0);
		json_t *root = json_last(stop->err.text);
		assert_known(root, stop->out.text);
		json_decref(root);
		program_free(stop);
	}
}

static void seccomp_answers_are_unchanged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(actions); i++)
		assert_same("filters.tracee %s %u", actions[i].name, stop_rounds(actions[i].calls));
}

/* Interrupted, the call would be made again, and its supervisor asked a second time. */
static void a_supervisor_is_asked_once_for_each_call(void **state)
{
	enum { CALLS = 3 };
	int target;
	(void)state;
	struct program *supervisor = program_start("supervised.tracee %d", CALLS);
	if (sscanf(program_line(supervisor), "target %d", &target) != 1) {
		program_free(supervisor);
		skip();
	}
	for (unsigned int i = 0; i < CALLS; i++) {
		program_expect(supervisor, "asked");
		struct program *stop = stop_start("-c --format=json -p %d", target);
		stop_leave(stop);
		json_t *root = json_last(stop->out.text);
		assert_string_equal(json_text(json_thread(root, target), "syscall"), "mkdir");
		json_decref(root);
		program_free(stop);
		struct harasser *harasser = harasser_start(target, "");
		for (unsigned int j = 0; j < rounds(30); j++)
			pause_pace(10000000);
		harasser_stop(harasser);
		program_go(supervisor);
	}
	assert_int_equal(program_finish(supervisor), 0);
	assert_non_null(strstr(supervisor->out.text, "notifications 3 gone 0"));
	program_free(supervisor);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filtered_calls_are_counted),
		cmocka_unit_test(seccomp_answers_are_unchanged),
		cmocka_unit_test(a_supervisor_is_asked_once_for_each_call),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
