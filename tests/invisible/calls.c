/* Calls answered by a seccomp filter: the same results as untraced, and counted correctly. */
#include "config.h"

#include "support/unit.h"

#include "support/harass.h"

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
		assert_same("filters.tracee %s %u", actions[i].name, actions[i].calls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filtered_calls_are_counted),
		cmocka_unit_test(seccomp_answers_are_unchanged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
