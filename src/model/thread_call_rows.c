/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls by thread, as rows; see model/model.h. */
#include "config.h"

#include "model/model.h"

#include <stdlib.h>
#include <string.h>

#include "abi/transfer.h"
#include "base/alloc.h"
#include "model/state.h"

static struct thread_call_row make_row(const struct model *model, const struct thread *thread,
	const struct thread_call *entry, uint64_t now_ns)
{
	const struct sums *sums = &entry->sums[span_of(model)];
	struct thread_call_row row = {
		.pid = thread->pid,
		.tid = thread->tid,
		.ended = thread->ended,
		.call = entry->call,
		.calls = sums->calls,
		.errors = sums->errors,
		.usage = sums->usage,
		.split = sums->split,
		.bytes = sums->bytes,
		.transfers = transfer_rule_of(entry->call) != 0,
		.total_ns = sums->total_ns,
		.in_progress = thread->in && call_equal(thread->in->call, entry->call),
	};
	memcpy(row.comm, thread->comm, sizeof(row.comm));
	model_name_call(entry->call, row.name);
	uint64_t begin_ns = begin_in(model, span_of(model), thread->enter.event.time_ns);
	if (row.in_progress && now_ns > begin_ns)
		row.total_ns += now_ns - begin_ns;
	return row;
}

/* Rows under construction. */
struct row_list {
	struct thread_call_row *rows;
	size_t count, capacity;
};

/* Adds THREAD's calls, only CALL if that is not NULL. Entries without calls are omitted. */
static void add_rows(const struct model *model, const struct thread *thread,
	const struct call *call, uint64_t now_ns, struct row_list *list)
{
	for (size_t i = 0; i < thread->by_call.count; i++) {
		const struct thread_call *entry = &thread->by_call.entry[i];
		if (call && !call_equal(entry->call, *call))
			continue;
		struct thread_call_row row = make_row(model, thread, entry, now_ns);
		if (!row.calls && !row.in_progress)
			continue;
		if (list->count == list->capacity) {
			list->capacity = list->capacity * 2 + 16;
			list->rows = xreallocarray(list->rows, list->capacity, sizeof(*list->rows));
		}
		list->rows[list->count++] = row;
	}
}

static int compare_parts(const void *left, const void *right)
{
	const struct thread_call_row *a = left, *b = right;
	if (a->total_ns != b->total_ns)
		return a->total_ns > b->total_ns ? -1 : 1;
	if (a->calls != b->calls)
		return a->calls > b->calls ? -1 : 1;
	return (a->tid > b->tid) - (a->tid < b->tid);
}

static size_t sort_rows(struct row_list *list, struct thread_call_row **rows)
{
	if (list->count)
		qsort(list->rows, list->count, sizeof(*list->rows), compare_parts);
	*rows = list->rows;
	return list->count;
}

size_t model_thread_calls_of_call(
	const struct model *model, struct call call, uint64_t now_ns, struct thread_call_row **rows)
{
	struct row_list list = {0};
	const struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread)
		add_rows(model, thread, &call, now_ns, &list);
	for (thread = model->ended; thread; thread = thread->next)
		add_rows(model, thread, &call, now_ns, &list);
	return sort_rows(&list, rows);
}

size_t model_thread_calls_of_thread(
	const struct model *model, pid_t tid, uint64_t now_ns, struct thread_call_row **rows)
{
	struct row_list list = {0};
	const struct thread *thread = map_get(&model->threads, (uint64_t)tid);
	for (const struct thread *ended = model->ended; !thread && ended; ended = ended->next)
		thread = ended->tid == tid ? ended : NULL;
	if (thread)
		add_rows(model, thread, NULL, now_ns, &list);
	return sort_rows(&list, rows);
}
