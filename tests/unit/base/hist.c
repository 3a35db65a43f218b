/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The histogram: values read back are close to those added, over the whole 64-bit range. */
#include "config.h"

#include "support/unit.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/hist.h"
#include "support/random.h"

/* The error bound of base/hist.h: 1/(2·HIST_STEPS), plus rounding. */
static bool is_near(uint64_t got, uint64_t exact)
{
	uint64_t off = got > exact ? got - exact : exact - got;
	return off <= exact / (UINT64_C(2) * HIST_STEPS) + 1;
}

static uint64_t read_back(uint64_t value)
{
	struct hist hist = {0};
	hist_add(&hist, value);
	uint64_t got = hist_quantile(&hist, 0.5);
	hist_clear(&hist);
	return got;
}

static void small_values_are_kept_exactly(void **state)
{
	(void)state;
	for (uint64_t value = 0; value < UINT64_C(2) * HIST_STEPS; value++)
		assert_int_equal(read_back(value), value);
}

static void a_value_is_off_by_at_most_one_in_64(void **state)
{
	uint64_t seed = 2;
	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t power = UINT64_C(1) << bit;
		for (int64_t near = -2; near <= 2; near++)
			assert_true(
				is_near(read_back(power + (uint64_t)near), power + (uint64_t)near));
	}
	assert_true(is_near(read_back(UINT64_MAX), UINT64_MAX));
	for (int i = 0; i < 100000; i++) {
		uint64_t value = random_magnitude(&seed);
		assert_true(is_near(read_back(value), value));
	}
}

static void a_value_is_within_its_bucket(void **state)
{
	uint64_t seed = 3;
	(void)state;
	for (int i = 0; i < 100000; i++) {
		struct hist hist = {0};
		struct hist_bucket bucket;
		unsigned int at = 0;
		uint64_t value = random_magnitude(&seed);
		hist_add(&hist, value);
		assert_int_equal(hist_next(&hist, &at, &bucket), 1);
		assert_true(bucket.low_ns <= value && value <= bucket.high_ns);
		assert_int_equal(bucket.count, 1);
		assert_int_equal(hist_next(&hist, &at, &bucket), 0);
		hist_clear(&hist);
	}
}

/* Each bucket begins where the previous one ends: every value is in exactly one. */
static void the_buckets_have_no_gap(void **state)
{
	struct hist hist = {0};
	struct hist_bucket bucket;
	uint64_t expected = 0;
	unsigned int buckets = 0;
	(void)state;
	for (uint64_t value = 0;; value += value / (UINT64_C(4) * HIST_STEPS) + 1) {
		hist_add(&hist, value);
		if (value > UINT64_MAX - (value / (UINT64_C(4) * HIST_STEPS) + 1))
			break;
	}
	hist_add(&hist, UINT64_MAX);
	for (unsigned int at = 0; hist_next(&hist, &at, &bucket); buckets++) {
		assert_true(bucket.low_ns == expected);
		assert_true(bucket.high_ns >= bucket.low_ns);
		expected = bucket.high_ns + 1;
	}
	assert_true(expected == 0); /* one past the largest number */
	assert_int_equal(buckets, HIST_OCTAVES * HIST_STEPS);
	hist_clear(&hist);
}

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;
	return (*a > *b) - (*a < *b);
}

/* Value NUMBER of distribution SHAPE. */
static uint64_t sample(unsigned int shape, uint64_t number, uint64_t *seed)
{
	switch (shape) {
	case 0:
		return 1000;
	case 1:
		return number;
	case 2:
		return random_below(seed, 1000000);
	case 3:
		return random_magnitude(seed);
	default: /* one slow among many fast */
		return number % 100 ? 500 + random_below(seed, 50) : 40000000;
	}
}

static void quantiles_agree_with_a_sorted_array(void **state)
{
	enum { SHAPES = 5, COUNT_MAX = 5000 };
	static const double quantiles[] = {0, 0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1};
	static const size_t counts[] = {1, 2, 3, 10, 99, 100, 101, COUNT_MAX};
	static uint64_t values[COUNT_MAX];
	uint64_t seed = 4;
	(void)state;
	for (unsigned int run = 0; run < SHAPES * COUNT_OF(counts); run++) {
		size_t count = counts[run / SHAPES];
		struct hist hist = {0};
		for (size_t i = 0; i < count; i++) {
			values[i] = sample(run % SHAPES, i, &seed);
			hist_add(&hist, values[i]);
		}
		qsort(values, count, sizeof(*values), compare);
		for (size_t q = 0; q < COUNT_OF(quantiles); q++) {
			size_t rank = (size_t)ceil(quantiles[q] * (double)count);
			uint64_t exact = values[rank ? rank - 1 : 0];
			assert_true(is_near(hist_quantile(&hist, quantiles[q]), exact));
		}
		hist_clear(&hist);
	}
}

