/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaving: however stop ends, the target continues as if it had never been traced. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/program.h"

#define THREAD_CALLS_MAX 16
#define THREADS_MAX      64

/* The progress of each part of the steady target. */
struct progress {
	uint64_t part[THREAD_CALLS_MAX];
	size_t parts;
};

static void ask(struct program *target, struct progress *progress)
{
	program_go(target);
	const char *line = program_line(target);
	assert_true(strncmp(line, "progress", 8) == 0);
	progress->parts = 0;
	for (char *at = strchr(line, ' '); at && progress->parts < THREAD_CALLS_MAX;)
		progress->part[progress->parts++] = strtoull(at, &at, 10), at = strchr(at, ' ');
}

struct wait {
	struct program *target;
	struct progress before;
};

/* Whether every part has made progress. */
static bool has_progressed(void *context)
{
	struct wait *wait = context;
	struct progress now;
	ask(wait->target, &now);
	assert_true(now.parts > 0);
	for (size_t i = 0; i < now.parts; i++) {
		if (now.part[i] <= wait->before.part[i])
			return false;
	}
	return true;
}

static void assert_progresses(struct program *target)
{
	struct wait wait = {.target = target};
	ask(target, &wait.before);
	await(has_progressed, &wait, "all threads of the target make progress");
}

/* Whether it is not traced, and none of its threads is stopped. */
static bool is_untraced(void *context)
{
	const struct program *target = context;
	pid_t tids[THREADS_MAX];
	size_t count = task_threads(target->pid, tids, THREADS_MAX);
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++) {
		char state[32] = "";
		if (task_tracer(tids[i]))
			return false;
		if (task_status(tids[i], "State", state, sizeof(state)) &&
			(*state == 't' || *state == 'T'))
			return false;
	}
	return true;
}

/* If stop was KILLED, its tracer detaches afterwards; otherwise it has done so before. */
static void assert_untraced(struct program *target, bool killed)
{
	if (killed)
		await(is_untraced, target, "the target is left");
	assert_true(is_untraced(target));
}

static void a_signal_that_ends_stop_does_not_affect_the_target(void **state)
{
	static const struct {
		int signal, status;
		const char *options;
	} cases[] = {
		{SIGINT, 0, "-c"},
		{SIGTERM, 0, "-c"},
		{SIGHUP, 0, "-c"},
		{SIGINT, 0, "-b -d 0.05"},
		{SIGTERM, 0, "-b -d 0.05"},
		{SIGKILL, 128 + SIGKILL, "-c"},
		{SIGKILL, 128 + SIGKILL, "-c --ring=4096"},
	};
	(void)state;
	struct program *target = program_start("steady.tracee");
	program_expect(target, "ready");
	program_go(target);
	program_line(target);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct program *stop = stop_start("%s -p %d", cases[i].options, target->pid);
		assert_int_equal(task_tracer(target->pid) != 0, program_is_engine("ptrace"));
		assert_progresses(target);
		kill(stop->pid, cases[i].signal);
		if (program_finish(stop) != cases[i].status)
			fail_msg("%s: it ended with %d: %s", cases[i].options, stop->status,
				stop->err.text);
		assert_untraced(target, cases[i].signal == SIGKILL);
		assert_progresses(target);
		program_free(stop);
	}
	program_free(target);
}

/* Any of many moments may be the worst. */
static void death_at_any_moment_leaves_the_target_running(void **state)
{
	enum { TIMES = 40 };
	(void)state;
	struct program *target = program_start("steady.tracee");
	program_expect(target, "ready");
	program_go(target);
	program_line(target);
	for (long i = 0; i < TIMES; i++) {
		/* From before the attach to well after it. */
		struct program *stop = program_start("stop -c -p %d", target->pid);
		pause_moment(i * 500000);
		kill(stop->pid, SIGKILL);
		assert_int_equal(program_finish(stop), 128 + SIGKILL);
		assert_untraced(target, true);
		assert_progresses(target);
		program_free(stop);
	}
	program_free(target);
}

/* If stop is ended as early as possible, it interrupts no wait of a thread that it asked to stop.
 */
static void leaving_at_any_moment_interrupts_no_wait(void **state)
{
	enum { TIMES = 40 };
	(void)state;
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	for (long i = 0; i < TIMES; i++) {
		struct program *stop = program_start("stop -c -p %d", target->pid);
		pause_moment(i * 250000);
		kill(stop->pid, SIGTERM);
		program_finish(stop);
		program_free(stop);
	}
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	if (!strstr(target->out.text, "returned 0"))
		fail_msg("%s", target->out.text);
	program_free(target);
}

static void the_summary_is_printed_at_an_interrupt(void **state)
{
	(void)state;
	struct program *target = program_start("steady.tracee");
	program_expect(target, "ready");
	struct program *stop = stop_start("-c -p %d", target->pid);
	program_go(target);
	program_line(target);
	assert_progresses(target);
	kill(stop->pid, SIGINT);
	assert_int_equal(program_finish(stop), 0);
	assert_non_null(strstr(stop->out.text, "getppid"));
	assert_non_null(strstr(stop->out.text, "nanosleep"));
	assert_string_equal(stop->err.text, "");
	program_free(stop);
	program_free(target);
}

static void a_command_survives_when_stop_is_killed(void **state)
{
	(void)state;
	/* The command shares stop's streams, so the test can write to it. */
	struct program *stop = stop_start("-c steady.tracee");
	program_expect(stop, "ready");
	program_go(stop);
	program_line(stop);
	assert_progresses(stop);
	kill(stop->pid, SIGKILL);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)stop->pid, &info, WEXITED | WNOWAIT), 0);
	assert_progresses(stop);
	assert_int_equal(info.si_status, SIGKILL);
	/* It exits at the end of its input. */
	close(stop->input);
	stop->input = -1;
	program_finish(stop);
	program_free(stop);
}

