/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a thread did in each of the last seconds: for each, one class of time. A second in which a
 * thread did little but wait is one of waiting; every other has the class of most of the rest, so
 * that work is seen between waits. Plain values; not locked.
 */
#ifndef STOP_MODEL_STRIP_H
#define STOP_MODEL_STRIP_H

#include <stdint.h>

#include "model/time_class.h"

#define STRIP_SECONDS 40

/* The zero value is empty; it begins with the first strip_add(). */
struct strip {
	uint64_t from_ns;                   /* beginning of the second that is not over */
	uint64_t ns[TIME_COUNT];            /* the time in it */
	unsigned char class[STRIP_SECONDS]; /* enum time_class, a ring */
	unsigned char next, count;
};

/* Adds NS, the time until NOW_NS since the last call. */
void strip_add(struct strip *strip, uint64_t now_ns, const uint64_t ns[TIME_COUNT]);

/* Stores the classes of the last seconds, the newest first. Returns their number. */
unsigned int strip_classes(const struct strip *strip, unsigned char class[STRIP_SECONDS]);

#endif
