/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Colocation: reports of one thread in quick succession start it, and everything that makes it
 * harmful ends it. The reports are fake. If SCHED_IDLE could not be left again there is no
 * colocation, and the tests are skipped.
 */
#include "config.h"

#include "support/unit.h"

#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/ptrace/wait/colocation.h"
#include "engine/ptrace/world/world.h"

#define LIMIT_NS (60 * NS_PER_S)
#define MANY     1000

static struct colocation *new_or_skip(void)
{
	struct colocation *colocation = colocation_new(world_kernel());
	if (!colocation)
		skip();
	return colocation;
}

static bool is_low(void)
{
	return sched_getscheduler(0) == SCHED_IDLE;
}

static int cpu_count(void)
{
	cpu_set_t set;
	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	return CPU_COUNT(&set);
}

/* Colocation is off, but the watchdog may be about to restore the policy, and then the CPUs. */
static void await_restored(int cpus)
{
	uint64_t until_ns = clock_now_ns() + LIMIT_NS;
	while (is_low() || cpu_count() != cpus)
		assert_true(clock_now_ns() < until_ns);
}

/* Reports TID as quickly as possible until colocation begins. */
static void begin(struct colocation *colocation, pid_t tid)
{
	uint64_t until_ns = clock_now_ns() + LIMIT_NS;
	while (!colocation_is_on(colocation)) {
		assert_true(clock_now_ns() < until_ns);
		colocation_report(colocation, tid, 1);
	}
}

/* On a busy machine the watchdog may end colocation before it can be checked: then try again. */
static void a_busy_thread_is_colocated(void **state)
{
	(void)state;
	struct colocation *colocation = new_or_skip();
	uint64_t until_ns = clock_now_ns() + LIMIT_NS;
	do {
		assert_true(clock_now_ns() < until_ns);
		begin(colocation, getpid());
	} while (!is_low() || cpu_count() != 1);
	colocation_free(colocation);
}

static void the_end_restores_policy_and_cpus(void **state)
{
	(void)state;
	int cpus = cpu_count();
	struct colocation *colocation = new_or_skip();
	begin(colocation, getpid());
	colocation_end(colocation);
	assert_false(colocation_is_on(colocation));
	await_restored(cpus);
	begin(colocation, getpid());
	colocation_free(colocation);
	assert_false(is_low());
	assert_int_equal(cpu_count(), cpus);
}

/* They report alternately. */
static void one_of_two_busy_threads_is_colocated(void **state)
{
	(void)state;
	struct colocation *colocation = new_or_skip();
	uint64_t until_ns = clock_now_ns() + LIMIT_NS;
	for (int i = 0; !colocation_is_on(colocation) || cpu_count() != 1; i++) {
		assert_true(clock_now_ns() < until_ns);
		colocation_report(colocation, i % 2 ? getpid() : getppid(), 2);
	}
	colocation_free(colocation);
}

static void none_of_many_busy_threads_is_colocated(void **state)
{
	(void)state;
	struct colocation *colocation = new_or_skip();
	for (int i = 0; i < MANY; i++)
		colocation_report(colocation, getpid(), 8);
	assert_false(colocation_is_on(colocation));
	begin(colocation, getpid());
	for (int i = 0; i < MANY; i++)
		colocation_report(colocation, getpid(), 8);
	assert_false(colocation_is_on(colocation));
	colocation_free(colocation);
}

static void infrequent_reports_end_it(void **state)
{
	(void)state;
	int cpus = cpu_count();
	struct colocation *colocation = new_or_skip();
	uint64_t until_ns = clock_now_ns() + LIMIT_NS;
	begin(colocation, getpid());
	while (colocation_is_on(colocation)) {
		assert_true(clock_now_ns() < until_ns);
		pause_pace(500000);
		colocation_report(colocation, getpid(), 1);
	}
	await_restored(cpus);
	colocation_free(colocation);
}

static void a_thread_that_has_exited_is_not_colocated(void **state)
{
	(void)state;
	struct colocation *colocation = new_or_skip();
	for (int i = 0; i < MANY; i++)
		colocation_report(colocation, 0x7fffffff, 1);
	assert_false(colocation_is_on(colocation));
	assert_false(is_low());
	colocation_free(colocation);
}

