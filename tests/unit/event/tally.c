/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sums of calls: adding and merging agree, with each other and with a naive computation. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "event/tally.h"
#include "support/random.h"

static struct outcome random_outcome(uint64_t *seed)
{
	static const int errors[] = {0, 0, 0, 0, ENOENT, EAGAIN, EINTR, EPERM, 512};
	return (struct outcome){
		.duration_ns = random_next(seed) >> (24 + random_below(seed, 40)),
		.partial = random_below(seed, 10) == 0,
		.err = errors[random_below(seed, COUNT_OF(errors))],
		.bytes = random_next(seed) >> (8 + random_below(seed, 40)),
	};
}

static void assert_same(const struct tally *a, const struct tally *b)
{
	struct hist_bucket left, right;
	assert_int_equal(a->calls, b->calls);
	assert_int_equal(a->errors, b->errors);
	assert_int_equal(a->partial, b->partial);
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->total_ns, b->total_ns);
	assert_int_equal(a->partial_ns, b->partial_ns);
	assert_int_equal(a->min_ns, b->min_ns);
	assert_int_equal(a->max_ns, b->max_ns);
	assert_true(a->squares == b->squares);
	assert_int_equal(a->error_kinds, b->error_kinds);
	for (size_t i = 0; i < a->error_kinds; i++) {
		assert_int_equal(a->error[i].err, b->error[i].err);
		assert_int_equal(a->error[i].count, b->error[i].count);
	}
	assert_int_equal(a->hist.count, b->hist.count);
	for (unsigned int at = 0, to = 0; hist_next(&a->hist, &at, &left);) {
		assert_int_equal(hist_next(&b->hist, &to, &right), 1);
		assert_int_equal(left.low_ns, right.low_ns);
		assert_int_equal(left.count, right.count);
	}
}

static void merging_equals_adding(void **state)
{
	uint64_t seed = 10;
	(void)state;
	for (int calls = 0; calls < 2000; calls += 1 + calls / 4) {
		struct tally whole = {0}, part[3] = {0}, merged = {0};
		for (int i = 0; i < calls; i++) {
			struct outcome outcome = random_outcome(&seed);
			tally_add(&whole, &outcome);
			tally_add(&part[random_below(&seed, COUNT_OF(part))], &outcome);
		}
		for (size_t i = 0; i < COUNT_OF(part); i++)
			tally_merge(&merged, &part[i]);
		assert_same(&merged, &whole);
		for (size_t i = 0; i < COUNT_OF(part); i++)
			tally_clear(&part[i]);
		tally_clear(&whole);
		tally_clear(&merged);
	}
}

static void a_partial_time_is_only_a_lower_bound(void **state)
{
	struct tally tally = {0};
	(void)state;
	tally_add(&tally, &(struct outcome){.duration_ns = 5, .partial = true});
	assert_int_equal(tally.calls, 1);
	assert_int_equal(tally.partial, 1);
	assert_int_equal(tally.total_ns, 5);
	assert_int_equal(tally.partial_ns, 5);
	assert_int_equal(tally.max_ns, 5);
	assert_int_equal(tally.min_ns, 0);
	assert_int_equal(tally.hist.count, 0);

	tally_add(&tally, &(struct outcome){.duration_ns = 100});
	assert_int_equal(tally.min_ns, 100); /* the 5 may have been any time */
	assert_int_equal(tally.max_ns, 100);
	assert_int_equal(tally.hist.count, 1);

	tally_add(&tally, &(struct outcome){.duration_ns = 700, .partial = true, .err = EINTR});
	assert_int_equal(tally.calls, 3);
	assert_int_equal(tally.errors, 1);
	assert_int_equal(tally.total_ns, 805);
	assert_int_equal(tally.partial_ns, 705);
	assert_int_equal(tally.min_ns, 100);
	assert_int_equal(tally.max_ns, 700);
	assert_int_equal(tally.hist.count, 1);
	assert_true(tally_stddev_ns(&tally) < 1e-6);
	tally_clear(&tally);
}

