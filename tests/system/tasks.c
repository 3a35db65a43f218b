/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of tasks: execve, children, exits; which tasks are followed and which are not. */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/program.h"

#define CALLS 500

/*
 * Attaches with OPTIONS to TARGET, which is ready, and lets it work and exit. Returns stop's JSON;
 * TARGET's output is left for the caller.
 */
static json_t *watch(struct program *target, const char *options)
{
	struct program *stop = stop_start("-c --format=json %s -p %d", options, target->pid);
	program_go(target);
	program_expect(target, "done");
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	assert_nothing_open(root);
	program_free(stop);
	return root;
}

/* Runs COMMAND under stop to its end. */
static json_t *run(const char *command, struct program **stop)
{
	*stop = program_run("stop -c --format=json %s", command);
	json_t *root = json_last((*stop)->err.text);
	assert_nothing_open(root);
	return root;
}

static void calls_before_and_after_an_execve_are_counted(void **state)
{
	static const char *const who[] = {"leader", "thread"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(who); i++) {
		struct program *target = program_start("exec.tracee %s wait %d", who[i], CALLS);
		program_ready(target);
		json_t *root = watch(target, "");
		assert_known(root, target->out.text);
		assert_int_equal(json_number(json_call(root, "execve"), "calls"), 1);
		assert_int_equal(json_number(json_call(root, "execve"), "errors"), 0);
		json_decref(root);
		program_free(target);
	}
}

static void a_started_command_may_call_execve_from_a_thread(void **state)
{
	struct program *stop;
	(void)state;
	json_t *root = run("exec.tracee thread at-once 500", &stop);
	assert_int_equal(stop->status, 0);
	assert_known(root, stop->out.text);
	assert_int_equal(json_number(json_call(root, "execve"), "calls"), 2);
	/* The threads killed by the execve: their calls count, and none is left. */
	assert_int_equal(json_number(json_call(root, "pause"), "calls"), 4);
	assert_int_equal(json_number(json_object_get(root, "totals"), "threads"), 0);
	assert_int_equal(json_number(json_object_get(root, "totals"), "ended_threads"), 5);
	json_decref(root);
	program_free(stop);
}

static void a_leader_that_exits_first_does_not_end_the_tracing(void **state)
{
	static const char *const when[] = {"before", "after"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(when); i++) {
		struct program *target = program_start("leader.tracee %s 4 %d", when[i], CALLS);
		program_ready(target);
		json_t *root = watch(target, "");
		assert_known(root, target->out.text);
		json_decref(root);
		program_free(target);
	}
}

static const char *const ways[] = {"fork", "vfork", "spawn", "thread"};

static void children_are_followed_however_they_are_created(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct program *target = program_start("children.tracee %s %d", ways[i], CALLS);
		program_ready(target);
		json_t *root = watch(target, "");
		assert_known(root, target->out.text);
		assert_int_equal(json_number(json_call(root, "getpgrp"), "calls"), CALLS);
		assert_true(!program_is_engine("ptrace") || strstr(target->out.text, "\ntraced\n"));
		json_decref(root);
		program_free(target);
	}
}

static void with_follow_threads_children_are_not_traced(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		struct program *target = program_start("children.tracee %s %d", ways[i], CALLS);
		program_ready(target);
		json_t *root = watch(target, "--follow=threads");
		assert_int_equal(json_number(json_call(root, "getppid"), "calls"), CALLS);
		assert_null(json_call(root, "getpgrp"));
		assert_non_null(strstr(target->out.text, "\nuntraced\n"));
		json_decref(root);
		program_free(target);
	}
}

static void with_follow_threads_later_threads_are_followed(void **state)
{
	(void)state;
	struct program *target = program_start("spawner.tracee thread 2 50 10");
	program_expect(target, "ready");
	json_t *root = watch(target, "--follow=threads");
	assert_known(root, target->out.text);
	json_decref(root);
	program_free(target);
}

static void only_tree_includes_existing_descendants(void **state)
{
	enum { DEPTH = 4 };
	static const struct {
		const char *options;
		uint64_t processes;
	} cases[] = {{"--follow=threads", 1}, {"--follow=forks", 1}, {"--follow=tree", DEPTH}};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct program *target = program_start("tree.tracee %d %d", DEPTH, CALLS);
		program_ready(target);
		json_t *root = watch(target, cases[i].options);
		assert_int_equal(json_number(json_call(root, "getpgrp"), "calls"),
			cases[i].processes * CALLS);
		json_decref(root);
		program_free(target);
	}
}

