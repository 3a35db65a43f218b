/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In sandboxes, and under other schedulers, targets behave as if untraced. */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "support/harass.h"

#define UNABLE 77

/* Whether this machine permits WAY of confined.tracee. */
static bool permits(const char *way)
{
	struct program *program = program_run("confined.tracee %s sh -c :", way);
	bool able = program->status != UNABLE;
	program_free(program);
	return able;
}

/* COMMAND in the sandbox WAY behaves as if untraced. */
static void assert_same_in(const char *way, const char *command)
{
	if (!permits(way))
		skip();
	assert_same("confined.tracee %s %s", way, command);
}

static void in_a_landlock_domain(void **state)
{
	(void)state;
	assert_same_in("landlock", "lasting.tracee 1000");
}

static void in_a_user_namespace(void **state)
{
	(void)state;
	assert_same_in("user", "lasting.tracee 1000");
	assert_same("confined.tracee user births.tracee fork %u", stop_rounds(200));
}

static void with_children_that_leave_no_status(void **state)
{
	(void)state;
	assert_same("unwaited.tracee %u", stop_rounds(60));
}

static void on_one_processor(void **state)
{
	(void)state;
	assert_same_in("one-cpu", "lasting.tracee 1000");
	assert_same("confined.tracee one-cpu births.tracee threads %u", stop_rounds(10));
}

static void at_a_real_time_priority(void **state)
{
	(void)state;
	assert_same_in("fifo", "lasting.tracee 1000");
	assert_same("confined.tracee fifo births.tracee threads %u", stop_rounds(10));
	assert_same("confined.tracee fifo loop.tracee 2 %u", stop_rounds(50000));
}

/* Our processes share memory, and the kernel gives all that do the same score. */
static void with_a_score_for_the_oom_killer(void **state)
{
	(void)state;
	assert_same_in("oom", "lasting.tracee 1000");
	assert_same("confined.tracee oom cat /proc/self/oom_score_adj");
}

/* Its every call but those that it reads with would be its end. */
static void in_strict_mode(void **state)
{
	(void)state;
	assert_same("strict.tracee %u", rounds(20));
}

static void with_filters_against_tracing(void **state)
{
	(void)state;
	assert_same_in("deny", "lasting.tracee 1000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_a_landlock_domain),
		cmocka_unit_test(in_a_user_namespace),
		cmocka_unit_test(in_strict_mode),
		cmocka_unit_test(with_filters_against_tracing),
		cmocka_unit_test(with_children_that_leave_no_status),
		cmocka_unit_test(on_one_processor),
		cmocka_unit_test(at_a_real_time_priority),
		cmocka_unit_test(with_a_score_for_the_oom_killer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
