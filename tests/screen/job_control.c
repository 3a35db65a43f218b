/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ^Z and fg: interactive stop as a job of a shell. While it is stopped its targets run untraced;
 * when it is continued it traces those that still exist.
 */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "support/freeze.h"
#include "support/program.h"
#include "support/pty.h"

/*
 * A shell with one job, stop, which traces a target:
 *
 *   test ──"f" (fg)──▶ shell ──SIGCONT──▶ stop
 *        ◀── wait status of the job ──
 *
 * "b" continues the job in the background (bg), "k" sends it SIGTERM as well (kill %1).
 */
struct shell {
	struct pty pty;
	struct program *target; /* NULL: stop itself starts a command */
	pid_t traced;           /* the target, or the command */
	pid_t pid;
	int command, status; /* our ends of its pipes */
	int job_status;      /* the last one that it has reported */
	bool in_background;  /* the job is started there */
};

static void become_job(struct shell *shell)
{
	char target[16];
	const char *stop = getenv("STOP");
	snprintf(target, sizeof(target), "%d", (int)shell->traced);
	setpgid(0, 0);
	if (!shell->in_background)
		tcsetpgrp(0, getpgrp());
	/* tcsetpgrp(3) by a background process would stop it. */
	signal(SIGTTOU, SIG_DFL);
	setenv("TERM", "xterm-256color", 1);
	if (shell->target)
		execl(stop, stop, program_engine(), "-d", "0.2", "-p", target, (char *)NULL);
	else
		execl(stop, stop, program_engine(), "-d", "0.2", "tail", "-f", "/dev/null",
			(char *)NULL);
	_exit(125);
}

/* What a shell does for its job: gives it the terminal, and waits for it to stop or exit. */
static void become_shell(struct shell *shell, int command, int status)
{
	char byte;
	int job_status = 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pty_become_terminal(&shell->pty);
	signal(SIGTTOU, SIG_IGN);
	pid_t job = fork();
	if (job == 0)
		become_job(shell);
	setpgid(job, job);
	if (!shell->in_background)
		tcsetpgrp(0, job);
	while (waitpid(job, &job_status, WUNTRACED) == job) {
		tcsetpgrp(0, getpgrp());
		if (write(status, &job_status, sizeof(job_status)) < 0 || !WIFSTOPPED(job_status))
			break;
		if (read(command, &byte, 1) != 1)
			break;
		if (byte == 'f')
			tcsetpgrp(0, job);
		if (byte == 'k')
			kill(-job, SIGTERM);
		kill(-job, SIGCONT);
	}
	_exit(0);
}

static bool has_status(void *context)
{
	struct shell *shell = context;
	pty_read(&shell->pty, 1);
	return read(shell->status, &shell->job_status, sizeof(shell->job_status)) ==
	       sizeof(shell->job_status);
}

static bool shows_calls(void *context)
{
	struct shell *shell = context;
	return pty_has(&shell->pty, "CALLS/s");
}

/* Runs stop as the job of SHELL, whose target is set. */
static void start_job(struct shell *shell)
{
	int commands[2], statuses[2];
	pty_open(&shell->pty);
	assert_int_equal(pipe2(commands, O_CLOEXEC), 0);
	assert_int_equal(pipe2(statuses, O_CLOEXEC), 0);
	fcntl(statuses[0], F_SETFL, O_NONBLOCK);
	shell->pid = fork();
	if (shell->pid == 0)
		become_shell(shell, commands[0], statuses[1]);
	close(commands[0]);
	close(statuses[1]);
	shell->command = commands[1];
	shell->status = statuses[0];
	if (!shell->in_background)
		await(shows_calls, shell, "the screen shows calls");
}

/* Runs stop with the target started by COMMAND. */
static void open_shell(struct shell *shell, const char *command)
{
	*shell = (struct shell){.target = program_start("%s", command)};
	shell->traced = shell->target->pid;
	start_job(shell);
}

/* Runs stop with a command that it starts. */
static void open_shell_with_command(struct shell *shell)
{
	static const char title[] = "tail (";
	*shell = (struct shell){0};
	start_job(shell);
	const char *found = strstr(shell->pty.output, title);
	assert_non_null(found);
	shell->traced = atoi(found + strlen(title));
}

/* Whether stop, the job of SHELL, has a thread called NAME. */
static bool has_thread(const struct shell *shell, const char *name)
{
	pid_t stop, tids[64];
	char its[32];
	if (task_children(shell->pid, &stop, 1) == 0)
		return false;
	size_t count = task_threads(stop, tids, COUNT_OF(tids));
	for (size_t i = 0; i < count; i++) {
		if (task_status(tids[i], "Name", its, sizeof(its)) && strcmp(its, name) == 0)
			return true;
	}
	return false;
}

