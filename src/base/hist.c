/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Log-linear histogram; see base/hist.h. */
#include "config.h"

#include "base/hist.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"

#define STEP_BITS 5 /* log2(HIST_STEPS) */

_Static_assert(1 << STEP_BITS == HIST_STEPS, "STEP_BITS is the logarithm of HIST_STEPS");
_Static_assert(HIST_OCTAVES == 64 - STEP_BITS + 1, "every 64-bit value has a bucket");

/*
 * The bucket of VALUE: the row is its octave, the step the STEP_BITS bits below its highest set
 * bit. Row 0 has a bucket for each value below HIST_STEPS.
 */
static unsigned int position(uint64_t value)
{
	if (value < HIST_STEPS)
		return (unsigned int)value;
	unsigned int highest = 63 - (unsigned int)__builtin_clzll(value);
	unsigned int row = highest - STEP_BITS + 1;
	unsigned int step = (unsigned int)(value >> (highest - STEP_BITS)) & (HIST_STEPS - 1);
	return row * HIST_STEPS + step;
}

static struct hist_bucket bucket_at(unsigned int at, uint64_t count)
{
	unsigned int row = at / HIST_STEPS;
	uint64_t step = at % HIST_STEPS;
	if (row == 0)
		return (struct hist_bucket){
			.number = at, .low_ns = step, .high_ns = step, .count = count};
	unsigned int shift = row - 1;
	uint64_t low = (HIST_STEPS + step) << shift;
	return (struct hist_bucket){
		.number = at,
		.low_ns = low,
		.high_ns = low + ((UINT64_C(1) << shift) - 1),
		.count = count,
	};
}

static uint64_t *row_of(struct hist *hist, unsigned int row)
{
	if (!hist->row[row])
		hist->row[row] = xcalloc(HIST_STEPS, sizeof(*hist->row[row]));
	return hist->row[row];
}

void hist_add_bucket(struct hist *hist, unsigned int number, uint64_t count)
{
	row_of(hist, number / HIST_STEPS)[number % HIST_STEPS] += count;
	hist->count += count;
}

void hist_add(struct hist *hist, uint64_t value_ns)
{
	hist_add_bucket(hist, position(value_ns), 1);
}

void hist_merge(struct hist *into, const struct hist *from)
{
	for (unsigned int row = 0; row < HIST_OCTAVES; row++) {
		if (!from->row[row])
			continue;
		uint64_t *counts = row_of(into, row);
		for (unsigned int step = 0; step < HIST_STEPS; step++)
			counts[step] += from->row[row][step];
	}
	into->count += from->count;
}

unsigned int hist_bucket_of(uint64_t value_ns)
{
	return position(value_ns);
}

void hist_subtract(struct hist *into, const struct hist *from)
{
	for (unsigned int row = 0; row < HIST_OCTAVES; row++) {
		if (!from->row[row] || !into->row[row])
			continue;
		for (unsigned int step = 0; step < HIST_STEPS; step++) {
			uint64_t *count = &into->row[row][step], less = from->row[row][step];
			less = less < *count ? less : *count;
			*count -= less;
			into->count -= less;
		}
	}
}

void hist_clear(struct hist *hist)
{
	/* Most are NULL. */
	for (unsigned int row = 0; row < HIST_OCTAVES; row++) {
		if (hist->row[row])
			xfree(hist->row[row]);
	}
	*hist = (struct hist){0};
}

int hist_next(const struct hist *hist, unsigned int *at, struct hist_bucket *bucket)
{
	while (*at < HIST_BUCKETS) {
		unsigned int here = *at;
		const uint64_t *counts = hist->row[here / HIST_STEPS];
		if (!counts) {
			*at = (here / HIST_STEPS + 1) * HIST_STEPS;
			continue;
		}
		(*at)++;
		if (counts[here % HIST_STEPS]) {
			*bucket = bucket_at(here, counts[here % HIST_STEPS]);
			return 1;
		}
	}
	return 0;
}

uint64_t hist_quantile(const struct hist *hist, double quantile)
{
	uint64_t rank = (uint64_t)ceil(quantile * (double)hist->count);
	if (rank == 0)
		rank = 1;
	uint64_t seen = 0;
	struct hist_bucket bucket;
	for (unsigned int at = 0; hist_next(hist, &at, &bucket);) {
		seen += bucket.count;
		if (seen >= rank)
			return bucket.low_ns + (bucket.high_ns - bucket.low_ns) / 2;
	}
	return 0;
}
