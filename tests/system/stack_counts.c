/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts by stack, of programs that count their calls by the path on which they come:
 * tests/tracees/ paths.c. With every engine: bpf.sh runs it with the other, for which more calls
 * are no matter.
 */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/program.h"

/* Functions of paths.c that are alike. */
#define ALIKE 6

/* Whether ROW, a stack, has a frame of function NAME. */
static bool has_frame(json_t *row, const char *name)
{
	size_t at;
	json_t *frame;
	json_array_foreach(json_object_get(row, "frames"), at, frame)
	{
		if (strcmp(json_text(frame, "symbol"), name) == 0)
			return true;
	}
	return false;
}

/* The sum of FIELD over the stacks of CALL with a frame of function NAME; NULL: over all. */
static uint64_t sum_of(json_t *root, const char *call, const char *name, const char *field)
{
	uint64_t sum = 0;
	size_t at;
	json_t *row;
	json_array_foreach(json_object_get(root, "stacks"), at, row)
	{
		if (strcmp(json_text(row, "syscall"), call) == 0 && (!name || has_frame(row, name)))
			sum += json_number(row, field);
	}
	return sum;
}

/* Whether each of the functions that are alike has made COUNT calls. */
static bool are_told_apart(json_t *root, uint64_t count)
{
	char name[] = "alike_0";
	for (char *number = strchr(name, '0'); *number < '0' + ALIKE; ++*number) {
		if (sum_of(root, "getppid", name, "calls") != count)
			return false;
	}
	return true;
}

/* Every call of COMMAND, a case of paths.c, is attributed to its stack. */
static void assert_attributed(const char *command)
{
	/* A busy machine may read names only after it has ended: then it stays longer. */
	for (int stay_ms = 200; stay_ms <= 5000; stay_ms *= 5) {
		char stay[16];
		snprintf(stay, sizeof(stay), "%d", stay_ms);
		setenv("STAY_MS", stay, 1);
		struct program *stop = program_run(
			"stop -c -k getppid,close --format=json %s", command);
		unsigned long long one, other;
		assert_int_equal(stop->status, 0);
		assert_int_equal(
			sscanf(stop->out.text, "one_way %llu\nanother_way %llu", &one, &other), 2);
		json_t *root = json_last(stop->err.text);
		json_t *total = json_call(root, "getppid");
		uint64_t all = one + other + ALIKE * one;
		assert_int_equal(json_number(total, "calls"), all);
		bool is_whole = sum_of(root, "getppid", "one_way", "calls") == one &&
		                sum_of(root, "getppid", "another_way", "calls") == other &&
		                sum_of(root, "getppid", NULL, "calls") == all &&
		                are_told_apart(root, one) &&
		                sum_of(root, "getppid", NULL, "total_ns") ==
		                        json_number(total, "total_ns") &&
		                sum_of(root, "close", "fail", "errors") == one &&
		                sum_of(root, "close", "fail", "calls") == one;
		if (!is_whole && stay_ms == 5000)
			fail_msg("%s", stop->err.text);
		json_decref(root);
		program_free(stop);
		if (is_whole)
			break;
	}
	unsetenv("STAY_MS");
}

static void calls_by_two_paths_are_told_apart(void **state)
{
	(void)state;
	assert_attributed(
		program_is_engine("bpf") ? "paths.tracee two 100000" : "paths.tracee two 1000");
}

static void calls_of_many_threads_are_attributed(void **state)
{
	(void)state;
	assert_attributed(
		program_is_engine("bpf") ? "paths.tracee storm 10" : "paths.tracee storm 1");
}

static void calls_of_a_running_process_are_attributed(void **state)
{
	(void)state;
	struct program *target = program_start("paths.tracee wait");
	program_expect(target, "ready");
	struct program *stop = stop_start(
		"-c -k getppid,close --format=json -p %d", (int)target->pid);
	for (int i = 0; i < 3; i++) {
		program_go(target);
		program_expect(target, "done");
	}
	stop_leave(stop);
	json_t *root = json_last(stop->out.text);
	assert_int_equal(sum_of(root, "getppid", "one_way", "calls"), 3000);
	assert_int_equal(sum_of(root, "getppid", "another_way", "calls"), 6000);
	assert_true(are_told_apart(root, 3000));
	assert_int_equal(sum_of(root, "getppid", NULL, "calls"), 9000 + ALIKE * 3000);
	assert_int_equal(sum_of(root, "close", "fail", "errors"), 3000);
	json_decref(root);
	program_free(stop);
	program_free(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_by_two_paths_are_told_apart),
		cmocka_unit_test(calls_of_many_threads_are_attributed),
		cmocka_unit_test(calls_of_a_running_process_are_attributed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
