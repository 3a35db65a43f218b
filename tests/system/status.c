/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exit status, and the one-line error messages. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/program.h"

/* Checks that it exited with STATUS and wrote one line with PART to standard error. */
static void assert_refused(struct program *stop, int status, const char *part)
{
	const char *line = stop->err.text;
	if (stop->status != status || !strstr(line, part))
		fail_msg(
			"status %d, not %d, or no \"%s\" in: %s", stop->status, status, part, line);
	assert_true(strncmp(line, "stop: ", 6) == 0);
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_string_equal(stop->out.text, "");
	program_free(stop);
}

static void the_status_of_a_command_is_passed_on(void **state)
{
	static const struct {
		const char *command;
		int status;
	} cases[] = {
		{"true", 0}, {"false", 1}, {"sh -c 'exit 7'", 7}, {"sh -c 'exit 255'", 255},
		{"sh -c 'kill -TERM $$'", 128 + SIGTERM}, {"sh -c 'kill -KILL $$'", 128 + SIGKILL},
		{"sh -c 'kill -SEGV $$'", 128 + SIGSEGV},
		{"sh -c 'sh -c \"exit 3\"; exit 4'", 4}, /* its own, not its child's */
		{"sh -c 'sleep 0.2 & exit 5'", 5},       /* which is not the last to exit */
	};
	static const char *const modes[] = {"-c", "-b -d 0.05", "-c --format=json"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		for (size_t mode = 0; mode < COUNT_OF(modes); mode++) {
			struct program *stop = program_run(
				"stop %s -- %s", modes[mode], cases[i].command);
			if (stop->status != cases[i].status)
				fail_msg("%s: %d, not %d", cases[i].command, stop->status,
					cases[i].status);
			program_free(stop);
		}
	}
}

