/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filters: the number of calls that each selects is that of a target that knows; and a session ends
 * with a call, or after a time.
 */
#include "config.h"

#include "support/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/program.h"

/* The number of calls in the table of ROOT. */
static uint64_t calls_in(json_t *root)
{
	json_t *rows = json_object_get(root, "syscalls"), *row;
	uint64_t calls = 0;
	size_t i;
	json_array_foreach(rows, i, row) calls += json_number(row, "calls");
	return calls;
}

/* What stop has counted with OPTIONS of all that the target does between two bytes. */
static json_t *count_with(const char *options, struct program **stop)
{
	struct program *target = program_start("selected.tracee");
	program_ready(target);
	*stop = stop_start("-c --format=json %s -p %d", options, (int)target->pid);
	program_go(target);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	assert_int_equal(program_finish(*stop), 0);
	program_free(target);
	return json_last((*stop)->out.text);
}

static void filters_select_the_calls_that_the_target_knows(void **state)
{
	static const struct {
		const char *options;
		uint64_t calls;
	} cases[] = {
		{"-e 'openat and result:failed'", 27},
		{"-e 'openat and not errno:ENOENT'", 30},
		{"-e 'errno:ENOENT'", 32},
		{"-Z -e openat", 27},
		{"-z -e openat", 30},
		{"-e status=failed -e trace=openat", 27},
		{"-e 'openat,mkdirat and result:failed'", 32},
		{"-e 'bytes>4k'", 22},
		{"-e 'read and bytes:6000'", 11},
		{"-e 'read and result:10'", 3},
		{"-e 'time>25ms and clock_nanosleep'", 3},
		{"-e 'clock_nanosleep and time<25ms'", 0},
		{"-e 'fd:77'", 13},
		{"-e trace-fds=77", 13},
		{"-e 'fd:77 and fcntl and errno:EBADF'", 9},
		{"-e 'openat and path:/proc/self/stat'", 30},
		{"-e 'path:/nonexistent/**'", 27},
		{"-e 'path:/nonexistent/*'", 7},
		{"-e 'path:\"/nonexistent/with blank\"'", 7},
		{"-P '/nonexistent/with blank'", 7},
		{"-P /nonexistent/stop/file -P '/nonexistent/with blank'", 27},
		{"-e 'path:/proc/self/stop'", 5},
		{"-e 'path:/proc/self/* and openat'", 30},
		{"-e 'not close and (path:stat or path:stop)'", 35},
		{"-e 'connect and peer:127.0.0.1'", 6},
		{"-e 'connect and peer:127.0.0.0/8 and result:ok'", 6},
		{"-e 'connect and peer:10.0.0.0/8'", 0},
		/* What descriptors were at that moment. */
		{"-e 'path:/proc/self/stat'", 60},
		{"-P /proc/self/stat -z", 60},
		{"-e 'close and path:stat'", 30},
		{"-e 'comm:selected* and openat'", 57},
		{"-e 'comm:other and openat'", 0},
		{"-e 'tid:1 and openat'", 0},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct program *stop;
		json_t *root = count_with(cases[i].options, &stop);
		json_t *selection = json_object_get(root, "selection");
		uint64_t calls = calls_in(root), selected = json_number(selection, "selected");
		if (calls != cases[i].calls || selected != calls)
			fail_msg("%s: %" PRIu64 " calls, %" PRIu64 " selected", cases[i].options,
				calls, selected);
		json_decref(root);
		program_free(stop);
	}
}

/* Numbers are known of every call; so are paths of calls that have no descriptors. */
static void what_is_not_known_is_stated(void **state)
{
	static const char *const known[] = {
		"-e 'openat and errno:ENOENT'", "-e 'openat and path:/x'", "-e 'fd:3'"};
	struct program *stop;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		json_t *root = count_with(known[i], &stop);
		json_t *selection = json_object_get(root, "selection");
		/* The call in which the target was at the attach: its arguments were not read. */
		if (json_number(selection, "unknown") > 1)
			fail_msg("%s: %" PRIu64 " unknown", known[i],
				json_number(selection, "unknown"));
		assert_int_equal(json_number(selection, "calls"),
			json_number(json_object_get(root, "totals"), "calls"));
		json_decref(root);
		program_free(stop);
	}
}

