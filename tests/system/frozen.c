/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Targets in a frozen cgroup, of both versions (`docker pause`): how they are shown, and that
 * nobody gives up threads that cannot run when they are left. Requires root, and a hierarchy that
 * can be mounted.
 */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "support/freeze.h"
#include "support/program.h"

struct watched {
	struct program *stop;
	pid_t tid;
	const char *state; /* to wait for */
	bool is_reached;
	json_t *frame; /* the last one */
};

/* Reads the next frame. Whether the thread is in the state wanted there. */
static bool is_in_state(void *context)
{
	struct watched *watched = context;
	const struct output *out = &watched->stop->out;
	size_t begin = out->seen;
	stop_await_frame(watched->stop);
	json_decref(watched->frame);
	watched->frame = json_loadb(
		out->text + begin, out->seen - begin, JSON_DISABLE_EOF_CHECK, NULL);
	json_t *row = json_thread(watched->frame, watched->tid);
	double share = json_number_value(
		json_object_get(json_object_get(row, "time_shares"), "frozen"));
	bool is_frozen = strcmp(json_text(row, "state"), "frozen") == 0;
	/* A frame later, the whole interval is. */
	if (watched->is_reached && share < 0.9)
		return false;
	return is_frozen == watched->is_reached;
}

static void check(const struct freezer *freezer, const char *command)
{
	struct program *target = program_start("%s", command);
	freeze_add(target->pid);
	struct watched watched = {.tid = target->pid,
		.stop = stop_start("-b -d 0.2 --format=json -p %d", (int)target->pid)};
	freeze(freezer);
	watched.is_reached = true;
	await(is_in_state, &watched, "it is frozen");
	/* It goes on, and that is seen, too. */
	freeze_thaw(freezer);
	watched.is_reached = false;
	await(is_in_state, &watched, "it is thawed");
	stop_leave(watched.stop);
	json_decref(watched.frame);
	program_free(watched.stop);
	program_free(target);
	freeze_remove();
}

/* Calls TRY with each kind of freezer that can be used here; skips the test if there is none. */
static void with_each_freezer(void (*try)(const struct freezer *freezer))
{
	bool tried = false;
	for (size_t i = 0; i < FREEZERS; i++) {
		if (!freeze_make(&freezers[i]))
			continue;
		try(&freezers[i]);
		tried = true;
	}
	if (!tried)
		skip();
}

static void check_own_code(const struct freezer *freezer)
{
	check(freezer, "sh -c 'while :; do :; done'");
}

static void a_frozen_target_in_its_own_code_is_shown_as_frozen(void **state)
{
	(void)state;
	with_each_freezer(check_own_code);
}

static void check_call(const struct freezer *freezer)
{
	check(freezer, "sleep 1000");
}

static void a_frozen_target_in_a_call_is_shown_as_frozen(void **state)
{
	(void)state;
	with_each_freezer(check_call);
}

/* Leaving frozen targets. */

/* A target all of whose threads wait. It is frozen, and can be traced. */
static struct program *start_frozen(const struct freezer *freezer)
{
	setenv("WAKE_AGAIN", "1", 1);
	struct program *target = program_start("lasting.tracee");
	unsetenv("WAKE_AGAIN");
	program_expect(target, "ready");
	freeze_add(target->pid);
	freeze(freezer);
	return target;
}

static void finish(struct program *target)
{
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	freeze_remove();
}

/* What a target says that nobody watches: some waits fail with EINTR because they are frozen. */
static struct program *run_untraced(const struct freezer *freezer)
{
	assert_true(freeze_make(freezer));
	struct program *target = start_frozen(freezer);
	freeze_thaw(freezer);
	finish(target);
	return target;
}

/*
 * Ends TARGET. Its waits must have been whole, except those that are not in an untraced target.
 * Most of them are repaired, but not if stop has left before the thread could be stopped.
 */
