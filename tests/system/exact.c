/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts in unusual cases: many kinds of errors of one call, calls that a filter refuses, more
 * tasks than there are places for at a time, numbers that are used again, sums that are divided
 * again and again. With every engine: bpf.sh runs it with the other.
 */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "support/program.h"

#define ROUNDS 100

static json_t *watch(const char *command, struct program **stop)
{
	*stop = program_run("stop -c --format=json %s", command);
	assert_int_equal((*stop)->status, 0);
	return json_last((*stop)->err.text);
}

/* The count of error NAME in ROW. */
static uint64_t error_count(json_t *row, const char *name)
{
	return json_number(json_object_get(row, "errnos"), name);
}

static void many_kinds_of_errors_are_counted(void **state)
{
	struct program *stop;
	(void)state;
	json_t *root = watch("failing.tracee errors 100", &stop);
	json_t *row = json_call(root, "openat");
	size_t kinds = 0;
	for (const char *line = strtok(stop->out.text, "\n"); line; line = strtok(NULL, "\n")) {
		char name[32];
		unsigned int count;
		assert_int_equal(sscanf(line, "%31s %u", name, &count), 2);
		if (error_count(row, name) < count)
			fail_msg("%s: %u", line, (unsigned int)error_count(row, name));
		kinds += count == ROUNDS;
	}
	assert_true(kinds > 6);
	json_decref(root);
	program_free(stop);
}

static void refused_calls_are_counted(void **state)
{
	struct program *stop;
	(void)state;
	json_t *root = watch("failing.tracee refused 100", &stop);
	assert_known(root, stop->out.text);
	assert_nothing_open(root);
	json_decref(root);
	program_free(stop);
}

/* A shell's children, most of which live for less than a sweep of the engine. */
static void short_lived_tasks_are_counted(void **state)
{
	struct program *stop;
	(void)state;
	json_t *root = watch(
		"sh -c 'i=0; while [ $i -lt 1000 ]; do (:); i=$((i + 1)); done'", &stop);
	json_t *totals = json_object_get(root, "totals");
	assert_int_equal(json_number(totals, "ended_threads"), 1001);
	assert_int_equal(json_number(totals, "threads"), 0);
	assert_int_equal(json_number(json_call(root, "exit_group"), "calls"), 1001);
	assert_int_equal(json_array_size(json_object_get(root, "notes")), 0);
	json_decref(root);
	program_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_kinds_of_errors_are_counted),
		cmocka_unit_test(refused_calls_are_counted),
		cmocka_unit_test(short_lived_tasks_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
