/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tasks are created, execute programs and exit as if untraced, and each is followed. */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/harass.h"

/* Runs COMMAND under stop, compares their counts, and returns stop's JSON. */
static json_t *count(const char *command)
{
	struct program *stop = program_run("stop -c --format=json %s", command);
	json_t *root = json_last(stop->err.text);
	assert_int_equal(stop->status, 0);
	assert_known(root, stop->out.text);
	assert_nothing_open(root);
	program_free(stop);
	return root;
}

static bool has_note(json_t *root, const char *text)
{
	json_t *note;
	size_t i;
	json_array_foreach(json_object_get(root, "notes"), i, note)
	{
		if (strstr(json_string_value(note), text))
			return true;
	}
	return false;
}

static void new_tasks_are_followed(void **state)
{
	static const struct {
		const char *name;
		unsigned int rounds;
	} ways[] = {
		{"fork", 500},
		{"vfork", 1000},
		{"clone", 500},
		{"silent", 1000},
		{"clone3", 500},
		{"spawn", 100},
		{"parent", 200},
		{"namespace", 200},
		{"tree", 3},
		{"threads", 20},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		char command[64];
		unsigned int times = ways[i].rounds;
		if (strcmp(ways[i].name, "namespace") == 0 && geteuid() != 0)
			continue;
		snprintf(command, sizeof(command), "births.tracee %s %u", ways[i].name,
			(times + 9) / 10);
		json_decref(count(command));
		assert_same("births.tracee %s %u", ways[i].name, stop_rounds(times));
	}
}

/* 100 threads a round. */
static void a_storm_of_10000_threads_is_counted(void **state)
{
	char command[64];
	(void)state;
	snprintf(command, sizeof(command), "births.tracee threads %u", stop_rounds(100));
	json_decref(count(command));
}

static void a_child_that_cannot_be_followed_is_reported(void **state)
{
	static const char *const ways[] = {"untraced", "untraced3"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct program *stop = program_run(
			"stop -c --format=json births.tracee %s 3", ways[i]);
		json_t *root = json_last(stop->err.text);
		assert_string_equal(stop->out.text, "good 3\n");
		assert_null(json_call(root, "getpgrp"));
		assert_true(has_note(root, "3 tasks were created with CLONE_UNTRACED"));
		json_decref(root);
		program_free(stop);
		assert_same("births.tracee %s %u", ways[i], stop_rounds(500));
	}
}

static void programs_replace_each_other(void **state)
{
	static const char *const ways[] = {
		"leader", "thread", "race", "script", "failing", "bits", "dumpable"};
	char path[4096];
	(void)state;
	snprintf(path, sizeof(path), "%s/programs.tracee32", getenv("TRACEES"));
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		if (strcmp(ways[i], "bits") == 0 && access(path, X_OK) < 0)
			continue;
		assert_same("programs.tracee %s %u", ways[i], stop_rounds(150));
	}
}

static void children_end_in_every_way(void **state)
{
	(void)state;
	assert_same("ends.tracee %u", rounds(3));
}

static void the_end_of_the_command_is_passed_on(void **state)
{
	static const char *const commands[] = {
		"true",
		"sh -c 'exit 7'",
		"sh -c 'exit 255'",
		"sh -c 'kill -TERM \\$\\$'",
		"sh -c 'kill -KILL \\$\\$'",
		"sh -c 'kill -SEGV \\$\\$'",
		"victim.tracee 3 10",
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		struct program *alone = program_run("%s", commands[i]);
		struct program *stop = program_run("stop -c -o /dev/null -- %s", commands[i]);
		assert_int_equal(alone->status, stop->status);
		program_free(alone);
		program_free(stop);
	}
}

static void a_target_may_die_during_the_attach(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rounds(30); i++) {
		struct program *target = program_start("loop.tracee wait 100 1");
		program_expect(target, "ready");
		struct program *stop = program_start("stop -c -p %d", target->pid);
		pause_moment((long)i % 30 * 300000);
		kill(target->pid, SIGKILL);
		assert_int_equal(program_finish(target), 128 + SIGKILL);
		int status = program_finish(stop);
		assert_in_range(status, 0, 1);
		assert_int_equal(status != 0, strstr(stop->err.text, "stop: ") != NULL);
		program_free(stop);
		program_free(target);
	}
}

/* The unprivileged user. */

#define NOBODY 65534

