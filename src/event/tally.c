/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Aggregated calls; see event/tally.h. */
#include "config.h"

#include "event/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* The entry of ERR, added if there is none. A call returns few different errors: a list is enough.
 */
static struct error_count *error_entry(struct tally *tally, int err)
{
	size_t at = 0;
	while (at < tally->error_kinds && tally->error[at].err < err)
		at++;
	if (at < tally->error_kinds && tally->error[at].err == err)
		return &tally->error[at];
	tally->error = xreallocarray(tally->error, tally->error_kinds + 1, sizeof(*tally->error));
	memmove(&tally->error[at + 1], &tally->error[at],
		(tally->error_kinds - at) * sizeof(*tally->error));
	tally->error_kinds++;
	tally->error[at] = (struct error_count){.err = err};
	return &tally->error[at];
}

/* Whether no complete time has been added. */
static bool has_no_whole(uint64_t calls, uint64_t partial)
{
	return calls == partial;
}

static void add_min(struct tally *tally, uint64_t min_ns)
{
	if (has_no_whole(tally->calls, tally->partial) || min_ns < tally->min_ns)
		tally->min_ns = min_ns;
}

static void add_max(struct tally *tally, uint64_t max_ns)
{
	if (max_ns > tally->max_ns)
		tally->max_ns = max_ns;
}

void usage_add(struct usage *usage, const struct usage *more)
{
	usage->calls += more->calls;
	usage->voluntary += more->voluntary;
	usage->involuntary += more->involuntary;
	usage->minor_faults += more->minor_faults;
	usage->major_faults += more->major_faults;
	usage->runnable_ns += more->runnable_ns;
}

void split_add(struct split *split, const struct split *more)
{
	split->calls += more->calls;
	split->total_ns += more->total_ns;
	split->runnable_ns += more->runnable_ns;
	split->blocked_ns += more->blocked_ns;
}

void tally_add(struct tally *tally, const struct outcome *outcome)
{
	uint64_t duration_ns = outcome->duration_ns;
	add_max(tally, duration_ns);
	if (outcome->partial) {
		tally->partial++;
		tally->partial_ns += duration_ns;
	} else {
		add_min(tally, duration_ns);
		tally->squares += (unsigned __int128)duration_ns * duration_ns;
		hist_add(&tally->hist, duration_ns);
	}
	tally->calls++;
	tally->bytes += outcome->bytes;
	tally->total_ns += duration_ns;
	if (outcome->err) {
		tally->errors++;
		tally_add_error(tally, outcome->err, 1);
	}
}

void tally_add_counts(struct tally *tally, const struct tally_counts *counts)
{
	if (!has_no_whole(counts->calls, counts->partial))
		add_min(tally, counts->min_ns);
	add_max(tally, counts->max_ns);
	tally->calls += counts->calls;
	tally->errors += counts->errors;
	tally->partial += counts->partial;
	tally->bytes += counts->bytes;
	tally->total_ns += counts->total_ns;
	tally->partial_ns += counts->partial_ns;
	tally->squares += (unsigned __int128)counts->squares[1] << 64 | counts->squares[0];
	usage_add(&tally->usage, &counts->usage);
	split_add(&tally->split, &counts->split);
}

void tally_add_bucket(struct tally *tally, unsigned int bucket, uint64_t count)
{
	hist_add_bucket(&tally->hist, bucket, count);
}

void tally_add_error(struct tally *tally, int err, uint64_t count)
{
	error_entry(tally, err)->count += count;
}

struct tally_counts tally_counts_of(const struct tally *tally)
{
	return (struct tally_counts){
		.calls = tally->calls,
		.errors = tally->errors,
		.partial = tally->partial,
		.bytes = tally->bytes,
		.total_ns = tally->total_ns,
		.partial_ns = tally->partial_ns,
		.min_ns = tally->min_ns,
		.max_ns = tally->max_ns,
		.squares = {(uint64_t)tally->squares, (uint64_t)(tally->squares >> 64)},
		.usage = tally->usage,
		.split = tally->split,
	};
}

void tally_merge(struct tally *into, const struct tally *from)
{
	struct tally_counts counts = tally_counts_of(from);
	tally_add_counts(into, &counts);
	hist_merge(&into->hist, &from->hist);
	for (size_t i = 0; i < from->error_kinds; i++)
		tally_add_error(into, from->error[i].err, from->error[i].count);
}

void tally_clear(struct tally *tally)
{
	hist_clear(&tally->hist);
	xfree(tally->error);
	*tally = (struct tally){0};
}

double tally_stddev_ns(const struct tally *tally)
{
	if (tally->hist.count == 0)
		return 0;
	long double count = (long double)tally->hist.count;
	long double mean = (long double)(tally->total_ns - tally->partial_ns) / count;
	long double variance = (long double)tally->squares / count - mean * mean;
	return variance > 0 ? (double)sqrtl(variance) : 0;
}
