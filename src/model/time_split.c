/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splitting time; see model/time_split.h. */
#include "config.h"

#include "model/time_split.h"

#include <string.h>

#include "base/time.h"

#define STOPS_PER_CALL 2

/*
 * A call in progress at the beginning may have begun to wait before, and one at the end not have
 * reported a stop yet.
 */
#define EDGE_WAITS     2

/* A thread that is stopped by tracing for longer on average is asleep for another reason, too. */
#define STOP_MAX_NS    (1 * NS_PER_MS)

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Moves up to WANTED_NS of *LEFT_NS to *NS. */
static void take(uint64_t *left_ns, uint64_t wanted_ns, uint64_t *ns)
{
	uint64_t taken_ns = least(*left_ns, wanted_ns);
	*left_ns -= taken_ns;
	*ns += taken_ns;
}

/* The number of stops of tracing. */
static uint64_t stops_of(const struct time_sample *sample)
{
	return sample->is_never_stopped ? 0 : sample->ended * STOPS_PER_CALL;
}

/* How often the thread has waited in a call, at most. */
static uint64_t waits_of(const struct time_sample *sample)
{
	uint64_t stops = stops_of(sample);
	if (!sample->is_exact)
		return UINT64_MAX;
	return (sample->runs > stops ? sample->runs - stops : 0) + EDGE_WAITS;
}

/*
 * Stores in WAITED the time in calls of each class that can be waiting, and returns the sum. Calls
 * that are made in order to wait are those that have, if not all have.
 */
static double possible_waits(const struct time_sample *sample, double waited[TIME_COUNT])
{
	uint64_t waits = waits_of(sample);
	double sum_ns = 0;
	for (enum time_class id = TIME_WAIT; id <= TIME_OTHER; id++) {
		uint64_t overhead_ns = sample->calls[id] * sample->minimum_ns;
		uint64_t calls = sample->calls[id], some = least(waits, calls);
		waited[id] = 0;
		if (calls && sample->call_ns[id] > overhead_ns)
			waited[id] = (double)(sample->call_ns[id] - overhead_ns) * (double)some /
			             (double)calls;
		if (waits != UINT64_MAX)
			waits -= some;
		sum_ns += waited[id];
	}
	return sum_ns;
}

/* Attributes ASLEEP_NS, as far as it was spent waiting in calls. Returns the rest. */
static uint64_t split_calls(
	const struct time_sample *sample, uint64_t asleep_ns, uint64_t ns[TIME_COUNT])
{
	double waited[TIME_COUNT], sum_ns = possible_waits(sample, waited);
	/* A part of the latencies was spent on a CPU, or waiting for one. */
	double part = sum_ns > (double)asleep_ns ? (double)asleep_ns / sum_ns : 1;
	uint64_t left_ns = asleep_ns;
	for (enum time_class id = TIME_WAIT; id <= TIME_OTHER; id++)
		take(&left_ns, (uint64_t)(waited[id] * part), &ns[id]);
	/* What rounding has left is no other kind of time. */
	return part < 1 && left_ns < TIME_COUNT ? 0 : left_ns;
}

/* The class of the time for which there is no other reason. */
static enum time_class rest_class(const struct time_sample *sample)
{
	if (sample->was_stopped)
		return TIME_STOPPED;
	/* Without calls, only its own code can have made it sleep: a page that was not there. */
	return sample->is_exact && !sample->ended ? TIME_ASLEEP : TIME_UNKNOWN;
}

uint64_t time_split(const struct time_sample *sample, uint64_t ns[TIME_COUNT])
{
	uint64_t left_ns = sample->wall_ns, cpu_ns = 0, known_ns = 0;
	memset(ns, 0, TIME_COUNT * sizeof(*ns));
	take(&left_ns, sample->cpu_ns, &cpu_ns);
	take(&cpu_ns, sample->user_ns, &ns[TIME_USER]);
	take(&cpu_ns, sample->kernel_ns, &ns[TIME_KERNEL]);
	ns[TIME_UNKNOWN] += cpu_ns;
	if (sample->is_exact)
		take(&left_ns, sample->queued_ns, &ns[TIME_RUNNABLE]);
	take(&left_ns, sample->stopped_ns, &ns[TIME_STOPPED]);
	take(&left_ns, sample->exiting_ns, &ns[TIME_WAIT]);
	if (sample->is_frozen) {
		take(&left_ns, left_ns, &ns[TIME_FROZEN]);
		return 0;
	}
	left_ns = split_calls(sample, left_ns, ns);
	if (sample->is_exact)
		take(&left_ns, stops_of(sample) * STOP_MAX_NS, &ns[TIME_TRACED]);
	uint64_t ahead_ns = sample->is_exact && sample->is_runnable ? left_ns : 0;
	take(&left_ns, ahead_ns, &ns[TIME_RUNNABLE]);
	ns[rest_class(sample)] += left_ns;
	for (enum time_class id = 0; id < TIME_COUNT; id++)
		known_ns += ns[id];
	ns[TIME_UNKNOWN] += sample->wall_ns > known_ns ? sample->wall_ns - known_ns : 0;
	return ahead_ns;
}
