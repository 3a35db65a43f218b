/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Views of calls by object; see model/file_rows.h. */
#include "config.h"

#include "model/file_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/state.h"

/* Rows under construction. */
struct rows {
	const struct model *model;
	enum file_grouping grouping;
	enum span span;
	struct file_row *row;
	struct tally *tally; /* of each row, if they are groups; owned */
	size_t count, capacity;
	struct map row_of; /* number of the row plus 1, by key, if they are groups */
};

/* FNV-1a, of the name of a group. */
static uint64_t hash_of(const char *name, size_t size)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)name[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* The key and the name of the row for OBJECT. */
static uint64_t place_of(
	const struct object *object, enum file_grouping grouping, const char **name, size_t *size)
{
	if (grouping == FILE_EACH) {
		*name = object->name;
		*size = object->size;
		return object->id;
	}
	if (grouping == FILE_BY_PLACE && object->kind != KIND_OTHER) {
		*size = object_group(object, name);
	} else {
		*name = object_kind_name(object->kind);
		*size = strlen(*name);
	}
	return hash_of(*name, *size);
}

/* Errors, the most frequent first. */

static void sort_errors(struct error_count *error, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct error_count one = error[i];
		size_t at = i;
		for (; at > 0 && error[at - 1].count < one.count; at--)
			error[at] = error[at - 1];
		error[at] = one;
	}
}

static void take_errors(struct file_row *row, const struct tally *tally)
{
	memset(row->error, 0, sizeof(row->error));
	for (size_t i = 0; i < tally->error_kinds; i++) {
		struct error_count *last = &row->error[FILE_ERRORS_MAX - 1];
		if (tally->error[i].count <= last->count)
			continue;
		*last = tally->error[i];
		sort_errors(row->error, FILE_ERRORS_MAX);
	}
}

/* Adds what SPAN of STATS has counted. */
static void add_span(struct file_row *row, const struct file_span *span)
{
	const struct tally *tally = &span->tally;
	row->calls += tally->calls;
	row->errors += tally->errors;
	row->partial += tally->partial;
	row->unsure += span->unsure;
	row->in += span->in;
	row->out += span->out;
	row->total_ns += tally->total_ns;
	row->idle_ns += span->idle_ns;
	row->timed += tally->calls - tally->partial;
	if (tally->max_ns > row->max_ns)
		row->max_ns = tally->max_ns;
}

/* The thread with the most time in it. */
static void take_user(struct file_row *row, const struct file_parts *parts)
{
	uint64_t most_ns = 0;
	size_t count = 0;
	for (size_t i = 0; i < parts->count; i++) {
		const struct file_part *part = &parts->part[i];
		count++;
		if (part->key == FILE_PART_OTHER || (row->user && part->counts.total_ns <= most_ns))
			continue;
		most_ns = part->counts.total_ns;
		row->user = part->tgid;
		memcpy(row->user_comm, part->comm, sizeof(row->user_comm));
	}
	if (count > row->users)
		row->users = count;
}

static struct file_row *row_at(struct rows *rows, const struct object *object)
{
	const char *name;
	size_t size;
	uint64_t key = place_of(object, rows->grouping, &name, &size);
	struct file_stats *stats = object->row;
	uintptr_t number = rows->grouping != FILE_EACH ? (uintptr_t)map_get(&rows->row_of, key)
	                   : stats                     ? stats->place
	                                               : 0;
	if (number)
		return &rows->row[number - 1];
	if (rows->count == rows->capacity) {
		rows->capacity = rows->capacity ? rows->capacity * 2 : 256;
		rows->row = xreallocarray(rows->row, rows->capacity, sizeof(*rows->row));
		if (rows->grouping != FILE_EACH)
			rows->tally = xreallocarray(
				rows->tally, rows->capacity, sizeof(*rows->tally));
	}
	struct file_row *row = &rows->row[rows->count];
	*row = (struct file_row){
		.key = key,
		.name = name,
		.size = size,
		.kind = object->kind,
		.peer = object->peer,
	};
	memcpy(row->peer_comm, object->comm, sizeof(row->peer_comm));
	if (rows->tally)
		rows->tally[rows->count] = (struct tally){0};
	rows->count++;
	if (rows->grouping != FILE_EACH)
		map_put(&rows->row_of, key, (void *)(uintptr_t)rows->count);
	else if (stats)
		stats->place = rows->count;
	return row;
}

