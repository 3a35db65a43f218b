/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The filters of a session: the one whose calls views show, and those that have something happen:
 * the end of the session, or that its flight recorder is written.
 *
 *     events ──▶ the model of all calls ──▶ filtering ─┬─▶ selection: the calls that views show
 *                                                      └─▶ matchers: has it happened?
 *
 * It requests the details that these filters need. Main thread only.
 */
#ifndef STOP_APP_FILTERING_H
#define STOP_APP_FILTERING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/call_subjects.h"
#include "event/sink.h"
#include "model/matcher.h"
#include "model/selection.h"

struct interest;

/* What has happened with a call that a filter selects. */
enum filtering_watch {
	FILTERING_UNTIL, /* the end of the session */
	FILTERING_WHEN,  /* the flight recorder is written */
	FILTERING_WATCHES,
};

struct filtering {
	struct event_sink sink; /* first */
	/* Set by filtering_init(); not owned. */
	const struct model *model;
	struct stack_lookup lookup;
	struct interest *interest;
	bool has_exits;                /* the engine sends ENGINE_SENDS_EXITS */
	struct call_subjects subjects; /* what calls are about */

	const struct filter *filter;               /* of the selection; NULL: there is none */
	struct selection *selection;               /* owned */
	struct matcher watches[FILTERING_WATCHES]; /* have filters if something is to happen */
	uint64_t until_count;    /* the session ends with the how manieth of its calls */
	struct filter **adopted; /* owned; an engine may use all of them until it has ended */
	size_t adopted_count;
};

/*
 * Initializes FILTERING without any filter, for targets whose calls are in MODEL. HAS_EXITS: the
 * engine sends an EVENT_EXIT for each call.
 */
void filtering_init(struct filtering *filtering, const struct model *model,
	const struct stack_lookup *lookup, struct interest *interest, bool has_exits);
void filtering_clear(struct filtering *filtering);

/* Whether the filters need to know what descriptors are. */
bool filtering_needs_names(const struct filtering *filtering);

/* Whether an engine that sends no details can tell whether FILTER selects a call. */
bool filtering_is_by_numbers(const struct filter *filter);

/* Frees FILTER with FILTERING, which it is used by. Returns it. */
const struct filter *filtering_adopt(struct filtering *filtering, struct filter *filter);

/* Selects the calls of FILTER that end after FROM_NS, and no others; NULL: there is no filter. */
void filtering_select(struct filtering *filtering, const struct filter *filter, uint64_t from_ns);

/* The session is to end with the call number COUNT of FILTER that ends after FROM_NS. */
void filtering_end_with(
	struct filtering *filtering, const struct filter *filter, uint64_t count, uint64_t from_ns);

/* Whether that call has ended. */
bool filtering_has_happened(const struct filtering *filtering);

/* The calls of FILTER that end after FROM_NS are counted for WATCH; and how many there were. */
void filtering_watch(struct filtering *filtering, enum filtering_watch watch,
	const struct filter *filter, uint64_t from_ns);
uint64_t filtering_matches(const struct filtering *filtering, enum filtering_watch watch);

/* As model_tick(), model_mark() and, for 0, model_unmark(), for the selection. */
void filtering_tick(struct filtering *filtering, uint64_t now_ns);
void filtering_mark(struct filtering *filtering, uint64_t mark_ns);

#endif
