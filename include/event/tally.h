/*
 * The sum of many calls: how many, how many failed and with which errors, and how long they took.
 *
 * The tracer keeps tallies while the ring is full, the model keeps one for each call: adding calls
 * one by one and merging tallies of them give the same numbers. Its size does not grow with the
 * number of calls.
 *
 * Some times are only partly known: of a call that was under way at the attach the time before it,
 * of a call that never returned the time that it would have taken. Such a call counts in `calls`
 * and `partial`; its known part is in `total_ns` and bounds `max_ns` from below; the least value,
 * deviation and percentiles are of whole times alone.
 *
 * Not locked: one owner at a time.
 */
#ifndef STOP_EVENT_TALLY_H
#define STOP_EVENT_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hist.h"

/* How often one error came back. */
struct error_count {
	int err; /* errno, positive */
	uint64_t count;
};

struct tally {
	uint64_t calls;            /* ended, in whatever way */
	uint64_t errors;           /* of these, returned an error */
	uint64_t partial;          /* of these, took longer than was seen */
	uint64_t total_ns;         /* all time seen */
	uint64_t partial_ns;       /* of this, in partial calls */
	uint64_t min_ns;           /* of whole times; 0 when there is none */
	uint64_t max_ns;           /* of all times seen */
	unsigned __int128 squares; /* sum of the squares of whole times, exact */
	struct hist hist;          /* whole times */
	struct error_count *error; /* in order of err; owned */
	size_t error_kinds;        /* entries in it */
};

/* The part of a tally that has the same size whatever was counted. */
struct tally_counts {
	uint64_t calls, errors, partial; /* as in struct tally */
	uint64_t total_ns, partial_ns;
	uint64_t min_ns, max_ns;
	uint64_t squares[2]; /* low and high half of `squares` */
};

/* How one call ended. */
struct outcome {
	uint64_t duration_ns; /* the time of it that was seen */
	bool partial;         /* it took longer than that */
	int err;              /* errno that it returned, or 0 */
};

/* Counts one call. */
void tally_add(struct tally *tally, const struct outcome *outcome);

/* Counts all of FROM's calls. */
void tally_merge(struct tally *into, const struct tally *from);

/*
 * The ways in for an engine that counts by itself: the counts of many calls, how many of their
 * whole times fall into bucket BUCKET of the histogram (base/hist.h), and how many failed with ERR.
 * The buckets' sum has to be the number of whole times, and the errors' that of the errors.
 */
void tally_add_counts(struct tally *tally, const struct tally_counts *counts);
void tally_add_bucket(struct tally *tally, unsigned int bucket, uint64_t count);
void tally_add_error(struct tally *tally, int err, uint64_t count);

/* The counts of TALLY, for tally_add_counts(). */
struct tally_counts tally_counts_of(const struct tally *tally);

/* Frees what TALLY owns and makes it empty. */
void tally_clear(struct tally *tally);

/* The standard deviation of the whole times, in ns; 0 where there are none. */
double tally_stddev_ns(const struct tally *tally);

#endif
