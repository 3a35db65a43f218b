/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rates of counts over the last interval. Plain values; not locked. */
#ifndef STOP_MODEL_RATE_H
#define STOP_MODEL_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* A count at the last two ticks, and the rate over the last interval. */
struct rate {
	uint64_t before;  /* the count when the last interval began */
	uint64_t at_tick; /* when it ended */
	double per_s;
};

/* How the interval that ends now relates to the last one. */
struct interval {
	bool joined;    /* it is too short, and becomes a part of the last one */
	double seconds; /* its length, including the last one if joined */
};

/* The count of RATE is TOTAL at the end of INTERVAL. */
void rate_tick(struct rate *rate, uint64_t total, const struct interval *interval);

#endif
