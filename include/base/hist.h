/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A histogram of times: exact counts in log-linear buckets, from which percentiles are computed.
 *
 * Each power of two (an octave) is divided into HIST_STEPS equal buckets, so the relative error of
 * a value read back is at most 1/(2·HIST_STEPS) = 1.6 %; below HIST_STEPS ns every value has its
 * own bucket. An octave's counters are allocated on first use: a call's latencies rarely span more
 * than fifteen octaves, which is 4 KiB. Counts are 64 bits wide and never wrap in practice.
 *
 * Not locked: one owner at a time.
 */
#ifndef STOP_BASE_HIST_H
#define STOP_BASE_HIST_H

#include <stdint.h>

#define HIST_STEPS   32 /* buckets in an octave; a power of two */
#define HIST_OCTAVES 60 /* rows: one for the values below HIST_STEPS, one for each octave above */
#define HIST_BUCKETS (HIST_OCTAVES * HIST_STEPS)

struct hist {
	uint64_t count;              /* values added */
	uint64_t *row[HIST_OCTAVES]; /* HIST_STEPS counters each, NULL until used; owned */
};

/* One bucket, as returned by hist_next(). */
struct hist_bucket {
	uint64_t low_ns;     /* smallest value that falls into it */
	uint64_t high_ns;    /* largest value that falls into it */
	uint64_t count;      /* values in it */
	unsigned int number; /* of the bucket: 0 to HIST_BUCKETS - 1 */
};

/* Adds VALUE once. */
void hist_add(struct hist *hist, uint64_t value_ns);

/* Adds COUNT values of the bucket NUMBER, which is below HIST_BUCKETS. */
void hist_add_bucket(struct hist *hist, unsigned int number, uint64_t count);

/* The number of the bucket that VALUE_NS falls into. */
unsigned int hist_bucket_of(uint64_t value_ns);

/* Adds all of FROM's values to INTO. */
void hist_merge(struct hist *into, const struct hist *from);

/* Removes those of FROM's values from INTO that it has: none of its counts gets below 0. */
void hist_subtract(struct hist *into, const struct hist *from);

/* Frees what HIST owns and makes it empty. */
void hist_clear(struct hist *hist);

/*
 * The QUANTILE (0 to 1) of the values: the middle of the bucket that holds the value of rank
 * ceil(QUANTILE · count). 0 if the histogram is empty.
 */
uint64_t hist_quantile(const struct hist *hist, double quantile);

/*
 * Stores the first non-empty bucket at or after position *AT (start with 0) in *BUCKET and moves
 * *AT past it. Returns 1, or 0 if there are no more.
 */
int hist_next(const struct hist *hist, unsigned int *at, struct hist_bucket *bucket);

#endif