/* Adds the calls of STATS. */
static void add_stats(struct rows *rows, const struct file_stats *stats)
{
	const struct model *model = rows->model;
	const struct file_span *span = stats->span[rows->span];
	if (!span)
		return;
	struct file_row *row = row_at(rows, stats->object);
	row->objects++;
	if (row->kind != stats->object->kind)
		row->kind = KIND_COUNT;
	add_span(row, span);
	row->rate += rate_of(model, &stats->rate);
	row->in_rate += rate_of(model, &stats->in_rate);
	row->out_rate += rate_of(model, &stats->out_rate);
	take_user(row, &span->parts[FILE_BY_THREAD]);
	if (stats->last_ns > row->last_ns) {
		row->last_ns = stats->last_ns;
		row->last_call = stats->last_call;
	}
	if (rows->tally) {
		tally_merge(&rows->tally[row - rows->row], &span->tally);
		row->peer = 0;
		return;
	}
	take_errors(row, &span->tally);
	row->p99_ns = hist_quantile(&span->tally.hist, 0.99);
}

/* Calls in progress. */

/* The thread that owns the mutex at the address that THREAD waits at, as was observed. */
static void take_owner(
	const struct rows *rows, const struct thread *thread, uint64_t now_ns, struct file_row *row)
{
	struct thread_row waiting, owner;
	if (row->kind != KIND_FUTEX || !model_thread(rows->model, thread->tid, now_ns, &waiting) ||
		waiting.owner <= 0)
		return;
	row->peer = waiting.owner;
	strcpy(row->peer_comm, "?");
	if (model_thread(rows->model, waiting.owner, now_ns, &owner))
		memcpy(row->peer_comm, owner.comm, sizeof(row->peer_comm));
}

static void add_progress(struct rows *rows, const struct file_progress *progress, uint64_t now_ns)
{
	const struct thread *thread = map_get(&rows->model->threads, (uint64_t)progress->tid);
	/* It may have ended since. */
	if (!thread || !thread->in || thread->enter.event.time_ns != progress->since_ns)
		return;
	struct file_row *row = row_at(rows, object_real(progress->object));
	uint64_t since_ns = begin_in(rows->model, rows->span, thread->enter.event.time_ns);
	uint64_t so_far_ns = now_ns > since_ns ? now_ns - since_ns : 0;
	row->objects += row->objects == 0;
	row->in_progress++;
	row->total_ns += so_far_ns;
	if (so_far_ns > row->max_ns)
		row->max_ns = so_far_ns;
	if (!row->user) {
		row->user = thread->pid;
		memcpy(row->user_comm, thread->comm, sizeof(row->user_comm));
		row->users = 1;
	}
	take_owner(rows, thread, now_ns, row);
}

static void add_shares(struct file_row *rows, size_t count)
{
	double work_ns = 0;
	for (size_t i = 0; i < count; i++)
		work_ns += (double)(rows[i].total_ns - rows[i].idle_ns);
	for (size_t i = 0; i < count && work_ns > 0; i++)
		rows[i].work_share = (double)(rows[i].total_ns - rows[i].idle_ns) / work_ns;
}

/* What follows from the sums. */
static void finish(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct file_row *row = &rows->row[i];
		uint64_t all = row->calls + row->in_progress;
		if (row->idle_ns > row->total_ns)
			row->idle_ns = row->total_ns;
		row->avg_ns = all ? (double)row->total_ns / (double)all : 0;
		row->bytes_avg = row->calls > row->errors
		                         ? (double)(row->in + row->out) /
		                                   (double)(row->calls - row->errors)
		                         : NAN;
		if (row->last_ns)
			model_name_call(row->last_call, row->last_name);
		if (!rows->tally)
			continue;
		take_errors(row, &rows->tally[i]);
		row->p99_ns = hist_quantile(&rows->tally[i].hist, 0.99);
		tally_clear(&rows->tally[i]);
	}
	add_shares(rows->row, rows->count);
	free(rows->tally);
	map_clear(&rows->row_of);
}

size_t model_files(const struct model *model, enum file_grouping grouping, uint64_t now_ns,
	struct file_row **out)
{
	const struct files *files = &model->files;
	struct rows rows = {.model = model, .grouping = grouping, .span = span_of(model)};
	for (size_t i = 0; i < files->count; i++)
		files->list[i]->place = 0;
	for (size_t i = 0; i < files->count; i++)
		add_stats(&rows, files->list[i]);
	if (files->other)
		add_stats(&rows, files->other);
	for (size_t i = 0; i < files->progress_count; i++)
		add_progress(&rows, &files->progress[i], now_ns);
	finish(&rows);
	*out = rows.row;
	return rows.count;
}

/* A - B, or 0: the end of a call and its detail are two events. */
static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

