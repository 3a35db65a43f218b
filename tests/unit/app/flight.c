/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When calls have the flight recorder written: at once, and then not again and again. */
#include "config.h"

#include "support/unit.h"

#include "app/flight.h"

#define MINUTE (60 * NS_PER_S)

static void the_first_call_has_it_written_at_once(void **state)
{
	const struct flight_schedule schedule = {.keep_ns = MINUTE, .left = 1};
	(void)state;
	assert_false(flight_schedule_is_due(&schedule, 0, NS_PER_S, 2 * NS_PER_S));
	assert_true(flight_schedule_is_due(&schedule, 1, NS_PER_S, 2 * NS_PER_S));
}

/* What comes soon after is in the next one, which begins where the last has ended. */
static void the_next_has_what_came_after(void **state)
{
	struct flight_schedule schedule = {.keep_ns = MINUTE, .left = 9};
	const uint64_t from_ns = NS_PER_S, now_ns = 2 * MINUTE;
	(void)state;
	flight_schedule_written(&schedule, 3, now_ns);
	assert_false(flight_schedule_is_due(&schedule, 3, from_ns, now_ns + 2 * MINUTE));
	assert_false(flight_schedule_is_due(&schedule, 4, from_ns, now_ns - 1));
	assert_false(flight_schedule_is_due(&schedule, 4, from_ns, now_ns + MINUTE - 1));
	assert_true(flight_schedule_is_due(&schedule, 4, from_ns, now_ns + MINUTE));
}

/* If memory is full before the time is over. */
static void no_call_leaves_memory_unwritten(void **state)
{
	struct flight_schedule schedule = {.keep_ns = MINUTE, .left = 9};
	const uint64_t now_ns = 2 * MINUTE;
	(void)state;
	flight_schedule_written(&schedule, 1, now_ns);
	assert_false(flight_schedule_is_due(&schedule, 2, now_ns - 1, now_ns + 5 * NS_PER_S));
	assert_true(flight_schedule_is_due(&schedule, 2, now_ns, now_ns + 5 * NS_PER_S));
	/* But not all the time. */
	assert_false(flight_schedule_is_due(&schedule, 2, now_ns, now_ns + FLIGHT_TIME_MIN - 1));
}

static void there_are_no_more_than_asked_for(void **state)
{
	struct flight_schedule schedule = {.keep_ns = NS_PER_S, .left = 2};
	uint64_t now_ns = MINUTE, matches = 1;
	unsigned int written = 0;
	(void)state;
	for (int i = 0; i < 100; i++, now_ns += MINUTE, matches++) {
		if (!flight_schedule_is_due(&schedule, matches, 1, now_ns))
			continue;
		flight_schedule_written(&schedule, matches, now_ns);
		written++;
	}
	assert_int_equal(written, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_call_has_it_written_at_once),
		cmocka_unit_test(the_next_has_what_came_after),
		cmocka_unit_test(no_call_leaves_memory_unwritten),
		cmocka_unit_test(there_are_no_more_than_asked_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
