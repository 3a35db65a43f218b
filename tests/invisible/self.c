/* SPDX-License-Identifier: GPL-2.0-or-later */
/* However stop itself ends, it says why, and the target continues. */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/harass.h"
#include "support/random.h"
#include "support/starve.h"
#include "support/steady.h"

static void kills_at_random_moments_leave_everything_running(void **state)
{
	(void)state;
	struct program *target = steady_start();
	struct harasser *harasser = harasser_start(target->pid, "");
	time_t until = time(NULL) + rounds(3);
	while (time(NULL) < until)
		steady_goes_on(target);
	harasser_await_kills(harasser, 3);
	struct harassed seen = harasser_stop(harasser);
	print_message("watched %u times, killed %u times\n", seen.cycles, seen.kills);
	steady_goes_on(target);
	program_free(target);
}

/* The resource limit with which `stop` is started. */
static int resource;
static rlim_t limit;

static void set_limit(void)
{
	struct rlimit value = {limit, limit};
	setrlimit(resource, &value);
}

/* Starts it with the limit. It runs, or exits with a message; in both cases the target continues.
 */
static void try_limit(struct program *target, int which, rlim_t value)
{
	resource = which;
	limit = value;
	struct program *stop = program_start_after(
		set_limit, "stop -b -n 2 -d 0.05 -p %d", target->pid);
	int status = program_finish(stop);
	/* Below the needs of the program itself, the loader fails with 127. */
	if (status != 0 && status != 127 && !strstr(stop->err.text, "stop: "))
		fail_msg("%d limited to %llu: status %d, %s", which, (unsigned long long)value,
			status, stop->err.text);
	steady_goes_on(target);
	program_free(stop);
}

static void a_lack_of_resources_ends_it_with_a_message(void **state)
{
	(void)state;
	struct program *target = steady_start();
	for (rlim_t files = 3; files < 24; files++)
		try_limit(target, RLIMIT_NOFILE, files);
	for (rlim_t mib = 5; mib < 40 && !SANITIZED; mib += 3)
		try_limit(target, RLIMIT_AS, mib << 20);
	program_free(target);
}

static void a_full_disk_ends_it_with_a_message(void **state)
{
	static const char *const options[] = {"-c", "-b -d 0.05 -n 2", "-c --format=json"};
	(void)state;
	struct program *target = steady_start();
	for (size_t i = 0; i < COUNT_OF(options); i++) {
		struct program *stop = program_start(
			"stop %s -o /dev/full -p %d", options[i], target->pid);
		steady_goes_on(target);
		kill(stop->pid, SIGINT);
		int status = program_finish(stop);
		/* It may be interrupted before it has started. */
		if (status != 128 + SIGINT) {
			assert_int_equal(status, 1);
			assert_non_null(strstr(stop->err.text, "No space left on device"));
		}
		steady_goes_on(target);
		program_free(stop);
	}
	program_free(target);
}

static void a_closed_terminal_ends_it(void **state)
{
	(void)state;
	struct program *target = steady_start();
	for (unsigned int i = 0; i < rounds(3); i++) {
		char command[512], buf[256];
		struct winsize size = {.ws_row = 24, .ws_col = 80};
		int terminal, status;
		snprintf(command, sizeof(command), "exec \"$STOP\" %s -p %d", program_engine(),
			(int)target->pid);
		pid_t stop = forkpty(&terminal, NULL, NULL, &size);
		assert_true(stop >= 0);
		if (stop == 0) {
			setenv("TERM", "xterm", 1);
			execl("/bin/sh", "sh", "-c", command, NULL);
			_exit(125);
		}
		/* It has started to draw. */
		assert_true(read(terminal, buf, sizeof(buf)) > 0);
		close(terminal);
		time_t until = time(NULL) + patience_s();
		while (waitpid(stop, &status, WNOHANG) != stop) {
			if (time(NULL) > until)
				fail_msg("stop does not end with its terminal");
			steady_goes_on(target);
		}
		steady_goes_on(target);
	}
	program_free(target);
}

static bool is_untraced(void *context)
{
	const struct program *target = context;
	return task_tracer(target->pid) == 0;
}

/* Without a processor, or in a build with sanitizers, the tracer may stay behind for a while. */
static void await_untraced(struct program *target)
{
	await(is_untraced, target, "the target is left");
}

/* Checks that STOP has exited and leaves TARGET. */
static void assert_left(struct program *target, struct program *stop)
{
	await_untraced(target);
	steady_goes_on(target);
	program_free(stop);
	program_free(target);
}

