/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wait reasons of sleeps; see decode/wait_rules.h. */
#include "config.h"

#include <stdio.h>
#include <time.h>

#include "base/time.h"
#include "base/units.h"
#include "decode/wait_rules.h"
#include "proc/namespace.h"

/* A sleep of this length. */
static bool add_sleep(struct wait_query *query, uint64_t address, enum time_layout layout)
{
	char text[UNITS_MAX];
	uint64_t ns;
	query->wait->lasts = true;
	if (!wait_read_time(query, address, layout, &ns))
		return false;
	wait_add(query, "a sleep of %s", units_time(ns, text));
	return true;
}

bool wait_sleep(struct wait_query *query)
{
	return add_sleep(query, query->place->args[0], TIME_NATIVE);
}

/* Appends the time of day at NS after the epoch: "19:45:10", with the date if that is not today. */
static void add_moment(struct wait_query *query, uint64_t ns)
{
	const time_t then = (time_t)(ns / NS_PER_S), now = time(NULL);
	struct tm at, today;
	char text[32];
	if (!localtime_r(&then, &at) || !localtime_r(&now, &today))
		return;
	bool is_today = at.tm_yday == today.tm_yday && at.tm_year == today.tm_year;
	strftime(text, sizeof(text), is_today ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &at);
	wait_add(query, "%s, ", text);
}

/* The time on CLOCK; 0 if we do not see what the thread sees. */
static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;
	/* Others are of a process or a thread: the thread's own is not ours. */
	bool is_common = clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC ||
	                 clock == CLOCK_BOOTTIME || clock == CLOCK_TAI ||
	                 clock == CLOCK_REALTIME_ALARM || clock == CLOCK_BOOTTIME_ALARM;
	if (!is_common || clock_gettime(clock, &now) < 0)
		return 0;
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* A sleep until the time at ADDRESS. */
static bool add_until(struct wait_query *query, uint64_t address, enum time_layout layout)
{
	clockid_t clock = (clockid_t)query->place->args[0];
	char text[UNITS_MAX];
	uint64_t until_ns, now_ns = clock_ns(clock);
	if (!wait_read_time(query, address, layout, &until_ns))
		return false;
	/* Another time namespace has other clocks since the boot. */
	if (!now_ns ||
		(clock != CLOCK_REALTIME && !proc_is_in_our_namespace(query->place->tid, "time"))) {
		wait_add(query, "a sleep until %s on clock %d", units_time(until_ns, text),
			(int)clock);
		return true;
	}
	wait_add(query, "a sleep until ");
	add_moment(query, clock_ns(CLOCK_REALTIME) + until_ns - now_ns);
	wait_add(query, "%s more", units_time(until_ns > now_ns ? until_ns - now_ns : 0, text));
	return true;
}

static bool add_clock(struct wait_query *query, enum time_layout layout)
{
	const uint64_t *args = query->place->args;
	return args[1] & TIMER_ABSTIME ? add_until(query, args[2], layout)
	                               : add_sleep(query, args[2], layout);
}

bool wait_clock(struct wait_query *query)
{
	return add_clock(query, TIME_NATIVE);
}

bool wait_clock_time64(struct wait_query *query)
{
	return add_clock(query, TIME_64);
}
