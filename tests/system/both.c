/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both engines, at the same time, on one target: they agree about every call, its errors and its
 * bytes. What they cannot agree about is in the manual: latencies, and who has seen the call in
 * progress at the attach for how long.
 */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "support/program.h"

/* Whether stop has the engine bpf here. */
static bool has_bpf(void)
{
	struct program *program = program_run("stop -V");
	bool has = strstr(program->out.text, "engine: bpf,") != NULL;
	program_free(program);
	return has;
}

/* Fields of a call that they agree about. */
static const char *const fields[] = {"calls", "errors", "bytes", "errnos"};

/* Every row of ONE is in OTHER, with the same counts. */
static void assert_in(json_t *one, json_t *other, const char *what)
{
	size_t at;
	json_t *row;
	json_array_foreach(json_object_get(one, "syscalls"), at, row)
	{
		const char *name = json_text(row, "name");
		json_t *same = json_call(other, name);
		for (size_t i = 0; i < COUNT_OF(fields); i++) {
			json_t *here = json_object_get(row, fields[i]);
			json_t *there = json_object_get(same, fields[i]);
			if (!json_equal(here, there))
				fail_msg("%s: %s %s: %s and %s", what, name, fields[i],
					json_dumps(here, JSON_ENCODE_ANY),
					there ? json_dumps(there, JSON_ENCODE_ANY) : "none");
		}
	}
}

/*
 * Lets a shell read a byte, and then run COMMAND, while both watch it. Ends stop when it has
 * written "done".
 */
static void assert_agreement(const char *command)
{
	struct program *target = program_start(
		"sh -c 'echo ready; head -c 1 >/dev/null; %s >/dev/null; echo done; head -c 1 >/dev/null'",
		command);
	program_ready(target);
	struct program *one = stop_start("-c --engine=bpf --format=json -p %d", (int)target->pid);
	struct program *other = stop_start(
		"-c --engine=ptrace --format=json -p %d", (int)target->pid);
	program_go(target);
	program_expect(target, "done");
	program_go(target);
	program_finish(target);
	assert_int_equal(program_finish(one), 0);
	assert_int_equal(program_finish(other), 0);
	json_t *bpf = json_last(one->out.text), *ptrace = json_last(other->out.text);
	assert_string_equal(json_text(bpf, "engine"), "bpf");
	assert_string_equal(json_text(ptrace, "engine"), "ptrace");
	assert_in(bpf, ptrace, command);
	assert_in(ptrace, bpf, command);
	json_decref(bpf);
	json_decref(ptrace);
	program_free(one);
	program_free(other);
	program_free(target);
}

static void both_engines_agree_call_by_call(void **state)
{
	static const struct {
		const char *program, *command;
	} cases[] = {
		{"true", "true"},
		{"ls", "ls -lR /etc"},
		{"find", "find /etc -name \"c*\""},
		{"sh", "for i in 1 2 3 4 5 6 7 8 9; do true; /bin/true; (exit 3); done"},
		{"sort", "sort /etc/services /etc/services /etc/passwd"},
		{"grep", "grep -r root /etc/security /etc/passwd"},
		{"sed", "sed -n p /etc/services"},
		{"awk", "awk \"BEGIN { for (i = 0; i < 10; i++) system(\\\"true\\\") }\""},
		{"perl", "perl -e \"use POSIX; for (1..100) { open F, q(/nonexistent) }\""},
		{"cat", "cat /etc/services /nonexistent /etc"},
		{"tar", "tar cf - /etc/security"},
		{"du", "du -s /etc"},
		{"id", "id"},
	};
	(void)state;
	if (!has_bpf())
		skip();
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (program_exists(cases[i].program))
			assert_agreement(cases[i].command);
	}
}

/* Programs that know: their calls, threads and children. */
static void both_engines_agree_about_programs_that_know(void **state)
{
	static const char *const commands[] = {
		"$TRACEES/failing.tracee errors 100",
		"$TRACEES/failing.tracee refused 100",
		"$TRACEES/signals.tracee end 100",
		"$TRACEES/signals.tracee restart 100",
		"$TRACEES/loop.tracee 8 2000",
	};
	(void)state;
	if (!has_bpf())
		skip();
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		assert_agreement(commands[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_engines_agree_call_by_call),
		cmocka_unit_test(both_engines_agree_about_programs_that_know),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
