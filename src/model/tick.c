/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rates and time shares per interval; see model/model.h. */
#include "config.h"

#include "model/model.h"

#include <string.h>

#include "base/time.h"
#include "model/state.h"

/* Shorter intervals say nothing: a few calls more or less, and the rate is another. */
#define INTERVAL_MIN_NS (5 * NS_PER_MS)
#define SHORT_PART      10 /* an interval is short if it is less than one in this many parts */

/* How the interval that ends now relates to the last one. */
struct interval {
	bool joined;    /* it is too short, and becomes a part of the last one */
	double seconds; /* its length, including the last one if joined */
};

static void tick_rate(struct rate *rate, uint64_t total, const struct interval *interval)
{
	if (!interval->joined)
		rate->before = rate->at_tick;
	rate->per_s = (double)(total - rate->before) / interval->seconds;
	rate->at_tick = total;
}

static void tick_history(
	struct history *history, const struct rate *rate, const struct interval *interval)
{
	if (interval->joined)
		history_replace(history, rate->per_s);
	else
		history_add(history, rate->per_s);
}

/* The lifetime of all threads since the last tick; adds the time stopped and exiting to TIMES. */
static uint64_t tick_threads(
	struct model *model, uint64_t now_ns, const struct interval *interval, double times[])
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
		tick_rate(&thread->rate, thread->sums[SPAN_ALL].calls, interval);
	}
	return all_ns;
}

/* Adds the time in calls since the last tick to TIMES. */
static void tick_calls(
	struct model *model, uint64_t now_ns, const struct interval *interval, double times[])
{
	struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats) {
		const struct tally *tally = &stats->tally[SPAN_ALL];
		uint64_t spent_ns = tally->total_ns + progress_ns(stats, SPAN_ALL, now_ns);
		if (spent_ns > stats->spent_ns)
			times[stats->time_class] += (double)(spent_ns - stats->spent_ns);
		stats->spent_ns = spent_ns;
		tick_rate(&stats->rate, tally->calls, interval);
		tick_history(&stats->history, &stats->rate, interval);
	}
}

/* Turns the times of the interval into shares; the rest is user code. */
static void make_time_shares(struct model *model)
{
	double sum_ns = 0, user_ns = 0;
	for (int id = 0; id < TIME_COUNT; id++)
		sum_ns += model->time.ns[id];
	if (model->time.all_ns > sum_ns) {
		user_ns = model->time.all_ns - sum_ns;
		sum_ns = model->time.all_ns;
	}
	for (int id = 0; id < TIME_COUNT; id++) {
		double ns = model->time.ns[id] + (id == TIME_USER ? user_ns : 0);
		model->time.share[id] = sum_ns > 0 ? ns / sum_ns : 0;
	}
}

/* Begins the interval that ends at NOW_NS, or continues the last one if this is too short. */
static struct interval begin_interval(struct model *model, uint64_t now_ns)
{
	uint64_t step_ns = now_ns - model->tick.until_ns;
	bool is_first = model->tick.step_ns == 0;
	bool is_short = step_ns < INTERVAL_MIN_NS || step_ns * SHORT_PART < model->tick.step_ns;
	struct interval interval = {.joined = !is_first && is_short};
	if (!interval.joined) {
		model->tick.from_ns = model->tick.until_ns;
		memset(&model->time, 0, sizeof(model->time));
	}
	model->tick.step_ns = step_ns;
	interval.seconds = (double)(now_ns - model->tick.from_ns) / (double)NS_PER_S;
	return interval;
}

void model_tick(struct model *model, uint64_t now_ns)
{
	uint64_t time_ns = model_time(model, now_ns);
	if (time_ns <= model->tick.until_ns)
		return;
	double times[TIME_COUNT] = {0};
	struct interval interval = begin_interval(model, time_ns);
	model->time.all_ns += (double)tick_threads(model, time_ns, &interval, times);
	tick_calls(model, time_ns, &interval, times);
	model->tick.until_ns = time_ns;
	for (int id = 0; id < TIME_COUNT; id++)
		model->time.ns[id] += times[id];
	make_time_shares(model);
	tick_rate(&model->call_rate, model->sums[SPAN_ALL].calls, &interval);
	tick_rate(&model->error_rate, model->sums[SPAN_ALL].errors, &interval);
	tick_rate(&model->stop_rate, model_stops(model), &interval);
	tick_history(&model->history, &model->call_rate, &interval);
}