void model_file_totals(const struct model *model, struct file_totals *totals)
{
	const struct files *files = &model->files;
	enum span span = span_of(model);
	const struct file_counts *expected = &files->sum[span].expected;
	const struct file_counts *told = &files->sum[span].told;
	*totals = (struct file_totals){
		.is_on = files->is_on,
		.since_ns = files->since_ns,
		.calls = expected->calls,
		.errors = expected->errors,
		.bytes = expected->in,
		.total_ns = expected->total_ns,
		.lost_calls = less(expected->calls, told->calls),
		.lost_errors = less(expected->errors, told->errors),
		.lost_bytes = less(expected->in, told->in),
		.lost_ns = less(expected->total_ns, told->total_ns),
		.without = files->sum[span].without,
		.repeated = files->sum[span].repeated,
		.objects = files->count + files->forgotten,
		.forgotten = files->forgotten,
	};
	for (size_t i = 0; i < files->count + 1; i++) {
		const struct file_stats *stats = i < files->count ? files->list[i] : files->other;
		if (stats && stats->span[span])
			totals->unsure += stats->span[span]->unsure;
	}
}

/* Parts of a row. */

/* Whether OBJECT is in the row with KEY of GROUPING. */
static bool is_in(const struct object *object, enum file_grouping grouping, uint64_t key)
{
	const char *name;
	size_t size;
	return place_of(object, grouping, &name, &size) == key;
}

bool model_is_about_file(const struct model *model, enum file_grouping grouping, uint64_t key)
{
	const struct call_use *uses;
	size_t count = descriptors_uses(model->files.descriptors, &uses);
	for (size_t i = 0; i < count; i++) {
		if (is_in(object_real(uses[i].object), grouping, key))
			return true;
	}
	return false;
}

static int by_time(const void *left, const void *right)
{
	const struct file_part_row *a = left, *b = right;
	return (a->total_ns < b->total_ns) - (a->total_ns > b->total_ns);
}

/* Parts under construction. */
struct part_rows {
	struct file_part_row *row;
	size_t count;
	struct map row_of; /* number of the row plus 1, by key */
	bool threads;
};

static void add_part(struct part_rows *rows, const struct file_part *part)
{
	uintptr_t number = (uintptr_t)map_get(&rows->row_of, part->key);
	if (!number) {
		rows->row = xreallocarray(rows->row, rows->count + 1, sizeof(*rows->row));
		struct file_part_row *row = &rows->row[rows->count++];
		*row = (struct file_part_row){.call = part->call};
		number = rows->count;
		map_put(&rows->row_of, part->key, (void *)number);
		if (part->key != FILE_PART_OTHER && rows->threads) {
			row->tid = (pid_t)part->key;
			row->pid = part->tgid;
			memcpy(row->comm, part->comm, sizeof(row->comm));
		} else if (part->key != FILE_PART_OTHER) {
			model_name_call(part->call, row->name);
		}
	}
	struct file_part_row *row = &rows->row[number - 1];
	row->calls += part->counts.calls;
	row->errors += part->counts.errors;
	row->in += part->counts.in;
	row->out += part->counts.out;
	row->total_ns += part->counts.total_ns;
}

/* The entry number I, of which there are one more than files->count, in SPAN; NULL: none. */
static const struct file_span *span_in(
	const struct model *model, size_t i, enum file_grouping grouping, uint64_t key)
{
	const struct files *files = &model->files;
	const struct file_stats *stats = i < files->count ? files->list[i] : files->other;
	return stats && is_in(stats->object, grouping, key) ? stats->span[span_of(model)] : NULL;
}

size_t model_file_parts(const struct model *model, enum file_grouping grouping, uint64_t key,
	bool threads, struct file_part_row **out)
{
	struct part_rows rows = {.threads = threads};
	for (size_t i = 0; i < model->files.count + 1; i++) {
		const struct file_span *span = span_in(model, i, grouping, key);
		const struct file_parts *parts =
			span ? &span->parts[threads ? FILE_BY_THREAD : FILE_BY_CALL] : NULL;
		for (size_t p = 0; parts && p < parts->count; p++)
			add_part(&rows, &parts->part[p]);
	}
	map_clear(&rows.row_of);
	if (rows.count)
		qsort(rows.row, rows.count, sizeof(*rows.row), by_time);
	*out = rows.row;
	return rows.count;
}

