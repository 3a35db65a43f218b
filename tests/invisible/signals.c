/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals reach a target as if it were untraced, and job control is not disturbed. */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/harass.h"
#include "support/random.h"
#include "support/starve.h"

/* Maximum time after the attach at which a tracer is killed. */
#define KILL_NS 10000000

static void handlers_interrupt_the_same_calls_as_untraced(void **state)
{
	(void)state;
	assert_same("handlers.tracee %u", rounds(40));
}

static void no_queued_signal_is_lost_duplicated_or_reordered(void **state)
{
	(void)state;
	assert_same("queued.tracee %u", fast_rounds(20000));
}

static bool is_traced_or_gone(void *context)
{
	const pid_t *pid = context;
	char state[32];
	return task_tracer(*pid) || !task_status(*pid, "State", state, sizeof(state)) ||
	       *state == 'Z';
}

/* Keeps killing `stop` while it traces PID, which keeps receiving signals, until PID exits. */
static unsigned int kill_tracers(pid_t pid, uint64_t *seed)
{
	unsigned int kills = 0;
	char state[32];
	while (task_status(pid, "State", state, sizeof(state)) && *state != 'Z') {
		struct program *stop = program_start("stop -c -o /dev/null -p %d", (int)pid);
		await(is_traced_or_gone, &pid, "stop has attached");
		pause_moment((long)random_below(seed, KILL_NS));
		kill(stop->pid, SIGKILL);
		kills += program_finish(stop) == 128 + SIGKILL;
		program_free(stop);
	}
	return kills;
}

/*
 * If a report is consumed before its thread is resumed with the signal, and the tracer dies in
 * between, the kernel treats the signal as suppressed (ptrace_signal()). Without WNOWAIT every
 * fourth kill loses one.
 */
static void a_killed_tracer_loses_no_signal(void **state)
{
	uint64_t seed = 1;
	unsigned int kills = 0, half = fast_rounds(50000) / 2;
	char expected[64];
	(void)state;
	snprintf(expected, sizeof(expected), "arrived %u %u, wrong 0", half, half);
	while (kills < fast_rounds(60)) {
		int pid;
		struct program *target = program_start("queued.tracee %u", 2 * half);
		assert_int_equal(sscanf(program_line(target), "target %d", &pid), 1);
		kills += kill_tracers(pid, &seed);
		program_finish(target);
		if (!strstr(target->out.text, expected))
			fail_msg("after %u kills: %s", kills, target->out.text);
		program_free(target);
	}
	print_message("killed %u times\n", kills);
}

static void job_control_stops_are_unchanged(void **state)
{
	(void)state;
	assert_same("jobs.tracee %u", rounds(50));
}

#define PROMPT "prompt$ "

/* A shell in a terminal that the test types into. */
struct shell {
	pid_t pid;
	int terminal;
	char text[65536]; /* its output since the last shell_expect() */
	size_t size;
};

static void shell_start(struct shell *shell)
{
	*shell = (struct shell){0};
	shell->pid = forkpty(&shell->terminal, NULL, NULL, NULL);
	assert_true(shell->pid >= 0);
	if (shell->pid == 0) {
		setenv("PS1", PROMPT, 1);
		execlp("bash", "bash", "--norc", "--noprofile", "--noediting", "-i", NULL);
		_exit(125);
	}
	fcntl(shell->terminal, F_SETFL, O_NONBLOCK);
}

static void shell_type(struct shell *shell, const char *text)
{
	assert_int_equal(write(shell->terminal, text, strlen(text)), (ssize_t)strlen(text));
}

static void shell_listen(struct shell *shell)
{
	struct pollfd fd = {.fd = shell->terminal, .events = POLLIN};
	poll(&fd, 1, 10);
	ssize_t got = read(
		shell->terminal, shell->text + shell->size, sizeof(shell->text) - 1 - shell->size);
	shell->size += got > 0 ? (size_t)got : 0;
	shell->text[shell->size] = '\0';
}

/* Waits until the shell, or a program in it, has written TEXT; discards the output up to then. */
static void shell_expect(struct shell *shell, const char *text)
{
	const char *found;
	time_t until = time(NULL) + patience_s();
	while (!(found = strstr(shell->text, text))) {
		if (time(NULL) > until)
			fail_msg("the shell has not written \"%s\" but: %s", text, shell->text);
		shell_listen(shell);
	}
	shell->size -= (size_t)(found - shell->text) + strlen(text);
	memmove(shell->text, found + strlen(text), shell->size + 1);
}

static void shell_end(struct shell *shell)
{
	kill(shell->pid, SIGKILL);
	waitpid(shell->pid, NULL, 0);
	close(shell->terminal);
}

/* ^Z, fg, bg and jobs, with their expected output. Nothing is typed ahead: ^C would discard it. */
static void use_job_control(struct shell *shell)
{
	static const struct {
		const char *type;
		const char *expect[3];
	} steps[] = {
		{"cat\n", {"cat\r\n"}},
		{"one\n", {"one\r\none\r\n"}},
		{"\032", {"Stopped", PROMPT}},
		{"jobs\n", {"Stopped", PROMPT}},
		{"fg\n", {"fg\r\ncat\r\n"}},
		{"two\n", {"two\r\ntwo\r\n"}},
		{"\003", {PROMPT}},
		{"echo $?' is it'\n", {"130 is it\r\n", PROMPT}},
		{"sh -c 'echo c''d; exec sleep 1000'\n", {"\ncd\r\n"}},
		{"\032", {"Stopped", PROMPT}},
		{"bg; jobs\n", {"Running", PROMPT}},
		{"kill %sh; wait; echo e''f\n", {"\nef\r\n", PROMPT}},
	};
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		shell_type(shell, steps[i].type);
		for (size_t j = 0; j < COUNT_OF(steps[i].expect) && steps[i].expect[j]; j++)
			shell_expect(shell, steps[i].expect[j]);
	}
}

static void job_control_of_a_shell_works(void **state)
{
	struct shell shell;
	(void)state;
	shell_start(&shell);
	shell_expect(&shell, PROMPT);
	use_job_control(&shell);
	struct harasser *harasser = harasser_start(shell.pid, "--follow=tree");
	for (unsigned int i = 0; i < rounds(8); i++)
		use_job_control(&shell);
	print_message("bash: watched %u times\n", harasser_stop(harasser).cycles);
	struct program *stop = stop_start("-c -p %d", shell.pid);
	use_job_control(&shell);
	kill(stop->pid, SIGINT);
	assert_int_equal(program_finish(stop), 0);
	use_job_control(&shell);
	program_free(stop);
	shell_end(&shell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handlers_interrupt_the_same_calls_as_untraced),
		cmocka_unit_test(no_queued_signal_is_lost_duplicated_or_reordered),
		cmocka_unit_test(a_killed_tracer_loses_no_signal),
		cmocka_unit_test(job_control_stops_are_unchanged),
		cmocka_unit_test(job_control_of_a_shell_works),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
