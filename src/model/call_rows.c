/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls as rows; see model/model.h. */
#include "config.h"

#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "abi/transfer.h"
#include "base/alloc.h"
#include "model/state.h"

bool call_filter_has(const struct call_filter *filter, struct call call)
{
	if (filter->set && !callset_has(filter->set, call))
		return false;
	if (!filter->classes)
		return true;
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc && (desc->classes & filter->classes);
}

void model_name_call(struct call call, char name[CALL_NAME_MAX])
{
	if (call.nr == MODEL_OTHER_NR) /* THREAD_CALLS_OTHER is the same number */
		strcpy(name, "syscall_other");
	else
		call_name(call, name);
}

/* The middle of a bucket can be outside the range of the values in it. */
static uint64_t quantile_ns(const struct tally *tally, double quantile)
{
	uint64_t value_ns = hist_quantile(&tally->hist, quantile);
	if (value_ns < tally->min_ns)
		return tally->min_ns;
	return value_ns < tally->max_ns ? value_ns : tally->max_ns;
}

static struct call_row make_row(
	const struct model *model, const struct call_stats *stats, enum span span, uint64_t now_ns)
{
	const struct syscall_desc *desc = syscall_lookup(stats->call);
	const struct tally *tally = &stats->tally[span];
	uint64_t total_ns = tally->total_ns + progress_ns(stats, span, now_ns);
	uint64_t count = tally->calls + stats->in_progress, idle_ns = stats->idle_ns[span];
	struct call_row row = {
		.call = stats->call,
		.classes = desc ? desc->classes : 0,
		.calls = tally->calls,
		.errors = tally->errors,
		.partial = tally->partial,
		.in_progress = stats->in_progress,
		.rate = rate_of(model, &stats->rate),
		.transfers = transfer_rule_of(stats->call) != 0,
		.bytes = tally->bytes,
		.byte_rate = rate_of(model, &stats->byte_rate),
		.size = tally->calls > tally->errors
	                        ? (double)tally->bytes / (double)(tally->calls - tally->errors)
	                        : NAN,
		.total_ns = total_ns,
		.idle_ns = idle_ns < total_ns ? idle_ns : total_ns,
		.is_idle = stats->idle_now && stats->idle_now >= stats->in_progress &&
	                   !(rate_of(model, &stats->rate) > 0),
		.timed = tally->hist.count,
		.min_ns = tally->min_ns,
		.max_ns = tally->max_ns,
		.avg_ns = count ? (double)total_ns / (double)count : 0,
		.stddev_ns = tally_stddev_ns(tally),
		.p50_ns = quantile_ns(tally, 0.50),
		.p90_ns = quantile_ns(tally, 0.90),
		.p99_ns = quantile_ns(tally, 0.99),
		.usage = tally->usage,
		.split = tally->split,
		.marked = tally->partial && tally->partial_ns >= tally->total_ns / 100,
		.tally = tally,
		.history = &stats->history,
	};
	model_name_call(stats->call, row.name);
	return row;
}

/* Adds the longest calls in progress; ROW_OF has the row of each call. */
static void add_longest(
	const struct model *model, const struct map *row_of, enum span span, uint64_t now_ns)
{
	const struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread) {
		struct call_row *row = thread->in ? map_get(row_of, call_key(thread->in->call))
		                                  : NULL;
		uint64_t begin_ns = begin_in(
			model, span, thread->in ? thread->enter.event.time_ns : 0);
		if (!row || now_ns <= begin_ns)
			continue;
		bool is_whole = begin_ns == thread->enter.event.time_ns;
		uint64_t so_far_ns = now_ns - begin_ns + (is_whole ? thread->enter.before_ns : 0);
		if (so_far_ns > row->longest_ns)
			row->longest_ns = so_far_ns;
		if (so_far_ns > row->max_ns)
			row->max_ns = so_far_ns;
	}
}

static void add_shares(struct call_row *rows, size_t count)
{
	double all_ns = 0, work_ns = 0;
	for (size_t i = 0; i < count; i++) {
		if (call_is_request(rows[i].call))
			continue;
		all_ns += (double)rows[i].total_ns;
		work_ns += (double)(rows[i].total_ns - rows[i].idle_ns);
	}
	for (size_t i = 0; i < count; i++) {
		struct call_row *row = &rows[i];
		if (call_is_request(row->call))
			continue;
		if (all_ns > 0)
			row->share = (double)row->total_ns / all_ns;
		if (work_ns > 0)
			row->work_share = (double)(row->total_ns - row->idle_ns) / work_ns;
	}
}

/* As model_calls(), of what was counted in SPAN. */
static size_t collect(const struct model *model, const struct call_filter *filter, enum span span,
	uint64_t now_ns, struct call_row **out)
{
	struct call_row *rows = xcalloc(model->calls.count, sizeof(*rows));
	struct map row_of = {0};
	size_t count = 0;
	const struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats) {
		const struct tally *tally = &stats->tally[span];
		if ((!tally->calls && !stats->in_progress) || (filter->errors && !tally->errors) ||
			!call_filter_has(filter, stats->call))
			continue;
		rows[count] = make_row(model, stats, span, now_ns);
		map_put(&row_of, call_key(stats->call), &rows[count]);
		count++;
	}
	add_longest(model, &row_of, span, now_ns);
	add_shares(rows, count);
	map_clear(&row_of);
	*out = rows;
	return count;
}

size_t model_calls(const struct model *model, const struct call_filter *filter, uint64_t now_ns,
	struct call_row **out)
{
	return collect(model, filter, span_of(model), now_ns, out);
}

size_t model_all_calls(const struct model *model, const struct call_filter *filter, uint64_t now_ns,
	struct call_row **out)
{
	return collect(model, filter, SPAN_ALL, now_ns, out);
}