static void a_thread_that_is_not_a_leader_is_traced_alone(void **state)
{
	enum { THREADS = 5 };
	pid_t tids[THREADS + 1];
	(void)state;
	struct program *target = program_start("loop.tracee wait %d %d", THREADS, CALLS);
	program_ready(target);
	assert_int_equal(task_threads(target->pid, tids, COUNT_OF(tids)), THREADS + 1);
	pid_t tid = tids[0] == target->pid ? tids[1] : tids[0];
	struct program *stop = stop_start("-c --format=json -p %d", tid);
	for (size_t i = 0; i < COUNT_OF(tids); i++)
		assert_int_equal(
			task_tracer(tids[i]) != 0, tids[i] == tid && program_is_engine("ptrace"));
	program_go(target);
	program_expect(target, "done");
	assert_int_equal(program_finish(stop), 0); /* the thread has exited, its process has not */
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	json_t *root = json_last(stop->out.text);
	assert_int_equal(json_number(json_call(root, "getppid"), "calls"), CALLS - CALLS / 10);
	assert_int_equal(json_number(json_call(root, "dup"), "errors"), CALLS / 10);
	assert_int_equal(json_array_size(json_object_get(root, "threads")), 1);
	json_decref(root);
	program_free(stop);
	program_free(target);
}

static void a_killed_command_leaves_no_call_in_progress(void **state)
{
	struct program *stop;
	json_t *row;
	size_t i;
	(void)state;
	json_t *root = run("victim.tracee 4 500", &stop);
	assert_int_equal(stop->status, 128 + SIGKILL);
	assert_known(root, stop->out.text);
	assert_string_equal(json_text(root, "ended"), "killed by SIGKILL");
	assert_int_equal(json_array_size(json_object_get(root, "threads")), 5);
	json_array_foreach(json_object_get(root, "threads"), i, row)
		assert_string_equal(json_text(row, "exit_signal"), "SIGKILL");
	json_decref(root);
	program_free(stop);
}

static void a_killed_process_ends_tracing(void **state)
{
	(void)state;
	struct program *target = program_start("victim.tracee wait 4 %d", CALLS);
	program_ready(target);
	struct program *stop = stop_start("-c --format=json -p %d", target->pid);
	program_go(target);
	assert_int_equal(program_finish(target), 128 + SIGKILL);
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	assert_known(root, target->out.text);
	assert_nothing_open(root);
	json_decref(root);
	program_free(stop);
	program_free(target);
}

/* Killed from outside at random moments. */
static void the_target_may_be_killed_at_any_moment(void **state)
{
	enum { TIMES = 20 };
	(void)state;
	for (int i = 0; i < TIMES; i++) {
		struct program *target = program_start("loop.tracee wait 4 1000000");
		program_ready(target);
		struct program *stop = stop_start("-c --format=json -p %d", target->pid);
		program_go(target);
		kill(target->pid, SIGKILL);
		assert_int_equal(program_finish(target), 128 + SIGKILL);
		if (program_finish(stop) != 0)
			fail_msg("stop has ended with %d: %s", stop->status, stop->err.text);
		json_t *root = json_last(stop->out.text);
		assert_nothing_open(root);
		json_decref(root);
		program_free(stop);
		program_free(target);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_before_and_after_an_execve_are_counted),
		cmocka_unit_test(a_started_command_may_call_execve_from_a_thread),
		cmocka_unit_test(a_leader_that_exits_first_does_not_end_the_tracing),
		cmocka_unit_test(children_are_followed_however_they_are_created),
		cmocka_unit_test(with_follow_threads_children_are_not_traced),
		cmocka_unit_test(with_follow_threads_later_threads_are_followed),
		cmocka_unit_test(only_tree_includes_existing_descendants),
		cmocka_unit_test(a_thread_that_is_not_a_leader_is_traced_alone),
		cmocka_unit_test(a_killed_command_leaves_no_call_in_progress),
		cmocka_unit_test(a_killed_process_ends_tracing),
		cmocka_unit_test(the_target_may_be_killed_at_any_moment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