static void a_command_that_cannot_be_started_has_a_shells_status(void **state)
{
	static const struct {
		const char *command;
		int status;
		const char *part;
	} cases[] = {
		{"no-such-program-anywhere", 127, "no-such-program-anywhere"},
		{"/nonexistent/program", 127, "No such file"},
		{"/etc/passwd", 126, "Permission denied"},
		{"/", 126, "Permission denied"},
		{"'/nonexistent\033[31m'", 127, "\\x1b[31m"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_refused(program_run("stop -c -- %s", cases[i].command), cases[i].status,
			cases[i].part);
}

static void wrong_usage_is_2(void **state)
{
	static const struct {
		const char *words;
		const char *part;
	} cases[] = {
		{"", "nothing to watch"}, {"-c", "nothing to watch"}, {"-c -p", "PID"},
		{"-c -p 0", "no process"}, {"-c -p -1", "no process"}, {"-c -p 1 true", "exclude"},
		{"-c -b true", "exclude"}, {"-c --no-such-option true", "no-such-option"},
		{"-c -e no_such_call true", "no_such_call"},
		{"-c -e %nosuchclass true", "nosuchclass"},
		{"-c -S nosuchcolumn true", "nosuchcolumn"}, {"-c --format=xml true", "xml"},
		{"-c --follow=me true", "me"}, {"-b -d -1 true", "-1"}, {"-b -n 0 true", "0"},
		{"-c --ring=1000 true", "1000"},
		{"true", "terminal"}, /* the screen needs a terminal */
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_refused(program_run("stop %s", cases[i].words), 2, cases[i].part);
}

static void help_and_version_exit_with_0(void **state)
{
	static const char *const words[] = {"-h", "--help", "-V", "--version"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		struct program *stop = program_run("stop %s", words[i]);
		assert_int_equal(stop->status, 0);
		assert_true(stop->out.size > 50);
		assert_string_equal(stop->err.text, "");
		program_free(stop);
	}
}

/* Targets that cannot be traced. */

/* Creates a child that has exited and is not waited for. */
static pid_t make_zombie(void)
{
	pid_t child = fork();
	siginfo_t info;
	if (child == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	return child;
}

static void a_process_that_does_not_exist_is_1(void **state)
{
	(void)state;
	pid_t pid = make_zombie();
	assert_refused(program_run("stop -c -p %d", pid), 1, "already exited");
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_refused(program_run("stop -c -p %d", pid), 1, "no such process");
}

static void a_kernel_thread_is_1(void **state)
{
	char name[32] = "";
	(void)state;
	if (!task_status(2, "PPid", name, sizeof(name)) || strcmp(name, "0") != 0 ||
		task_status(2, "VmSize", name, sizeof(name)))
		skip(); /* in a container, PID 2 does not exist or is something else */
	assert_refused(program_run("stop -c -p 2"), 1, "kernel thread");
}

static void stop_itself_is_1(void **state)
{
	(void)state;
	assert_refused(program_run("sh -c 'exec \"$0\" -c -p $$' stop"), 1, "stop itself");
}

static void a_process_that_is_traced_is_1_and_its_tracer_named(void **state)
{
	char expected[64];
	(void)state;
	if (!program_is_engine("ptrace"))
		skip();
	struct program *target = program_start("exec.tracee leader wait 1");
	program_ready(target);
	assert_int_equal(ptrace(PTRACE_SEIZE, target->pid, 0, 0), 0);
	snprintf(expected, sizeof(expected), "by status (%d)", (int)getpid());
	assert_refused(program_run("stop -c -p %d", target->pid), 1, expected);
	assert_int_equal(task_tracer(target->pid), getpid());
	program_free(target);
}

static void what_another_stop_traces_is_1(void **state)
{
	(void)state;
	if (!program_is_engine("ptrace"))
		skip();
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	struct program *first = stop_start("-c -p %d", target->pid);
	assert_refused(program_run("stop -c -p %d", target->pid), 1, "already traced, by stop");
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	assert_int_equal(program_finish(first), 0);
	program_free(first);
	program_free(target);
}

/* A process that serves stop's own terminal may wait for stop while stop waits for it. */
static void a_target_that_started_stop_causes_a_warning(void **state)
{
	static const char *const commands[] = {
		/* The shell that started it, and that shell's parent, such as a multiplexer or
	           sshd. */
		"sh -c '\"$0\" -b -n 1 -d 0.05 --format=json -p $$; exit $?' stop",
		"sh -c 'sh -c \"\\\"\\$0\\\" -b -n 1 -d 0.05 --format=json -p $$; exit \\$?\" \"$0\"; "
		"exit $?' stop",
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		struct program *stop = program_run("%s", commands[i]);
		assert_int_equal(stop->status, 0);
		json_t *root = json_last(stop->out.text);
		json_t *notes = json_object_get(root, "notes");
		assert_int_equal(json_array_size(notes), 1);
		assert_non_null(strstr(json_string_value(json_array_get(notes, 0)), "terminal"));
		json_decref(root);
		program_free(stop);
	}
}

/* If one of several cannot be traced, none is. */
static void one_bad_target_of_two_is_1(void **state)
{
	(void)state;
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	pid_t pid = make_zombie();
	assert_refused(program_run("stop -c -p %d,%d", target->pid, pid), 1, "already exited");
	assert_int_equal(task_tracer(target->pid), 0);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	assert_non_null(strstr(target->out.text, "returned 0"));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	program_free(target);
}

/* Output. */

static void close_stdout(void)
{
	close(STDOUT_FILENO);
}

static void forbid_files(void)
{
	const struct rlimit limit = {0};
	setrlimit(RLIMIT_FSIZE, &limit);
}

/* As program_run(), in a child that has called PREPARE. */
static struct program *run_after(void (*prepare)(void), const char *format, ...)
{
	char command[256];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	struct program *program = program_start_after(prepare, "%s", command);
	program_finish(program);
	return program;
}

static void an_output_that_cannot_be_written_is_1(void **state)
{
	char path[] = "/tmp/stop-status-XXXXXX";
	(void)state;
	assert_refused(program_run("stop -c -o /nonexistent/file true"), 1, "No such file");
	if (access("/dev/full", W_OK) == 0) {
		assert_refused(program_run("stop -c -o /dev/full true"), 1,
			"the summary to /dev/full: No space left on device; what was counted is lost");
		assert_refused(program_run("stop -b -o /dev/full true"), 1,
			"frame 1 to /dev/full: No space left on device; this and what follows");
	}
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	assert_refused(run_after(forbid_files, "stop -c -o %s true", path), 1, "File too large");
	unlink(path);
}

/* Nothing is started for results that nobody can get. */
static void a_closed_output_is_1(void **state)
{
	(void)state;
	static const char *const commands[] = {"stop -c -p %d", "stop -b -n 1 -d 0.01 -p %d",
		"stop -c -o - -p %d", "stop -h # %d", "stop -V # %d"};
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		assert_refused(run_after(close_stdout, commands[i], (int)target->pid), 1,
			"cannot write to standard output: ");
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	program_free(target);
	/* Which does not concern a command whose results go elsewhere; it finds it closed. */
	struct program *stop = run_after(close_stdout, "stop -c -o /dev/null ls -d /dev/fd/1");
	assert_int_equal(stop->status, 2);
	program_free(stop);
}

/* The number of descriptors that a child of run_after() may have. */
static rlim_t descriptors;

static void allow_few_descriptors(void)
{
	const struct rlimit limit = {descriptors, descriptors};
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* They are what is missing, whatever else could be. */
static void too_few_descriptors_are_1(void **state)
{
	(void)state;
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	for (descriptors = 4; descriptors < 30; descriptors++) {
		struct program *stop = run_after(
			allow_few_descriptors, "stop -b -n 1 -d 0.01 -p %d", (int)target->pid);
		if (stop->status == 0)
			program_free(stop);
		else
			assert_refused(stop, 1, "Too many open files");
	}
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	program_free(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_status_of_a_command_is_passed_on),
		cmocka_unit_test(a_command_that_cannot_be_started_has_a_shells_status),
		cmocka_unit_test(wrong_usage_is_2),
		cmocka_unit_test(help_and_version_exit_with_0),
		cmocka_unit_test(a_process_that_does_not_exist_is_1),
		cmocka_unit_test(a_kernel_thread_is_1),
		cmocka_unit_test(stop_itself_is_1),
		cmocka_unit_test(a_process_that_is_traced_is_1_and_its_tracer_named),
		cmocka_unit_test(what_another_stop_traces_is_1),
		cmocka_unit_test(a_target_that_started_stop_causes_a_warning),
		cmocka_unit_test(one_bad_target_of_two_is_1),
		cmocka_unit_test(an_output_that_cannot_be_written_is_1),
		cmocka_unit_test(a_closed_output_is_1),
		cmocka_unit_test(too_few_descriptors_are_1),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
