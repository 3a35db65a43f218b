/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every call is counted once: of eight busy threads, whatever the size of the ring and the reader.
 */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <string.h>

#include "support/program.h"

#define THREADS   8
#define CALLS     20000 /* per thread: 160,000 in all */

/* A tiny ring, which is full nearly all the time. */
#define TINY_RING "--ring=4096"

static void assert_complete(const char *json, const char *known)
{
	json_t *root = json_last(json);
	uint64_t calls = 0, errors = 0;
	json_t *row;
	size_t i;
	assert_known(root, known);
	assert_nothing_open(root);
	/* The sums by call, by thread and in total agree. */
	json_array_foreach(json_object_get(root, "syscalls"), i, row)
	{
		calls += json_number(row, "calls");
		errors += json_number(row, "errors");
	}
	json_t *totals = json_object_get(root, "totals");
	assert_int_equal(json_number(totals, "calls"), calls);
	assert_int_equal(json_number(totals, "errors"), errors);
	json_array_foreach(json_object_get(root, "threads"), i, row)
	{
		calls -= json_number(row, "calls");
		errors -= json_number(row, "errors");
	}
	assert_int_equal(calls, 0);
	assert_int_equal(errors, 0);
	json_decref(root);
}

static void count_a_command(const char *options)
{
	struct program *stop = program_run(
		"stop -c --format=json %s loop.tracee %d %d", options, THREADS, CALLS);
	assert_int_equal(stop->status, 0);
	assert_complete(stop->err.text, stop->out.text);
	program_free(stop);
}

static void count_attached(const char *options)
{
	struct program *target = program_start("loop.tracee wait %d %d", THREADS, CALLS);
	program_ready(target);
	struct program *stop = stop_start("-c --format=json %s -p %d", options, target->pid);
	program_go(target);
	program_expect(target, "done");
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	assert_int_equal(program_finish(stop), 0);
	assert_complete(stop->out.text, target->out.text);
	program_free(target);
	program_free(stop);
}

static void a_command_is_counted_exactly(void **state)
{
	(void)state;
	count_a_command("");
}

static void a_process_that_runs_is_counted_exactly(void **state)
{
	(void)state;
	count_attached("");
}

static void a_tiny_ring_loses_no_call_of_a_command(void **state)
{
	(void)state;
	count_a_command(TINY_RING);
}

static void a_tiny_ring_loses_no_call_of_a_process(void **state)
{
	(void)state;
	count_attached(TINY_RING);
}

/*
 * Frames go to a pipe of one page that is not read until the target is done: the drawing thread is
 * blocked most of the time.
 */
static void a_sleeping_reader_loses_no_call(void **state)
{
	(void)state;
	struct program *target = program_start("loop.tracee wait %d %d", THREADS, CALLS);
	program_ready(target);
	struct program *stop = stop_start(
		"-b -d 0.01 --format=json " TINY_RING " -p %d", target->pid);
	fcntl(stop->out.fd, F_SETPIPE_SZ, 4096);
	stop->out.held = true;
	program_go(target);
	program_expect(target, "done");
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	assert_int_equal(program_finish(stop), 0);
	assert_complete(stop->out.text, target->out.text);
	program_free(target);
	program_free(stop);
}

/*
 * A handler makes the same call from the same instruction as the one that it interrupted. The
 * interrupted call ends there, or continues as the same call after a handler with SA_RESTART.
 */
static void interrupted_calls_are_counted_as_the_program_sees_them(void **state)
{
	static const char *const how[] = {"end", "restart"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(how); i++) {
		struct program *stop = program_run(
			"stop -c --format=json signals.tracee %s 300", how[i]);
		assert_int_equal(stop->status, 0);
		assert_complete(stop->err.text, stop->out.text);
		program_free(stop);
	}
}

/* Every count in a frame is at least that of the previous frame. */
/* On standard error: the target writes to standard output, in the middle of long lines. */
static void counts_never_decrease_between_frames(void **state)
{
	uint64_t before = 0;
	size_t frames = 0;
	(void)state;
	struct program *stop = program_run(
		"stop -b -d 0.05 --format=json -o /dev/stderr loop.tracee %d %d", THREADS, CALLS);
	assert_int_equal(stop->status, 0);
	for (char *line = strtok(stop->err.text, "\n"); line; line = strtok(NULL, "\n")) {
		if (*line != '{')
			continue;
		json_t *root = json_last(line);
		uint64_t calls = json_number(json_object_get(root, "totals"), "calls");
		assert_true(calls >= before);
		before = calls;
		frames++;
		json_decref(root);
	}
	assert_true(frames > 1);
	assert_true(before > THREADS * CALLS);
	program_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_is_counted_exactly),
		cmocka_unit_test(a_process_that_runs_is_counted_exactly),
		cmocka_unit_test(a_tiny_ring_loses_no_call_of_a_command),
		cmocka_unit_test(a_tiny_ring_loses_no_call_of_a_process),
		cmocka_unit_test(a_sleeping_reader_loses_no_call),
		cmocka_unit_test(interrupted_calls_are_counted_as_the_program_sees_them),
		cmocka_unit_test(counts_never_decrease_between_frames),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
