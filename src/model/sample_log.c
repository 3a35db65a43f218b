/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples of running code; see model/sample_log.h. */
#include "config.h"

#include "model/sample_log.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/map.h"
#include "model/model.h"
#include "model/state.h"

void sample_log_clear(struct sample_log *log)
{
	xfree(log->sample);
	*log = (struct sample_log){0};
}

void sample_log_add(struct sample_log *log, const struct sample *sample)
{
	if (!log->sample)
		log->sample = xcalloc(SAMPLE_LOG_MAX, sizeof(*log->sample));
	log->sample[log->count++ % SAMPLE_LOG_MAX] = *sample;
}

void sample_log_each(const struct sample_log *log, pid_t tid, uint64_t from_ns,
	void (*found)(void *context, const struct sample *sample), void *context)
{
	uint64_t kept = log->count < SAMPLE_LOG_MAX ? log->count : SAMPLE_LOG_MAX;
	for (uint64_t i = 1; i <= kept; i++) {
		const struct sample *sample = &log->sample[(log->count - i) % SAMPLE_LOG_MAX];
		if (sample->tid == tid && sample->time_ns > from_ns)
			found(context, sample);
	}
}

static void take_newest(void *context, const struct sample *sample)
{
	const struct sample **newest = context;
	if (!*newest || sample->time_ns > (*newest)->time_ns)
		*newest = sample;
}

const struct sample *sample_log_last(const struct sample_log *log, pid_t tid, uint64_t from_ns)
{
	const struct sample *newest = NULL;
	sample_log_each(log, tid, from_ns, take_newest, &newest);
	return newest;
}

void model_apply_sample(struct model *model, const struct event *event)
{
	const struct event_sample *sample = (const struct event_sample *)event;
	/* Of a thread that has ended meanwhile, nobody asks. */
	if (sample->stack && map_get(&model->threads, (uint64_t)event->tid))
		sample_log_add(&model->samples,
			&(struct sample){event->tid, sample->stack, event->time_ns});
}

/* The beginning of what MODEL shows at NOW_NS. */
static uint64_t begin_ns(const struct model *model, uint64_t now_ns)
{
	uint64_t from_ns = now_ns > SAMPLE_LOG_SPAN_NS ? now_ns - SAMPLE_LOG_SPAN_NS : 0;
	return from_ns > model->mark_ns ? from_ns : model->mark_ns;
}

/* The samples of a thread as rows. */
struct sample_rows {
	const struct stack_lookup *lookup;
	struct map row_of; /* index + 1 by stack */
	struct stack_row *row;
	size_t count, samples;
};

static void add_sample(void *context, const struct sample *sample)
{
	struct sample_rows *rows = context;
	size_t at = (uintptr_t)map_get(&rows->row_of, sample->stack);
	const struct stack *stack = at ? NULL : stack_lookup(rows->lookup, sample->stack);
	if (!at && !stack)
		return;
	if (!at) {
		if (rows->count % 64 == 0)
			rows->row = xreallocarray(rows->row, rows->count + 64, sizeof(*rows->row));
		rows->row[rows->count++] = (struct stack_row){.stack = stack, .avg_ns = NAN};
		at = rows->count;
		map_put(&rows->row_of, sample->stack, (void *)(uintptr_t)at);
	}
	rows->row[at - 1].calls++;
	rows->samples++;
}

static int by_samples(const void *left, const void *right)
{
	const struct stack_row *a = left, *b = right;
	if (a->calls != b->calls)
		return a->calls > b->calls ? -1 : 1;
	return (a->stack->id > b->stack->id) - (a->stack->id < b->stack->id);
}

size_t model_samples(const struct model *model, pid_t tid, uint64_t now_ns, struct stack_row **out)
{
	struct sample_rows rows = {.lookup = &model->lookup};
	sample_log_each(&model->samples, tid, begin_ns(model, now_ns), add_sample, &rows);
	map_clear(&rows.row_of);
	for (size_t i = 0; i < rows.count; i++)
		rows.row[i].share = rows.row[i].call_share = (double)rows.row[i].calls /
		                                             (double)rows.samples;
	if (rows.count)
		qsort(rows.row, rows.count, sizeof(*rows.row), by_samples);
	*out = rows.row;
	return rows.count;
}

const struct stack *model_last_sample(
	const struct model *model, pid_t tid, uint64_t now_ns, uint64_t *time_ns)
{
	const struct sample *sample = sample_log_last(
		&model->samples, tid, begin_ns(model, now_ns));
	const struct stack *stack = sample ? stack_lookup(&model->lookup, sample->stack) : NULL;
	if (stack)
		*time_ns = sample->time_ns;
	return stack;
}
