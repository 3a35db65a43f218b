/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of io_uring: stop's counts are those of a target that knows. Only the engine bpf sees
 * them: bpf.sh runs this.
 */
#include "config.h"

#include "support/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "support/program.h"

/* Compares the row of OPERATION in ROOT. */
static void check_row(
	json_t *root, const char *operation, uint64_t count, uint64_t errors, uint64_t bytes)
{
	json_t *row = json_call(root, operation);
	/* null for operations that transfer none. */
	uint64_t moved = (uint64_t)json_integer_value(json_object_get(row, "bytes"));
	if (json_number(row, "calls") != count || json_number(row, "errors") != errors ||
		moved != bytes)
		fail_msg("%s: %" PRIu64 " requests, %" PRIu64 " errors, %" PRIu64
			 " bytes, not %" PRIu64 ", %" PRIu64 ", %" PRIu64,
			operation, json_number(row, "calls"), json_number(row, "errors"), moved,
			count, errors, bytes);
	assert_string_equal(json_text(row, "abi"), "io_uring");
	assert_true(json_is_null(json_object_get(row, "share")));
}

/* Compares ROOT with the lines of TEXT. Returns the number of requests. */
static uint64_t check_rows(json_t *root, const char *text)
{
	uint64_t sum = 0;
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
		char operation[64];
		uint64_t count, errors, bytes;
		if (sscanf(at, "%63s %" SCNu64 " %" SCNu64 " %" SCNu64, operation, &count, &errors,
			    &bytes) != 4)
			continue;
		check_row(root, operation, count, errors, bytes);
		sum += count;
	}
	return sum;
}

/* Watches COMMAND, with stop's OPTIONS. */
static struct program *watch(const char *command, const char *options, struct program **target)
{
	*target = program_start("%s", command);
	const char *line = program_line(*target);
	if (strcmp(line, "unsupported") == 0)
		skip();
	struct program *stop = stop_start(
		"-c --format=json %s -p %d", options, (int)(*target)->pid);
	program_go(*target);
	assert_int_equal(program_finish(*target), 0);
	assert_int_equal(program_finish(stop), 0);
	return stop;
}

static void check(const char *command)
{
	struct program *target, *stop = watch(command, "", &target);
	json_t *root = json_last(stop->out.text), *totals = json_object_get(root, "totals");
	uint64_t sum = check_rows(root, target->out.text);
	assert_true(sum > 300);
	assert_int_equal(json_number(totals, "requests"), sum);
	/* A timeout of a millisecond takes that long, and is not the thread's time. */
	json_t *timeout = json_call(root, "io_uring:TIMEOUT");
	assert_true(json_number(timeout, "min_ns") >= 1000000);
	assert_int_equal(json_number(json_object_get(timeout, "errnos"), "ETIME"), 20);
	assert_int_equal(
		json_number(json_object_get(json_call(root, "io_uring:POLL_ADD"), "errnos"),
			"ECANCELED"),
		20);
	/* Calls are the calls alone. */
	assert_int_equal(
		json_number(totals, "calls"), json_number(json_thread(root, target->pid), "calls"));
	json_decref(root);
	program_free(stop);
	program_free(target);
}

static void requests_are_what_the_target_knows(void **state)
{
	(void)state;
	check("requests.tracee");
}

static void a_polling_thread_submits_for_its_process(void **state)
{
	(void)state;
	check("requests.tracee sqpoll");
}

static void filters_select_requests(void **state)
{
	struct program *target, *stop = watch("requests.tracee", "-e %io_uring", &target);
	json_t *root = json_last(stop->out.text);
	(void)state;
	assert_non_null(json_call(root, "io_uring:NOP"));
	assert_null(json_call(root, "io_uring_enter"));
	json_decref(root);
	program_free(stop);
	program_free(target);
	stop = watch("requests.tracee", "-e io_uring:NOP,read", &target);
	root = json_last(stop->out.text);
	assert_non_null(json_call(root, "io_uring:NOP"));
	assert_null(json_call(root, "io_uring:READ"));
	json_decref(root);
	program_free(stop);
	program_free(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_what_the_target_knows),
		cmocka_unit_test(a_polling_thread_submits_for_its_process),
		cmocka_unit_test(filters_select_requests),
	};
	if (!program_is_engine("bpf")) {
		puts("skipped: bpf.sh runs this");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