/* A call set is none of the filters that count from when they were set. */
static void call_sets_are_views_as_ever(void **state)
{
	struct program *stop;
	(void)state;
	json_t *root = count_with("-e 'openat or read'", &stop);
	assert_true(json_is_null(json_object_get(root, "selection")));
	assert_int_equal(calls_in(root), 57 + 14 + 2);
	assert_string_equal(json_string_value(json_object_get(root, "filter")), "openat or read");
	json_decref(root);
	program_free(stop);
}

/* The target still waits for its second byte. */
static void a_session_ends_with_a_call(void **state)
{
	static const struct {
		const char *options;
		int status;
	} cases[] = {
		{"--until 'errno:ENOENT and path:/nonexistent/**'", 0},
		{"--until 'connect and result:ok' --until-count 6", 0},
		{"--until 'time>25ms and clock_nanosleep' --until-count=3", 0},
		{"-e read --until fd:77 --until-count=13", 0},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct program *target = program_start("selected.tracee");
		program_ready(target);
		struct program *stop = stop_start(
			"-c -o /dev/null %s -p %d", cases[i].options, (int)target->pid);
		program_go(target);
		if (program_finish(stop) != cases[i].status)
			fail_msg("%s: %d: %s", cases[i].options, stop->status, stop->err.text);
		assert_false(target->ended);
		program_go(target);
		assert_int_equal(program_finish(target), 0);
		program_free(stop);
		program_free(target);
	}
}

static void the_status_says_that_it_has_not_happened(void **state)
{
	struct program *target = program_start("selected.tracee");
	(void)state;
	program_ready(target);
	struct program *stop = stop_start(
		"-c -o /dev/null --until 'connect and result:ok' --until-count 7 -p %d",
		(int)target->pid);
	program_go(target);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	assert_int_equal(program_finish(stop), 1);
	assert_non_null(strstr(stop->err.text, "--until: there was no such call"));
	program_free(stop);
	program_free(target);
	/* Also after a command, whatever its own status is. */
	stop = program_run("stop -c -o /dev/null --until errno:EXDEV sh -c 'exit 7'");
	assert_int_equal(stop->status, 1);
	program_free(stop);
	stop = program_run("stop -c -o /dev/null --until execve sh -c 'exit 7'");
	assert_int_equal(stop->status, 0);
	program_free(stop);
}

static void a_session_ends_after_a_time(void **state)
{
	struct program *target = program_start("selected.tracee");
	(void)state;
	program_ready(target);
	struct program *stop = program_run(
		"stop -c --format=json --duration 100ms -p %d", (int)target->pid);
	assert_int_equal(stop->status, 0);
	json_t *root = json_last(stop->out.text);
	assert_true(json_number(root, "elapsed_ns") >= 100000000);
	json_decref(root);
	program_free(stop);
	/* In batch mode, it is in the middle of a frame. */
	stop = program_run("stop -b -d 60 --format=json --duration 0.1 -p %d", (int)target->pid);
	assert_int_equal(stop->status, 0);
	root = json_last(stop->out.text);
	assert_true(json_is_true(json_object_get(root, "final")));
	json_decref(root);
	program_free(stop);
	assert_false(target->ended);
	program_free(target);
}

