/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets by name: -p NAME, --wait and --again. */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "support/child.h"
#include "support/program.h"

/* A name that no other process has, at this number of the test. */
static const char *name_of(int number)
{
	static char name[16];
	snprintf(name, sizeof(name), "nm%d-%d", number, (int)getpid());
	return name;
}

/* Starts a child called NAME, with CHILDREN of its own called the same. */
static pid_t start_called(const char *name, int children)
{
	int ready[2];
	char byte;
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		for (int i = 0; i < children; i++)
			start_child();
		if (write(ready[1], "", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return child;
}

static void assert_refused(const char *options, const char *name, const char *part)
{
	struct program *stop = program_run("stop -c %s -p %s", options, name);
	if (stop->status != 1 || !strstr(stop->err.text, part))
		fail_msg("status %d, or no \"%s\" in: %s", stop->status, part, stop->err.text);
	program_free(stop);
}

/* Ends STOP, whose summary has to be about process PID. */
static void assert_traces(struct program *stop, pid_t pid)
{
	stop_leave(stop);
	json_t *root = json_last(stop->out.text);
	assert_non_null(json_thread(root, pid));
	json_decref(root);
	program_free(stop);
}

static void a_process_is_found_by_its_name(void **state)
{
	(void)state;
	pid_t child = start_called(name_of(1), 0);
	assert_traces(stop_start("-c --format=json -p %s", name_of(1)), child);
	end_child(child);
}

/* Starts a program with WORD as its first word, which waits. */
static pid_t start_as(const char *word)
{
	char path[512], comm[32] = "";
	int input[2];
	snprintf(path, sizeof(path), "%s/paused.tracee", getenv("TRACEES"));
	assert_int_equal(pipe(input), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* It waits for a byte, and nobody writes one. */
		dup2(input[0], STDIN_FILENO);
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execl(path, word, "1", NULL);
		_exit(127);
	}
	while (strcmp(comm, "paused.tracee") != 0) {
		pause_poll();
		task_status(child, "Name", comm, sizeof(comm));
	}
	close(input[0]);
	close(input[1]);
	return child;
}

/* The base name of argv[0], which the name of the leader need not be. */
static void a_process_is_found_by_its_first_word(void **state)
{
	char path[64];
	(void)state;
	snprintf(path, sizeof(path), "/no/such/%s-long-name", name_of(2));
	pid_t child = start_as(path);
	assert_traces(stop_start("-c --format=json -p %s-long-name", name_of(2)), child);
	end_child(child);
}

static void no_process_of_that_name(void **state)
{
	(void)state;
	assert_refused("", name_of(3), "no process named \"nm3-");
	/* A part of a name is none. */
	pid_t child = start_called(name_of(3), 0);
	assert_refused("", "nm3-", "no process named \"nm3-\"");
	end_child(child);
}

static void several_processes_of_that_name_are_listed(void **state)
{
	char one[16], other[16];
	(void)state;
	pid_t a = start_called(name_of(4), 0), b = start_called(name_of(4), 0);
	snprintf(one, sizeof(one), "%d", (int)a);
	snprintf(other, sizeof(other), "%d", (int)b);
	assert_refused("", name_of(4), one);
	assert_refused("", name_of(4), other);
	assert_refused("", name_of(4), "2 processes are called");
	end_child(a);
	end_child(b);
}

static bool is_waiting(void *context)
{
	struct program *stop = context;
	return task_call(stop->pid) != NO_CALL;
}

static void waiting_is_ended_by_a_signal(void **state)
{
	(void)state;
	struct program *stop = program_start("stop -c --wait -p %s", name_of(6));
	await(is_waiting, stop, "stop to wait");
	kill(stop->pid, SIGINT);
	assert_int_equal(program_finish(stop), 128 + SIGINT);
	assert_string_equal(stop->out.text, "");
	program_free(stop);
}

/* The next frame of STOP. */
static json_t *next_frame(struct program *stop)
{
	size_t from = stop->out.seen;
	program_line(stop);
	json_t *root = json_loadb(stop->out.text + from, stop->out.seen - from, 0, NULL);
	assert_non_null(root);
	return root;
}

/* Reads frames of STOP until one has process PID that lives. */
static void await_living(struct program *stop, pid_t pid)
{
	for (bool lives = false; !lives;) {
		json_t *root = next_frame(stop);
		json_t *thread = json_thread(root, pid);
		lives = thread && strcmp(json_text(thread, "state"), "ended") != 0;
		json_decref(root);
	}
}

/* Of a process and its children that have the same name, it is the one. */
static void a_process_is_waited_for(void **state)
{
	(void)state;
	struct program *stop = program_start(
		"stop -b -d 0.05 --format=json --wait -p %s", name_of(5));
	await(is_waiting, stop, "stop to wait");
	pid_t child = start_called(name_of(5), 2);
	await_living(stop, child);
	assert_traces(stop, child);
	end_child(child);
}

static void a_successor_is_traced(void **state)
{
	(void)state;
	pid_t child = start_called(name_of(7), 0);
	struct program *stop = stop_start("-b -d 0.05 --format=json --again -p %s", name_of(7));
	for (int i = 0; i < 3; i++) {
		await_living(stop, child);
		end_child(child);
		child = start_called(name_of(7), 0);
	}
	await_living(stop, child);
	stop_leave(stop);
	json_t *root = json_last(stop->out.text);
	assert_int_equal(json_number(root, "pid"), child);
	json_decref(root);
	program_free(stop);
	end_child(child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_is_found_by_its_name),
		cmocka_unit_test(a_process_is_found_by_its_first_word),
		cmocka_unit_test(no_process_of_that_name),
		cmocka_unit_test(several_processes_of_that_name_are_listed),
		cmocka_unit_test(a_process_is_waited_for),
		cmocka_unit_test(waiting_is_ended_by_a_signal),
		cmocka_unit_test(a_successor_is_traced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
