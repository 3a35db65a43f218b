/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A share of a CPU. */
#include "config.h"

#include "support/unit.h"

#include "base/time.h"
#include "out/throttle.h"

#define SHARE 10
#define BURST (50 * NS_PER_MS)

static void allows_a_burst(void **state)
{
	struct throttle throttle = {.share = SHARE, .burst_ns = BURST};
	(void)state;
	/* However long the rest was. */
	assert_int_equal(throttle_rest_ns(&throttle, 3600 * NS_PER_S, BURST), 0);
	assert_int_equal(
		throttle_rest_ns(&throttle, 3600 * NS_PER_S, BURST + NS_PER_MS), SHARE * NS_PER_MS);
}

/* A thread that always has something to do, and rests when it has to. */
static void keeps_the_share(void **state)
{
	struct throttle throttle = {.share = SHARE, .burst_ns = BURST};
	uint64_t now_ns = 0, cpu_ns = 0;
	(void)state;
	while (now_ns < 100 * NS_PER_S) {
		now_ns += throttle_rest_ns(&throttle, now_ns, cpu_ns);
		now_ns += 3 * NS_PER_MS;
		cpu_ns += 3 * NS_PER_MS;
	}
	assert_in_range(cpu_ns, 9 * NS_PER_S, now_ns / SHARE + BURST);
}

static void does_not_hinder_who_does_little(void **state)
{
	struct throttle throttle = {.share = SHARE, .burst_ns = BURST};
	uint64_t cpu_ns = 0;
	(void)state;
	for (uint64_t now_ns = NS_PER_S; now_ns < 100 * NS_PER_S; now_ns += NS_PER_S) {
		cpu_ns += 2 * NS_PER_MS;
		assert_int_equal(throttle_rest_ns(&throttle, now_ns, cpu_ns), 0);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(allows_a_burst),
		cmocka_unit_test(keeps_the_share),
		cmocka_unit_test(does_not_hinder_who_does_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
