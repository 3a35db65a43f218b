/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two sides, each of one or more profiles (out/profile.h), compared row by row: what came, went or
 * changed, in the order of how much of the difference it explains.
 *
 * A side's value is the median of its runs. With several runs of each side, a rank test (Mann,
 * Whitney, Wilcoxon; two-sided, ties share ranks; exact up to 20 runs) says how likely it is that
 * runs which do not differ are at least so far apart: above COMPARISON_ALPHA, a difference is
 * within noise. Few runs cannot be less likely than chance, see comparison_least_p().
 *
 * If every profile is of a whole run, values are per run; otherwise they are per second, as the
 * profiles may be of different length.
 *
 * A comparison borrows its profiles. Pure; one thread.
 */
#ifndef STOP_OUT_COMPARISON_H
#define STOP_OUT_COMPARISON_H

#include <stdbool.h>
#include <stddef.h>

#include "out/profile.h"

/* The sides. */
enum comparison_side {
	COMPARISON_A, /* before */
	COMPARISON_B, /* after */
	COMPARISON_SIDES,
};

/* Above this probability, a difference is within noise. */
#define COMPARISON_ALPHA 0.05

/* Maximum number of profiles of a side. */
#define COMPARISON_RUNS  64

struct comparison_input {
	const struct profile *profile[COMPARISON_RUNS];
	size_t count; /* at least 1 */
};

/* What has become of a row. */
enum comparison_change {
	COMPARISON_BOTH, /* it is in both */
	COMPARISON_CAME, /* in no run of A */
	COMPARISON_WENT, /* in no run of B */
};

/* Whether a difference is one. */
enum comparison_verdict {
	COMPARISON_EQUAL,   /* all runs of both sides have the same value */
	COMPARISON_DIFFERS, /* the test says so */
	COMPARISON_NOISE,   /* it does not */
	COMPARISON_UNKNOWN, /* there are too few runs for a test */
};

struct comparison_value {
	double side[COMPARISON_SIDES]; /* medians */
	double p;                      /* of the test; NAN: there was none */
	enum comparison_verdict verdict;
};

struct comparison_row {
	const char *name;
	enum comparison_change change;
	struct comparison_value value[PROFILE_MEASURES];
	double explains; /* its difference, in parts of the sum of all, -1 to 1; 0 if there is none
	                  */
	struct hist latency[COMPARISON_SIDES]; /* of all runs; owned */
	double shift; /* the greatest difference between their distributions, 0 to 1; NAN: unknown
	               */
};

struct comparison_list {
	struct comparison_row *row; /* those that explain most first; with any value */
	size_t count;
	bool is_known; /* both sides have such rows */
};

struct comparison {
	struct comparison_input input[COMPARISON_SIDES];
	bool per_second;
	enum profile_measure by; /* what is explained */
	struct comparison_list list[PROFILE_PARTS];
	struct comparison_value total[PROFILE_MEASURES];
	struct comparison_value run_ns; /* for how long calls were counted */
};

/*
 * The comparison of A with B, in the order of BY. Their profiles must outlive it. Freed with
 * comparison_free(), which accepts NULL.
 */
struct comparison *comparison_new(const struct comparison_input *a,
	const struct comparison_input *b, enum profile_measure by);
void comparison_free(struct comparison *comparison);

/*
 * The test: the probability, two-sided, that COUNT_A and COUNT_B values (at most COMPARISON_RUNS
 * each) are at least so far apart by chance. NAN if one of the counts is 0.
 */
double comparison_rank_test(const double *a, size_t count_a, const double *b, size_t count_b);

/* The least that the test can return for so many different values. */
double comparison_least_p(size_t count_a, size_t count_b);

/* "differs", "noise", …, for programs. Static. */
const char *comparison_verdict_name(enum comparison_verdict verdict);
const char *comparison_change_name(enum comparison_change change);

#endif
