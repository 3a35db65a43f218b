/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All time that a target stands still because of stop is in `cost`: beside a program that knows its
 * own gaps, while the tracer gets hardly any CPU time.
 */
#include "config.h"

#include "support/unit.h"

#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/time.h"
#include "support/program.h"

#define GAPS_MS 500
#define CALL_NS (200 * NS_PER_US) /* of gaps.tracee, between two calls */
#define TRIES   50

/* The first CPU on which this program may run, or else the second. */
static cpu_set_t nth_cpu(unsigned int n)
{
	cpu_set_t all, one;
	CPU_ZERO(&one);
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &all) && n-- == 0)
			CPU_SET(cpu, &one);
	}
	return one;
}

static void run_on_first(void)
{
	const cpu_set_t cpu = nth_cpu(0);
	sched_setaffinity(0, sizeof(cpu), &cpu);
}

/* With this policy, the tracer does not choose its CPU by itself. */
static void run_on_first_without_colocation(void)
{
	const struct sched_param param = {0};
	run_on_first();
	sched_setscheduler(0, SCHED_BATCH, &param);
}

static void run_on_second(void)
{
	const cpu_set_t cpu = nth_cpu(1);
	sched_setaffinity(0, sizeof(cpu), &cpu);
}

/* Another program wants the tracer's CPU, and goes first. */
static struct program *starve(pid_t tracer)
{
	const struct sched_param param = {0};
	assert_true(tracer > 0);
	struct program *busy = program_start_after(run_on_first, "sh -c 'while :; do :; done'");
	assert_int_equal(sched_setscheduler(tracer, SCHED_IDLE, &param), 0);
	return busy;
}

/* The target's gaps, and what stop has said about them. In ns. */
struct experiment {
	uint64_t gaps_ns, still_ns, queued_ns, begin_ns, end_ns; /* as printed by gaps.tracee */
	uint64_t begun_ns, ended_ns; /* when it was told to go on, and when it had ended */
	bool is_known;               /* stop could measure what a stop costs */
	uint64_t lost_ns;            /* the cost */
	uint64_t unsure_ns;          /* what is not known of it */
};

static void read_cost(struct experiment *experiment, const char *text)
{
	json_t *root = json_last(text);
	json_t *cost = json_object_get(root, "cost");
	double share = json_number_value(json_object_get(cost, "share"));
	experiment->is_known = json_is_real(json_object_get(cost, "share"));
	if (!experiment->is_known)
		goto out;
	experiment->lost_ns = (uint64_t)(share * (double)json_number(root, "elapsed_ns"));
	/* What a call costs in any case is an estimate, and between two it may stop at any time. */
	experiment->unsure_ns = json_number(cost, "stops") / 2 *
	                        (json_number(cost, "call_ns") + CALL_NS);
out:
	json_decref(root);
}

static void run_experiment(struct experiment *experiment)
{
	struct program *target = program_start_after(run_on_second, "gaps.tracee %d", GAPS_MS);
	program_ready(target);
	struct program *stop = program_start_after(
		run_on_first_without_colocation, "stop -c --format=json -p %d", (int)target->pid);
	assert_true(stop_attaches(stop));
	struct program *busy = starve(task_tracer(target->pid));
	experiment->begun_ns = clock_now_ns();
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	experiment->ended_ns = clock_now_ns();
	program_free(busy);
	assert_int_equal(program_finish(stop), 0);
	assert_int_equal(
		sscanf(target->out.text,
			"ready\ngaps %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64,
			&experiment->gaps_ns, &experiment->still_ns, &experiment->queued_ns,
			&experiment->begin_ns, &experiment->end_ns),
		5);
	read_cost(experiment, stop->out.text);
	print_message("gaps %" PRIu64 " ms, still %" PRIu64 " ms, lost %" PRIu64 " ms (%" PRIu64
		      " ms)\n",
		experiment->gaps_ns / NS_PER_MS, experiment->still_ns / NS_PER_MS,
		experiment->lost_ns / NS_PER_MS, experiment->unsure_ns / NS_PER_MS);
	program_free(stop);
	program_free(target);
}

static void the_time_that_a_target_stands_still_is_in_the_cost(void **state)
{
	struct experiment experiment = {0};
	cpu_set_t second = nth_cpu(1);
	(void)state;
	if (!program_is_engine("ptrace"))
		skip();
	if (CPU_COUNT(&second) == 0 || access("/proc/self/schedstat", R_OK) < 0)
		skip();
	/* On a busy machine the cost may not be known. */
	for (int tries = 0; tries < TRIES && !experiment.is_known; tries++)
		run_experiment(&experiment);
	assert_true(experiment.is_known);
	assert_true(experiment.lost_ns > experiment.gaps_ns * 9 / 10);
	/*
	 * While it waits for its CPU, it is not known whether it has stopped; and it stands still
	 * on its way to its loop, and to its end, too.
	 */
	uint64_t more_ns = experiment.queued_ns + (experiment.begin_ns - experiment.begun_ns) +
	                   (experiment.ended_ns - experiment.end_ns);
	assert_true(experiment.lost_ns <
		    experiment.still_ns * 11 / 10 + more_ns + experiment.unsure_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_time_that_a_target_stands_still_is_in_the_cost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
