/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparisons: the rank test against known probabilities, and what explains a difference. */
#include "config.h"

#include "support/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "out/comparison.h"
#include "out/comparison_text.h"

/* A profile of a whole run; the test adds rows, and sorts. */
static struct profile *profile_new(void)
{
	struct profile *profile = xcalloc(1, sizeof(*profile));
	profile->target = xstrdup("target");
	profile->engine = xstrdup("ptrace");
	profile->counted_ns = NS_PER_S;
	profile->is_whole = true;
	return profile;
}

static void add_call(struct profile *profile, const char *name, uint64_t calls, uint64_t total_ns)
{
	struct profile_row *row = profile_add(profile, PROFILE_CALLS, name);
	row->value[PROFILE_COUNT] = calls;
	row->value[PROFILE_TIME] = total_ns;
	for (uint64_t i = 0; i < calls; i++)
		hist_add(&row->latency, total_ns / calls);
}

static void assert_near(double value, double expected)
{
	if (!(fabs(value - expected) < 1e-6))
		fail_msg("%g instead of %g", value, expected);
}

/* The probabilities are those of R's wilcox.test(…, exact = TRUE), and by counting. */
static void the_rank_test_is_exact(void **state)
{
	static const double low[] = {1, 2, 3, 4}, high[] = {5, 6, 7, 8};
	static const double mixed[] = {1, 3, 5, 7}, other[] = {2, 4, 6, 8};
	static const double same[] = {5, 5, 5, 5};
	(void)state;
	assert_near(comparison_rank_test(low, 4, high, 4), 2.0 / 70);
	assert_near(comparison_rank_test(high, 4, low, 4), 2.0 / 70);
	assert_near(comparison_rank_test(mixed, 4, other, 4), 0.6857142857);
	assert_near(comparison_rank_test(low, 3, high, 3), 0.1);
	assert_near(comparison_rank_test(same, 4, same, 4), 1);
	assert_near(comparison_rank_test(low, 1, high, 1), 1);
	assert_near(comparison_least_p(4, 4), 2.0 / 70);
	assert_near(comparison_least_p(1, 1), 1);
	assert_true(isnan(comparison_rank_test(low, 0, high, 4)));
}

/* Of all ways to share the values between the sides, those that are at least so far apart. */
static double counted_probability(const double *values, size_t count, size_t taken)
{
	double middle = (double)taken * (double)(count + 1) / 2, far = 0, all = 0, seen = 0;
	double ranks[16];
	for (size_t i = 0; i < count; i++) {
		double below = 0, equal = 0;
		for (size_t j = 0; j < count; j++) {
			below += values[j] < values[i];
			equal += values[j] == values[i];
		}
		ranks[i] = below + (equal + 1) / 2;
		seen += i < taken ? ranks[i] : 0;
	}
	for (unsigned int set = 0; set < 1U << count; set++) {
		double sum = 0;
		if ((size_t)__builtin_popcount(set) != taken)
			continue;
		for (size_t i = 0; i < count; i++)
			sum += set >> i & 1 ? ranks[i] : 0;
		all++;
		far += fabs(sum - middle) >= fabs(seen - middle) - 1e-9;
	}
	return far / all;
}

static void ties_are_counted_as_by_hand(void **state)
{
	uint32_t seed = 1;
	(void)state;
	for (int round = 0; round < 200; round++) {
		double values[10];
		for (size_t i = 0; i < 10; i++) {
			seed = seed * 1664525 + 1013904223;
			values[i] = seed >> 24 & 3;
		}
		size_t taken = 1 + (size_t)round % 9;
		assert_near(comparison_rank_test(values, taken, values + taken, 10 - taken),
			counted_probability(values, 10, taken));
	}
}

static void many_runs_are_tested_by_the_normal_distribution(void **state)
{
	double a[COMPARISON_RUNS], b[COMPARISON_RUNS];
	(void)state;
	for (size_t i = 0; i < COMPARISON_RUNS; i++) {
		a[i] = (double)(2 * i);
		b[i] = (double)(2 * i + 1);
	}
	assert_true(comparison_rank_test(a, 64, b, 64) > 0.5);
	for (size_t i = 0; i < COMPARISON_RUNS; i++)
		b[i] += 100;
	assert_true(comparison_rank_test(a, 64, b, 64) < 1e-6);
}

static void what_explains_most_comes_first(void **state)
{
	struct profile *a = profile_new(), *b = profile_new();
	(void)state;
	add_call(a, "read", 10, 1000);
	add_call(a, "gone", 4, 400);
	add_call(a, "same", 1, 70);
	add_call(b, "read", 10, 9000);
	add_call(b, "new", 2, 1600);
	add_call(b, "same", 1, 70);
	profile_sort(a);
	profile_sort(b);
	struct comparison_input left = {{a}, 1}, right = {{b}, 1};
	struct comparison *comparison = comparison_new(&left, &right, PROFILE_TIME);
	const struct comparison_list *calls = &comparison->list[PROFILE_CALLS];
	assert_false(comparison->per_second);
	assert_true(calls->is_known);
	assert_false(comparison->list[PROFILE_FILES].is_known);
	assert_int_equal(calls->count, 4);
	assert_string_equal(calls->row[0].name, "read");
	assert_near(calls->row[0].explains, 0.8);
	assert_near(calls->row[0].shift, 1);
	assert_int_equal(calls->row[0].value[PROFILE_TIME].verdict, COMPARISON_UNKNOWN);
	assert_string_equal(calls->row[1].name, "new");
	assert_int_equal(calls->row[1].change, COMPARISON_CAME);
	assert_near(calls->row[1].explains, 0.16);
	assert_true(isnan(calls->row[1].shift));
	assert_string_equal(calls->row[2].name, "gone");
	assert_int_equal(calls->row[2].change, COMPARISON_WENT);
	assert_near(calls->row[2].explains, -0.04);
	assert_string_equal(calls->row[3].name, "same");
	assert_int_equal(calls->row[3].value[PROFILE_TIME].verdict, COMPARISON_EQUAL);
	assert_near(comparison->total[PROFILE_TIME].side[COMPARISON_B], 10670);
	comparison_free(comparison);
	profile_free(a);
	profile_free(b);
}

