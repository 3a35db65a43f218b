/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The last values of something that is sampled once per interval, for graphs. A plain value; not
 * locked.
 */
#ifndef STOP_MODEL_HISTORY_H
#define STOP_MODEL_HISTORY_H

#include <stddef.h>

/* Number of values kept: the width of the widest graph. */
#define HISTORY_MAX 120

struct history {
	float value[HISTORY_MAX]; /* a ring */
	unsigned int next;        /* where the next value goes */
	unsigned int count;       /* number of values, at most HISTORY_MAX */
};

/* Adds VALUE as the newest one. */
static inline void history_add(struct history *history, double value)
{
	history->value[history->next] = (float)value;
	history->next = (history->next + 1) % HISTORY_MAX;
	if (history->count < HISTORY_MAX)
		history->count++;
}

/* Makes VALUE the newest one instead of the last that was added. */
static inline void history_replace(struct history *history, double value)
{
	if (history->count == 0)
		history_add(history, value);
	else
		history->value[(history->next + HISTORY_MAX - 1) % HISTORY_MAX] = (float)value;
}

/* The value that is AGE intervals old, 0 being the newest; 0 if there is none. */
static inline double history_at(const struct history *history, unsigned int age)
{
	if (age >= history->count)
		return 0;
	return (double)history->value[(history->next + HISTORY_MAX - 1 - age) % HISTORY_MAX];
}

#endif
