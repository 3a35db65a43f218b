/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals that are sent to stop: with -c or -b they are the command's, with -p they end the
 * tracing. What the command gets of them, and how it may handle them, is as if it had been started
 * without stop.
 */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/pause.h"
#include "support/program.h"
#include "support/pty.h"

static const int ends[] = {SIGTERM, SIGHUP, SIGQUIT, SIGINT};

/* Whether PID has handled all signals that were sent to it. */
static bool has_none_pending(void *context)
{
	const pid_t *pid = context;
	char pending[32] = "";
	return task_status(*pid, "ShdPnd", pending, sizeof(pending)) &&
	       strspn(pending, "0") == strlen(pending);
}

static void await_handled(pid_t pid)
{
	await(has_none_pending, &pid, "the signal is handled");
}

static void a_command_gets_the_signals_that_are_sent_to_stop(void **state)
{
	static const char *const modes[] = {"-c", "-b -d 0.05"};
	(void)state;
	for (size_t mode = 0; mode < COUNT_OF(modes); mode++) {
		for (size_t i = 0; i < COUNT_OF(ends); i++) {
			struct program *stop = program_start(
				"stop %s -o /dev/null -- sh -c 'trap \"echo got; exit 3\" %d; "
				"echo ready; while :; do sleep 0.01; done'",
				modes[mode], ends[i]);
			program_expect(stop, "ready");
			kill(stop->pid, ends[i]);
			/* At once again: timeout(1) sends a signal to its child and to its group.
			 */
			kill(stop->pid, ends[i]);
			assert_int_equal(program_finish(stop), 3);
			assert_string_equal(stop->out.text, "ready\ngot\n");
			program_free(stop);
		}
	}
}

/* What follows the signal is counted, and how the command ended. */
static void the_summary_follows_when_the_command_has_ended(void **state)
{
	(void)state;
	struct program *stop = program_start(
		"stop -c --format=json -- sh -c 'trap \"sync; exit 3\" TERM; echo ready; "
		"while :; do sleep 0.01; done'");
	program_expect(stop, "ready");
	kill(stop->pid, SIGTERM);
	assert_int_equal(program_finish(stop), 3);
	json_t *root = json_last(stop->err.text);
	assert_string_equal(json_text(root, "ended"), "exited with 3");
	assert_non_null(json_call(root, "sync"));
	json_decref(root);
	program_free(stop);
}

static pid_t read_pid(struct program *program)
{
	return (pid_t)atoi(program_line(program));
}

static bool is_untraced(void *context)
{
	const pid_t *pid = context;
	return task_tracer(*pid) == 0;
}

static void assert_left_running(struct program *stop, pid_t command, int status)
{
	assert_int_equal(program_finish(stop), status);
	await(is_untraced, &command, "the command is left");
	assert_int_equal(kill(command, 0), 0);
	kill(command, SIGKILL);
	program_free(stop);
}

static void another_signal_ends_stop_and_leaves_the_command_running(void **state)
{
	(void)state;
	struct program *stop = program_start(
		"stop -c -o /dev/null -- sh -c 'trap \"\" TERM; echo $$; exec sleep 1000 >/dev/null 2>&1'");
	pid_t command = read_pid(stop);
	kill(stop->pid, SIGTERM);
	await_handled(stop->pid);
	assert_int_equal(kill(stop->pid, 0), 0);
	kill(stop->pid, SIGINT);
	assert_left_running(stop, command, 128 + SIGINT);
}

static bool ends_by_asking_again(void *context)
{
	struct program *stop = context;
	kill(stop->pid, SIGTERM);
	pause_pace(300000000L);
	char state[32];
	return task_status(stop->pid, "State", state, sizeof(state)) && state[0] == 'Z';
}

static void the_same_signal_later_is_another_one(void **state)
{
	(void)state;
	struct program *stop = program_start(
		"stop -c -o /dev/null -- sh -c 'trap \"\" TERM; echo $$; exec sleep 1000 >/dev/null 2>&1'");
	pid_t command = read_pid(stop);
	await(ends_by_asking_again, stop, "stop ends");
	assert_left_running(stop, command, 128 + SIGTERM);
}

static void become_group(void)
{
	setpgid(0, 0);
}