static bool is_stopped(void *context)
{
	char state[32];
	return !task_status(*(const pid_t *)context, "State", state, sizeof(state)) ||
	       *state == 'T';
}

/* Whether all threads of process PID, which is stopped, were waiting: it was not about to count. */
static bool was_idle(pid_t pid)
{
	pid_t tids[THREADS_MAX];
	size_t count = task_threads(pid, tids, THREADS_MAX);
	for (size_t i = 0; i < count; i++) {
		await(is_stopped, &tids[i], "a thread of stop is stopped");
		long call = task_call(tids[i]);
		if (call != SYS_poll && call != SYS_ppoll && call != SYS_wait4 && call != SYS_futex)
			return false;
	}
	return true;
}

static bool is_stopped_while_idle(void *context)
{
	const struct program *stop = context;
	kill(stop->pid, SIGSTOP);
	if (was_idle(stop->pid))
		return true;
	kill(stop->pid, SIGCONT);
	return false;
}

/* Also calls of which stop was not told yet, and errors, are in what is written in its place. */
static void the_report_of_a_killed_stop_has_all_calls(void **state)
{
	enum { THREADS = 10, CALLS = 300 };
	(void)state;
	struct program *target = program_start("loop.tracee wait %d %d", THREADS, CALLS);
	program_expect(target, "ready");
	struct program *stop = stop_start("-c --format=json -o - -p %d", (int)target->pid);
	await(is_stopped_while_idle, stop, "stop is stopped while it is idle");
	program_go(target);
	program_expect(target, "done");
	kill(stop->pid, SIGKILL);
	assert_int_equal(program_finish(stop), 128 + SIGKILL);
	/* Every tenth call is one that fails. */
	json_t *root = json_last(stop->out.text), *failing = json_call(root, "dup");
	assert_int_equal(
		json_number(json_call(root, "getppid"), "calls"), THREADS * CALLS * 9 / 10);
	assert_int_equal(json_number(failing, "calls"), THREADS * CALLS / 10);
	assert_int_equal(json_number(failing, "errors"), THREADS * CALLS / 10);
	json_decref(root);
	program_go(target);
	program_finish(target);
	program_free(stop);
	program_free(target);
}

/* When the reader of the output is gone, tracing ends. */
static void closing_the_output_ends_tracing(void **state)
{
	(void)state;
	struct program *target = program_start("steady.tracee");
	program_expect(target, "ready");
	program_go(target);
	program_line(target);
	struct program *stop = stop_start("-b -d 0.02 -p %d", target->pid);
	close(stop->out.fd);
	stop->out.fd = -1;
	assert_int_not_equal(program_finish(stop), 0);
	assert_untraced(target, true);
	assert_progresses(target);
	program_free(stop);
	program_free(target);
}

/* The thread of process PID called NAME; 0: there is none. */
static pid_t find_thread(pid_t pid, const char *name)
{
	pid_t tids[THREADS_MAX];
	size_t count = task_threads(pid, tids, THREADS_MAX);
	for (size_t i = 0; i < count; i++) {
		char comm[32] = "";
		if (task_status(tids[i], "Name", comm, sizeof(comm)) && strcmp(comm, name) == 0)
			return tids[i];
	}
	return 0;
}

/* Holds thread TID until it is released. Returns whether that is permitted. */
static bool hold(pid_t tid)
{
	if (ptrace(PTRACE_SEIZE, tid, NULL, NULL) < 0)
		return false;
	assert_return_code(ptrace(PTRACE_INTERRUPT, tid, NULL, NULL), errno);
	assert_int_equal(waitpid(tid, NULL, __WALL), tid);
	return true;
}

static void release(pid_t tid)
{
	assert_return_code(ptrace(PTRACE_DETACH, tid, NULL, NULL), errno);
}

/*
 * The tracer's second thread may get no CPU for long: nobody waits for it but the tracer, which
 * stays behind.
 */
static void the_target_does_not_wait_for_the_watchdog(void **state)
{
	struct program *target = program_start("steady.tracee");
	(void)state;
	program_expect(target, "ready");
	program_check_leaks(false);
	struct program *stop = stop_start("-c -p %d", (int)target->pid);
	program_check_leaks(true);
	pid_t watchdog = find_thread(task_tracer(target->pid), "stop-watchdog");
	if (!watchdog || !hold(watchdog)) {
		program_free(stop);
		program_free(target);
		skip();
	}
	kill(stop->pid, SIGINT);
	/* It fails if the tracer gets no processor at all. */
	if (program_finish(stop) != 0 && !strstr(stop->err.text, "the tracer gets no processor"))
		fail_msg("%s", stop->err.text);
	assert_progresses(target);
	release(watchdog);
	await(is_untraced, target, "the target is left");
	program_free(stop);
	program_free(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_that_ends_stop_does_not_affect_the_target),
		cmocka_unit_test(death_at_any_moment_leaves_the_target_running),
		cmocka_unit_test(leaving_at_any_moment_interrupts_no_wait),
		cmocka_unit_test(the_target_does_not_wait_for_the_watchdog),
		cmocka_unit_test(the_summary_is_printed_at_an_interrupt),
		cmocka_unit_test(a_command_survives_when_stop_is_killed),
		cmocka_unit_test(the_report_of_a_killed_stop_has_all_calls),
		cmocka_unit_test(closing_the_output_ends_tracing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