static void runs_tell_noise_from_a_difference(void **state)
{
	static const uint64_t noisy[2][4] = {{100, 140, 120, 160}, {110, 130, 150, 170}};
	struct profile *profile[2][4];
	struct comparison_input input[2] = {{.count = 4}, {.count = 4}};
	(void)state;
	for (size_t side = 0; side < 2; side++) {
		for (size_t run = 0; run < 4; run++) {
			profile[side][run] = profile_new();
			add_call(profile[side][run], "noisy", 1, noisy[side][run]);
			add_call(profile[side][run], "slower", 1, (side ? 900 : 100) + run);
			profile_sort(profile[side][run]);
			input[side].profile[run] = profile[side][run];
		}
	}
	struct comparison *comparison = comparison_new(&input[0], &input[1], PROFILE_TIME);
	const struct comparison_row *row = comparison->list[PROFILE_CALLS].row;
	assert_string_equal(row[0].name, "slower");
	assert_int_equal(row[0].value[PROFILE_TIME].verdict, COMPARISON_DIFFERS);
	assert_near(row[0].value[PROFILE_TIME].side[COMPARISON_A], 101.5);
	assert_string_equal(comparison_row_sure(comparison, &row[0]), "yes");
	assert_int_equal(row[1].value[PROFILE_TIME].verdict, COMPARISON_NOISE);
	assert_int_equal(row[1].value[PROFILE_COUNT].verdict, COMPARISON_EQUAL);
	assert_string_equal(comparison_row_sure(comparison, &row[1]), "noise");
	comparison_free(comparison);
	for (size_t side = 0; side < 2; side++) {
		for (size_t run = 0; run < 4; run++)
			profile_free(profile[side][run]);
	}
}

/* A snapshot of ten seconds beside one of twenty. */
static void parts_of_runs_are_compared_per_second(void **state)
{
	struct profile *a = profile_new(), *b = profile_new();
	(void)state;
	a->counted_ns = 10 * NS_PER_S;
	b->counted_ns = 20 * NS_PER_S;
	b->is_whole = false;
	add_call(a, "read", 50, 1000);
	add_call(b, "read", 100, 2000);
	profile_sort(a);
	profile_sort(b);
	struct comparison_input left = {{a}, 1}, right = {{b}, 1};
	struct comparison *comparison = comparison_new(&left, &right, PROFILE_COUNT);
	assert_true(comparison->per_second);
	const struct comparison_row *row = comparison->list[PROFILE_CALLS].row;
	assert_int_equal(row->value[PROFILE_COUNT].verdict, COMPARISON_EQUAL);
	assert_near(row->value[PROFILE_COUNT].side[COMPARISON_B], 5);
	assert_near(row->explains, 0);
	comparison_free(comparison);
	profile_free(a);
	profile_free(b);
}

/* The text of COMPARISON, for COLUMNS columns; the caller frees it. */
static char *text_of(const struct comparison *comparison, bool is_one_run, int columns)
{
	const struct comparison_how how = {.is_one_run = is_one_run, .columns = columns};
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	assert_non_null(stream);
	comparison_write(stream, comparison, &how);
	fclose(stream);
	return text;
}

static void numbers_make_room_for_names(void **state)
{
	(void)state;
	struct profile *a = profile_new(), *b = profile_new();
	add_call(a, "read", 2, 2000);
	add_call(b, "read", 3, 9000);
	profile_sort(a);
	profile_sort(b);
	const struct comparison_input sides[] = {
		{.profile = {a}, .count = 1}, {.profile = {b}, .count = 1}};
	struct comparison *comparison = comparison_new(&sides[0], &sides[1], PROFILE_TIME);
	char *all = text_of(comparison, false, 0), *wide = text_of(comparison, true, 120);
	char *middle = text_of(comparison, true, 100), *narrow = text_of(comparison, true, 78);
	assert_non_null(strstr(all, "BYTES A  BYTES B  SURE"));
	assert_non_null(strstr(all, "One run of each"));
	assert_non_null(strstr(wide, "ERR B  BYTES A  BYTES B    CALL"));
	assert_null(strstr(wide, "SURE"));
	assert_null(strstr(wide, "One run of each"));
	assert_non_null(strstr(middle, "CALLS B  ERR A  ERR B    CALL"));
	assert_non_null(strstr(narrow, "CALLS A  CALLS B    CALL\n"));
	free(all);
	free(wide);
	free(middle);
	free(narrow);
	comparison_free(comparison);
	profile_free(a);
	profile_free(b);
}

static void a_stack_is_shown_from_its_call(void **state)
{
	const struct comparison_row row = {.name = "main;puts;[x];write"};
	char *name = comparison_name(PROFILE_STACKS, &row);
	(void)state;
	assert_string_equal(name, "write < [x] < puts < main");
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rank_test_is_exact),
		cmocka_unit_test(ties_are_counted_as_by_hand),
		cmocka_unit_test(many_runs_are_tested_by_the_normal_distribution),
		cmocka_unit_test(what_explains_most_comes_first),
		cmocka_unit_test(runs_tell_noise_from_a_difference),
		cmocka_unit_test(parts_of_runs_are_compared_per_second),
		cmocka_unit_test(numbers_make_room_for_names),
		cmocka_unit_test(a_stack_is_shown_from_its_call),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