static void become_nobody(void)
{
	if (setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		_exit(124);
}

/*
 * Creates DIRECTORY, with a set-user-id copy of `id` owned by root, and a copy of stop, because
 * user nobody may not have access to the build directory.
 */
static bool make_set_user_id(char *directory)
{
	char command[256];
	if (!mkdtemp(directory))
		return false;
	snprintf(command, sizeof(command),
		"cd %s && chmod 755 . && cp \"$STOP\" stop && chmod 755 stop && "
		"cp \"$(command -v id)\" id && cp id group-id && chmod 4755 id && "
		"chmod 2755 group-id",
		directory);
	return system(command) == 0;
}

static void remove_directory(const char *directory)
{
	char command[64];
	snprintf(command, sizeof(command), "rm -r %s", directory);
	assert_int_equal(system(command), 0);
}

/* Runs COMMAND in DIRECTORY as nobody. Returns false if there are no privileges to lose. */
static bool assert_dropped(const char *directory, const char *command)
{
	struct program *alone = program_start_after(become_nobody, "%s/%s", directory, command);
	program_finish(alone);
	struct program *stop = program_start_after(become_nobody,
		"%s/stop --engine=ptrace -c --format=json %s/%s", directory, directory, command);
	program_finish(stop);
	/* The file system may ignore the bit. */
	bool is_root = strcmp(alone->out.text, "0\n") == 0;
	if (is_root) {
		json_t *root = json_last(stop->err.text);
		assert_string_equal(stop->out.text, "65534\n");
		assert_true(has_note(root, "without its privileges"));
		json_decref(root);
	}
	program_free(alone);
	program_free(stop);
	return is_root;
}

static void dropped_privileges_are_reported(void **state)
{
	char directory[] = "/tmp/stop-test-XXXXXX";
	(void)state;
	if (geteuid() != 0 || !make_set_user_id(directory))
		skip();
	bool dropped = assert_dropped(directory, "id -u") &&
	               assert_dropped(directory, "group-id -g");
	remove_directory(directory);
	if (!dropped)
		skip();
}

/* Stores the threads of PID other than its first in TIDS. Returns their number. */
static size_t other_threads(pid_t pid, pid_t *tids, size_t max)
{
	size_t kept = 0, count = task_threads(pid, tids, max);
	for (size_t i = 0; i < count; i++) {
		if (tids[i] != pid)
			tids[kept++] = tids[i];
	}
	return kept;
}

/* Stopping a worker would end its request, and its creation must not be counted as a clone. */
static void workers_of_io_uring_are_left_alone(void **state)
{
	enum { WORKERS_MAX = 8 };
	pid_t workers[WORKERS_MAX];
	(void)state;
	struct program *target = program_start("rings.tracee");
	if (strcmp(program_line(target), "ready") != 0) {
		program_free(target);
		skip();
	}
	size_t count = other_threads(target->pid, workers, WORKERS_MAX);
	assert_in_range(count, 2, WORKERS_MAX);
	for (unsigned int i = 0; i < rounds(3); i++) {
		struct program *stop = stop_start("-c --format=json -p %d", target->pid);
		for (size_t j = 0; j < count; j++)
			assert_int_equal(task_tracer(workers[j]), 0);
		stop_leave(stop);
		json_t *root = json_last(stop->out.text);
		assert_non_null(json_thread(root, target->pid));
		for (size_t j = 0; j < count; j++) {
			json_t *worker = json_thread(root, workers[j]);
			assert_string_equal(json_text(worker, "state"), "worker");
			assert_int_equal(json_number(worker, "calls"), 0);
		}
		assert_null(json_call(root, "clone"));
		assert_true(has_note(root, "kernel workers (io_uring, vhost) are not traced"));
		json_decref(root);
		program_free(stop);
	}
	struct program *refused = program_run("stop -c -p %d", workers[0]);
	assert_int_equal(refused->status, 1);
	assert_non_null(strstr(refused->err.text, "kernel worker of its process"));
	program_free(refused);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	assert_non_null(strstr(target->out.text, "splice 4"));
	program_free(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_tasks_are_followed),
		cmocka_unit_test(a_storm_of_10000_threads_is_counted),
		cmocka_unit_test(a_child_that_cannot_be_followed_is_reported),
		cmocka_unit_test(programs_replace_each_other),
		cmocka_unit_test(children_end_in_every_way),
		cmocka_unit_test(the_end_of_the_command_is_passed_on),
		cmocka_unit_test(a_target_may_die_during_the_attach),
		cmocka_unit_test(workers_of_io_uring_are_left_alone),
		cmocka_unit_test(dropped_privileges_are_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
