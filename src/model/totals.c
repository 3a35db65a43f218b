/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The totals; see model/model.h. */
#include "config.h"

#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "model/state.h"

/* Counts the processes of the living tasks, and what these have. */
static void count_processes(const struct model *model, uint64_t now_ns, struct model_totals *totals)
{
	struct process_row *rows;
	totals->processes = model_processes(model, now_ns, &rows);
	for (size_t i = 0; i < totals->processes; i++) {
		totals->workers += rows[i].workers;
		totals->rings += rows[i].rings;
	}
	free(rows);
}

static void add_classes(struct model_totals *totals, const struct call_stats *stats, enum span span)
{
	const struct syscall_desc *desc = syscall_lookup(stats->call);
	for (unsigned int id = 0; desc && id < CLASS_COUNT; id++) {
		if (desc->classes >> id & 1)
			totals->class_calls[id] += stats->tally[span].calls;
	}
}

void model_totals(const struct model *model, uint64_t now_ns, struct model_totals *totals)
{
	const struct sums *sums = &model->sums[span_of(model)];
	*totals = (struct model_totals){
		.start_ns = model->start_ns,
		.calls = sums->calls,
		.errors = sums->errors,
		.usage = sums->usage,
		.split = sums->split,
		.bytes = sums->bytes,
		.requests = model->requests[span_of(model)].calls,
		.call_rate = rate_of(model, &model->call_rate),
		.error_rate = rate_of(model, &model->error_rate),
		.byte_rate = rate_of(model, &model->byte_rate),
		.threads = model->threads.count,
		.ended_threads = model->ended_threads,
		.ended = model->end,
		.end_error = model->end_error,
		.mark_ns = model->mark_ns,
		.history = &model->history,
		.error_history = &model->error_history,
	};
	count_processes(model, now_ns, totals);
	model_all_times(model, now_ns, &totals->time);
	const struct call_stats *stats;
	MAP_FOR_EACH (&model->calls, at, stats) {
		totals->in_progress += stats->in_progress;
		add_classes(totals, stats, span_of(model));
	}
}
