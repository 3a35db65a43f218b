/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What others can change about a target, without a call of its own: every report has the truth. */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/program.h"

struct relative {
	pid_t pid, parent;
};

static struct relative next_relative(struct program *target)
{
	struct relative relative;
	int pid, parent;
	assert_int_equal(sscanf(program_line(target), "%*s %d %d", &pid, &parent), 2);
	relative.pid = pid;
	relative.parent = parent;
	return relative;
}

/* The row of process PID in ROOT, or NULL. */
static json_t *json_process(json_t *root, pid_t pid)
{
	size_t index;
	json_t *row;
	json_array_foreach(json_object_get(root, "processes"), index, row)
	{
		if ((pid_t)json_number(row, "pid") == pid)
			return row;
	}
	return NULL;
}

static void assert_relative(json_t *root, struct relative relative)
{
	json_t *row = json_process(root, relative.pid);
	assert_non_null(row);
	assert_int_equal(json_number(row, "parent"), relative.parent);
	kill(relative.pid, SIGKILL);
}

/* OPTIONS: those of a mode that writes JSON until it is left. */
static void check(const char *options)
{
	int tid;
	struct program *target = program_start("changes.tracee");
	assert_int_equal(sscanf(program_line(target), "thread %d", &tid), 1);
	program_ready(target);
	struct program *stop = stop_start("%s --format=json -p %d", options, (int)target->pid);
	program_go(target);
	/* In any order: both are printed once all has been changed. */
	struct relative first = next_relative(target), second = next_relative(target);
	if (options[1] == 'b')
		for (int frame = 0; frame < 2; frame++)
			stop_await_frame(stop);
	stop_leave(stop);
	json_t *root = json_last(stop->out.text);
	assert_string_equal(json_text(json_thread(root, tid), "comm"), "worker");
	assert_string_equal(json_text(json_thread(root, target->pid), "comm"), "boss");
	assert_string_equal(json_text(json_process(root, target->pid), "comm"), "boss");
	assert_relative(root, first);
	assert_relative(root, second);
	json_decref(root);
	program_free(stop);
	program_free(target);
}

static void a_summary_has_present_names_and_parents(void **state)
{
	(void)state;
	check("-c");
}

static void a_frame_has_present_names_and_parents(void **state)
{
	(void)state;
	check("-b -d 0.05");
}

static bool is_sleep(void *context)
{
	const struct program *target = context;
	char path[64], name[64] = "";
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)target->pid);
	FILE *file = fopen(path, "r");
	bool is_read = file && fgets(name, sizeof(name), file);
	if (file)
		fclose(file);
	return is_read && strcmp(name, "sleep\n") == 0;
}

/* Lets a target become another program while `stop` runs with OPTIONS; returns what that wrote. */
static struct program *watch_exec(const char *options, pid_t *pid)
{
	struct program *target = program_start("changes.tracee");
	program_line(target);
	program_ready(target);
	struct program *stop = stop_start("%s -p %d", options, (int)target->pid);
	program_go(target);
	struct relative first = next_relative(target), second = next_relative(target);
	program_go(target);
	await(is_sleep, target, "it is sleep");
	kill(first.pid, SIGKILL);
	kill(second.pid, SIGKILL);
	stop_leave(stop);
	*pid = target->pid;
	program_free(target);
	return stop;
}

static void a_new_program_has_its_own_name_and_command_line(void **state)
{
	char title[64];
	pid_t pid;
	(void)state;
	struct program *stop = watch_exec("-c --format=json", &pid);
	json_t *root = json_last(stop->out.text);
	assert_string_equal(json_text(root, "command"), "sleep 1000");
	json_decref(root);
	program_free(stop);
	stop = watch_exec("-c", &pid);
	snprintf(title, sizeof(title), " sleep (%d)", (int)pid);
	assert_non_null(strstr(stop->out.text, title));
	program_free(stop);
}

/*
 * A command is named as the user has named it, until it becomes another. Its command line is that
 * of the other only if it can still be read.
 */
static void a_command_that_becomes_another_has_its_name(void **state)
{
	(void)state;
	struct program *stop = program_run("stop -c --format=json sh -c 'exec sleep 0'");
	json_t *root = json_last(stop->err.text);
	if (strcmp(json_text(root, "command"), "sleep 0") != 0)
		assert_string_equal(json_text(root, "command"), "sh -c exec sleep 0");
	json_decref(root);
	program_free(stop);
	stop = program_run("stop -c sh -c 'exec sleep 0'");
	assert_non_null(strstr(stop->err.text, " sleep ("));
	program_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_summary_has_present_names_and_parents),
		cmocka_unit_test(a_frame_has_present_names_and_parents),
		cmocka_unit_test(a_new_program_has_its_own_name_and_command_line),
		cmocka_unit_test(a_command_that_becomes_another_has_its_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
