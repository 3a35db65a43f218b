/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls by stack as rows; see model/model.h. */
#include "config.h"

#include "model/model.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "model/state.h"

/* Rows of stacks under construction. */
struct stack_rows {
	const struct stack_lookup *lookup;
	struct stack_row *row;
	size_t count, capacity;
};

static struct stack_row *add_stack_row(struct stack_rows *rows, const struct call_stats *stats,
	uint32_t stack, const struct stack_count *count)
{
	const struct stack *known = stack_lookup(rows->lookup, stack);
	if (rows->count == rows->capacity) {
		rows->capacity = rows->capacity ? rows->capacity * 2 : 64;
		rows->row = xreallocarray(rows->row, rows->capacity, sizeof(*rows->row));
	}
	struct stack_row *row = &rows->row[rows->count++];
	*row = (struct stack_row){
		.stack = known ? known : stack_special(STACK_OTHER),
		.call = stats->call,
		.calls = count->calls,
		.errors = count->errors,
		.partial = count->partial,
		.total_ns = count->total_ns,
		.max_ns = count->max_ns,
	};
	return row;
}

/* Adds a row for SUM over SPAN, unless it is empty, and its index to ROW_OF. */
static void add_known(struct stack_rows *rows, const struct call_stats *stats, enum span span,
	const struct stack_sum *sum, struct map *row_of)
{
	if (!sum->span[span].calls)
		return;
	add_stack_row(rows, stats, sum->stack, &sum->span[span]);
	map_put(row_of, sum->stack, (void *)(uintptr_t)rows->count);
}

/* Adds THREAD, which is in a call, to the row of that call and its stack. */
static void add_progress(const struct model *model, const struct thread *thread,
	struct stack_row *row, uint64_t now_ns)
{
	uint64_t since_ns = begin_in(model, span_of(model), thread->enter.event.time_ns);
	uint64_t so_far_ns = now_ns > since_ns ? now_ns - since_ns : 0;
	row->in_progress++;
	row->total_ns += so_far_ns;
	if (so_far_ns > row->max_ns)
		row->max_ns = so_far_ns;
}

/* Adds the tasks that are currently in the call of STATS. ROW_OF has row indices plus 1, by stack.
 */
static void add_present(const struct model *model, const struct call_stats *stats,
	struct stack_rows *rows, struct map *row_of, uint64_t now_ns)
{
	const struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread) {
		uint32_t stack = thread->in == stats ? model_stack_now(model, thread) : 0;
		if (!stack)
			continue;
		if (!map_get(row_of, stack)) {
			add_stack_row(rows, stats, stack, &(struct stack_count){0});
			map_put(row_of, stack, (void *)(uintptr_t)rows->count);
		}
		add_progress(
			model, thread, &rows->row[(uintptr_t)map_get(row_of, stack) - 1], now_ns);
	}
}

/* Adds the difference between STATS and its rows from FIRST: the calls that were not captured. */
static void add_rest(const struct call_stats *stats, enum span span, struct stack_rows *rows,
	size_t first, uint64_t now_ns)
{
	const struct tally *tally = &stats->tally[span];
	uint64_t total_ns = tally->total_ns + progress_ns(stats, span, now_ns), known_ns = 0;
	struct stack_count rest = {
		.calls = tally->calls, .errors = tally->errors, .partial = tally->partial};
	uint64_t in_progress = stats->in_progress;
	for (size_t i = first; i < rows->count; i++) {
		rest.calls -= rows->row[i].calls;
		rest.errors -= rows->row[i].errors;
		rest.partial -= rows->row[i].partial;
		in_progress -= rows->row[i].in_progress;
		known_ns += rows->row[i].total_ns;
	}
	rest.total_ns = total_ns > known_ns ? total_ns - known_ns : 0;
	if (rest.calls || in_progress)
		add_stack_row(rows, stats, stack_special(STACK_NONE)->id, &rest)->in_progress =
			in_progress;
}

static void finish_stack_rows(struct stack_row *rows, size_t count)
{
	uint64_t total_ns = 0, calls = 0;
	for (size_t i = 0; i < count; i++) {
		total_ns += rows[i].total_ns;
		calls += rows[i].calls + rows[i].in_progress;
	}
	for (size_t i = 0; i < count; i++) {
		uint64_t own = rows[i].calls + rows[i].in_progress;
		model_name_call(rows[i].call, rows[i].name);
		rows[i].avg_ns = own ? (double)rows[i].total_ns / (double)own : 0;
		rows[i].share = total_ns ? (double)rows[i].total_ns / (double)total_ns : 0;
		rows[i].call_share = calls ? (double)own / (double)calls : 0;
	}
}

size_t model_stacks(const struct model *model, const struct call_filter *filter, uint64_t now_ns,
	struct stack_row **out)
{
	struct stack_rows rows = {.lookup = &model->lookup};
	const struct call_stats *stats;
	enum span span = span_of(model);
	MAP_FOR_EACH (&model->calls, at, stats) {
		size_t first = rows.count;
		const struct call_stacks *stacks = stack_sums_of(&model->stacks, stats->call);
		const struct stack_sum *sum;
		struct map row_of = {0};
		if (!call_filter_has(filter, stats->call))
			continue;
		if (stacks) {
			MAP_FOR_EACH (&stacks->sums, inner, sum)
				add_known(&rows, stats, span, sum, &row_of);
			add_known(&rows, stats, span, &stacks->other, &row_of);
		}
		add_present(model, stats, &rows, &row_of, now_ns);
		map_clear(&row_of);
		/* A call whose stacks were never requested has no rows. */
		if (rows.count > first)
			add_rest(stats, span, &rows, first, now_ns);
		finish_stack_rows(rows.row + first, rows.count - first);
	}
	*out = rows.row;
	return rows.count;
}