static void assert_same(const struct hist *a, const struct hist *b)
{
	struct hist_bucket left, right;
	unsigned int at_left = 0, at_right = 0;
	assert_int_equal(a->count, b->count);
	while (hist_next(a, &at_left, &left)) {
		assert_int_equal(hist_next(b, &at_right, &right), 1);
		assert_true(left.low_ns == right.low_ns && left.high_ns == right.high_ns);
		assert_true(left.count == right.count);
	}
	assert_int_equal(hist_next(b, &at_right, &right), 0);
}

static void merging_equals_adding(void **state)
{
	struct hist whole = {0}, part[3] = {0}, merged = {0};
	uint64_t seed = 5;
	(void)state;
	for (int i = 0; i < 30000; i++) {
		uint64_t value = random_magnitude(&seed);
		hist_add(&whole, value);
		hist_add(&part[random_below(&seed, 2)], value); /* the last part stays empty */
	}
	for (size_t i = 0; i < COUNT_OF(part); i++)
		hist_merge(&merged, &part[i]);
	assert_same(&merged, &whole);
	for (size_t i = 0; i < COUNT_OF(part); i++)
		hist_clear(&part[i]);
	hist_clear(&whole);
	hist_clear(&merged);
}

static void subtracting_undoes_merging_and_stops_at_nothing(void **state)
{
	struct hist both = {0}, first = {0}, second = {0}, expected = {0};
	(void)state;
	for (uint64_t value = 1; value < 1000000; value = value * 3 + 1) {
		hist_add(&first, value);
		hist_add(&expected, value);
		hist_add(&second, value + value / 2);
	}
	hist_merge(&both, &first);
	hist_merge(&both, &second);
	hist_subtract(&both, &second);
	assert_same(&both, &expected);
	hist_subtract(&both, &first);
	hist_subtract(&both, &first);
	assert_int_equal(both.count, 0);
	assert_int_equal(hist_quantile(&both, 0.5), 0);
	hist_clear(&both);
	hist_clear(&first);
	hist_clear(&second);
	hist_clear(&expected);
}

static void the_bucket_of_a_value_is_where_it_is_added(void **state)
{
	(void)state;
	for (uint64_t value = 1; value < UINT64_MAX / 8; value = value * 7 + 3) {
		struct hist hist = {0};
		struct hist_bucket bucket;
		unsigned int at = 0;
		hist_add(&hist, value);
		assert_int_equal(hist_next(&hist, &at, &bucket), 1);
		assert_int_equal(hist_bucket_of(value), bucket.number);
		assert_int_equal(hist_bucket_of(bucket.low_ns), bucket.number);
		hist_clear(&hist);
	}
}

static void iteration_returns_all_values_in_order(void **state)
{
	struct hist hist = {0};
	struct hist_bucket bucket;
	uint64_t seed = 6, seen = 0, last = 0;
	(void)state;
	for (int i = 0; i < 10000; i++)
		hist_add(&hist, random_magnitude(&seed));
	for (unsigned int at = 0; hist_next(&hist, &at, &bucket);) {
		assert_true(seen == 0 || bucket.low_ns > last);
		assert_true(bucket.count > 0);
		last = bucket.high_ns;
		seen += bucket.count;
	}
	assert_int_equal(seen, 10000);
	assert_int_equal(hist.count, 10000);
	hist_clear(&hist);
}

static void an_empty_histogram_has_no_buckets_or_quantiles(void **state)
{
	struct hist hist = {0};
	struct hist_bucket bucket;
	unsigned int at = 0;
	(void)state;
	assert_int_equal(hist_quantile(&hist, 0.5), 0);
	hist_add(&hist, 12345);
	hist_clear(&hist);
	assert_int_equal(hist.count, 0);
	assert_int_equal(hist_quantile(&hist, 0.5), 0);
	assert_int_equal(hist_next(&hist, &at, &bucket), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_values_are_kept_exactly),
		cmocka_unit_test(a_value_is_off_by_at_most_one_in_64),
		cmocka_unit_test(a_value_is_within_its_bucket),
		cmocka_unit_test(the_buckets_have_no_gap),
		cmocka_unit_test(quantiles_agree_with_a_sorted_array),
		cmocka_unit_test(merging_equals_adding),
		cmocka_unit_test(subtracting_undoes_merging_and_stops_at_nothing),
		cmocka_unit_test(the_bucket_of_a_value_is_where_it_is_added),
		cmocka_unit_test(iteration_returns_all_values_in_order),
		cmocka_unit_test(an_empty_histogram_has_no_buckets_or_quantiles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
