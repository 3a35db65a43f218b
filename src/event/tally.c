/* Sums of calls; see event/tally.h. */
#include "config.h"

#include "event/tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* The entry of ERR, made where there is none. Few errors ever come back from one call: a list does.
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

static void add_whole(struct tally *tally, uint64_t duration_ns)
{
	if (tally->hist.count == 0 || duration_ns < tally->min_ns)
		tally->min_ns = duration_ns;
	tally->squares += (unsigned __int128)duration_ns * duration_ns;
	hist_add(&tally->hist, duration_ns);
}

void tally_add(struct tally *tally, const struct outcome *outcome)
{
	tally->calls++;
	tally->total_ns += outcome->duration_ns;
	if (outcome->duration_ns > tally->max_ns)
		tally->max_ns = outcome->duration_ns;
	if (outcome->partial) {
		tally->partial++;
		tally->partial_ns += outcome->duration_ns;
	} else {
		add_whole(tally, outcome->duration_ns);
	}
	if (outcome->err) {
		tally->errors++;
		error_entry(tally, outcome->err)->count++;
	}
}

void tally_merge(struct tally *into, const struct tally *from)
{
	if (from->hist.count && (into->hist.count == 0 || from->min_ns < into->min_ns))
		into->min_ns = from->min_ns;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
	into->calls += from->calls;
	into->errors += from->errors;
	into->partial += from->partial;
	into->total_ns += from->total_ns;
	into->partial_ns += from->partial_ns;
	into->squares += from->squares;
	hist_merge(&into->hist, &from->hist);
	for (size_t i = 0; i < from->error_kinds; i++)
		error_entry(into, from->error[i].err)->count += from->error[i].count;
}

void tally_clear(struct tally *tally)
{
	hist_clear(&tally->hist);
	free(tally->error);
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
