/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The filters of a session; see app/filtering.h. */
#include "config.h"

#include "app/filtering.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "event/filter.h"
#include "event/interest.h"

static void take(struct event_sink *sink, const struct event *event)
{
	struct filtering *filtering = (struct filtering *)sink;
	if (filtering->selection)
		event_send(selection_sink(filtering->selection), event);
	for (size_t i = 0; i < FILTERING_WATCHES; i++) {
		if (filtering->watches[i].filter)
			event_send(&filtering->watches[i].sink, event);
	}
}

void filtering_init(struct filtering *filtering, const struct model *model,
	const struct stack_lookup *lookup, struct interest *interest, bool has_exits)
{
	filtering->sink.take = take;
	filtering->model = model;
	filtering->lookup = *lookup;
	filtering->interest = interest;
	filtering->has_exits = has_exits;
	call_subjects_init(&filtering->subjects, NULL);
}

void filtering_clear(struct filtering *filtering)
{
	selection_free(filtering->selection);
	for (size_t i = 0; i < FILTERING_WATCHES; i++)
		matcher_clear(&filtering->watches[i]);
	for (size_t i = 0; i < filtering->adopted_count; i++)
		filter_free(filtering->adopted[i]);
	free(filtering->adopted);
}

const struct filter *filtering_adopt(struct filtering *filtering, struct filter *filter)
{
	filtering->adopted = xreallocarray(
		filtering->adopted, filtering->adopted_count + 1, sizeof(*filtering->adopted));
	filtering->adopted[filtering->adopted_count++] = filter;
	return filter;
}

/* Requesting. */

#define NEEDS_DETAILS (FILTER_NEEDS_ARGS | FILTER_NEEDS_NAMES)

/* Likewise, of an engine that sends no exits. */
#define NEEDS_ENDS    (NEEDS_DETAILS | FILTER_NEEDS_END)

/* What the filters need of CALL. */
static unsigned int needs_of(const struct filtering *filtering, struct call call)
{
	unsigned int needs = 0;
	if (filtering->filter)
		needs |= filter_needs(filtering->filter, call);
	for (size_t i = 0; i < FILTERING_WATCHES; i++) {
		if (filtering->watches[i].filter)
			needs |= filter_needs(filtering->watches[i].filter, call);
	}
	return needs;
}

/* What of a call is requested, by kind. */
static bool needs_detail(const void *context, struct call call)
{
	const struct filtering *filtering = context;
	return needs_of(filtering, call) & (filtering->has_exits ? NEEDS_DETAILS : NEEDS_ENDS);
}

static bool needs_name(const void *filtering, struct call call)
{
	return needs_of(filtering, call) & FILTER_NEEDS_NAMES;
}

static bool needs_data(const void *filtering, struct call call)
{
	return needs_of(filtering, call) & NEEDS_DETAILS && call_subjects_need_data(call);
}

/* Tells those who count which rejections are about them: those since their filter was set. */
static void tell_gates(struct filtering *filtering)
{
	uint16_t gates = interest_gates(filtering->interest);
	if (filtering->selection)
		selection_set_gates(filtering->selection, gates);
	for (size_t i = 0; i < FILTERING_WATCHES; i++)
		matcher_set_gates(&filtering->watches[i], gates);
}

/* Has the engine reject what none of the filters can select, and tells those who count. */
static void set_gates(struct filtering *filtering)
{
	const struct filter *filters[1 + FILTERING_WATCHES];
	size_t count = 0;
	if (filtering->filter)
		filters[count++] = filtering->filter;
	for (size_t i = 0; i < FILTERING_WATCHES; i++) {
		if (filtering->watches[i].filter)
			filters[count++] = filtering->watches[i].filter;
	}
	interest_set_filters(filtering->interest, INTEREST_FILTER, filters, count);
	tell_gates(filtering);
}

static void request(struct filtering *filtering)
{
	static const struct {
		enum interest_kind kind;
		bool (*is_needed)(const void *filtering, struct call call);
	} kinds[] = {
		{INTEREST_DETAILS, needs_detail},
		{INTEREST_NAMES, needs_name},
		{INTEREST_DATA, needs_data},
	};
	/* Until all is requested, nothing is rejected. */
	interest_set_filters(filtering->interest, INTEREST_FILTER, NULL, 0);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct callset *set = callset_of(kinds[i].is_needed, filtering);
		interest_request(filtering->interest, INTEREST_FILTER, kinds[i].kind, set);
		callset_free(set);
	}
	set_gates(filtering);
}

bool filtering_needs_names(const struct filtering *filtering)
{
	unsigned int needs = filtering->filter ? filter_needs_any(filtering->filter) : 0;
	for (size_t i = 0; i < FILTERING_WATCHES; i++) {
		if (filtering->watches[i].filter)
			needs |= filter_needs_any(filtering->watches[i].filter);
	}
	return needs & FILTER_NEEDS_NAMES;
}

bool filtering_is_by_numbers(const struct filter *filter)
{
	return !(filter_needs_any(filter) & NEEDS_DETAILS);
}

void filtering_select(struct filtering *filtering, const struct filter *filter, uint64_t from_ns)
{
	selection_free(filtering->selection);
	filtering->selection = NULL;
	filtering->filter = filter;
	if (filter)
		filtering->selection = selection_new(filter, from_ns, filtering->model,
			&filtering->subjects.objects, &filtering->lookup);
	request(filtering);
}

void filtering_watch(struct filtering *filtering, enum filtering_watch watch,
	const struct filter *filter, uint64_t from_ns)
{
	struct matcher *matcher = &filtering->watches[watch];
	matcher_init(matcher, filter, from_ns, &filtering->subjects.objects, NULL);
	matcher_begin(matcher, filtering->model, from_ns);
	request(filtering);
}

uint64_t filtering_matches(const struct filtering *filtering, enum filtering_watch watch)
{
	return filtering->watches[watch].counts.selected;
}

void filtering_end_with(
	struct filtering *filtering, const struct filter *filter, uint64_t count, uint64_t from_ns)
{
	filtering_watch(filtering, FILTERING_UNTIL, filter, from_ns);
	filtering->until_count = count;
}

bool filtering_has_happened(const struct filtering *filtering)
{
	return filtering->watches[FILTERING_UNTIL].filter &&
	       filtering_matches(filtering, FILTERING_UNTIL) >= filtering->until_count;
}

void filtering_tick(struct filtering *filtering, uint64_t now_ns)
{
	tell_gates(filtering);
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
