/*
 * Riding: begun by one thread's reports in quick succession, ended by all that makes it a burden.
 *
 * The reports are made up: what they are about decides nothing. Where SCHED_IDLE cannot be left
 * again there are no rides, and each test says so.
 */
#include "config.h"

#include "unit.h"

#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "trace/ride.h"

#define LIMIT_NS (60 * NS_PER_S)
#define MANY     1000

static struct ride *ride_or_skip(void)
{
	struct ride *ride = ride_new();
	if (!ride)
		skip();
	return ride;
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

/* Reports of TID, as quickly as can be, until there is a ride. */
static void begin(struct ride *ride, pid_t tid)
{
	uint64_t until_ns = clock_now_ns() + LIMIT_NS;
	while (!ride_is_on(ride)) {
		assert_true(clock_now_ns() < until_ns);
		ride_heard(ride, tid, 1);
	}
}

static void one_busy_thread_is_ridden_with(void **state)
{
	(void)state;
	struct ride *ride = ride_or_skip();
	begin(ride, getpid());
	assert_true(is_low());
	assert_int_equal(cpu_count(), 1);
	ride_free(ride);
}

static void the_end_gives_back_rank_and_cpus(void **state)
{
	(void)state;
	int cpus = cpu_count();
	struct ride *ride = ride_or_skip();
	begin(ride, getpid());
	ride_end(ride);
	assert_false(ride_is_on(ride));
	assert_false(is_low());
	assert_int_equal(cpu_count(), cpus);
	begin(ride, getpid());
	ride_free(ride);
	assert_false(is_low());
	assert_int_equal(cpu_count(), cpus);
}

/* By turns: one of them is ridden with. */
static void so_is_one_of_two(void **state)
{
	(void)state;
	struct ride *ride = ride_or_skip();
	for (pid_t i = 0; i < MANY && !ride_is_on(ride); i++)
		ride_heard(ride, i % 2 ? getpid() : getppid(), 2);
	assert_true(ride_is_on(ride));
	assert_int_equal(cpu_count(), 1);
	ride_free(ride);
}

static void of_many_none_is(void **state)
{
	(void)state;
	struct ride *ride = ride_or_skip();
	for (int i = 0; i < MANY; i++)
		ride_heard(ride, getpid(), 8);
	assert_false(ride_is_on(ride));
	begin(ride, getpid());
	for (int i = 0; i < MANY; i++)
		ride_heard(ride, getpid(), 8);
	assert_false(ride_is_on(ride));
	ride_free(ride);
}

static void seldom_reports_end_it(void **state)
{
	(void)state;
	struct ride *ride = ride_or_skip();
	uint64_t until_ns = clock_now_ns() + LIMIT_NS;
	begin(ride, getpid());
	while (ride_is_on(ride)) {
		assert_true(clock_now_ns() < until_ns);
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = 500000}, NULL);
		ride_heard(ride, getpid(), 1);
	}
	assert_false(is_low());
	ride_free(ride);
}

static void a_thread_that_is_gone_is_not_ridden_with(void **state)
{
	(void)state;
	struct ride *ride = ride_or_skip();
	for (int i = 0; i < MANY; i++)
		ride_heard(ride, 0x7fffffff, 1);
	assert_false(ride_is_on(ride));
	assert_false(is_low());
	ride_free(ride);
}

/* Nothing is heard, and the thread sleeps: the guard ends the ride, without a price. */
static void silence_ends_it(void **state)
{
	(void)state;
	int cpus = cpu_count();
	struct ride *ride = ride_or_skip();
	uint64_t until_ns = clock_now_ns() + LIMIT_NS;
	begin(ride, getpid());
	while (ride_is_on(ride) || is_low() || cpu_count() != cpus) {
		assert_true(clock_now_ns() < until_ns);
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	ride_free(ride);
}

/*
 * Nothing is heard, and the thread is ready to run: for all that the guard can see it is hungry. So
 * the ride ends, and the next one has to wait.
 */
static void hunger_ends_it(void **state)
{
	(void)state;
	int cpus = cpu_count();
	struct ride *ride = ride_or_skip();
	uint64_t until_ns = clock_now_ns() + LIMIT_NS;
	begin(ride, getpid());
	while (ride_is_on(ride) || is_low() || cpu_count() != cpus)
		assert_true(clock_now_ns() < until_ns);
	uint64_t ended_ns = clock_now_ns();
	begin(ride, getpid());
	assert_true(clock_now_ns() - ended_ns > 10 * NS_PER_MS);
	ride_free(ride);
}

static void without_one_nothing_happens(void **state)
{
	(void)state;
	ride_heard(NULL, 1, 1);
	ride_end(NULL);
	ride_free(NULL);
	assert_false(ride_is_on(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_busy_thread_is_ridden_with),
		cmocka_unit_test(the_end_gives_back_rank_and_cpus),
		cmocka_unit_test(so_is_one_of_two),
		cmocka_unit_test(of_many_none_is),
		cmocka_unit_test(seldom_reports_end_it),
		cmocka_unit_test(a_thread_that_is_gone_is_not_ridden_with),
		cmocka_unit_test(silence_ends_it),
		cmocka_unit_test(hunger_ends_it),
		cmocka_unit_test(without_one_nothing_happens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