/* A file of the log has only what the filter selects. */
static void the_log_is_filtered(void **state)
{
	struct program *stop = program_run(
		"stop -c -o /dev/null --log=- -e 'openat and path:/nonexistent' "
		"cat /nonexistent");
	(void)state;
	size_t lines = 0;
	for (const char *at = stop->out.text; *at; at += strcspn(at, "\n") + 1) {
		if (strstr(at, "openat(") &&
			strcspn(at, "\n") > (size_t)(strstr(at, "openat(") - at))
			lines++;
	}
	assert_int_equal(lines, 1);
	assert_non_null(strstr(stop->out.text, "\"/nonexistent\""));
	program_free(stop);
}

/* What no filter can select is told at the source: its details do not come, and are not missed. */
static void what_ends_tell_is_told_at_the_source(void **state)
{
	static const struct {
		const char *filter;
		uint64_t selected;
	} rows[] = {
		{"time>10s", 0},
		{"fd:77", 0},
		{"bytes>1k and read and fd:0", 0},
		{"not result:ok and write", 0},
		{"result:1 and write and fd:1", 30000},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct program *stop = program_run(
			"stop %s -c --format=json -e '%s' --log=/dev/null -- "
			"dd if=/dev/zero of=/dev/null bs=1 count=30000 status=none",
			program_engine(), rows[i].filter);
		json_t *root = json_last(stop->err.text);
		json_t *selection = json_object_get(root, "selection");
		assert_true(json_number(selection, "calls") > 60000);
		assert_int_equal(json_number(selection, "selected"), rows[i].selected);
		if (json_number(selection, "asked") > rows[i].selected + 300)
			fail_msg("%s: details of %llu calls", rows[i].filter,
				(unsigned long long)json_number(selection, "asked"));
		/* Those that it began and ended with took a time that is not known. */
		assert_true(json_number(selection, "unknown") <= 4);
		assert_int_equal(json_number(json_object_get(root, "log"), "not_logged"), 0);
		json_decref(root);
		program_free(stop);
	}
}

/* What was read at the entry of a call that is selected by its end is in its line. */
static void strings_of_calls_that_are_selected_by_their_end_are_known(void **state)
{
	struct program *stop = program_run(
		"stop %s -c -o /dev/null --log=- -e 'result:failed' -- sh -c 'i=0; "
		"while [ $i -lt 1000 ]; do [ -e /dev/null ]; [ -e /none$i/$i ]; i=$((i+1)); done'",
		program_engine());
	const char *at = stop->out.text;
	char name[32];
	(void)state;
	assert_null(strstr(at, "\"/dev/null\""));
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "\"/none%d/%d\"", i, i);
		at = strstr(at, name);
		if (!at)
			fail_msg("no line with %s", name);
	}
	program_free(stop);
}

static void a_command_is_run_as_another_user(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	struct program *stop = program_run("stop -c -o /dev/null -u nobody id -u -n");
	assert_int_equal(stop->status, 0);
	assert_string_equal(stop->out.text, "nobody\n");
	program_free(stop);
	stop = program_run("stop -c -o /dev/null -u nobody sh -c 'id -G; echo x >/proc/1/comm'");
	assert_null(strstr(stop->out.text, "0 "));
	assert_int_not_equal(stop->status, 0);
	program_free(stop);
	stop = program_run("stop -c -o /dev/null -u no-such-user true");
	assert_int_equal(stop->status, 1);
	assert_non_null(strstr(stop->err.text, "there is no user \"no-such-user\""));
	program_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_select_the_calls_that_the_target_knows),
		cmocka_unit_test(what_is_not_known_is_stated),
		cmocka_unit_test(call_sets_are_views_as_ever),
		cmocka_unit_test(a_session_ends_with_a_call),
		cmocka_unit_test(the_status_says_that_it_has_not_happened),
		cmocka_unit_test(a_session_ends_after_a_time),
		cmocka_unit_test(the_log_is_filtered),
		cmocka_unit_test(what_ends_tell_is_told_at_the_source),
		cmocka_unit_test(strings_of_calls_that_are_selected_by_their_end_are_known),
		cmocka_unit_test(a_command_is_run_as_another_user),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
