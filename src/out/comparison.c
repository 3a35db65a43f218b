/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparing profiles; see out/comparison.h. */
#include "config.h"

#include "out/comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"

/* Values of all runs of both sides, at most. */
#define VALUES_MAX (2 * COMPARISON_RUNS)

/* Beyond so many values, the exact test takes too long, and the normal distribution is as good. */
#define EXACT_MAX  20

const char *comparison_verdict_name(enum comparison_verdict verdict)
{
	static const char *const names[] = {
		[COMPARISON_EQUAL] = "equal",
		[COMPARISON_DIFFERS] = "differs",
		[COMPARISON_NOISE] = "noise",
		[COMPARISON_UNKNOWN] = "unknown",
	};
	return names[verdict];
}

const char *comparison_change_name(enum comparison_change change)
{
	static const char *const names[] = {
		[COMPARISON_BOTH] = "both",
		[COMPARISON_CAME] = "came",
		[COMPARISON_WENT] = "went",
	};
	return names[change];
}

/* The rank test. */

/* A value with its side, to be ranked. */
struct ranked {
	double value;
	bool is_a;
};

static int by_value(const void *a, const void *b)
{
	double left = ((const struct ranked *)a)->value, right = ((const struct ranked *)b)->value;
	return (left > right) - (left < right);
}

/* Stores twice the rank of each of COUNT sorted values; equal ones share the middle one. */
static void rank(const struct ranked *values, size_t count, size_t *twice)
{
	for (size_t first = 0, last; first < count; first = last) {
		for (last = first + 1; last < count && values[last].value == values[first].value;)
			last++;
		for (size_t i = first; i < last; i++)
			twice[i] = first + last + 1;
	}
}

/*
 * The number of ways to choose TAKEN of COUNT ranks whose sum is as far from MIDDLE as DISTANCE or
 * farther, in parts of all ways. Counts are exact in a double up to 2^53, and as good as that
 * beyond.
 */
static double far_share(
	const size_t *ranks, size_t count, size_t taken, double middle, double distance)
{
	size_t limit = 0;
	for (size_t i = 0; i < count; i++)
		limit += ranks[i];
	/* ways[n][s]: to choose n of the ranks so far with the sum s. */
	size_t width = limit + 1;
	double *ways = xcalloc((taken + 1) * width, sizeof(*ways));
	double all = 0, far = 0;
	ways[0] = 1;
	for (size_t i = 0; i < count; i++) {
		for (size_t n = i + 1 < taken ? i + 1 : taken; n > 0; n--) {
			double *to = ways + n * width;
			const double *from = ways + (n - 1) * width;
			for (size_t sum = limit; sum >= ranks[i]; sum--)
				to[sum] += from[sum - ranks[i]];
		}
	}
	for (size_t sum = 0; sum <= limit; sum++) {
		all += ways[taken * width + sum];
		if (fabs((double)sum - middle) >= distance - 0.25)
			far += ways[taken * width + sum];
	}
	free(ways);
	return far / all;
}

/* The same by the normal distribution, which the sum has nearly if there are many. */
static double normal_share(const struct ranked *values, size_t count, size_t taken, double distance)
{
	double n = (double)count, ties = 0;
	for (size_t first = 0, last; first < count; first = last) {
		for (last = first + 1; last < count && values[last].value == values[first].value;)
			last++;
		double tied = (double)(last - first);
		ties += tied * tied * tied - tied;
	}
	/* Of the sum of ranks; ours are twice as large, and the continuity correction is 0.5. */
	double variance = (double)taken * (n - (double)taken) / 12 * (n + 1 - ties / (n * (n - 1)));
	if (variance <= 0)
		return 1;
	return erfc(fmax(0, distance / 2 - 0.5) / sqrt(variance) / M_SQRT2);
}

double comparison_rank_test(const double *a, size_t count_a, const double *b, size_t count_b)
{
	struct ranked values[VALUES_MAX];
	size_t ranks[VALUES_MAX], count = count_a + count_b, sum = 0;
	if (!count_a || !count_b || count_a > COMPARISON_RUNS || count_b > COMPARISON_RUNS)
		return NAN;
	for (size_t i = 0; i < count; i++)
		values[i] = i < count_a ? (struct ranked){a[i], true}
		                        : (struct ranked){b[i - count_a], false};
	qsort(values, count, sizeof(*values), by_value);
	rank(values, count, ranks);
	for (size_t i = 0; i < count; i++)
		sum += values[i].is_a ? ranks[i] : 0;
	double middle = (double)(count_a * (count + 1));
	double distance = fabs((double)sum - middle);
	return count > EXACT_MAX ? normal_share(values, count, count_a, distance)
	                         : far_share(ranks, count, count_a, middle, distance);
}

double comparison_least_p(size_t count_a, size_t count_b)
{
	double ways = 1;
	for (size_t i = 1; i <= count_a; i++)
		ways *= (double)(count_b + i) / (double)i;
	return fmin(1, 2 / ways);
}

