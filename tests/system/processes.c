/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What processes execute: the tree of a shell's script, with command lines, ends and counts that
 * add up.
 */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/program.h"

/* The row whose argv is WORDS, with blanks between them; NULL: there is none. */
static json_t *find(json_t *root, const char *words)
{
	json_t *row, *word;
	size_t i, n;
	json_array_foreach(json_object_get(root, "programs"), i, row)
	{
		char text[512] = "";
		json_array_foreach(json_object_get(row, "argv"), n, word)
		{
			size_t used = strlen(text);
			snprintf(text + used, sizeof(text) - used, "%s%s", used ? " " : "",
				json_string_value(word));
		}
		if (strcmp(text, words) == 0)
			return row;
	}
	return NULL;
}

static json_t *must_find(json_t *root, const char *words)
{
	json_t *row = find(root, words);
	if (!row)
		fail_msg("no \"%s\" in %s", words,
			json_dumps(json_object_get(root, "programs"), JSON_INDENT(1)));
	return row;
}

/* Those called COMM that have ended with CODE, or by SIGNAL. */
static size_t count_ended(json_t *root, const char *comm, int code, const char *signal)
{
	json_t *row;
	size_t i, count = 0;
	json_array_foreach(json_object_get(root, "programs"), i, row)
	{
		bool is_code = json_is_integer(json_object_get(row, "exit_code")) &&
		               (int)json_number(row, "exit_code") == code;
		bool is_end = signal ? strcmp(json_text(row, "exit_signal"), signal) == 0 : is_code;
		count += is_end && strcmp(json_text(row, "comm"), comm) == 0;
	}
	return count;
}

/* The programs' counts are those of all calls. */
static void check_sums(json_t *root)
{
	json_t *row, *totals = json_object_get(root, "totals");
	uint64_t calls = 0, errors = 0, bytes = 0;
	size_t i;
	json_array_foreach(json_object_get(root, "programs"), i, row)
	{
		json_t *value;
		const char *name;
		uint64_t by_class = 0;
		json_object_foreach(json_object_get(row, "class_calls"), name, value)
			by_class += (uint64_t)json_integer_value(value);
		assert_int_equal(by_class, json_number(row, "calls"));
		calls += json_number(row, "calls");
		errors += json_number(row, "errors");
		bytes += json_number(row, "bytes");
	}
	assert_int_equal(calls, json_number(totals, "calls"));
	assert_int_equal(errors, json_number(totals, "errors"));
	assert_int_equal(bytes, json_number(totals, "bytes"));
}

static json_t *run_script(const char *script)
{
	char path[] = "/tmp/stop-processes-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, script, strlen(script)), (ssize_t)strlen(script));
	close(fd);
	struct program *stop = program_run(
		"stop %s -c --processes --format=json -- sh %s", program_engine(), path);
	unlink(path);
	json_t *root = json_last(strchr(stop->err.text, '{'));
	assert_non_null(root);
	program_free(stop);
	return root;
}

static void script_is_a_tree_with_ends_and_counts(void **state)
{
	(void)state;
	json_t *root = run_script("sh -c 'env A=1 cat /dev/null; exit 3'\n"
				  "sh -c 'exec cat /dev/null'\n"
				  "sh -c 'kill -KILL $$'\n"
				  "(exit 5)\n"
				  "exit 0\n");
	check_sums(root);
	json_t *rows = json_object_get(root, "programs");
	/* The script; sh, env, cat; sh, cat; sh; and the copy of the script. */
	assert_int_equal(json_array_size(rows), 8);
	assert_int_equal(count_ended(root, "sh", 3, NULL), 1);
	assert_int_equal(count_ended(root, "cat", 0, NULL), 2);
	assert_int_equal(count_ended(root, "sh", 0, "SIGKILL"), 1);
	assert_int_equal(count_ended(root, "sh", 5, NULL), 1);
	assert_int_equal(count_ended(root, "sh", 0, NULL), 1);
	json_t *first = json_array_get(rows, 0);
	assert_true(json_is_null(json_object_get(first, "parent")));
	for (size_t i = 1; i < json_array_size(rows); i++)
		assert_true(json_number(json_array_get(rows, i), "depth") > 0);
	json_decref(root);
}