/* The tracer survives, leaves the target, and writes what was counted. */
static void death_of_stop_loses_no_report(void **state)
{
	static const int signals[] = {SIGKILL, SIGSEGV, SIGABRT, SIGVTALRM};
	static const char *const modes[] = {"-c", "-b -d 100"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(modes) * COUNT_OF(signals); i++) {
		struct program *target = steady_start();
		struct program *stop = stop_start(
			"%s --format=json -o - -p %d", modes[i / COUNT_OF(signals)], target->pid);
		steady_goes_on(target);
		kill(stop->pid, signals[i % COUNT_OF(signals)]);
		/* Also waits for the end of its output, which the tracer has open. */
		assert_int_equal(program_finish(stop), 128 + signals[i % COUNT_OF(signals)]);
		json_t *report = json_last(stop->out.text);
		assert_non_null(report);
		assert_true(json_number(json_call(report, "getppid"), "calls") > 0);
		assert_non_null(strstr(stop->err.text, "what was counted until then is written"));
		json_decref(report);
		assert_left(target, stop);
	}
}

/* Ends it at random moments in every way, also its tracer, and the target with it. */
static void deaths_at_random_moments_harm_nobody(void **state)
{
	static const int signals[] = {SIGKILL, SIGSEGV, SIGABRT, SIGBUS, SIGTRAP, SIGXCPU, SIGTERM};
	static const char *const modes[] = {"-c", "-b -d 0.01 --format=json", "-c -k all"};
	uint64_t seed = 1;
	(void)state;
	struct program *target = steady_start();
	/* These are no crashes: a sanitizer that reports one waits for a lock that it may hold. */
	setenv("ASAN_OPTIONS", "handle_segv=0:handle_sigbus=0", 1);
	for (unsigned int i = 0; i < rounds(20); i++) {
		struct program *stop = program_start(
			"stop %s -p %d", modes[random_below(&seed, COUNT_OF(modes))], target->pid);
		pause_moment((long)random_below(&seed, 100) * 1000000);
		pid_t victim = random_below(&seed, 3) ? stop->pid : task_tracer(target->pid);
		int signal = victim == stop->pid ? signals[random_below(&seed, COUNT_OF(signals))]
		                                 : SIGKILL;
		if (victim > 0)
			kill(victim, signal);
		else
			kill(stop->pid, SIGINT);
		program_finish(stop);
		steady_goes_on(target);
		await_untraced(target);
		program_free(stop);
	}
	unsetenv("ASAN_OPTIONS");
	program_free(target);
}

/* If the tracer itself is killed, it cannot detach with care, but all threads are resumed and it is
 * reported. */
static void death_of_the_tracer_ends_stop_with_a_message(void **state)
{
	(void)state;
	struct program *target = steady_start();
	struct program *stop = stop_start("-c -p %d", target->pid);
	pid_t tracer = task_tracer(target->pid);
	assert_true(tracer != 0 && tracer != stop->pid);
	kill(tracer, SIGKILL);
	assert_int_equal(program_finish(stop), 1);
	assert_non_null(strstr(stop->out.text, "the target continues untraced"));
	assert_left(target, stop);
}

/* Whoever stops the tracer stops the target; when it is asked to leave, it is continued. */
static void a_stopped_tracer_is_continued_to_leave(void **state)
{
	(void)state;
	struct program *target = steady_start();
	struct program *stop = stop_start("-c -p %d", target->pid);
	kill(task_tracer(target->pid), SIGSTOP);
	kill(stop->pid, SIGINT);
	assert_int_equal(program_finish(stop), 0);
	assert_left(target, stop);
}

/* The tracer is a separate process and keeps running. */
static void a_suspended_stop_blocks_nothing(void **state)
{
	(void)state;
	struct program *target = steady_start();
	struct program *stop = stop_start("-c -p %d", target->pid);
	kill(stop->pid, SIGSTOP);
	steady_goes_on(target);
	steady_goes_on(target);
	kill(stop->pid, SIGCONT);
	kill(stop->pid, SIGINT);
	assert_int_equal(program_finish(stop), 0);
	assert_left(target, stop);
}

/*
 * With few descriptors, which stacks use up, waits are still repaired; with too few, nothing is
 * attached, and that is the reason that is given.
 */
static void few_descriptors_harm_no_wait(void **state)
{
	(void)state;
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	for (int most = 4; most <= 20; most++) {
		struct program *stop = program_start(
			"sh -c 'ulimit -n %d && exec \"$0\" -c -k all -o /dev/null -p %d' stop",
			most, target->pid);
		if (stop_attaches(stop))
			kill(stop->pid, SIGINT);
		program_finish(stop);
		if (stop->status != 0 && !strstr(stop->err.text, "Too many open files") &&
			!strstr(stop->err.text, "error while loading shared libraries"))
			fail_msg("limit %d: status %d: %s", most, stop->status, stop->err.text);
		if (most >= 12)
			assert_int_equal(stop->status, 0);
		program_free(stop);
	}
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	program_free(target);
}

