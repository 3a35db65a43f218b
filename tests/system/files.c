/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files and peers: stop's counts and bytes of each object are those of a target that knows them,
 * and the rows add up to the calls.
 */
#include "config.h"

#include "support/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/program.h"

/* What is known about an object. */
struct known {
	uint64_t calls, errors, in, out;
};

/* The row called NAME of ROOT; zero if there is none. */
static struct known known_of(json_t *root, const char *name)
{
	struct known known = {0};
	json_t *row;
	size_t i;
	json_array_foreach(json_object_get(root, "files"), i, row)
	{
		if (strcmp(json_text(row, "name"), name) != 0)
			continue;
		known.calls += json_number(row, "calls");
		known.errors += json_number(row, "errors");
		known.in += json_number(row, "bytes_in");
		known.out += json_number(row, "bytes_out");
	}
	return known;
}

/* Frames, of a tenth of a second, after which a name should have been found. */
#define FRAMES_MAX 300

/*
 * Compares ROOT with the lines "CALLS ERRORS IN OUT NAME" of TEXT. Returns the first one that
 * differs; NULL: none.
 */
static const char *find_difference(json_t *root, const char *text)
{
	size_t lines = 0;
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
		char name[128];
		struct known told;
		if (sscanf(at, "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %127[^\n]",
			    &told.calls, &told.errors, &told.in, &told.out, name) != 5)
			continue;
		struct known counted = known_of(root, name);
		if (memcmp(&told, &counted, sizeof(told)) != 0)
			return at;
		lines++;
	}
	assert_true(lines >= 15);
	return NULL;
}

static void check_lines(json_t *root, const char *text)
{
	const char *line = find_difference(root, text);
	if (!line)
		return;
	char *totals = json_dumps(json_object_get(root, "file_totals"), 0);
	json_t *row;
	size_t i;
	json_array_foreach(json_object_get(root, "files"), i, row) print_message(
		"%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n", json_number(row, "calls"),
		json_number(row, "errors"), json_number(row, "bytes_in"),
		json_number(row, "bytes_out"), json_text(row, "name"));
	fail_msg("not \"%.*s\"; %s", (int)strcspn(line, "\n"), line, totals);
}

/* The rows, what is not attributed, and what is counted twice are the calls. */
static void check_sums(json_t *root)
{
	json_t *totals = json_object_get(root, "file_totals");
	json_t *lost = json_object_get(totals, "not_attributed");
	uint64_t calls = 0, bytes = 0;
	json_t *row;
	size_t i;
	json_array_foreach(json_object_get(root, "files"), i, row)
	{
		calls += json_number(row, "calls");
		bytes += json_number(row, "bytes_in") + json_number(row, "bytes_out");
	}
	assert_int_equal(calls + json_number(lost, "calls") + json_number(totals, "without_object"),
		json_number(totals, "calls") + json_number(totals, "second_objects"));
	assert_int_equal(bytes + json_number(lost, "bytes"), json_number(totals, "bytes"));
}

static void remove_files(pid_t pid)
{
	static const char *const names[] = {
		"a", "b", "shared", "passed", "brief", "t0", "t1", "t2", "t3", ""};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char path[128];
		snprintf(path, sizeof(path), "/tmp/stop-files-%d/%s", (int)pid, names[i]);
		if (names[i][0])
			unlink(path);
		else
			rmdir(path);
	}
}

/* Reads frames of STOP until it has found all of TEXT: what was passed, /proc has to tell. */
static void await_names(struct program *stop, const char *text)
{
	bool are_found = false;
	for (int i = 0; i < FRAMES_MAX && !are_found; i++) {
		json_error_t error;
		size_t at = stop->out.seen;
		/* It returns the beginning of the line. */
		program_line(stop);
		json_t *root = json_loadb(stop->out.text + at, stop->out.seen - at, 0, &error);
		if (!root)
			fail_msg("invalid JSON: %s", error.text);
		are_found = !find_difference(root, text);
		json_decref(root);
	}
}

static void check(const char *command)
{
	struct program *target = program_start("%s", command);
	program_ready(target);
	struct program *stop = stop_start(
		"-b -d 0.1 --files --format=json -p %d", (int)target->pid);
	program_go(target);
	program_expect(target, "done");
	await_names(stop, target->out.text);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	remove_files(target->pid);
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	check_lines(root, target->out.text);
	check_sums(root);
	json_decref(root);
	program_free(stop);
	program_free(target);
}

static void objects_are_those_that_the_target_knows(void **state)
{
	(void)state;
	check("files.tracee");
}

static void objects_of_32_bit_calls_too(void **state)
{
	char path[512];
	(void)state;
	snprintf(path, sizeof(path), "%s/files.tracee32", getenv("TRACEES"));
	if (access(path, X_OK) < 0)
		skip();
	check("files.tracee32");
}

static void groups_have_the_same_sums(void **state)
{
	static const char *const groupings[] = {"each", "place", "kind"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(groupings); i++) {
		struct program *stop = program_run(
			"stop %s -c --files-by=%s --format=json -o - -- ls -l /proc/self/fd /none",
			program_engine(), groupings[i]);
		json_t *root = json_last(strchr(stop->out.text, '{'));
		check_sums(root);
		assert_string_equal(
			json_text(json_object_get(root, "file_totals"), "grouping"), groupings[i]);
		json_decref(root);
		program_free(stop);
	}
}

static void without_the_option_there_are_none(void **state)
{
	(void)state;
	struct program *stop = program_run("stop %s -c --format=json -- true", program_engine());
	json_t *root = json_last(stop->err.text);
	assert_true(json_is_null(json_object_get(root, "files")));
	assert_true(json_is_null(json_object_get(root, "file_totals")));
	json_decref(root);
	program_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_those_that_the_target_knows),
		cmocka_unit_test(objects_of_32_bit_calls_too),
		cmocka_unit_test(groups_have_the_same_sums),
		cmocka_unit_test(without_the_option_there_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
