/*
 * A histogram of times: exact counts in log-linear buckets, from which percentiles are read.
 *
 * Each power of two (an octave) is cut into HIST_STEPS equal buckets, so a value read back is off
 * by at most 1/(2·HIST_STEPS) = 1.6 % of itself; below HIST_STEPS ns every value has its own
 * bucket. An octave's counters are allocated when it is first met: a call's latencies rarely span
 * more than fifteen octaves, which is 4 KiB. Counts are 64 bits wide and never wrap in practice.
 *
 * Not locked: one owner at a time.
 */
#ifndef STOP_BASE_HIST_H
#define STOP_BASE_HIST_H

#include <stdint.h>

#define HIST_STEPS   32 /* buckets in an octave; a power of two */
#define HIST_OCTAVES 60 /* rows: one for the values below HIST_STEPS, one for each octave above */

struct hist {
	uint64_t count;              /* values added */
	uint64_t *row[HIST_OCTAVES]; /* HIST_STEPS counters each, NULL until used; owned */
};

/* One bucket, as a reader of the whole histogram sees it. */
struct hist_bucket {
	uint64_t low_ns;  /* least value that falls into it */
	uint64_t high_ns; /* greatest value that falls into it */
	uint64_t count;   /* values that did */
};

/* Adds VALUE once. */
void hist_add(struct hist *hist, uint64_t value_ns);

/* Adds all of FROM's values to INTO. */
void hist_merge(struct hist *into, const struct hist *from);

/* Frees what HIST owns and makes it empty. */
void hist_clear(struct hist *hist);

/*
 * The value below which a share of QUANTILE (0 to 1) of the values lies: the middle of the bucket
 * that holds the value of rank ceil(QUANTILE · count). 0 where the histogram is empty.
 */
uint64_t hist_quantile(const struct hist *hist, double quantile);

/*
 * The first bucket that is not empty at or after position *AT (start with 0), with *AT moved behind
 * it. Returns 0 when there is none any more, 1 otherwise.
 */
int hist_next(const struct hist *hist, unsigned int *at, struct hist_bucket *bucket);

#endif
