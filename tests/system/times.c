/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How threads spend their time: stop's sums against those of the kernel. They are bracketed: stop
 * reads /proc as it begins and ends, so what it reports is at least what was used between two
 * readings in between, and at most what was used between two readings around.
 */
#include "config.h"

#include "support/unit.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"
#include "support/program.h"

/* Of the clock ticks in which user and system time are counted, and their rounding. */
#define TICKS 3

/* What the kernel has counted of a process with one thread. */
struct counted {
	uint64_t cpu_ns, queued_ns, user_ns;
};

static uint64_t tick_ns(void)
{
	return NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
}

static struct counted read_counted(pid_t pid)
{
	char path[64], text[1024] = "";
	unsigned long user;
	struct counted counted;
	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	FILE *file = fopen(path, "r");
	if (!file || fscanf(file, "%" SCNu64 " %" SCNu64, &counted.cpu_ns, &counted.queued_ns) != 2)
		skip();
	fclose(file);
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_int_equal(sscanf(strrchr(text, ')'),
				 ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu", &user),
		1);
	counted.user_ns = user * tick_ns();
	return counted;
}

struct worker {
	pid_t pid;
	uint64_t until_ns; /* of CPU time */
};

static bool has_worked(void *context)
{
	const struct worker *worker = context;
	return read_counted(worker->pid).cpu_ns >= worker->until_ns;
}

/* NS must lie between LEAST and MOST, with TOLERANCE. */
static void assert_between(
	const char *what, uint64_t ns, uint64_t least, uint64_t most, uint64_t tolerance)
{
	if (ns + tolerance < least || ns > most + tolerance)
		fail_msg("%s: %llu ms, not %llu to %llu", what,
			(unsigned long long)(ns / NS_PER_MS),
			(unsigned long long)(least / NS_PER_MS),
			(unsigned long long)(most / NS_PER_MS));
}

/* Watches COMMAND while it uses 200 ms of CPU time. Returns its times, in ROOT. */
static json_t *check(const char *command, json_t **root)
{
	struct program *target = program_start("%s", command);
	struct worker worker = {target->pid, 50 * NS_PER_MS};
	await(has_worked, &worker, "the target works");
	struct counted before = read_counted(target->pid);
	struct program *stop = stop_start("-c --format=json -p %d", (int)target->pid);
	struct counted begun = read_counted(target->pid);
	worker.until_ns = begun.cpu_ns + 200 * NS_PER_MS;
	await(has_worked, &worker, "the target works");
	struct counted end = read_counted(target->pid);
	stop_leave(stop);
	struct counted after = read_counted(target->pid);
	*root = json_last(stop->out.text);
	json_t *times = json_object_get(json_thread(*root, target->pid), "time_ns");
	uint64_t user_ns = json_number(times, "user");
	/* A running thread's time is updated at each tick of the kernel. */
	assert_between("CPU", user_ns + json_number(times, "kernel"), end.cpu_ns - begun.cpu_ns,
		after.cpu_ns - before.cpu_ns, TICKS * tick_ns());
	assert_between("runnable", json_number(times, "runnable"), end.queued_ns - begun.queued_ns,
		after.queued_ns - before.queued_ns, TICKS * tick_ns());
	assert_between("user", user_ns, end.user_ns - begun.user_ns, after.user_ns - before.user_ns,
		TICKS * tick_ns());
	program_free(stop);
	program_free(target);
	return times;
}

static uint64_t sum_of(json_t *times)
{
	const char *key;
	json_t *value;
	uint64_t sum_ns = 0;
	json_object_foreach(times, key, value) sum_ns += (uint64_t)json_integer_value(value);
	return sum_ns;
}

static void a_busy_loop_uses_what_the_kernel_says(void **state)
{
	json_t *root;
	(void)state;
	json_t *times = check("sh -c 'while :; do :; done'", &root);
	/* Nothing else: it makes no calls, and touches no new pages. Before it is looked at for the
	 * first time, nothing is known. */
	uint64_t known_ns = sum_of(times) - json_number(times, "unknown");
	assert_between("all",
		json_number(times, "user") + json_number(times, "kernel") +
			json_number(times, "runnable"),
		known_ns * 9 / 10, known_ns, 0);
	json_decref(root);
}

/* Nearly all of it is tracing, and what the kernel does for that: not the program's own code. */
static void a_loop_of_calls_uses_what_the_kernel_says(void **state)
{
	json_t *root;
	(void)state;
	check("sh -c 'while :; do kill -0 $$; done'", &root);
	json_decref(root);
}

static bool has_slept(void *context)
{
	json_t *root = NULL;
	struct program *stop = context;
	size_t begin = stop->out.seen;
	stop_await_frame(stop);
	root = json_loadb(
		stop->out.text + begin, stop->out.seen - begin, JSON_DISABLE_EOF_CHECK, NULL);
	json_t *totals = json_object_get(root, "totals");
	double wait = json_number_value(
		json_object_get(json_object_get(totals, "time_shares"), "wait"));
	json_decref(root);
	return wait > 0.99;
}

static void a_sleeping_program_waits(void **state)
{
	(void)state;
	struct program *target = program_start("sleep 1000");
	struct program *stop = stop_start("-b -d 0.2 --format=json -p %d", (int)target->pid);
	await(has_slept, stop, "it waits for a whole interval");
	stop_leave(stop);
	program_free(stop);
	program_free(target);
}

/* Each lives for a moment: their times are read as they end. */
static void children_that_live_shortly_are_no_unknown_time(void **state)
{
	(void)state;
	struct program *stop = program_run("stop -c --format=json births.tracee fork 200");
	json_t *root = json_last(stop->err.text);
	json_t *times = json_object_get(json_object_get(root, "totals"), "time_ns");
	/* Without a clock tick, user and kernel cannot be told apart: that alone is unknown. */
	assert_true(json_number(times, "runnable") + json_number(times, "traced") > 0);
	assert_true(json_number(times, "unknown") < sum_of(times) / 2);
	json_decref(root);
	program_free(stop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_busy_loop_uses_what_the_kernel_says),
		cmocka_unit_test(a_loop_of_calls_uses_what_the_kernel_says),
		cmocka_unit_test(a_sleeping_program_waits),
		cmocka_unit_test(children_that_live_shortly_are_no_unknown_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
