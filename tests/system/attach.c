/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attaching: every thread is found, and the call it is waiting in is shown and not interrupted. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/program.h"

/* Checks that thread TID has been waiting in call NAME since before the attach. */
static void assert_waits(json_t *root, const char *name, pid_t tid)
{
	json_t *thread = json_thread(root, tid), *call = json_call(root, name);
	assert_non_null(thread);
	assert_string_equal(json_text(thread, "syscall"), name);
	assert_true(json_is_true(json_object_get(thread, "partial")));
	assert_true(json_number(thread, "since_ns") > 0);
	assert_true(json_number(call, "in_progress") >= 1);
	assert_true(json_number(call, "longest_ns") > 0);
	/* The total is since the attach; only ptrace does not know how long it has lasted before.
	 */
	if (program_is_engine("ptrace"))
		assert_true(json_number(call, "total_ns") >= json_number(call, "longest_ns"));
}

static void waiting_threads_are_shown_and_not_interrupted(void **state)
{
	(void)state;
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	struct program *stop = program_run("stop -b -d 0.2 -n 1 --format=json -p %d", target->pid);
	assert_int_equal(stop->status, 0);
	json_t *root = json_last(stop->out.text);
	assert_waits(root, "read", target->pid);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	size_t waits = 0;
	for (char *line = strtok(target->out.text, "\n"); line; line = strtok(NULL, "\n")) {
		char name[32];
		int number;
		if (sscanf(line, "%31s %d", name, &number) != 2)
			continue;
		if (strcmp(name, "returned") == 0) {
			assert_int_equal(number, 0);
		} else {
			assert_waits(root, name, number);
			waits++;
		}
	}
	assert_int_equal(waits, 6);
	json_decref(root);
	program_free(stop);
	program_free(target);
}

static void all_of_500_threads_are_found(void **state)
{
	enum { THREADS = 500, CALLS = 20 };
	(void)state;
	struct program *target = program_start("loop.tracee wait %d %d", THREADS, CALLS);
	program_ready(target);
	struct program *stop = stop_start("-c --format=json -p %d", target->pid);
	program_go(target);
	program_expect(target, "done");
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	assert_known(root, target->out.text);
	assert_nothing_open(root);
	assert_int_equal(json_array_size(json_object_get(root, "threads")), THREADS + 1);
	json_decref(root);
	program_free(stop);
	program_free(target);
}

/* Attaches with OPTIONS to a target that keeps creating tasks of KIND. */
static void attach_to_spawner(const char *kind, const char *options)
{
	enum { TIMES = 5, CHAINS = 4, LINKS = 300, CALLS = 7 };
	for (int i = 0; i < TIMES; i++) {
		struct program *target = program_start(
			"spawner.tracee %s %d %d %d", kind, CHAINS, LINKS, CALLS);
		program_expect(target, "ready");
		struct program *stop = stop_start(
			"-c --format=json %s -p %d", options, target->pid);
		program_go(target);
		program_expect(target, "done");
		program_go(target);
		assert_int_equal(program_finish(target), 0);
		assert_int_equal(program_finish(stop), 0);
		json_t *root = json_last(stop->out.text);
		assert_known(root, target->out.text);
		assert_int_equal(json_number(json_call(root, "getppid"), "calls"), LINKS * CALLS);
		assert_nothing_open(root);
		json_decref(root);
		program_free(stop);
		program_free(target);
	}
}

static void threads_created_during_the_attach_are_not_missed(void **state)
{
	(void)state;
	attach_to_spawner("thread", "");
}

/* README names the limit: not if their parents exit before they are seen. */
static void descendants_created_during_the_attach_are_not_missed(void **state)
{
	(void)state;
	attach_to_spawner("process", "--follow=tree");
}

/* The thread of TARGET, which prints its threads, that waits in CALL. */
static pid_t thread_in(struct program *target, const char *call)
{
	char line[64];
	snprintf(line, sizeof(line), "\n%s ", call);
	const char *found = strstr(target->out.text, line);
	assert_non_null(found);
	return atoi(found + strlen(line));
}

static void a_thread_that_another_traces_is_noted(void **state)
{
	char expected[64];
	(void)state;
	if (!program_is_engine("ptrace"))
		skip();
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	pid_t tid = thread_in(target, "pause");
	struct program *other = stop_start("-c -o /dev/null -p %d", (int)tid);
	snprintf(expected, sizeof(expected), "1 thread is traced by another process (%d)",
		(int)task_tracer(tid));
	struct program *stop = program_run("stop -b -n 1 -d 0.1 --format=json -p %d", target->pid);
	json_t *root = json_last(stop->out.text);
	json_t *notes = json_object_get(root, "notes");
	assert_int_equal(json_array_size(notes), 1);
	const char *note = json_string_value(json_array_get(notes, 0));
	if (strncmp(note, expected, strlen(expected)) != 0)
		fail_msg("%s", note);
	json_decref(root);
	stop_leave(other);
	program_free(other);
	program_free(stop);
	program_free(target);
}

static void several_processes_are_counted_together(void **state)
{
	enum { PROCESSES = 3, CALLS = 100 };
	struct program *targets[PROCESSES];
	(void)state;
	for (int i = 0; i < PROCESSES; i++) {
		targets[i] = program_start("loop.tracee wait 2 %d", CALLS);
		program_ready(targets[i]);
	}
	struct program *stop = stop_start("-c --format=json -p %d,%d -p %d", targets[0]->pid,
		targets[1]->pid, targets[2]->pid);
	for (int i = 0; i < PROCESSES; i++) {
		program_go(targets[i]);
		program_expect(targets[i], "done");
		program_go(targets[i]);
		assert_int_equal(program_finish(targets[i]), 0);
		program_free(targets[i]);
	}
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	uint64_t calls = json_number(json_call(root, "getppid"), "calls") +
	                 json_number(json_call(root, "dup"), "calls");
	assert_int_equal(calls, PROCESSES * 2 * CALLS);
	json_decref(root);
	program_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waiting_threads_are_shown_and_not_interrupted),
		cmocka_unit_test(all_of_500_threads_are_found),
		cmocka_unit_test(threads_created_during_the_attach_are_not_missed),
		cmocka_unit_test(descendants_created_during_the_attach_are_not_missed),
		cmocka_unit_test(a_thread_that_another_traces_is_noted),
		cmocka_unit_test(several_processes_are_counted_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
