/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reproducible pseudo-random numbers: a failure can be reproduced.
 */
#ifndef STOP_TESTS_SUPPORT_RANDOM_H
#define STOP_TESTS_SUPPORT_RANDOM_H

#include <stdint.h>

/* The next number of the sequence at *SEED, which is not 0 (Marsaglia's xorshift64*). */
static inline uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * UINT64_C(0x2545f4914f6cdd1d);
}

/* A number below LIMIT, which is not 0. */
static inline uint64_t random_below(uint64_t *seed, uint64_t limit)
{
	return (random_next(seed) >> 11) % limit;
}

/* A number of random magnitude: its number of bits is random too. */
static inline uint64_t random_magnitude(uint64_t *seed)
{
	return random_next(seed) >> random_below(seed, 64);
}

#endif
