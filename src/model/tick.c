/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rates per interval; see model/model.h. */
#include "config.h"

#include "model/model.h"

#include "base/time.h"
#include "model/state.h"

/* Shorter intervals say nothing: a few calls more or less, and the rate is another. */
#define INTERVAL_MIN_NS (5 * NS_PER_MS)
#define SHORT_PART      10 /* an interval is short if it is less than one in this many parts */

void rate_tick(struct rate *rate, uint64_t total, const struct interval *interval)
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

static void tick_threads(struct model *model, const struct interval *interval)
{
	struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread) {
		rate_tick(&thread->rate, thread->sums[SPAN_ALL].calls, interval);
		rate_tick(&thread->byte_rate, thread->sums[SPAN_ALL].bytes, interval);
	}
}

/* The time of each thread in each of its calls. */
static void tick_thread_calls(struct model *model, uint64_t now_ns, const struct interval *interval)
{
	struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread) {
		for (size_t i = 0; i < thread->by_call.count; i++) {
			struct thread_call *entry = &thread->by_call.entry[i];
			uint64_t ns = entry->sums[SPAN_ALL].total_ns;
			uint64_t since_ns = thread->enter.event.time_ns;
			if (thread->in && call_equal(thread->in->call, entry->call))
				ns += now_ns > since_ns ? now_ns - since_ns : 0;
			uint64_t more_ns = ns > entry->at_tick_ns ? ns - entry->at_tick_ns : 0;
			entry->last_ns = (interval->joined ? entry->last_ns : 0) + more_ns;
			entry->at_tick_ns = ns;
		}
	}
}

static void tick_calls(struct model *model, const struct interval *interval)
{
	struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats) {
		rate_tick(&stats->rate, stats->tally[SPAN_ALL].calls, interval);
		rate_tick(&stats->byte_rate, stats->tally[SPAN_ALL].bytes, interval);
		tick_history(&stats->history, &stats->rate, interval);
	}
}

/* Begins the interval that ends at NOW_NS, or continues the last one if this is too short. */
static struct interval begin_interval(struct model *model, uint64_t now_ns)
{
	uint64_t step_ns = now_ns - model->tick.until_ns;
	bool is_first = model->tick.step_ns == 0;
	bool is_short = step_ns < INTERVAL_MIN_NS || step_ns * SHORT_PART < model->tick.step_ns;
	struct interval interval = {.joined = !is_first && is_short};
	if (!interval.joined)
		model->tick.from_ns = model->tick.until_ns;
	model->tick.step_ns = step_ns;
	interval.seconds = (double)(now_ns - model->tick.from_ns) / (double)NS_PER_S;
	return interval;
}

void model_tick(struct model *model, uint64_t now_ns)
{
	uint64_t time_ns = model_time(model, now_ns);
	if (time_ns <= model->tick.until_ns)
		return;
	struct interval interval = begin_interval(model, time_ns);
	tick_threads(model, &interval);
	tick_calls(model, &interval);
	tick_thread_calls(model, time_ns, &interval);
	files_tick(&model->files, &interval);
	model_tick_times(model, time_ns, interval.joined);
	model_tick_idle(model, time_ns);
	files_tick_progress(model, time_ns);
	model->tick.until_ns = time_ns;
	rate_tick(&model->call_rate, model->sums[SPAN_ALL].calls, &interval);
	rate_tick(&model->error_rate, model->sums[SPAN_ALL].errors, &interval);
	rate_tick(&model->byte_rate, model->sums[SPAN_ALL].bytes, &interval);
	rate_tick(&model->stop_rate, model_stops(model), &interval);
	tick_history(&model->history, &model->call_rate, &interval);
	tick_history(&model->error_history, &model->error_rate, &interval);
}
