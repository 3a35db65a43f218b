/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long tracees stand still: what each stop adds. Times in ms. */
#include "config.h"

#include "support/unit.h"

#include "base/time.h"
#include "engine/ptrace/wait/standstill.h"
#include "engine/ptrace/world/world.h"

#define CPUS 2

/* A world with some CPUs, and the tracer's wait for one. */
struct fake {
	struct world world;
	uint64_t queued_ns;
	unsigned int readings; /* of that */
	struct standstill standstill;
};

static unsigned int online_cpus(struct world *world)
{
	(void)world;
	return CPUS;
}

static uint64_t queued_ns(struct world *world)
{
	struct fake *fake = (struct fake *)world;
	fake->readings++;
	return fake->queued_ns;
}

static const struct world_sched fake_sched = {
	.online_cpus = online_cpus,
	.queued_ns = queued_ns,
};

static void setup(struct fake *fake)
{
	*fake = (struct fake){.world = {.sched = &fake_sched}};
	standstill_init(&fake->standstill, &fake->world);
}

/* A tracee that was known to run at RUNNING reports at REPORTED, and is resumed at RESUMED. */
static void stop(struct fake *fake, uint64_t running, uint64_t reported, uint64_t resumed)
{
	const struct standstill_stop stop = {
		.running_ns = running * NS_PER_MS,
		.is_expected = true,
		.reported_ns = reported * NS_PER_MS,
		.resumed_ns = resumed * NS_PER_MS,
	};
	standstill_count(&fake->standstill, &stop);
}

static void stop_unexpectedly(struct fake *fake, uint64_t running, uint64_t reported)
{
	const struct standstill_stop stop = {
		.running_ns = running * NS_PER_MS,
		.reported_ns = reported * NS_PER_MS,
		.resumed_ns = reported * NS_PER_MS,
	};
	standstill_count(&fake->standstill, &stop);
}

/* The tracer sleeps from BEGIN to END; QUEUED of that it was awake and had no CPU. */
static void sleep_until(struct fake *fake, uint64_t begin, uint64_t end, uint64_t queued)
{
	standstill_sleep(&fake->standstill, begin * NS_PER_MS, false);
	fake->queued_ns += queued * NS_PER_MS;
	standstill_wake(&fake->standstill, begin * NS_PER_MS, end * NS_PER_MS);
}

static void assert_lost(struct fake *fake, uint64_t lost)
{
	assert_int_equal(fake->standstill.lost_ns, lost * NS_PER_MS);
	standstill_clear(&fake->standstill);
}

static void a_long_stop_counts_from_when_the_tracee_was_known_to_run(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake);
	stop(&fake, 10, 60, 65);
	assert_lost(&fake, 55);
}

static void a_usual_stop_does_not_count(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake);
	const struct standstill_stop usual = {
		.running_ns = NS_PER_MS,
		.is_expected = true,
		.reported_ns = NS_PER_MS + STANDSTILL_USUAL_NS / 2,
		.resumed_ns = NS_PER_MS + STANDSTILL_USUAL_NS,
	};
	standstill_count(&fake.standstill, &usual);
	assert_lost(&fake, 0);
}

static void a_stop_counts_from_when_nobody_was_stopped(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake);
	standstill_nobody(&fake.standstill, 50 * NS_PER_MS);
	stop(&fake, 10, 60, 65);
	assert_lost(&fake, 15);
}

/* A thread that had not run for long can have stopped at any time since. */
static void an_unexpected_stop_counts_from_the_middle(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake);
	stop_unexpectedly(&fake, 10, 30);
	assert_lost(&fake, 10);
}

static void time_asleep_does_not_count(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake);
	sleep_until(&fake, 10, 500, 0);
	stop(&fake, 10, 500, 500);
	assert_lost(&fake, 0);
}

static void time_without_a_cpu_counts(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake);
	sleep_until(&fake, 10, 500, 40);
	stop(&fake, 10, 500, 500);
	assert_lost(&fake, 40);
}

/* Then the tracer waits for its CPU while a tracee runs there. */
static void time_without_a_cpu_does_not_count_while_colocated(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake);
	standstill_sleep(&fake.standstill, 10 * NS_PER_MS, true);
	standstill_wake(&fake.standstill, 10 * NS_PER_MS, 500 * NS_PER_MS);
	stop(&fake, 10, 500, 500);
	assert_int_equal(fake.readings, 0);
	assert_lost(&fake, 0);
}

/* The file is read once in a millisecond. */
static void short_sleeps_cost_little(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake);
	for (uint64_t now_ns = NS_PER_S; now_ns < NS_PER_S + 10 * NS_PER_MS;
		now_ns += 200 * NS_PER_US) {
		standstill_sleep(&fake.standstill, now_ns, false);
		standstill_wake(&fake.standstill, now_ns, now_ns + 150 * NS_PER_US);
	}
	assert_in_range(fake.readings, 10, 11);
	standstill_clear(&fake.standstill);
}

/* Eight threads that stand still for the same 50 ms have lost what two CPUs can do. */
static void stops_at_the_same_time_count_once_for_each_cpu(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake);
	for (unsigned int i = 0; i < 8; i++)
		stop(&fake, 10, 60, 60);
	assert_lost(&fake, CPUS * 50);
}

static void stops_one_after_the_other_all_count(void **state)
{
	struct fake fake;
	(void)state;
	setup(&fake);
	for (uint64_t i = 1; i <= 5; i++)
		stop(&fake, i * 100, i * 100 + 20, i * 100 + 20);
	/* One that overlaps with the last. */
	stop(&fake, 510, 540, 540);
	assert_lost(&fake, 5 * 20 + 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_stop_counts_from_when_the_tracee_was_known_to_run),
		cmocka_unit_test(a_usual_stop_does_not_count),
		cmocka_unit_test(a_stop_counts_from_when_nobody_was_stopped),
		cmocka_unit_test(an_unexpected_stop_counts_from_the_middle),
		cmocka_unit_test(time_asleep_does_not_count),
		cmocka_unit_test(time_without_a_cpu_counts),
		cmocka_unit_test(time_without_a_cpu_does_not_count_while_colocated),
		cmocka_unit_test(short_sleeps_cost_little),
		cmocka_unit_test(stops_at_the_same_time_count_once_for_each_cpu),
		cmocka_unit_test(stops_one_after_the_other_all_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
