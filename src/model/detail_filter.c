/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters details; see model/detail_filter.h. */
#include "config.h"

#include "model/detail_filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "event/detail.h"
#include "event/event.h"
#include "model/model.h"

void detail_filter_init(struct detail_filter *detail_filter, const struct filter *filter,
	struct filter_objects *objects)
{
	*detail_filter = (struct detail_filter){.filter = filter, .objects = objects};
}

void detail_filter_clear(struct detail_filter *detail_filter)
{
	char *name;
	MAP_FOR_EACH (&detail_filter->names, at, name)
		free(name);
	map_clear(&detail_filter->names);
}

static void set_name(
	struct detail_filter *detail_filter, pid_t tid, const char comm[TASK_COMM_SIZE])
{
	char *name = map_get(&detail_filter->names, (uint64_t)tid);
	if (!name) {
		name = xcalloc(TASK_COMM_SIZE, 1);
		map_put(&detail_filter->names, (uint64_t)tid, name);
	}
	memcpy(name, comm, TASK_COMM_SIZE - 1);
}

void detail_filter_begin(struct detail_filter *detail_filter, const struct filter *filter,
	struct filter_objects *objects, const struct model *model)
{
	struct thread_row *rows;
	detail_filter_init(detail_filter, filter, objects);
	size_t count = filter ? model_threads(model, 0, &rows) : 0;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].state != THREAD_ENDED)
			set_name(detail_filter, rows[i].tid, rows[i].comm);
	}
	if (filter)
		free(rows);
}

void detail_filter_apply(struct detail_filter *detail_filter, const struct event *event)
{
	const struct event_observed *observed = (const struct event_observed *)event;
	if (!detail_filter->filter)
		return;
	if (event->type == EVENT_TASK)
		set_name(detail_filter, event->tid, ((const struct event_task *)event)->comm);
	else if (event->type == EVENT_OBSERVED && observed->has_name)
		set_name(detail_filter, event->tid, observed->comm);
	else if (event->type == EVENT_GONE)
		free(map_remove(&detail_filter->names, (uint64_t)event->tid));
}

enum filter_answer detail_filter_answer(
	struct detail_filter *detail_filter, const struct event_detail *detail)
{
	const struct filter *filter = detail_filter->filter;
	if (!filter)
		return FILTER_YES;
	struct filter_call call = filter_call_of_detail(detail);
	call.comm = map_get(&detail_filter->names, (uint64_t)detail->event.tid);
	enum filter_answer answer = filter_answer(filter, &call);
	/* Names are only looked for where they matter. */
	if (answer != FILTER_UNKNOWN || !detail_filter->objects)
		return answer;
	detail_filter->objects->find(detail_filter->objects, detail, &call);
	return filter_answer(filter, &call);
}
