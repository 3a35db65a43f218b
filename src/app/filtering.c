/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filters of a session; see app/filtering.h. */
#include "config.h"

#include "app/filtering.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "event/filter.h"

static void take(struct event_sink *sink, const struct event *event)
{
	struct filtering *filtering = (struct filtering *)sink;
	if (filtering->selection)
		event_send(selection_sink(filtering->selection), event);
	if (filtering->until.filter)
		event_send(&filtering->until.sink, event);
}

void filtering_init(struct filtering *filtering, const struct model *model,
	const struct stack_lookup *lookup, struct filter_objects *objects,
	struct interest *interest)
{
	*filtering = (struct filtering){
		.sink = {.take = take},
		.model = model,
		.lookup = *lookup,
		.objects = objects,
		.interest = interest,
	};
}

void filtering_clear(struct filtering *filtering)
{
	selection_free(filtering->selection);
	matcher_clear(&filtering->until);
	for (size_t i = 0; i < filtering->adopted_count; i++)
		filter_free(filtering->adopted[i]);
	free(filtering->adopted);
	*filtering = (struct filtering){0};
}

const struct filter *filtering_adopt(struct filtering *filtering, struct filter *filter)
{
	filtering->adopted = xreallocarray(
		filtering->adopted, filtering->adopted_count + 1, sizeof(*filtering->adopted));
	filtering->adopted[filtering->adopted_count++] = filter;
	return filter;
}

void filtering_select(struct filtering *filtering, const struct filter *filter, uint64_t from_ns)
{
	selection_free(filtering->selection);
	filtering->selection = NULL;
	filtering->filter = filter;
	if (filter)
		filtering->selection = selection_new(
			filter, from_ns, filtering->model, filtering->objects, &filtering->lookup);
}

void filtering_end_with(
	struct filtering *filtering, const struct filter *filter, uint64_t count, uint64_t from_ns)
{
	matcher_init(&filtering->until, filter, from_ns, filtering->objects, NULL);
	matcher_begin(&filtering->until, filtering->model, from_ns);
	filtering->until_count = count;
}

bool filtering_has_happened(const struct filtering *filtering)
{
	return filtering->until.filter &&
	       filtering->until.counts.selected >= filtering->until_count;
}

void filtering_tick(struct filtering *filtering, uint64_t now_ns)
{
	if (filtering->selection)
		model_tick(selection_model(filtering->selection), now_ns);
}

void filtering_mark(struct filtering *filtering, uint64_t mark_ns)
{
	if (!filtering->selection)
		return;
	if (mark_ns)
		model_mark(selection_model(filtering->selection), mark_ns);
	else
		model_unmark(selection_model(filtering->selection));
}