/* Another engine has no tracer: it works as long as it has its thread. */
static bool is_traced(void *context)
{
	const struct shell *shell = context;
	if (!program_is_engine("ptrace"))
		return has_thread(shell, "stop-sweeper");
	return task_tracer(shell->traced) != 0;
}

/* Suspends stop as a user does, and waits until the target is untraced. */
static void suspend(struct shell *shell)
{
	pty_type(&shell->pty, "\x1a");
	await(has_status, shell, "stop is stopped");
	assert_true(WIFSTOPPED(shell->job_status));
	assert_int_equal(WSTOPSIG(shell->job_status), SIGTSTP);
	assert_false(is_traced(shell));
	pty_forget(&shell->pty);
}

/* Or stop has exited, which the caller checks. */
static bool shows_pause(void *context)
{
	struct shell *shell = context;
	return pty_has(&shell->pty, "were not counted") || has_status(shell);
}

static void resume(struct shell *shell)
{
	assert_int_equal(write(shell->command, "f", 1), 1);
	await(shows_pause, shell, "the screen shows the pause");
	assert_true(WIFSTOPPED(shell->job_status)); /* there has been no other status since */
}

/* Frees SHELL, whose job has ended. */
static void free_shell(struct shell *shell)
{
	assert_int_equal(waitpid(shell->pid, NULL, 0), shell->pid);
	close(shell->command);
	close(shell->status);
	program_free(shell->target);
	pty_close(&shell->pty);
}

/* Quits stop, which has to respond to a key and exit with status 0. */
static void close_shell(struct shell *shell)
{
	pty_type(&shell->pty, "q");
	await(has_status, shell, "stop has ended");
	assert_true(WIFEXITED(shell->job_status));
	assert_int_equal(WEXITSTATUS(shell->job_status), 0);
	free_shell(shell);
}

static void a_running_target_is_traced_again(void **state)
{
	struct shell shell;
	(void)state;
	open_shell(&shell, "sleep 1000");
	for (int i = 0; i < 3; i++) {
		suspend(&shell);
		resume(&shell);
		await(is_traced, &shell, "the target is traced again");
	}
	close_shell(&shell);
}

static bool shows_the_end(void *context)
{
	struct shell *shell = context;
	return pty_has(&shell->pty, "tracing ended");
}

static void a_target_that_has_exited_meanwhile_is_reported(void **state)
{
	struct shell shell;
	(void)state;
	open_shell(&shell, "sleep 1000");
	suspend(&shell);
	kill(shell.target->pid, SIGKILL);
	program_finish(shell.target);
	resume(&shell);
	await(shows_the_end, &shell, "the screen shows the end");
	/* And again, now without a target. */
	suspend(&shell);
	resume(&shell);
	close_shell(&shell);
}

static bool runs_sleep(void *context)
{
	const struct shell *shell = context;
	return task_call(shell->target->pid) == SYS_clock_nanosleep;
}

static bool shows_sleep(void *context)
{
	struct shell *shell = context;
	return pty_has(&shell->pty, "clock_nanosleep");
}

static void a_target_that_called_execve_is_traced_again(void **state)
{
	struct shell shell;
	(void)state;
	open_shell(&shell, "sh -c 'read line; exec sleep 1000'");
	suspend(&shell);
	assert_int_equal(write(shell.target->input, "\n", 1), 1);
	await(runs_sleep, &shell, "the target is another program");
	resume(&shell);
	await(is_traced, &shell, "the target is traced again");
	await(shows_sleep, &shell, "the screen shows the call of the new program");
	close_shell(&shell);
}

static bool shows_signal(void *context)
{
	struct shell *shell = context;
	return pty_has(&shell->pty, "killed: SIGTERM");
}

static void a_command_that_runs_is_traced_again(void **state)
{
	struct shell shell;
	(void)state;
	open_shell_with_command(&shell);
	suspend(&shell);
	resume(&shell);
	await(is_traced, &shell, "the command is traced again");
	kill(shell.traced, SIGTERM);
	await(shows_signal, &shell, "the screen shows how the command ended");
	close_shell(&shell);
}

static void a_command_that_ended_meanwhile_has_ended(void **state)
{
	struct shell shell;
	(void)state;
	open_shell_with_command(&shell);
	suspend(&shell);
	kill(shell.traced, SIGTERM);
	resume(&shell);
	await(shows_signal, &shell, "the screen shows how the command ended");
	assert_int_equal(kill(shell.traced, 0), -1); /* nor is it a zombie */
	close_shell(&shell);
}