static void command_lines_are_whole_and_below_what_started_them(void **state)
{
	static const char long_word[] =
		"a-word-that-is-much-longer-than-the-strings-of-a-log-which-are-cut";
	char script[256], words[256];
	(void)state;
	snprintf(script, sizeof(script),
		"sh -c 'exec echo %s \"two words\"'\nsh -c 'echo one >/dev/null; cat /dev/null'\n",
		long_word);
	json_t *root = run_script(script);
	snprintf(words, sizeof(words), "echo %s two words", long_word);
	json_t *shell = json_array_get(json_object_get(root, "programs"), 0);
	json_t *echo = must_find(root, words);
	assert_int_equal(json_number(echo, "parent"), json_number(shell, "id"));
	assert_int_equal(json_array_size(json_object_get(echo, "argv")), 3);
	snprintf(words, sizeof(words), "sh -c exec echo %s \"two words\"", long_word);
	json_t *before = must_find(root, words);
	assert_string_equal(json_text(before, "state"), "replaced");
	assert_int_equal(json_number(before, "pid"), json_number(echo, "pid"));
	assert_int_equal(json_number(before, "end_ns"), json_number(echo, "start_ns"));
	json_t *second = must_find(root, "sh -c echo one >/dev/null; cat /dev/null");
	json_t *cat = must_find(root, "cat /dev/null");
	/* The last command of a shell may be executed by itself. */
	assert_int_equal(json_number(cat, "parent"),
		json_number(cat, "pid") == json_number(second, "pid") ? json_number(shell, "id")
								      : json_number(second, "id"));
	json_decref(root);
}

/* What runs already has its command line from /proc. */
/* What a program has used before it executed another is its own, and not that of the other. */
static void cpu_time_is_that_of_the_program_that_used_it(void **state)
{
	(void)state;
	json_t *root = run_script("sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; "
				  "exec env -i cat /dev/null'\n"
				  "exit 0\n");
	json_t *cat = must_find(root, "cat /dev/null"), *row, *loop = NULL;
	size_t i;
	json_array_foreach(json_object_get(root, "programs"), i, row)
	{
		bool is_loop = strcmp(json_text(row, "state"), "replaced") == 0 &&
		               strcmp(json_text(row, "comm"), "sh") == 0;
		if (is_loop && json_number(row, "pid") == json_number(cat, "pid"))
			loop = row;
	}
	assert_non_null(loop);
	assert_true(json_number(loop, "cpu_ns") > 0);
	assert_true(json_number(cat, "cpu_ns") < json_number(loop, "cpu_ns"));
	json_decref(root);
}

static void programs_that_run_already_are_named(void **state)
{
	(void)state;
	struct program *target = program_start("cat");
	struct program *stop = stop_start(
		"-b -d 0.1 --processes --format=json -p %d", (int)target->pid);
	json_t *row = NULL;
	for (int i = 0; i < 300 && !row; i++) {
		size_t at = stop->out.seen;
		json_error_t error;
		program_line(stop);
		json_t *root = json_loadb(stop->out.text + at, stop->out.seen - at, 0, &error);
		assert_non_null(root);
		row = json_incref(find(root, "cat"));
		json_decref(root);
	}
	assert_non_null(row);
	assert_string_equal(json_text(row, "origin"), "found");
	assert_string_equal(json_text(row, "state"), "runs");
	json_decref(row);
	stop_leave(stop);
	program_free(stop);
	program_free(target);
}

static void without_the_option_there_are_none(void **state)
{
	(void)state;
	struct program *stop = program_run("stop %s -c --format=json -- true", program_engine());
	json_t *root = json_last(stop->err.text);
	assert_true(json_is_null(json_object_get(root, "programs")));
	json_decref(root);
	program_free(stop);
}

static void table_shows_the_tree(void **state)
{
	(void)state;
	struct program *stop = program_run(
		"stop %s -c --processes -- sh -c 'cat /dev/null; true'", program_engine());
	assert_non_null(strstr(stop->err.text, "COMMAND"));
	assert_non_null(strstr(stop->err.text, "exit 0"));
	assert_non_null(strstr(stop->err.text, "cat /dev/null\n"));
	program_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(script_is_a_tree_with_ends_and_counts),
		cmocka_unit_test(command_lines_are_whole_and_below_what_started_them),
		cmocka_unit_test(cpu_time_is_that_of_the_program_that_used_it),
		cmocka_unit_test(programs_that_run_already_are_named),
		cmocka_unit_test(without_the_option_there_are_none),
		cmocka_unit_test(table_shows_the_tree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