static bool is_traced(void *context)
{
	const struct program *target = context;
	return task_tracer(target->pid) != 0 && task_call(target->pid) != NO_CALL;
}

/* A /proc that is unmounted in the middle takes no more than what it had to tell. */
static void a_proc_that_vanishes_harms_no_wait(void **state)
{
	(void)state;
	/* A sanitizer needs it at the end. */
	if (SANITIZED || getuid() != 0 || !program_exists("unshare") || !program_exists("nsenter"))
		skip();
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	struct program *stop = program_start(
		"unshare -m --propagation private stop %s -c -k all -o /dev/null -p %d",
		program_engine(), target->pid);
	await(is_traced, target, "the target is traced");
	struct program *unmount = program_run("nsenter -m -t %d umount -l /proc", stop->pid);
	assert_int_equal(unmount->status, 0);
	program_free(unmount);
	kill(stop->pid, SIGINT);
	assert_int_equal(program_finish(stop), 0);
	await_untraced(target);
	program_free(stop);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	program_free(target);
}

/* The number of calls in REPORT whose stacks are missing. */
static uint64_t count_missed(json_t *report)
{
	uint64_t missed = 0;
	size_t i;
	json_t *stack;
	json_array_foreach(json_object_get(report, "stacks"), i, stack)
	{
		if (strcmp(json_text(stack, "end"), "missed") == 0)
			missed += json_number(stack, "calls");
	}
	return missed;
}

/* 121 processes at a time: with a limit of 40, none of their stacks is missing. With a lower one, a
 * note says so. */
static void few_descriptors_lose_no_stack_without_a_note(void **state)
{
	static const rlim_t limits[] = {40, 20, 16, 14, 13, 12};
	(void)state;
	resource = RLIMIT_NOFILE;
	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		limit = limits[i];
		struct program *stop = program_start_after(set_limit,
			"stop -c -k getpgrp --format=json --ring=16777216 births.tracee tree 1");
		int status = program_finish(stop);
		if (status != 0 && i > 0) {
			assert_non_null(strstr(stop->err.text, "Too many open files"));
			program_free(stop);
			continue;
		}
		assert_int_equal(status, 0);
		assert_non_null(strstr(stop->out.text, "good 1"));
		json_t *report = json_last(stop->err.text);
		uint64_t missed = count_missed(report);
		bool has_note = strstr(stop->err.text, "too many open files") != NULL;
		if (missed && (i == 0 || !has_note))
			fail_msg("limit %u: %llu missed, %s", (unsigned int)limit,
				(unsigned long long)missed, stop->err.text);
		json_decref(report);
		program_free(stop);
	}
}

static void the_command_keeps_its_limit_of_descriptors(void **state)
{
	(void)state;
	struct program *stop = program_run(
		"sh -c 'ulimit -S -n 100 && exec \"$0\" -c -o /dev/null -- sh -c \"ulimit -n\"' stop");
	assert_int_equal(stop->status, 0);
	assert_string_equal(stop->out.text, "100\n");
	program_free(stop);
	/* Its own one is the hard one. */
	struct program *target = steady_start();
	stop = program_start("sh -c 'ulimit -S -n 100; ulimit -H -n 200; exec \"$0\" -b -d 0.05 "
			     "--format=json -p %d' stop",
		target->pid);
	stop_await_frame(stop);
	struct rlimit descriptors;
	assert_int_equal(prlimit(stop->pid, RLIMIT_NOFILE, NULL, &descriptors), 0);
	assert_int_equal(descriptors.rlim_cur, 200);
	stop_leave(stop);
	program_free(stop);
	program_free(target);
}

/* What refuse.preload is told. */
static char refused[64];

static void refuse(void)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/../support/refuse.preload", getenv("TRACEES"));
	setenv("LD_PRELOAD", path, 1);
	setenv("REFUSE", refused, 1);
}

/* Runs stop while allocation number AT of process WHO, and those after it, are refused. */
static struct program *run_refused(struct program *target, const char *who, int at, int count)
{
	snprintf(refused, sizeof(refused), count ? "%s:%d:%d" : "%s:%d", who, at, count);
	struct program *stop = program_start_after(refuse, "stop -c -k all -p %d", target->pid);
	if (stop_attaches(stop))
		kill(stop->pid, SIGINT);
	program_finish(stop);
	if (stop->status != 0 && stop->status != 1)
		fail_msg("%s: status %d: %s", refused, stop->status, stop->err.text);
	await_untraced(target);
	return stop;
}

#define ALLOCATIONS 60

