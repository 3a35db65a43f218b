/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The times of the lines of one strace output, as nanoseconds that never decrease:
 *
 *     -ttt                       since 1970
 *     -t, -tt                    as on 1970-01-02 here: the day is unknown; a step back by more
 *                                than half a day is the next midnight
 *     -r                         since the first line
 *     none of these              the number of the line, in microseconds: only their order
 *
 * Steps back, which clocks that are set make, are taken as no time. One owner at a time.
 */
#ifndef STOP_ENGINE_REPLAY_STRACE_CLOCK_H
#define STOP_ENGINE_REPLAY_STRACE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/replay/strace_line.h"

/* What the times are worth, from the least on. */
enum strace_times {
	TIMES_NONE,     /* they are an order */
	TIMES_SECONDS,  /* -t: they have no fraction */
	TIMES_RELATIVE, /* -r: their beginning is unknown */
	TIMES_OF_DAY,   /* -tt: the day is unknown */
	TIMES_REAL,     /* -ttt */
};

struct strace_clock {
	enum strace_times times; /* of the last line with a call */
	uint64_t day_ns;         /* the midnight before the last line */
	uint64_t last_stamp_ns;  /* of the day */
	uint64_t now_ns;         /* of the last line */
};

/* The time of LINE, which is the next one. The zero value is the beginning. */
uint64_t strace_clock_advance(struct strace_clock *clock, const struct strace_line *line);

#endif
