/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times of lines; see engine/replay/strace_clock.h. */
#include "config.h"

#include "engine/replay/strace_clock.h"

#include <time.h>

#include "base/time.h"

#define DAY_NS (UINT64_C(24) * 3600 * NS_PER_S)

/* The midnight here with which 1970-01-02 begins: times are shown as they were written. */
static uint64_t first_midnight(void)
{
	struct tm second_day = {.tm_year = 70, .tm_mday = 2, .tm_isdst = -1};
	time_t midnight = mktime(&second_day);
	return midnight > 0 ? (uint64_t)midnight * NS_PER_S : DAY_NS;
}

/* The time of a stamp of the day. */
static uint64_t time_of_day(struct strace_clock *clock, uint64_t stamp_ns)
{
	if (!clock->day_ns)
		clock->day_ns = first_midnight();
	else if (stamp_ns + DAY_NS / 2 < clock->last_stamp_ns)
		clock->day_ns += DAY_NS;
	clock->last_stamp_ns = stamp_ns;
	return clock->day_ns + stamp_ns;
}

uint64_t strace_clock_advance(struct strace_clock *clock, const struct strace_line *line)
{
	uint64_t time_ns;
	if (line->stamp == STAMP_UNIX) {
		clock->times = line->stamp_digits ? TIMES_REAL : TIMES_SECONDS;
		time_ns = line->stamp_ns;
	} else if (line->stamp == STAMP_OF_DAY) {
		clock->times = line->stamp_digits ? TIMES_OF_DAY : TIMES_SECONDS;
		time_ns = time_of_day(clock, line->stamp_ns);
	} else if (line->has_relative) {
		clock->times = TIMES_RELATIVE;
		time_ns = clock->now_ns + line->relative_ns;
	} else {
		/* It is of another kind than the others, if those have times. */
		time_ns = clock->now_ns + (clock->times == TIMES_NONE ? NS_PER_US : 0);
	}
	/* Seconds with what -r adds are as good as -r. */
	if (clock->times == TIMES_SECONDS && line->has_relative) {
		time_ns = clock->now_ns ? clock->now_ns + line->relative_ns : time_ns;
		clock->times = TIMES_RELATIVE;
	}
	if (time_ns == 0)
		time_ns = 1;
	if (time_ns > clock->now_ns)
		clock->now_ns = time_ns;
	return clock->now_ns;
}