/* Values. */

/* Values of the runs of both sides. */
struct samples {
	double side[COMPARISON_SIDES][COMPARISON_RUNS];
};

static int by_number(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

static double median(const double *values, size_t count)
{
	double sorted[COMPARISON_RUNS];
	memcpy(sorted, values, count * sizeof(*values));
	qsort(sorted, count, sizeof(*sorted), by_number);
	return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

static bool are_equal(const struct comparison *comparison, const struct samples *samples)
{
	double first = samples->side[COMPARISON_A][0];
	for (size_t side = 0; side < COMPARISON_SIDES; side++) {
		for (size_t i = 0; i < comparison->input[side].count; i++) {
			if (samples->side[side][i] != first)
				return false;
		}
	}
	return true;
}

static struct comparison_value value_of(
	const struct comparison *comparison, const struct samples *samples)
{
	size_t a = comparison->input[COMPARISON_A].count, b = comparison->input[COMPARISON_B].count;
	struct comparison_value value = {.p = NAN, .verdict = COMPARISON_UNKNOWN};
	for (size_t side = 0; side < COMPARISON_SIDES; side++)
		value.side[side] = median(samples->side[side], comparison->input[side].count);
	if (a > 1 || b > 1)
		value.p = comparison_rank_test(
			samples->side[COMPARISON_A], a, samples->side[COMPARISON_B], b);
	if (are_equal(comparison, samples))
		value.verdict = COMPARISON_EQUAL;
	else if (comparison_least_p(a, b) <= COMPARISON_ALPHA)
		value.verdict = value.p <= COMPARISON_ALPHA ? COMPARISON_DIFFERS : COMPARISON_NOISE;
	return value;
}

/* NUMBER, counted by PROFILE, as it is compared. */
static double scaled(
	const struct comparison *comparison, const struct profile *profile, uint64_t number)
{
	if (!comparison->per_second)
		return (double)number;
	double seconds = (double)profile->counted_ns / (double)NS_PER_S;
	return seconds > 0 ? (double)number / seconds : 0;
}

/* Rows. */

/* A row of a profile, and where it is from. */
struct found {
	const struct profile_row *row;
	enum comparison_side side;
	size_t run;
};

static int by_row_name(const void *a, const void *b)
{
	return strcmp(((const struct found *)a)->row->name, ((const struct found *)b)->row->name);
}

/* The greatest difference between the distributions A and B; NAN if one of them is empty. */
static double shift_of(const struct hist *a, const struct hist *b)
{
	double sum_a = 0, sum_b = 0, greatest = 0;
	if (!a->count || !b->count)
		return NAN;
	for (unsigned int row = 0; row < HIST_OCTAVES; row++) {
		for (unsigned int step = 0; step < HIST_STEPS; step++) {
			sum_a += a->row[row] ? (double)a->row[row][step] : 0;
			sum_b += b->row[row] ? (double)b->row[row][step] : 0;
			greatest = fmax(greatest,
				fabs(sum_a / (double)a->count - sum_b / (double)b->count));
		}
	}
	return fmin(greatest, 1);
}

/* The row of COUNT rows of one name. */
static void make_row(const struct comparison *comparison, const struct found *found, size_t count,
	struct comparison_row *row)
{
	bool has[COMPARISON_SIDES] = {false};
	*row = (struct comparison_row){.name = found->row->name};
	for (size_t i = 0; i < count; i++) {
		has[found[i].side] = true;
		hist_merge(&row->latency[found[i].side], &found[i].row->latency);
	}
	row->change = !has[COMPARISON_A]   ? COMPARISON_CAME
	              : !has[COMPARISON_B] ? COMPARISON_WENT
	                                   : COMPARISON_BOTH;
	row->shift = shift_of(&row->latency[COMPARISON_A], &row->latency[COMPARISON_B]);
	for (size_t measure = 0; measure < PROFILE_MEASURES; measure++) {
		struct samples samples = {0};
		for (size_t i = 0; i < count; i++) {
			const struct comparison_input *input = &comparison->input[found[i].side];
			samples.side[found[i].side][found[i].run] = scaled(comparison,
				input->profile[found[i].run], found[i].row->value[measure]);
		}
		row->value[measure] = value_of(comparison, &samples);
	}
}

static bool is_empty(const struct comparison_row *row)
{
	for (size_t measure = 0; measure < PROFILE_MEASURES; measure++) {
		if (row->value[measure].verdict != COMPARISON_EQUAL ||
			row->value[measure].side[COMPARISON_A] != 0)
			return false;
	}
	return true;
}

static double difference(const struct comparison_value *value)
{
	return value->side[COMPARISON_B] - value->side[COMPARISON_A];
}

/* What explains more comes first; then what differs in more calls. */
static int by_explanation(const void *a, const void *b)
{
	const struct comparison_row *left = a, *right = b;
	double more = fabs(right->explains) - fabs(left->explains);
	if (more == 0)
		more = fabs(difference(&right->value[PROFILE_COUNT])) -
		       fabs(difference(&left->value[PROFILE_COUNT]));
	return more > 0 ? 1 : more < 0 ? -1 : strcmp(left->name, right->name);
}

static void explain(struct comparison_list *list, enum profile_measure by)
{
	double sum = 0;
	for (size_t i = 0; i < list->count; i++)
		sum += fabs(difference(&list->row[i].value[by]));
	for (size_t i = 0; sum > 0 && i < list->count; i++)
		list->row[i].explains = difference(&list->row[i].value[by]) / sum;
	if (list->count)
		qsort(list->row, list->count, sizeof(*list->row), by_explanation);
}

/* All rows of PART, by name, in *FOUND, which the caller frees. Returns their number. */
static size_t find_rows(
	const struct comparison *comparison, enum profile_part part, struct found **found)
{
	size_t count = 0, at = 0;
	for (size_t side = 0; side < COMPARISON_SIDES; side++) {
		for (size_t run = 0; run < comparison->input[side].count; run++)
			count += comparison->input[side].profile[run]->list[part].count;
	}
	*found = xcalloc(count + 1, sizeof(**found));
	for (size_t side = 0; side < COMPARISON_SIDES; side++) {
		for (size_t run = 0; run < comparison->input[side].count; run++) {
			const struct profile_list *list =
				&comparison->input[side].profile[run]->list[part];
			for (size_t i = 0; i < list->count; i++)
				(*found)[at++] = (struct found){
					&list->row[i], (enum comparison_side)side, run};
		}
	}
	qsort(*found, count, sizeof(**found), by_row_name);
	return count;
}

static bool is_known(const struct comparison *comparison, enum profile_part part)
{
	for (size_t side = 0; side < COMPARISON_SIDES; side++) {
		for (size_t run = 0; run < comparison->input[side].count; run++) {
			if (!comparison->input[side].profile[run]->list[part].is_known)
				return false;
		}
	}
	return true;
}

static void clear_row(struct comparison_row *row)
{
	for (size_t side = 0; side < COMPARISON_SIDES; side++)
		hist_clear(&row->latency[side]);
}

static void make_list(struct comparison *comparison, enum profile_part part)
{
	struct comparison_list *list = &comparison->list[part];
	struct found *found;
	list->is_known = is_known(comparison, part);
	if (!list->is_known)
		return;
	size_t count = find_rows(comparison, part, &found);
	list->row = xcalloc(count + 1, sizeof(*list->row));
	for (size_t first = 0, last; first < count; first = last) {
		struct comparison_row *row = &list->row[list->count];
		for (last = first + 1;
			last < count && by_row_name(&found[first], &found[last]) == 0;)
			last++;
		make_row(comparison, &found[first], last - first, row);
		if (is_empty(row))
			clear_row(row);
		else
			list->count++;
	}
	free(found);
	explain(list, comparison->by);
}

static void make_totals(struct comparison *comparison)
{
	struct samples samples;
	for (size_t measure = 0; measure < PROFILE_MEASURES; measure++) {
		for (size_t side = 0; side < COMPARISON_SIDES; side++) {
			const struct comparison_input *input = &comparison->input[side];
			for (size_t run = 0; run < input->count; run++)
				samples.side[side][run] = scaled(comparison, input->profile[run],
					input->profile[run]->total[measure]);
		}
		comparison->total[measure] = value_of(comparison, &samples);
	}
	for (size_t side = 0; side < COMPARISON_SIDES; side++) {
		for (size_t run = 0; run < comparison->input[side].count; run++)
			samples.side[side][run] =
				(double)comparison->input[side].profile[run]->counted_ns;
	}
	comparison->run_ns = value_of(comparison, &samples);
}

struct comparison *comparison_new(
	const struct comparison_input *a, const struct comparison_input *b, enum profile_measure by)
{
	struct comparison *comparison = xcalloc(1, sizeof(*comparison));
	comparison->input[COMPARISON_A] = *a;
	comparison->input[COMPARISON_B] = *b;
	comparison->by = by;
	for (size_t side = 0; side < COMPARISON_SIDES; side++) {
		for (size_t run = 0; run < comparison->input[side].count; run++)
			comparison->per_second |= !comparison->input[side].profile[run]->is_whole;
	}
	for (size_t part = 0; part < PROFILE_PARTS; part++)
		make_list(comparison, (enum profile_part)part);
	make_totals(comparison);
	return comparison;
}

void comparison_free(struct comparison *comparison)
{
	if (!comparison)
		return;
	for (size_t part = 0; part < PROFILE_PARTS; part++) {
		for (size_t i = 0; i < comparison->list[part].count; i++)
			clear_row(&comparison->list[part].row[i]);
		free(comparison->list[part].row);
	}
	free(comparison);
}