/*
 * A tracer that is refused memory leaves the targets as always, although it needs memory for that,
 * and what was counted is written.
 */
static void memory_refused_to_the_tracer_harms_no_wait(void **state)
{
	(void)state;
	unsigned int refusals = 0;
	if (SANITIZED)
		skip();
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	for (int at = 0; at < ALLOCATIONS; at++) {
		struct program *stop = run_refused(target, "tracer", at, 0);
		if (stop->status == 1 && !strstr(stop->err.text, "Cannot allocate memory") &&
			!strstr(stop->err.text, "memory was refused"))
			fail_msg("%s: %s", refused, stop->err.text);
		refusals += stop->status == 1;
		program_free(stop);
	}
	assert_in_range(refusals, 5, ALLOCATIONS);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	program_free(target);
}

/* With few threads it goes on with less, or exits with a message before it touches anybody. */
static void threads_that_are_refused_harm_nobody(void **state)
{
	unsigned int refusals = 0;
	int last_status = -1;
	(void)state;
	if (SANITIZED)
		skip();
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	for (int at = 0; at < 6; at++) {
		struct program *stop = run_refused(target, "threads", at, 0);
		if (stop->status == 1 &&
			!strstr(stop->err.text, "Resource temporarily unavailable"))
			fail_msg("%s: %s", refused, stop->err.text);
		/* The last one is for speed alone. */
		refusals += stop->status == 1;
		last_status = stop->status;
		program_free(stop);
	}
	assert_in_range(refusals, 3, 5);
	assert_int_equal(last_status, 0);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	program_free(target);
}

/* The same while tasks are born. */
static void memory_refused_to_the_tracer_harms_no_birth(void **state)
{
	(void)state;
	unsigned int refusals = 0;
	if (SANITIZED)
		skip();
	for (int at = 10; at < 410; at += 25) {
		snprintf(refused, sizeof(refused), "tracer:%d", at);
		struct program *stop = program_start_after(
			refuse, "stop -c -o /dev/null births.tracee threads 5");
		program_finish(stop);
		if (!strstr(stop->out.text, "good 500\n") ||
			(stop->status != 0 && stop->status != 1))
			fail_msg("%s: status %d: %s%s", refused, stop->status, stop->out.text,
				stop->err.text);
		refusals += strstr(stop->err.text, "memory was refused") != NULL;
		program_free(stop);
	}
	print_message("%u refusals\n", refusals);
	assert_in_range(refusals, 2, 410);
}

/* One refusal ends tracing, but neither the program nor its report; stacks are only missing. */
static void memory_refused_to_stop_ends_tracing_with_a_report(void **state)
{
	(void)state;
	unsigned int ends = 0;
	if (SANITIZED)
		skip();
	struct program *target = program_start("waiting.tracee");
	program_ready(target);
	for (int at = 0; at < 300; at += 10) {
		struct program *stop = run_refused(target, "stop", at, 1);
		bool has_ended = strstr(stop->err.text, "memory was refused") != NULL;
		/* There may be none in progress yet that it knows of. */
		bool has_report = strstr(stop->out.text, "CALLS") ||
		                  strstr(stop->out.text, "no calls");
		if (has_ended && !has_report)
			fail_msg("%s: there is no report: %s", refused, stop->out.text);
		ends += has_ended;
		program_free(stop);
	}
	assert_in_range(ends, 1, 30);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	program_free(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kills_at_random_moments_leave_everything_running),
		cmocka_unit_test(a_lack_of_resources_ends_it_with_a_message),
		cmocka_unit_test(a_full_disk_ends_it_with_a_message),
		cmocka_unit_test(a_closed_terminal_ends_it),
		cmocka_unit_test(death_of_stop_loses_no_report),
		cmocka_unit_test(deaths_at_random_moments_harm_nobody),
		cmocka_unit_test(death_of_the_tracer_ends_stop_with_a_message),
		cmocka_unit_test(a_stopped_tracer_is_continued_to_leave),
		cmocka_unit_test(a_suspended_stop_blocks_nothing),
		cmocka_unit_test(few_descriptors_harm_no_wait),
		cmocka_unit_test(a_proc_that_vanishes_harms_no_wait),
		cmocka_unit_test(few_descriptors_lose_no_stack_without_a_note),
		cmocka_unit_test(the_command_keeps_its_limit_of_descriptors),
		cmocka_unit_test(memory_refused_to_the_tracer_harms_no_wait),
		cmocka_unit_test(threads_that_are_refused_harm_nobody),
		cmocka_unit_test(memory_refused_to_the_tracer_harms_no_birth),
		cmocka_unit_test(memory_refused_to_stop_ends_tracing_with_a_report),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
