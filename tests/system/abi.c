/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls of every ABI are distinguished, and invalid numbers are counted in bounded memory. */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/program.h"

#define TIMES 100

/* Traces COMMAND and compares the counts of both. Skips if the machine cannot run it. */
static json_t *watch(const char *command)
{
	struct program *plain = program_run("%s", command);
	int status = plain->status;
	program_free(plain);
	if (status != 0)
		return NULL;
	struct program *stop = program_run("stop -c --format=json %s", command);
	assert_int_equal(stop->status, 0);
	json_t *root = json_last(stop->err.text);
	assert_nothing_open(root);
	if (!strstr(command, "flood"))
		assert_known(root, stop->out.text);
	program_free(stop);
	return root;
}

static void check(const char *command, const char *call, uint64_t nr, const char *abi)
{
	json_t *root = watch(command);
	if (!root)
		skip();
	json_t *row = json_call(root, call);
	assert_int_equal(json_number(row, "nr"), nr);
	assert_string_equal(json_text(row, "abi"), abi);
	assert_int_equal(json_number(row, "calls"), TIMES);
	json_decref(root);
}

static void a_32_bit_call_of_a_64_bit_program_has_its_name(void **state)
{
	(void)state;
	check("abi.tracee int80 100", "getpid@32", 20, "i386");
}

static void an_x32_number_has_its_name(void **state)
{
	(void)state;
	check("abi.tracee x32 100", "dup@x32", 32, "x32");
}

static void a_number_without_a_name_is_shown(void **state)
{
	(void)state;
	check("abi.tracee unknown 100", "syscall_9999", 9999, "x86_64");
}

static void a_32_bit_program_is_counted_by_its_own_names(void **state)
{
	char path[1024];
	(void)state;
	snprintf(path, sizeof(path), "%s/loop.tracee32", getenv("TRACEES"));
	if (access(path, X_OK) < 0)
		skip();
	struct program *stop = program_run("stop -c --format=json loop.tracee32 4 1000");
	json_t *root = json_last(stop->err.text);
	assert_int_equal(stop->status, 0);
	assert_nothing_open(root);
	assert_int_equal(json_number(json_call(root, "getppid@32"), "calls"), 4 * 900);
	assert_int_equal(json_number(json_call(root, "dup@32"), "errors"), 4 * 100);
	/* The execve that starts it is the only call of another ABI: it is made before. */
	json_t *row;
	size_t i;
	json_array_foreach(json_object_get(root, "syscalls"), i, row)
	{
		bool native = strcmp(json_text(row, "abi"), "x86_64") == 0;
		assert_int_equal(native, strcmp(json_text(row, "name"), "execve") == 0);
	}
	json_decref(root);
	program_free(stop);
}

/* Checks a flood of COUNT distinct numbers, with OPTIONS. */
static void watch_flood(const char *options, unsigned int count)
{
	struct program *stop = program_run(
		"stop -c --format=json %s abi.tracee flood %u", options, count);
	json_t *root = json_last(stop->err.text), *row;
	uint64_t calls = 0, errors = 0;
	size_t rows = 0, i;
	assert_int_equal(stop->status, 0);
	json_array_foreach(json_object_get(root, "syscalls"), i, row)
	{
		if (strncmp(json_text(row, "name"), "syscall_", 8) != 0)
			continue;
		calls += json_number(row, "calls");
		errors += json_number(json_object_get(row, "errnos"), "ENOSYS");
		rows++;
	}
	assert_int_equal(calls, count);
	assert_int_equal(errors, count);
	assert_in_range(rows, 1, 300);
	assert_non_null(json_call(root, "syscall_other"));
	json_decref(root);
	program_free(stop);
}

static void a_flood_of_unknown_numbers_takes_few_rows(void **state)
{
	(void)state;
	watch_flood("", 10000);
	watch_flood("--ring=4096", 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_32_bit_call_of_a_64_bit_program_has_its_name),
		cmocka_unit_test(an_x32_number_has_its_name),
		cmocka_unit_test(a_number_without_a_name_is_shown),
		cmocka_unit_test(a_32_bit_program_is_counted_by_its_own_names),
		cmocka_unit_test(a_flood_of_unknown_numbers_takes_few_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
