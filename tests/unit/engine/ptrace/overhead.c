/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The overhead of all stops so far, from what could be measured before the first of them. */
#include "config.h"

#include "support/unit.h"

#include "engine/ptrace/overhead.h"

static const struct overhead unknown;
static const struct overhead slow = {.latency_ns = 30000, .call_ns = 40000};
static const struct overhead fast = {.latency_ns = 5000, .call_ns = 8000};

static void each_stop_costs_what_its_kind_costs(void **state)
{
	(void)state;
	struct overhead_so_far so_far = overhead_of_stops(&slow, &fast, 400, 100);
	assert_int_equal(so_far.lost_ns, (300 * 40000 + 100 * 8000) / 2);
	assert_int_equal(so_far.overhead.call_ns, (3 * 40000 + 8000) / 4);
	assert_int_equal(so_far.overhead.latency_ns, 30000);
	so_far = overhead_of_stops(&slow, &fast, 400, 390);
	assert_int_equal(so_far.overhead.latency_ns, 5000);
	so_far = overhead_of_stops(&slow, &fast, 0, 0);
	assert_int_equal(so_far.overhead.call_ns, 40000);
	assert_int_equal(so_far.lost_ns, 0);
}

/* It is not averaged as 0: the average would decay as the unknown part grows. */
static void what_could_not_be_measured_stays_unknown(void **state)
{
	(void)state;
	for (uint64_t colocated = 100; colocated <= 1000; colocated += 100) {
		struct overhead_so_far so_far = overhead_of_stops(&slow, &unknown, 1000, colocated);
		assert_int_equal(so_far.overhead.call_ns, 0);
		assert_int_equal(so_far.lost_ns, 0);
	}
	for (uint64_t colocated = 0; colocated < 1000; colocated += 100) {
		struct overhead_so_far so_far = overhead_of_stops(&unknown, &fast, 1000, colocated);
		assert_int_equal(so_far.overhead.call_ns, 0);
		assert_int_equal(so_far.overhead.latency_ns, 0);
	}
	struct overhead_so_far nothing = overhead_of_stops(&unknown, &fast, 0, 0);
	assert_int_equal(nothing.overhead.call_ns, 0);
}

static void a_few_stops_of_the_unknown_kind_do_not_matter(void **state)
{
	(void)state;
	struct overhead_so_far so_far = overhead_of_stops(&slow, &unknown, 1000, 20);
	assert_int_equal(so_far.overhead.call_ns, 40000);
	assert_int_equal(so_far.lost_ns, 1000 * 40000 / 2);
	so_far = overhead_of_stops(&unknown, &fast, 1000, 980);
	assert_int_equal(so_far.overhead.call_ns, 8000);
	assert_int_equal(so_far.overhead.latency_ns, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_stop_costs_what_its_kind_costs),
		cmocka_unit_test(what_could_not_be_measured_stays_unknown),
		cmocka_unit_test(a_few_stops_of_the_unknown_kind_do_not_matter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
