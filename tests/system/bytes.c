/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes that calls transfer: stop's counts are those of a target that knows. With every engine:
 * bpf.sh runs it with the other.
 */
#include "config.h"

#include "support/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/program.h"

/* The bytes of call NAME. */
static uint64_t bytes_of(json_t *root, const char *name)
{
	return json_number(json_call(root, name), "bytes");
}

/* Compares ROOT with the lines "CALL BYTES" of TEXT. Returns the sum. */
static uint64_t check_lines(json_t *root, const char *text)
{
	uint64_t sum = 0;
	size_t lines = 0;
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
		char name[64];
		uint64_t bytes;
		if (sscanf(at, "%63s %" SCNu64, name, &bytes) != 2)
			continue;
		uint64_t counted = bytes_of(root, name);
		if (counted != bytes)
			fail_msg("%s: %" PRIu64 " bytes, not %" PRIu64, name, counted, bytes);
		sum += bytes;
		lines++;
	}
	assert_true(lines > 10);
	return sum;
}

/* WRITE, CLOSE: the names of these calls of COMMAND. */
static void check(const char *command, const char *write, const char *close)
{
	struct program *target = program_start("%s", command);
	program_ready(target);
	struct program *stop = stop_start("-c --format=json -p %d", (int)target->pid);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	uint64_t sum = check_lines(root, target->out.text);
	sum += bytes_of(root, write);
	json_t *thread = json_thread(root, target->pid);
	assert_int_equal(json_number(json_object_get(root, "totals"), "bytes"), sum);
	assert_int_equal(json_number(thread, "bytes"), sum);
	/* The file, and what it has printed since. */
	assert_int_equal(
		bytes_of(root, write), 10000 + strlen(target->out.text) - strlen("ready\n"));
	assert_true(json_is_null(json_object_get(json_call(root, close), "bytes")));
	json_decref(root);
	program_free(stop);
	program_free(target);
}

static void bytes_are_what_the_target_knows(void **state)
{
	(void)state;
	check("bytes.tracee", "write", "close");
}

static void bytes_of_32_bit_calls_too(void **state)
{
	char path[512];
	(void)state;
	snprintf(path, sizeof(path), "%s/bytes.tracee32", getenv("TRACEES"));
	if (access(path, X_OK) < 0)
		skip();
	check("bytes.tracee32", "write@32", "close@32");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_what_the_target_knows),
		cmocka_unit_test(bytes_of_32_bit_calls_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