/* There is no report, and the thread sleeps: the watchdog ends colocation without barring it. */
static void silence_ends_it(void **state)
{
	(void)state;
	int cpus = cpu_count();
	struct colocation *colocation = new_or_skip();
	uint64_t until_ns = clock_now_ns() + LIMIT_NS;
	begin(colocation, getpid());
	while (colocation_is_on(colocation) || is_low() || cpu_count() != cpus) {
		assert_true(clock_now_ns() < until_ns);
		pause_poll();
	}
	colocation_free(colocation);
}

/*
 * There is no report, and the thread is runnable, so it looks starved to the watchdog: colocation
 * ends, and the next one has to wait.
 */
static void starvation_ends_it(void **state)
{
	(void)state;
	int cpus = cpu_count();
	struct colocation *colocation = new_or_skip();
	uint64_t until_ns = clock_now_ns() + LIMIT_NS;
	begin(colocation, getpid());
	while (colocation_is_on(colocation) || is_low() || cpu_count() != cpus)
		assert_true(clock_now_ns() < until_ns);
	uint64_t ended_ns = clock_now_ns();
	begin(colocation, getpid());
	assert_true(clock_now_ns() - ended_ns > 10 * NS_PER_MS);
	colocation_free(colocation);
}

/* A world in which the busy thread is on a CPU of the test's choice, and no CPU is changed. */
struct placed {
	struct world world; /* first: the functions find the rest by it */
	struct world_sched sched;
	struct world_proc proc;
	int cpu;
	cpu_set_t used; /* all CPUs that were asked for */
};

static bool first_cpu_only(struct world *world, cpu_set_t *cpus)
{
	(void)world;
	CPU_ZERO(cpus);
	CPU_SET(0, cpus);
	return true;
}

static bool note_cpus(struct world *world, pid_t tid, const cpu_set_t *cpus)
{
	struct placed *placed = (struct placed *)world;
	(void)tid;
	CPU_OR(&placed->used, &placed->used, cpus);
	return true;
}

static int chosen_cpu(struct world *world, pid_t tid)
{
	(void)tid;
	return ((struct placed *)world)->cpu;
}

static void only_cpus_that_the_user_allows_are_used(void **state)
{
	struct placed placed = {
		.world = *world_kernel(),
		.sched = *world_kernel()->sched,
		.proc = *world_kernel()->proc,
		.cpu = 1,
	};
	(void)state;
	placed.world.sched = &placed.sched;
	placed.world.proc = &placed.proc;
	placed.sched.get_cpus = first_cpu_only;
	placed.sched.set_cpus = note_cpus;
	placed.proc.cpu = chosen_cpu;
	struct colocation *colocation = colocation_new(&placed.world);
	if (!colocation)
		skip();
	for (int i = 0; i < MANY; i++)
		colocation_report(colocation, getpid(), 1);
	assert_false(colocation_is_on(colocation));
	assert_int_equal(CPU_COUNT(&placed.used), 0);
	/* It comes to the other CPU, and leaves it. */
	placed.cpu = 0;
	begin(colocation, getpid());
	placed.cpu = 1;
	uint64_t until_ns = clock_now_ns() + LIMIT_NS;
	while (colocation_is_on(colocation)) {
		assert_true(clock_now_ns() < until_ns);
		colocation_report(colocation, getpid(), 1);
	}
	await_restored(cpu_count());
	assert_int_equal(CPU_COUNT(&placed.used), 1);
	assert_true(CPU_ISSET(0, &placed.used));
	colocation_free(colocation);
}

static void without_colocation_nothing_happens(void **state)
{
	(void)state;
	colocation_report(NULL, 1, 1);
	colocation_end(NULL);
	colocation_free(NULL);
	assert_false(colocation_is_on(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_busy_thread_is_colocated),
		cmocka_unit_test(the_end_restores_policy_and_cpus),
		cmocka_unit_test(one_of_two_busy_threads_is_colocated),
		cmocka_unit_test(none_of_many_busy_threads_is_colocated),
		cmocka_unit_test(infrequent_reports_end_it),
		cmocka_unit_test(a_thread_that_has_exited_is_not_colocated),
		cmocka_unit_test(silence_ends_it),
		cmocka_unit_test(starvation_ends_it),
		cmocka_unit_test(only_cpus_that_the_user_allows_are_used),
		cmocka_unit_test(without_colocation_nothing_happens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
