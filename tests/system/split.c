/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the time of calls goes, and what they use: stop's sums against those of a target that
 * knows, and of the kernel. Only the engine bpf knows it: bpf.sh runs this.
 */
#include "config.h"

#include "support/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/time.h"
#include "support/pause.h"
#include "support/program.h"

/* What the target has said about WHAT. */
static uint64_t known(const struct program *target, const char *what)
{
	char line[64];
	snprintf(line, sizeof(line), "\n%s ", what);
	const char *at = strstr(target->out.text, line);
	assert_non_null(at);
	return strtoull(at + strlen(line), NULL, 10);
}

/* VALUE must be LEAST or more, and MOST or less. */
static void assert_within(const char *what, uint64_t value, uint64_t least, uint64_t most)
{
	if (value < least || value > most)
		fail_msg("%s: %" PRIu64 ", not %" PRIu64 " to %" PRIu64, what, value, least, most);
}

static uint64_t part(json_t *row, const char *object, const char *key)
{
	return json_number(json_object_get(row, object), key);
}

static uint64_t status_number(pid_t pid, const char *key)
{
	char value[64];
	assert_true(task_status(pid, key, value, sizeof(value)));
	return strtoull(value, NULL, 10);
}

static struct program *watch(struct program *target, const char *options, json_t **root)
{
	program_ready(target);
	struct program *stop = stop_start(
		"%s -c --follow=threads --format=json -p %d", options, (int)target->pid);
	program_go(target);
	program_expect(target, "faults 64");
	stop_leave(stop);
	*root = json_last(stop->out.text);
	return stop;
}

/* All calls were split, and the parts add up to their time. */
static void check_sums(json_t *row)
{
	assert_int_equal(part(row, "split", "calls"), json_number(row, "calls"));
	assert_int_equal(part(row, "split", "total_ns"), json_number(row, "total_ns"));
	assert_int_equal(part(row, "split", "cpu_ns") + part(row, "split", "runnable_ns") +
				 part(row, "split", "blocked_ns"),
		json_number(row, "total_ns"));
	assert_int_equal(part(row, "usage", "calls"), json_number(row, "calls"));
}

static void parts_are_what_the_target_knows(void **state)
{
	struct program *target = program_start("split.tracee");
	json_t *root;
	(void)state;
	struct program *stop = watch(target, "--split", &root);
	json_t *work = json_call(root, "getrandom"), *sleep = json_call(root, "clock_nanosleep");
	uint64_t cpu_ns = known(target, "cpu"), runnable_ns = known(target, "runnable");
	uint64_t blocked_ns = known(target, "blocked");
	check_sums(work);
	check_sums(sleep);
	/* A fourth for what the target does between its calls, and for interrupts. */
	assert_within("on CPU", part(work, "split", "cpu_ns"), cpu_ns / 4 * 3, cpu_ns / 4 * 5);
	assert_within("runnable", part(work, "split", "runnable_ns"), runnable_ns / 2, UINT64_MAX);
	assert_within("blocked", part(sleep, "split", "blocked_ns"), blocked_ns / 100 * 99,
		json_number(sleep, "total_ns"));
	assert_within("blocked in getrandom", part(work, "split", "blocked_ns"), 0,
		json_number(work, "total_ns") / 10);
	json_decref(root);
	program_free(stop);
	program_free(target);
}

static void usage_is_what_the_kernel_says(void **state)
{
	struct program *target = program_start("split.tracee");
	json_t *root;
	(void)state;
	struct program *stop = watch(target, "", &root);
	json_t *thread = json_thread(root, target->pid);
	json_t *sleep = json_call(root, "clock_nanosleep"), *read = json_call(root, "read");
	assert_true(json_is_null(json_object_get(sleep, "split")));
	assert_within("sleeps", part(sleep, "usage", "voluntary_switches"), known(target, "sleeps"),
		part(thread, "usage", "voluntary_switches"));
	assert_within("switches", part(thread, "usage", "voluntary_switches"), 0,
		status_number(target->pid, "voluntary_ctxt_switches"));
	assert_within("preemptions", part(thread, "usage", "involuntary_switches"), 0,
		status_number(target->pid, "nonvoluntary_ctxt_switches"));
	assert_within("faults", part(read, "usage", "minor_faults"), known(target, "faults"),
		known(target, "faults") + 16);
	/* What it has measured of itself is a part of all. */
	assert_within("runnable", part(json_call(root, "getrandom"), "usage", "runnable_ns"),
		known(target, "runnable") / 2, UINT64_MAX);
	assert_int_equal(part(json_object_get(root, "totals"), "usage", "calls"),
		part(thread, "usage", "calls"));
	json_decref(root);
	program_free(stop);
	program_free(target);
}