/* "kill 0" in a command reaches stop, which shares its process group. */
static void a_signal_of_the_commands_own_is_not_passed_back(void **state)
{
	(void)state;
	struct program *stop = program_start_after(become_group,
		"stop -c -o /dev/null -- sh -c 'n=0; trap \"n=\\$((n+1))\" TERM; kill -TERM 0; "
		"echo sent; read line; echo $n; exit 4'");
	program_expect(stop, "sent");
	await_handled(stop->pid);
	assert_int_equal(write(stop->input, "\n", 1), 1);
	assert_int_equal(program_finish(stop), 4);
	assert_string_equal(stop->out.text, "sent\n1\n");
	program_free(stop);
}

/* Runs stop, with a command that counts its SIGINT, on TERMINAL. */
static void count_on_terminal(const struct pty *pty)
{
	pty_become_terminal(pty);
	execl(getenv("STOP"), "stop", program_engine(), "-c", "-o", "/dev/null", "--", "sh", "-c",
		"n=0; trap 'n=$((n+1)); echo int' INT; echo ready; read line; read line; "
		"echo count $n; exit 6",
		(char *)NULL);
	_exit(125);
}

static bool shows_count(void *context)
{
	return pty_has(context, "count ");
}

static bool shows_ready(void *context)
{
	return pty_has(context, "ready");
}

static bool shows_int(void *context)
{
	return pty_has(context, "int\r");
}

static void a_key_of_the_terminal_is_not_passed_on(void **state)
{
	struct pty pty;
	int status;
	(void)state;
	pty_open(&pty);
	pid_t stop = fork();
	if (stop == 0)
		count_on_terminal(&pty);
	await(shows_ready, &pty, "the command runs");
	pty_type(&pty, "\x03");
	await(shows_int, &pty, "the command got the terminal's signal");
	await_handled(stop);
	pty_type(&pty, "\n\n");
	await(shows_count, &pty, "the command tells");
	assert_non_null(strstr(pty.output, "count 1"));
	assert_int_equal(waitpid(stop, &status, 0), stop);
	assert_int_equal(WEXITSTATUS(status), 6);
	pty_close(&pty);
}

static void signals_end_the_tracing_of_targets(void **state)
{
	static const char *const modes[] = {"-c", "-b -d 0.05"};
	(void)state;
	for (size_t mode = 0; mode < COUNT_OF(modes); mode++) {
		for (size_t i = 0; i < COUNT_OF(ends); i++) {
			struct program *target = program_start("waiting.tracee");
			program_ready(target);
			struct program *stop = stop_start(
				"%s -o /dev/null -p %d", modes[mode], target->pid);
			kill(stop->pid, ends[i]);
			assert_int_equal(program_finish(stop), 0);
			assert_int_equal(task_tracer(target->pid), 0);
			program_go(target);
			assert_int_equal(program_finish(target), 0);
			program_free(stop);
			program_free(target);
		}
	}
}

/* A pipe of one page is full once there is anything in it. */
static bool is_full(void *context)
{
	const struct program *stop = context;
	int available = 0;
	return ioctl(stop->out.fd, FIONREAD, &available) == 0 && available > 0;
}

/* Unlike program_finish(), reads nothing. */
static bool has_ended_unread(void *context)
{
	const struct program *program = context;
	siginfo_t info = {0};
	return waitid(P_PID, (id_t)program->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid == program->pid;
}

/* A reader that takes nothing any more does not keep stop, nor the target. */
static void signals_end_stop_though_nobody_reads_its_output(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct program *target = program_start("waiting.tracee");
		program_ready(target);
		struct program *stop = program_start("stop -b -d 0.1 -p %d", target->pid);
		stop->out.held = true;
		assert_true(fcntl(stop->out.fd, F_SETPIPE_SZ, 4096) > 0);
		await(is_full, stop, "the pipe is full");
		kill(stop->pid, ends[i]);
		await(has_ended_unread, stop, "stop has ended");
		assert_int_equal(program_finish(stop), 1);
		assert_non_null(strstr(stop->err.text, "to standard output: nobody reads it"));
		assert_int_equal(task_tracer(target->pid), 0);
		program_go(target);
		assert_int_equal(program_finish(target), 0);
		program_free(stop);
		program_free(target);
	}
}

/* Sanitizers handle these before main(), so that it cannot find them ignored. */
#ifdef __SANITIZE_ADDRESS__
#define FAULTS
#else
#define FAULTS SIGBUS, SIGFPE, SIGSEGV,
#endif

