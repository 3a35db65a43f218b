/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the time of calls in kernel traces went. */
#include "config.h"

#include "support/unit.h"

#include "engine/replay/lttng_sched.h"

/* A trace that has had a switch and a wake-up. */
static struct lttng_sched *begun(void)
{
	struct lttng_sched *sched = lttng_sched_new();
	lttng_sched_switch(sched, 1, true, 2, 10);
	lttng_sched_wake(sched, 3, 11);
	return sched;
}

static void a_call_waits_and_is_preempted(void **state)
{
	struct lttng_sched *sched = begun();
	struct split split;
	(void)state;
	lttng_sched_begin(sched, 7, 100);
	lttng_sched_switch(sched, 7, false, 8, 110);
	assert_true(lttng_sched_wake(sched, 7, 150));
	/* The second of the two events about one wake-up. */
	assert_false(lttng_sched_wake(sched, 7, 151));
	lttng_sched_switch(sched, 8, true, 7, 155);
	lttng_sched_switch(sched, 7, true, 8, 160);
	lttng_sched_switch(sched, 8, false, 7, 161);
	assert_true(lttng_sched_end(sched, 7, 171, &split));
	assert_int_equal(split.calls, 1);
	assert_int_equal(split.total_ns, 71);
	assert_int_equal(split.blocked_ns, 40);
	assert_int_equal(split.runnable_ns, 5 + 1);
	assert_int_equal(split_cpu_ns(&split), 10 + 5 + 10);
	/* It has ended. */
	assert_false(lttng_sched_end(sched, 7, 172, &split));
	lttng_sched_free(sched);
}

static void a_wake_up_before_the_switch_is_none(void **state)
{
	struct lttng_sched *sched = begun();
	struct split split;
	(void)state;
	lttng_sched_begin(sched, 7, 100);
	assert_false(lttng_sched_wake(sched, 7, 105));
	lttng_sched_switch(sched, 7, true, 8, 110);
	lttng_sched_switch(sched, 8, true, 7, 112);
	assert_true(lttng_sched_end(sched, 7, 120, &split));
	assert_int_equal(split.blocked_ns, 0);
	assert_int_equal(split.runnable_ns, 2);
	lttng_sched_free(sched);
}

static void nothing_is_said_that_is_not_known(void **state)
{
	struct split split;
	(void)state;
	/* No wake-ups: how long it could have run is not known. */
	struct lttng_sched *sched = lttng_sched_new();
	lttng_sched_begin(sched, 7, 100);
	lttng_sched_switch(sched, 7, false, 8, 110);
	lttng_sched_switch(sched, 8, false, 7, 120);
	assert_false(lttng_sched_end(sched, 7, 130, &split));
	lttng_sched_free(sched);
	sched = begun();
	/* Events are missing, of this call and not of the next. */
	lttng_sched_begin(sched, 7, 200);
	lttng_sched_lose(sched);
	assert_false(lttng_sched_end(sched, 7, 230, &split));
	lttng_sched_begin(sched, 7, 240);
	assert_true(lttng_sched_end(sched, 7, 250, &split));
	/* The switch back to it is missing. */
	lttng_sched_begin(sched, 7, 300);
	lttng_sched_switch(sched, 7, false, 8, 310);
	assert_false(lttng_sched_end(sched, 7, 330, &split));
	/* It has ended, and another one has its number. */
	lttng_sched_begin(sched, 7, 400);
	lttng_sched_forget(sched, 7);
	assert_false(lttng_sched_end(sched, 7, 430, &split));
	lttng_sched_free(sched);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_waits_and_is_preempted),
		cmocka_unit_test(a_wake_up_before_the_switch_is_none),
		cmocka_unit_test(nothing_is_said_that_is_not_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