/* The target reads what this test writes. */
static void the_waker_is_who_wrote(void **state)
{
	struct program *target = program_start("cat");
	(void)state;
	while (task_call(target->pid) == NO_CALL)
		pause_poll();
	struct program *stop = stop_start(
		"--split -b -d 0.1 --format=json -p %d", (int)target->pid);
	program_go(target);
	for (int i = 0; i < 3; i++)
		stop_await_frame(stop);
	stop_leave(stop);
	json_t *root = json_last(stop->out.text);
	json_t *waker = json_object_get(json_thread(root, target->pid), "woken_by");
	assert_int_equal(json_number(waker, "tid"), getpid());
	assert_true(json_is_false(json_object_get(waker, "interrupt")));
	json_decref(root);
	program_free(stop);
	program_free(target);
}

/* The target sleeps: the timer's interrupt ends that, on whosever CPU. */
static void a_timer_is_no_waker(void **state)
{
	(void)state;
	/* By its path, it is a program in every shell. */
	struct program *stop = program_run(
		"stop --split -c --format=json sh -c \"for i in 1 2 3; do /bin/sleep 0.1; done\"");
	json_t *root = json_last(stop->err.text), *thread;
	size_t at, sleepers = 0;
	json_array_foreach(json_object_get(root, "threads"), at, thread)
	{
		json_t *waker = json_object_get(thread, "woken_by");
		if (strcmp(json_text(thread, "comm"), "sleep") != 0 || json_is_null(waker))
			continue;
		sleepers += json_is_true(json_object_get(waker, "interrupt"));
	}
	assert_true(sleepers > 0);
	json_decref(root);
	program_free(stop);
}

static bool is_later_than(void *time_ns)
{
	return clock_now_ns() >= *(uint64_t *)time_ns;
}

/* What it had slept before the attach counts, and never more than it has slept. */
static void a_call_in_progress_began_before_the_attach(void **state)
{
	uint64_t begin_ns = clock_now_ns(), attach_ns = begin_ns + NS_PER_S;
	struct program *target = program_start("sleep 1000");
	(void)state;
	while (task_call(target->pid) == NO_CALL)
		pause_poll();
	await(is_later_than, &attach_ns, "a second passes");
	struct program *stop = program_run(
		"stop -b -n 2 -d 0.1 --format=json -p %d", (int)target->pid);
	uint64_t longest_ns = clock_now_ns() - begin_ns;
	json_t *root = json_last(stop->out.text);
	json_t *thread = json_thread(root, target->pid);
	json_t *call = json_array_get(json_object_get(root, "syscalls"), 0);
	uint64_t elapsed_ns = json_number(root, "elapsed_ns");
	assert_true(json_is_true(json_object_get(thread, "partial")));
	assert_within("the sleep", json_number(thread, "since_ns"), elapsed_ns + NS_PER_S / 4,
		longest_ns);
	assert_int_equal(json_number(call, "longest_ns"), json_number(thread, "since_ns"));
	/* Sums count from the attach. */
	assert_within("the sum", json_number(call, "total_ns"), 1, elapsed_ns);
	json_decref(root);
	program_free(stop);
	program_free(target);
}

static void other_engines_do_not_guess(void **state)
{
	(void)state;
	struct program *stop = program_run("stop --engine=ptrace -c --format=json true");
	json_t *root = json_last(stop->err.text);
	json_t *totals = json_object_get(root, "totals");
	assert_true(json_is_null(json_object_get(totals, "usage")));
	assert_true(json_is_null(json_object_get(totals, "split")));
	json_decref(root);
	program_free(stop);
	stop = program_run("stop --engine=ptrace --split -c true");
	assert_int_equal(stop->status, 1);
	assert_non_null(strstr(stop->err.text, "the engine ptrace cannot split time"));
	program_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_what_the_target_knows),
		cmocka_unit_test(usage_is_what_the_kernel_says),
		cmocka_unit_test(a_call_in_progress_began_before_the_attach),
		cmocka_unit_test(the_waker_is_who_wrote),
		cmocka_unit_test(a_timer_is_no_waker),
		cmocka_unit_test(other_engines_do_not_guess),
	};
	if (!program_is_engine("bpf")) {
		puts("skipped: bpf.sh runs this");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