static void ignore_some(void)
{
	static const int ignored[] = {FAULTS SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGUSR2, SIGPIPE,
		SIGXFSZ, SIGXCPU, SIGALRM, SIGCHLD, SIGHUP, SIGINT};
	sigset_t set;
	for (size_t i = 0; i < COUNT_OF(ignored); i++)
		signal(ignored[i], SIG_IGN);
	/* The C library's own ones, which it does not let one ignore: handler, flags, mask. */
	const uint64_t ignore[4] = {(uintptr_t)SIG_IGN};
	for (int number = 32; number <= 33; number++)
		syscall(SYS_rt_sigaction, number, ignore, NULL, 8);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

static void ignore_none(void)
{
	sigset_t set;
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

static void a_command_has_the_dispositions_that_stop_was_started_with(void **state)
{
	static void (*const prepare[])(void) = {ignore_some, ignore_none};
	static const char show[] = "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status";
	(void)state;
	for (size_t i = 0; i < COUNT_OF(prepare); i++) {
		struct program *bare = program_start_after(prepare[i], "%s", show);
		struct program *stop = program_start_after(
			prepare[i], "stop -c -o /dev/null -- %s", show);
		assert_int_equal(program_finish(bare), 0);
		assert_int_equal(program_finish(stop), 0);
		assert_string_equal(stop->out.text, bare->out.text);
		program_free(stop);
		program_free(bare);
	}
}

static void ignore_hangups(void)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
}

/* As under nohup(1). SIGINT, which is ignored in the background of a script, is meant. */
static void hangups_that_are_ignored_are_ignored(void **state)
{
	(void)state;
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	struct program *stop = program_start_after(
		ignore_hangups, "stop -b -d 0.05 --format=json -p %d", (int)target->pid);
	stop_await_frame(stop);
	kill(stop->pid, SIGHUP);
	await_handled(stop->pid);
	stop_await_frame(stop);
	stop_await_frame(stop);
	kill(stop->pid, SIGINT);
	assert_int_equal(program_finish(stop), 0);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	program_free(stop);
	program_free(target);
}

static bool blocks_usr1(void *context)
{
	const pid_t *pid = context;
	char name[32] = "", blocked[32] = "";
	/* Before it is stop, all signals are blocked. */
	return task_status(*pid, "Name", name, sizeof(name)) && strcmp(name, "stop") == 0 &&
	       task_status(*pid, "SigBlk", blocked, sizeof(blocked)) &&
	       strtoull(blocked, NULL, 16) & 1 << (SIGUSR1 - 1);
}

static bool has_snapshot(void *context)
{
	glob_t found = {0};
	int result = glob(context, 0, NULL, &found);
	globfree(&found);
	return result == 0;
}

/* SIGUSR1 when stop has hardly begun: it waits for somebody to read its output. */
static void an_early_request_for_a_snapshot_is_kept(void **state)
{
	char directory[] = "/tmp/stop-early-XXXXXX", fifo[64], pattern[64], command[96];
	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(fifo, sizeof(fifo), "%s/fifo", directory);
	snprintf(pattern, sizeof(pattern), "%s/stop-*.json", directory);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	struct program *stop = program_start(
		"stop -c -o %s --snapshot-dir %s -p %d", fifo, directory, (int)target->pid);
	await(blocks_usr1, &stop->pid, "stop has begun");
	kill(stop->pid, SIGUSR1);
	int reader = open(fifo, O_RDONLY | O_CLOEXEC);
	assert_true(reader >= 0);
	await(has_snapshot, pattern, "there is a snapshot");
	kill(stop->pid, SIGTERM);
	assert_int_equal(program_finish(stop), 0);
	close(reader);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	program_free(stop);
	program_free(target);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	assert_int_equal(system(command), 0);
}

/* As process 1 of a PID namespace, such as a container's. */

static const char unshare_pids[] = "unshare -p -f --mount-proc";

static void skip_without_namespaces(void)
{
	char command[96];
	snprintf(command, sizeof(command), "%s true 2>/dev/null", unshare_pids);
	if (system(command) != 0)
		skip();
}

static void orphans_are_reaped_by_process_1(void **state)
{
	(void)state;
	skip_without_namespaces();
	/* A zombie is still in /proc. */
	struct program *stop = program_run(
		"%s stop %s -c -o /dev/null -- sh -c '"
		"pids=$(for i in 1 2 3 4 5; do (sleep 0.1 >/dev/null & echo $!); done); "
		"for pid in $pids; do while [ -e /proc/$pid ]; do sleep 0.01; done; done; exit 5'",
		unshare_pids, program_engine());
	assert_int_equal(stop->status, 5);
	program_free(stop);
}

/* What reads stacks has ended as well, all of it, and is waited for by others. */
static void orphans_are_reaped_beside_our_own_processes(void **state)
{
	(void)state;
	skip_without_namespaces();
	struct program *stop = program_run(
		"%s stop %s -c -k all -o /dev/null -- sh -c '"
		"for process in /proc/[0-9]*; do read name <$process/comm; "
		"case $name in stop-*) kill -9 ${process#/proc/};; esac; done; "
		"pids=$(for i in 1 2 3 4 5; do (sleep 0.1 >/dev/null & echo $!); done); "
		"for pid in $pids; do while [ -e /proc/$pid ]; do sleep 0.01; done; done; exit 5'",
		unshare_pids, program_engine());
	assert_int_equal(stop->status, 5);
	program_free(stop);
}

/* The only child of process PID. */
static pid_t child_of(pid_t pid)
{
	char path[64];
	int child = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid, (int)pid);
	FILE *file = fopen(path, "r");
	if (!file || fscanf(file, "%d", &child) != 1)
		child = 0;
	if (file)
		fclose(file);
	return child;
}

