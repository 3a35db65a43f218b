/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strips: a class of time for each of the last seconds. */
#include "config.h"

#include "support/unit.h"

#include "base/time.h"
#include "model/strip.h"

#define MS NS_PER_MS

static unsigned char classes[STRIP_SECONDS];

/* Adds USER_MS of user time and WAIT_MS of waiting, until NOW_MS. */
static void add(struct strip *strip, uint64_t now_ms, uint64_t user_ms, uint64_t wait_ms)
{
	const uint64_t ns[TIME_COUNT] = {[TIME_USER] = user_ms * MS, [TIME_WAIT] = wait_ms * MS};
	strip_add(strip, now_ms * MS, ns);
}

static void each_second_has_a_class(void **state)
{
	struct strip strip = {0};
	(void)state;
	add(&strip, 1000, 0, 0);
	add(&strip, 1500, 10, 490);
	assert_int_equal(strip_classes(&strip, classes), 0);
	add(&strip, 2000, 10, 490); /* 2 % */
	add(&strip, 3000, 60, 940);
	assert_int_equal(strip_classes(&strip, classes), 2);
	assert_int_equal(classes[0], TIME_USER);
	assert_int_equal(classes[1], TIME_WAIT);
	add(&strip, 4000, 0, 0);
	assert_int_equal(strip_classes(&strip, classes), 3);
	assert_int_equal(classes[0], TIME_UNKNOWN);
}

static void long_intervals_are_several_seconds(void **state)
{
	struct strip strip = {0};
	(void)state;
	add(&strip, 1000, 0, 0);
	add(&strip, 4200, 3200, 0);
	assert_int_equal(strip_classes(&strip, classes), 3);
	add(&strip, 5000, 0, 800);
	assert_int_equal(strip_classes(&strip, classes), 4);
	assert_int_equal(classes[0], TIME_WAIT);
	assert_int_equal(classes[1], TIME_USER);
	add(&strip, 5000000, 4995000, 0);
	assert_int_equal(strip_classes(&strip, classes), STRIP_SECONDS);
	assert_int_equal(classes[STRIP_SECONDS - 1], TIME_USER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_second_has_a_class),
		cmocka_unit_test(long_intervals_are_several_seconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
