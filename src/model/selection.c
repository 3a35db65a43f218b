/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls that a filter selects; see model/selection.h. */
#include "config.h"

#include "model/selection.h"

#include <stdlib.h>

#include "base/alloc.h"

struct selection {
	struct matcher matcher;
	struct model *model; /* owned */
};

struct selection *selection_new(const struct filter *filter, uint64_t from_ns,
	const struct model *all, struct filter_objects *objects, const struct stack_lookup *lookup)
{
	struct selection *selection = xcalloc(1, sizeof(*selection));
	selection->model = model_new(from_ns, lookup);
	matcher_init(&selection->matcher, filter, from_ns, objects, model_sink(selection->model));
	matcher_begin(&selection->matcher, all, from_ns);
	return selection;
}

void selection_free(struct selection *selection)
{
	if (!selection)
		return;
	matcher_clear(&selection->matcher);
	model_free(selection->model);
	free(selection);
}

struct event_sink *selection_sink(struct selection *selection)
{
	return &selection->matcher.sink;
}

struct model *selection_model(struct selection *selection)
{
	return selection->model;
}

const struct model *selection_calls(const struct selection *selection)
{
	return selection->model;
}

void selection_set_gates(struct selection *selection, uint16_t gates)
{
	matcher_set_gates(&selection->matcher, gates);
}

const struct match_counts *selection_counts(const struct selection *selection)
{
	return &selection->matcher.counts;
}

uint64_t selection_from_ns(const struct selection *selection)
{
	return selection->matcher.from_ns;
}
