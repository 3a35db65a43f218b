/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The choices that make up a run: numbers, drawn at random or given. 0 is always the plainest
 * choice, and what follows a list that was given: so a list is shortened by leaving out numbers and
 * by making them smaller.
 */
#ifndef STOP_TESTS_SIMULATION_CHOICES_H
#define STOP_TESTS_SIMULATION_CHOICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support/random.h"

struct choices {
	uint64_t random;       /* state of the generator; 0: the list is given */
	const uint32_t *given; /* of `given_count` */
	size_t given_count;
	uint32_t *made; /* what was chosen; room for `capacity` */
	size_t count, capacity;
};

static inline uint32_t choices_keep(struct choices *choices, uint32_t value)
{
	if (choices->count < choices->capacity)
		choices->made[choices->count] = value;
	choices->count++;
	return value;
}

/* A number below LIMIT, which is not 0. */
static inline uint32_t choose(struct choices *choices, uint32_t limit)
{
	uint32_t value = 0;
	if (choices->random)
		value = (uint32_t)random_below(&choices->random, limit);
	else if (choices->count < choices->given_count)
		value = choices->given[choices->count] % limit;
	return choices_keep(choices, value);
}

/* True in ONE_IN of a thousand cases. */
static inline bool choose_rarely(struct choices *choices, uint32_t per_thousand)
{
	uint32_t value = 0;
	if (choices->random)
		value = random_below(&choices->random, 1000) < per_thousand;
	else if (choices->count < choices->given_count)
		value = choices->given[choices->count] != 0;
	return choices_keep(choices, value);
}

/* A number from 0 on, small ones more often than large ones, at most LIMIT - 1. */
static inline uint32_t choose_small(struct choices *choices, uint32_t limit)
{
	uint32_t value = 0;
	if (choices->random)
		value = (uint32_t)(random_below(&choices->random, limit) >>
				   random_below(&choices->random, 8));
	else if (choices->count < choices->given_count)
		value = choices->given[choices->count] % limit;
	return choices_keep(choices, value);
}

#endif
