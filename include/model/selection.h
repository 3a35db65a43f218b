/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls that a filter on details selects, counted since it was set: a model of these alone,
 * beside the one of all calls. Owned by one thread.
 */
#ifndef STOP_MODEL_SELECTION_H
#define STOP_MODEL_SELECTION_H

#include <stdint.h>

#include "model/matcher.h"
#include "model/model.h"

struct selection;

/*
 * Selects the calls of FILTER, which must outlive it, that end after FROM_NS; ALL is the model of
 * all calls, from which views take what is about no call. OBJECTS and LOOKUP as in matcher_init()
 * and model_new(). Freed with selection_free(), which accepts NULL.
 */
struct selection *selection_new(const struct filter *filter, uint64_t from_ns,
	const struct model *all, struct filter_objects *objects, const struct stack_lookup *lookup);
void selection_free(struct selection *selection);

/* Takes the events that the model of all calls takes, and EVENT_DETAIL. Owned by SELECTION. */
struct event_sink *selection_sink(struct selection *selection);

/* The model of the selected calls. It knows tasks only as far as their calls are concerned. */
struct model *selection_model(struct selection *selection);
const struct model *selection_calls(const struct selection *selection);

/* As matcher_set_gates(). */
void selection_set_gates(struct selection *selection, uint16_t gates);

/* What was counted so far, and since when. */
const struct match_counts *selection_counts(const struct selection *selection);
uint64_t selection_from_ns(const struct selection *selection);

#endif