/* In the background it may not use the terminal: it must not trace what it cannot show. */
static void in_the_background_stop_stays_suspended(void **state)
{
	struct shell shell;
	(void)state;
	open_shell(&shell, "sleep 1000");
	suspend(&shell);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(write(shell.command, "b", 1), 1);
		await(has_status, &shell, "stop is stopped again");
		assert_true(WIFSTOPPED(shell.job_status));
		assert_false(is_traced(&shell));
	}
	resume(&shell);
	await(is_traced, &shell, "the target is traced again");
	close_shell(&shell);
}

static bool is_untraced(void *context)
{
	return !is_traced(context);
}

/* The prompt does not wait for threads that cannot run; they are left when they have run. */
static void suspended_it_leaves_threads_that_cannot_run_later(void **state)
{
	struct shell shell = {0};
	(void)state;
	if (!program_is_engine("ptrace") || !freeze_make(&freezers[0]))
		skip();
	shell.target = program_start("lasting.tracee");
	shell.traced = shell.target->pid;
	program_expect(shell.target, "ready");
	freeze_add(shell.traced);
	freeze(&freezers[0]);
	program_check_leaks(false);
	start_job(&shell);
	program_check_leaks(true);
	pty_type(&shell.pty, "\x1a");
	await(has_status, &shell, "stop is stopped");
	assert_true(WIFSTOPPED(shell.job_status));
	assert_true(is_traced(&shell));
	assert_true(pty_has(&shell.pty, "not run yet; leaving goes on ("));
	freeze_thaw(&freezers[0]);
	await(is_untraced, &shell, "the target is left");
	pty_forget(&shell.pty);
	resume(&shell);
	await(is_traced, &shell, "the target is traced again");
	close_shell(&shell);
	freeze_remove();
}

static void a_suspended_stop_can_be_killed(void **state)
{
	struct shell shell;
	(void)state;
	open_shell(&shell, "sleep 1000");
	suspend(&shell);
	assert_int_equal(write(shell.command, "k", 1), 1);
	await(has_status, &shell, "stop has ended");
	assert_true(WIFEXITED(shell.job_status));
	assert_int_equal(WEXITSTATUS(shell.job_status), 0);
	assert_false(is_traced(&shell));
	/* The terminal is the shell's by then. */
	assert_string_equal(shell.pty.output, "");
	free_shell(&shell);
}

/* Stopped by SIGSTOP it cannot restore the terminal, and a shell may not have set modes of its own.
 */
static void stopped_with_its_screen_it_restores_the_terminal_when_killed(void **state)
{
	struct shell shell;
	struct termios modes;
	pid_t job;
	(void)state;
	open_shell(&shell, "sleep 1000");
	assert_int_equal(task_children(shell.pid, &job, 1), 1);
	kill(job, SIGSTOP);
	await(has_status, &shell, "stop is stopped");
	assert_true(WIFSTOPPED(shell.job_status));
	assert_int_equal(write(shell.command, "k", 1), 1);
	await(has_status, &shell, "stop has ended");
	assert_true(WIFEXITED(shell.job_status));
	assert_int_equal(tcgetattr(shell.pty.slave, &modes), 0);
	assert_true(modes.c_lflag & ICANON && modes.c_lflag & ECHO && modes.c_iflag & ICRNL);
	free_shell(&shell);
}

static void started_in_the_background_stop_waits_for_the_terminal(void **state)
{
	struct shell shell = {.target = program_start("sleep 1000"), .in_background = true};
	(void)state;
	shell.traced = shell.target->pid;
	start_job(&shell);
	await(has_status, &shell, "stop is stopped");
	assert_true(WIFSTOPPED(shell.job_status));
	assert_false(is_traced(&shell));
	assert_int_equal(write(shell.command, "f", 1), 1);
	await(shows_calls, &shell, "the screen shows calls");
	close_shell(&shell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_running_target_is_traced_again),
		cmocka_unit_test(a_target_that_has_exited_meanwhile_is_reported),
		cmocka_unit_test(a_target_that_called_execve_is_traced_again),
		cmocka_unit_test(a_command_that_runs_is_traced_again),
		cmocka_unit_test(a_command_that_ended_meanwhile_has_ended),
		cmocka_unit_test(in_the_background_stop_stays_suspended),
		cmocka_unit_test_teardown(
			suspended_it_leaves_threads_that_cannot_run_later, freeze_clean_up),
		cmocka_unit_test(a_suspended_stop_can_be_killed),
		cmocka_unit_test(stopped_with_its_screen_it_restores_the_terminal_when_killed),
		cmocka_unit_test(started_in_the_background_stop_waits_for_the_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