/* Adds the calls of PART with a stack to ROWS. */
static void add_stack(const struct model *model, const struct file_part *part,
	struct stack_row **rows, size_t *count)
{
	const struct stack *stack = stack_lookup(&model->lookup, (uint32_t)part->key);
	if (part->key == FILE_PART_OTHER || !stack)
		stack = stack_special(STACK_OTHER);
	struct stack_row *row = NULL;
	for (size_t i = 0; i < *count && !row; i++) {
		if ((*rows)[i].stack == stack && call_equal((*rows)[i].call, part->call))
			row = &(*rows)[i];
	}
	if (!row) {
		*rows = xreallocarray(*rows, *count + 1, sizeof(**rows));
		row = &(*rows)[(*count)++];
		*row = (struct stack_row){.stack = stack, .call = part->call};
		model_name_call(row->call, row->name);
	}
	row->calls += part->counts.calls;
	row->errors += part->counts.errors;
	row->total_ns += part->counts.total_ns;
}

size_t model_file_stacks(const struct model *model, enum file_grouping grouping, uint64_t key,
	struct stack_row **out)
{
	struct stack_row *rows = NULL;
	size_t count = 0;
	uint64_t total_ns = 0, calls = 0;
	for (size_t i = 0; i < model->files.count + 1; i++) {
		const struct file_span *span = span_in(model, i, grouping, key);
		const struct file_parts *parts = span ? &span->parts[FILE_BY_STACK] : NULL;
		for (size_t p = 0; parts && p < parts->count; p++)
			add_stack(model, &parts->part[p], &rows, &count);
	}
	for (size_t i = 0; i < count; i++) {
		total_ns += rows[i].total_ns;
		calls += rows[i].calls;
	}
	for (size_t i = 0; i < count; i++) {
		rows[i].avg_ns = rows[i].calls ? (double)rows[i].total_ns / (double)rows[i].calls
		                               : 0;
		rows[i].share = total_ns ? (double)rows[i].total_ns / (double)total_ns : 0;
		rows[i].call_share = calls ? (double)rows[i].calls / (double)calls : 0;
	}
	*out = rows;
	return count;
}

/* Sorting. */

static double value_of(const struct file_row *row, enum file_column by)
{
	switch (by) {
	case FILE_COLUMN_CALLS:
		return (double)(row->calls + row->in_progress);
	case FILE_COLUMN_RATE:
		return row->rate;
	case FILE_COLUMN_ERRORS:
	case FILE_COLUMN_ERROR:
		return (double)row->errors;
	case FILE_COLUMN_PROGRESS:
		return (double)row->in_progress;
	case FILE_COLUMN_IN:
		return (double)row->in;
	case FILE_COLUMN_OUT:
		return (double)row->out;
	case FILE_COLUMN_IN_RATE:
		return row->in_rate;
	case FILE_COLUMN_OUT_RATE:
		return row->out_rate;
	case FILE_COLUMN_SIZE:
		return row->bytes_avg;
	case FILE_COLUMN_SHARE:
		return row->work_share;
	case FILE_COLUMN_TOTAL:
		return (double)row->total_ns;
	case FILE_COLUMN_AVG:
		return row->avg_ns;
	case FILE_COLUMN_P99:
		return row->timed ? (double)row->p99_ns : NAN;
	case FILE_COLUMN_MAX:
		return (double)row->max_ns;
	case FILE_COLUMN_LAST:
		return (double)row->last_ns;
	case FILE_COLUMN_KIND:
		return (double)row->kind;
	case FILE_COLUMN_USER:
		return (double)row->user;
	case FILE_COLUMN_PEER:
		return (double)row->peer;
	default:
		return 0;
	}
}

static int by_name(const struct file_row *a, const struct file_row *b)
{
	size_t size = a->size < b->size ? a->size : b->size;
	int result = memcmp(a->name, b->name, size);
	return result ? result : (a->size > b->size) - (a->size < b->size);
}

/* A row with the value that it is sorted by. */
struct sorted {
	double value;
	const struct file_row *row;
};

static int compare(const void *left, const void *right, void *context)
{
	const struct sorted *a = left, *b = right;
	const struct file_order *order = context;
	if (a->value != b->value)
		return (a->value < b->value) == order->descending ? 1 : -1;
	int result = by_name(a->row, b->row);
	return order->by == FILE_COLUMN_NAME && order->descending ? -result : result;
}

void file_rows_sort(struct file_row *rows, size_t count, struct file_order order)
{
	struct sorted *sorted = xcalloc(count, sizeof(*sorted));
	struct file_row *copy = xcalloc(count, sizeof(*copy));
	for (size_t i = 0; i < count; i++) {
		double value = value_of(&rows[i], order.by);
		copy[i] = rows[i];
		/* What is unknown is less than all others. */
		sorted[i] = (struct sorted){isnan(value) ? -1 : value, &copy[i]};
	}
	if (count)
		qsort_r(sorted, count, sizeof(*sorted), compare, &order);
	for (size_t i = 0; i < count; i++)
		rows[i] = *sorted[i].row;
	free(sorted);
	free(copy);
}
