/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rates and time shares per interval; see model/model.h. */
#include "config.h"

#include "model/model.h"

#include <string.h>

#include "base/time.h"
#include "model/state.h"

static void tick_rate(struct rate *rate, uint64_t total, double seconds)
{
	rate->per_s = (double)(total - rate->at_tick) / seconds;
	rate->at_tick = total;
}

/* The total lifetime of all threads in the interval; adds the time stopped and exiting to TIMES. */
static uint64_t tick_threads(struct model *model, uint64_t now_ns, double seconds, double times[])
{
	uint64_t all_ns = model->gone_ns;
	struct thread *thread;
	model->gone_ns = 0;
	MAP_FOR_EACH (&model->threads, at, thread) {
		uint64_t ns = lived_ns(model, thread, now_ns);
		all_ns += ns;
		if (thread->state == TASK_STOPPED && !thread->in)
			times[TIME_STOPPED] += (double)ns;
		if (thread->state == TASK_EXITING && !thread->in)
			times[TIME_WAIT] += (double)ns;
		tick_rate(&thread->rate, thread->sums[SPAN_ALL].calls, seconds);
	}
	return all_ns;
}

/* Adds the time in calls during the interval to TIMES. */
static void tick_calls(struct model *model, uint64_t now_ns, double seconds, double times[])
{
	struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats) {
		const struct tally *tally = &stats->tally[SPAN_ALL];
		uint64_t spent_ns = tally->total_ns + progress_ns(stats, SPAN_ALL, now_ns);
		if (spent_ns > stats->spent_ns)
			times[stats->time_class] += (double)(spent_ns - stats->spent_ns);
		stats->spent_ns = spent_ns;
		tick_rate(&stats->rate, tally->calls, seconds);
		history_add(&stats->history, stats->rate.per_s);
	}
}

/* Turns TIMES into shares; the rest of ALL_NS is user code. */
static void make_time_shares(double times[], double all_ns)
{
	double sum_ns = 0;
	for (int id = 0; id < TIME_COUNT; id++)
		sum_ns += times[id];
	if (all_ns > sum_ns) {
		times[TIME_USER] = all_ns - sum_ns;
		sum_ns = all_ns;
	}
	for (int id = 0; id < TIME_COUNT && sum_ns > 0; id++)
		times[id] /= sum_ns;
}

void model_tick(struct model *model, uint64_t now_ns)
{
	double times[TIME_COUNT] = {0};
	if (now_ns <= model->tick_ns)
		return;
	double seconds = (double)(now_ns - model->tick_ns) / (double)NS_PER_S;
	uint64_t all_ns = tick_threads(model, now_ns, seconds, times);
	tick_calls(model, now_ns, seconds, times);
	make_time_shares(times, (double)all_ns);
	memcpy(model->time_shares, times, sizeof(times));
	model->tick_ns = now_ns;
	tick_rate(&model->call_rate, model->sums[SPAN_ALL].calls, seconds);
	tick_rate(&model->error_rate, model->sums[SPAN_ALL].errors, seconds);
	tick_rate(&model->stop_rate, model_stops(model), seconds);
	history_add(&model->history, model->call_rate.per_s);
}
