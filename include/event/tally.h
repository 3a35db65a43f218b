/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Aggregated calls: how many there were, how many failed with which errors, and how long they took.
 *
 * The tracer keeps tallies while the ring is full, and the model keeps one per call: adding calls
 * one by one and merging their tallies give the same result. The size does not grow with the number
 * of calls.
 *
 * Some times are only partly known: the time before the attach of a call that was then in progress,
 * and the remaining time of a call that never returned. Such calls count in `calls` and `partial`;
 * their known time is included in `total_ns` and is a lower bound for `max_ns`; minimum, deviation
 * and percentiles are only of complete times.
 *
 * Not locked: one owner at a time.
 */
#ifndef STOP_EVENT_TALLY_H
#define STOP_EVENT_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hist.h"

/* How often an error was returned. */
struct error_count {
	int err; /* errno, positive */
	uint64_t count;
};

/* What calls have used, as far as the engine knows it: of calls whose whole time was observed. */
struct usage {
	uint64_t calls;                  /* number of calls that it is of */
	uint64_t voluntary, involuntary; /* context switches */
	uint64_t minor_faults, major_faults;
	uint64_t runnable_ns; /* time that the scheduler has let them wait for a CPU */
};

/* Where the time of calls went, of those for which it was split. The rest was on a CPU. */
struct split {
	uint64_t calls;       /* number of these */
	uint64_t total_ns;    /* their time */
	uint64_t runnable_ns; /* of this, waiting for a CPU */
	uint64_t blocked_ns;  /* of this, waiting for something else */
};

struct tally {
	uint64_t calls;            /* completed, in whatever way */
	uint64_t errors;           /* of these, returned an error */
	uint64_t partial;          /* of these, took longer than observed */
	uint64_t bytes;            /* transferred by them (abi/transfer.h) */
	uint64_t total_ns;         /* all observed time */
	uint64_t partial_ns;       /* of this, in partial calls */
	uint64_t min_ns;           /* of complete times; 0 if there are none */
	uint64_t max_ns;           /* of all observed times */
	unsigned __int128 squares; /* sum of the squares of complete times, exact */
	struct hist hist;          /* complete times */
	struct error_count *error; /* sorted by err; owned */
	size_t error_kinds;        /* number of entries */
	struct usage usage;
	struct split split;
};

/* The part of a tally that has a fixed size. */
struct tally_counts {
	uint64_t calls, errors, partial; /* as in struct tally */
	uint64_t bytes;
	uint64_t total_ns, partial_ns;
	uint64_t min_ns, max_ns;
	uint64_t squares[2]; /* low and high half of `squares` */
	struct usage usage;
	struct split split;
};

/* The outcome of a call. */
struct outcome {
	uint64_t duration_ns; /* observed time */
	bool partial;         /* it took longer */
	int err;              /* errno returned, or 0 */
	uint64_t bytes;       /* transferred; 0 if it failed */
};

/* The time on a CPU. */
static inline uint64_t split_cpu_ns(const struct split *split)
{
	return split->total_ns - split->runnable_ns - split->blocked_ns;
}

/* Adds MORE. */
void usage_add(struct usage *usage, const struct usage *more);
void split_add(struct split *split, const struct split *more);

/* Adds one call. */
void tally_add(struct tally *tally, const struct outcome *outcome);

/* Adds all calls of FROM. */
void tally_merge(struct tally *into, const struct tally *from);

/*
 * For an engine that counts by itself: adds the counts of many calls, the number of their complete
 * times in BUCKET of the histogram (base/hist.h), and the number that failed with ERR. The sum over
 * the buckets must be the number of complete times, the sum over ERR that of the errors.
 */
void tally_add_counts(struct tally *tally, const struct tally_counts *counts);
void tally_add_bucket(struct tally *tally, unsigned int bucket, uint64_t count);
void tally_add_error(struct tally *tally, int err, uint64_t count);

/* The counts of TALLY, for tally_add_counts(). */
struct tally_counts tally_counts_of(const struct tally *tally);

/* Frees what TALLY owns and makes it empty. */
void tally_clear(struct tally *tally);

/* The standard deviation of complete times in ns; 0 if there are none. */
double tally_stddev_ns(const struct tally *tally);

#endif