static void finish_whole(struct program *target, const struct freezer *freezer)
{
	finish(target);
	struct program *untraced = run_untraced(freezer);
	for (const char *line = strtok(target->out.text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strstr(line, "too soon") && !strstr(untraced->out.text, line))
			fail_msg("%s", line);
	}
	program_free(untraced);
	program_free(target);
}

/* The tracer that STOP, which has ended, has left behind for TARGET. */
static pid_t left_behind(const struct program *stop, const struct program *target)
{
	static const char text[] = "not run yet; leaving goes on (";
	char name[32] = "";
	const char *found = strstr(stop->err.text, text);
	if (!found)
		fail_msg("no tracer was left behind: %s", stop->err.text);
	pid_t tracer = atoi(found + strlen(text));
	assert_true(task_status(tracer, "Name", name, sizeof(name)));
	assert_string_equal(name, "tracer-leaving");
	assert_int_equal(task_tracer(target->pid), tracer);
	return tracer;
}

static bool is_left(void *context)
{
	const struct program *target = context;
	return task_tracer(target->pid) == 0;
}

/* Another stop waits for TRACER, which has left TARGET if that runs soon, and then names it. */
static void assert_named(pid_t tracer, const struct program *target)
{
	struct timespec begin, end;
	char name[64];
	clock_gettime(CLOCK_MONOTONIC, &begin);
	struct program *stop = program_run("stop -c -o /dev/null -p %d", target->pid);
	clock_gettime(CLOCK_MONOTONIC, &end);
	snprintf(name, sizeof(name), "tracer-leaving (%d)", (int)tracer);
	assert_int_equal(stop->status, 1);
	if (!strstr(stop->err.text, name))
		fail_msg("%s is not named: %s", name, stop->err.text);
	assert_true(end.tv_sec - begin.tv_sec >= 4);
	program_free(stop);
}

/* A tracer stays behind until the threads have run again. */
static void leave_frozen(const struct freezer *freezer)
{
	struct program *target = start_frozen(freezer);
	program_check_leaks(false);
	struct program *stop = stop_start("-c -o /dev/null -p %d", (int)target->pid);
	program_check_leaks(true);
	stop_leave(stop);
	/* Where they can be stopped, it stays only while the machine is too busy for that. */
	if (!freezer->stops && program_is_engine("ptrace"))
		assert_named(left_behind(stop, target), target);
	freeze_thaw(freezer);
	await(is_left, target, "the tracer has left");
	finish_whole(target, freezer);
	program_free(stop);
}

/* The same, but it still has a report to write. */
static void leave_frozen_killed(const struct freezer *freezer)
{
	struct program *target = start_frozen(freezer);
	struct program *stop = stop_start("-c -p %d", (int)target->pid);
	siginfo_t info;
	kill(stop->pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)stop->pid, &info, WEXITED | WNOWAIT), 0);
	if (!freezer->stops && program_is_engine("ptrace"))
		assert_named(task_tracer(target->pid), target);
	freeze_thaw(freezer);
	assert_int_equal(program_finish(stop), 128 + SIGKILL);
	/* Only a tracer waits for it to go on. */
	if (program_is_engine("ptrace"))
		assert_non_null(strstr(stop->out.text, "epoll_wait"));
	finish_whole(target, freezer);
	program_free(stop);
}

static void frozen_threads_are_left_when_they_have_run(void **state)
{
	(void)state;
	with_each_freezer(leave_frozen);
}

static void a_killed_stop_leaves_frozen_threads_when_they_have_run(void **state)
{
	(void)state;
	with_each_freezer(leave_frozen_killed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			a_frozen_target_in_its_own_code_is_shown_as_frozen, freeze_clean_up),
		cmocka_unit_test_teardown(
			a_frozen_target_in_a_call_is_shown_as_frozen, freeze_clean_up),
		cmocka_unit_test_teardown(
			frozen_threads_are_left_when_they_have_run, freeze_clean_up),
		cmocka_unit_test_teardown(
			a_killed_stop_leaves_frozen_threads_when_they_have_run, freeze_clean_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