static void the_minimum_may_be_zero(void **state)
{
	struct tally tally = {0}, other = {0};
	(void)state;
	tally_add(&tally, &(struct outcome){.duration_ns = 0});
	tally_add(&tally, &(struct outcome){.duration_ns = 9});
	assert_int_equal(tally.min_ns, 0);
	tally_add(&other, &(struct outcome){.duration_ns = 4});
	tally_merge(&tally, &other);
	assert_int_equal(tally.min_ns, 0);
	tally_clear(&tally);
	tally_clear(&other);
}

static void errors_are_counted_by_number_in_order(void **state)
{
	static const int errors[] = {EINTR, ENOENT, EINTR, 133, EPERM, EINTR, 0, ENOENT};
	static const struct error_count expected[] = {
		{EPERM, 1}, {ENOENT, 2}, {EINTR, 3}, {133, 1}};
	struct tally tally = {0};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(errors); i++)
		tally_add(&tally, &(struct outcome){.duration_ns = i, .err = errors[i]});
	assert_int_equal(tally.calls, COUNT_OF(errors));
	assert_int_equal(tally.errors, 7);
	assert_int_equal(tally.error_kinds, COUNT_OF(expected));
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		assert_int_equal(tally.error[i].err, expected[i].err);
		assert_int_equal(tally.error[i].count, expected[i].count);
	}
	tally_clear(&tally);
	assert_int_equal(tally.error_kinds, 0);
	assert_int_equal(tally.calls, 0);
}

/* The deviation by its definition: two passes, the mean first. */
static double naive_stddev(const uint64_t *times, size_t count)
{
	long double sum = 0, squares = 0;
	for (size_t i = 0; i < count; i++)
		sum += (long double)times[i];
	for (size_t i = 0; i < count; i++) {
		long double off = (long double)times[i] - sum / (long double)count;
		squares += off * off;
	}
	return (double)sqrtl(squares / (long double)count);
}

static void the_deviation_matches_its_definition(void **state)
{
	static const struct {
		uint64_t base, spread; /* times are from base to base + spread */
		double tolerance;      /* relative, with the deviation near the spread */
	} cases[] = {
		{0, 100, 1e-9}, {0, UINT64_C(1) << 40, 1e-9}, {1000, 1, 1e-6}, {1000000, 50, 1e-6},
		{UINT64_C(40000000000), 1000, 1e-2}, /* forty seconds, more or less a microsecond */
	};
	enum { COUNT = 3000 };
	static uint64_t times[COUNT];
	uint64_t seed = 11;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct tally tally = {0};
		for (size_t n = 0; n < COUNT; n++) {
			times[n] = cases[i].base + random_below(&seed, cases[i].spread + 1);
			tally_add(&tally, &(struct outcome){.duration_ns = times[n]});
			/* of no importance to it, whatever their size */
			if (n % 5 == 0)
				tally_add(&tally,
					&(struct outcome){.duration_ns = n, .partial = true});
		}
		double exact = naive_stddev(times, COUNT);
		double got = tally_stddev_ns(&tally);
		assert_true(fabs(got - exact) <= cases[i].tolerance * exact);
		tally_clear(&tally);
	}
}

static void there_is_no_deviation_without_calls(void **state)
{
	struct tally tally = {0};
	(void)state;
	assert_true(fabs(tally_stddev_ns(&tally)) < 1e-9);
	tally_add(&tally, &(struct outcome){.duration_ns = 7, .partial = true});
	assert_true(fabs(tally_stddev_ns(&tally)) < 1e-9);
	tally_add(&tally, &(struct outcome){.duration_ns = 123456789});
	assert_true(fabs(tally_stddev_ns(&tally)) < 1e-3);
	tally_clear(&tally);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merging_equals_adding),
		cmocka_unit_test(a_partial_time_is_only_a_lower_bound),
		cmocka_unit_test(the_minimum_may_be_zero),
		cmocka_unit_test(errors_are_counted_by_number_in_order),
		cmocka_unit_test(the_deviation_matches_its_definition),
		cmocka_unit_test(there_is_no_deviation_without_calls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