static void process_1_passes_signals_on(void **state)
{
	(void)state;
	skip_without_namespaces();
	struct program *unshare = program_start(
		"%s stop %s -c -o /dev/null -- sh -c 'trap \"echo got; exit 3\" TERM; echo ready; "
		"while :; do sleep 0.01; done'",
		unshare_pids, program_engine());
	program_expect(unshare, "ready");
	pid_t stop = child_of(unshare->pid);
	assert_true(stop > 0);
	kill(stop, SIGTERM);
	assert_int_equal(program_finish(unshare), 3);
	assert_string_equal(unshare->out.text, "ready\ngot\n");
	program_free(unshare);
}

/* In that /proc, each number is another process's: 2 is the kernel's kthreadd. */
static void nothing_is_taken_from_another_namespaces_proc(void **state)
{
	(void)state;
	skip_without_namespaces();
	struct program *stop = program_run(
		"unshare -p -f stop %s -c --format=json -- sh -c 'exit 3'", program_engine());
	assert_int_equal(stop->status, 3);
	json_t *root = json_last(stop->err.text);
	assert_string_equal(json_text(root, "ended"), "exited with 3");
	assert_string_equal(json_text(root, "command"), "sh -c exit 3");
	assert_null(strstr(stop->err.text, "kthreadd"));
	json_decref(root);
	program_free(stop);
}

/* It is traced, or this is refused with the reason. */
static void what_proc_does_not_show_has_not_ended(void **state)
{
	(void)state;
	skip_without_namespaces();
	struct program *stop = program_run(
		"unshare -p -f sh -c 'sleep 1000 & %s %s --duration=0.3 -c --format=json -p $!; "
		"status=$?; kill $!; exit $status'",
		getenv("STOP"), program_engine());
	if (program_is_engine("ptrace")) {
		assert_int_equal(stop->status, 1);
		assert_non_null(strstr(stop->err.text, "of another PID namespace"));
		program_free(stop);
		return;
	}
	assert_int_equal(stop->status, 0);
	json_t *root = json_last(stop->out.text);
	assert_string_equal(json_text(root, "ended"), "tracing ended");
	assert_string_not_equal(json_text(json_thread(root, 2), "state"), "ended");
	json_decref(root);
	program_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_command_gets_the_signals_that_are_sent_to_stop),
		cmocka_unit_test(the_summary_follows_when_the_command_has_ended),
		cmocka_unit_test(another_signal_ends_stop_and_leaves_the_command_running),
		cmocka_unit_test(the_same_signal_later_is_another_one),
		cmocka_unit_test(a_signal_of_the_commands_own_is_not_passed_back),
		cmocka_unit_test(a_key_of_the_terminal_is_not_passed_on),
		cmocka_unit_test(signals_end_the_tracing_of_targets),
		cmocka_unit_test(signals_end_stop_though_nobody_reads_its_output),
		cmocka_unit_test(a_command_has_the_dispositions_that_stop_was_started_with),
		cmocka_unit_test(hangups_that_are_ignored_are_ignored),
		cmocka_unit_test(an_early_request_for_a_snapshot_is_kept),
		cmocka_unit_test(orphans_are_reaped_by_process_1),
		cmocka_unit_test(orphans_are_reaped_beside_our_own_processes),
		cmocka_unit_test(process_1_passes_signals_on),
		cmocka_unit_test(nothing_is_taken_from_another_namespaces_proc),
		cmocka_unit_test(what_proc_does_not_show_has_not_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
