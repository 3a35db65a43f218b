/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A matcher: passes on the calls that a filter selects, and counts them and those of which it
 * cannot know.
 *
 *     EVENT_EXIT ──▶ its numbers answer? ──yes──▶ passed on
 *                         │ not known   ──no───▶ dropped: the task has left its call
 *                         ▼
 *                  waits for EVENT_DETAIL of the call, which names what it is about
 *                         └── another call of the task comes first: not known
 *
 *     EVENT_SUM of an engine that sends no exits, of calls for which more is needed than which call
 *     it is and how it failed: each of its calls is not known until its detail has come
 *     EVENT_DETAIL of such a call ──▶ all about it answers ──▶ passed on as an EVENT_SUM, or
 * dropped
 *
 * Calls that were aggregated are selected together if they are alike; otherwise they are counted as
 * far as their errors or their times can be told apart, and of these only bounds of the times are
 * known. All events that are about no completed call are passed on.
 *
 * Owned by one thread.
 */
#ifndef STOP_MODEL_MATCHER_H
#define STOP_MODEL_MATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "event/event.h"
#include "event/filter.h"
#include "event/sink.h"

struct model;

/* What has become of the calls that have completed. */
struct match_counts {
	uint64_t calls;    /* all of them */
	uint64_t selected; /* of these, that the filter selects */
	uint64_t asked;    /* … for which numbers were not enough */
	uint64_t unknown;  /* of the latter, of which it is not known */
};

struct matcher {
	struct event_sink sink; /* first */
	const struct filter *filter;
	uint64_t from_ns;               /* only calls that end after this */
	struct filter_objects *objects; /* not owned; NULL: nothing is known about objects */
	struct event_sink *to;          /* where selected calls go; not owned; NULL: nowhere */
	struct map tasks;               /* struct match_task by tid; owned */
	struct match_sum *sum;          /* what has arrived of one so far; owned; NULL: nothing */
	struct match_counts counts;
	uint16_t gates; /* what gates of this number and later ones reject is not selected; 0:
	                   unknown */
	uint64_t early; /* details of calls that are in no sum yet */
	uint64_t late;  /* calls in sums whose details have not come yet; they are not known */
};

/*
 * Makes MATCHER one of FILTER, which it does not own, for calls that end after FROM_NS. OBJECTS and
 * TO may be NULL. Until matcher_clear(), it must not move.
 */
void matcher_init(struct matcher *matcher, const struct filter *filter, uint64_t from_ns,
	struct filter_objects *objects, struct event_sink *to);
void matcher_clear(struct matcher *matcher);

/*
 * The engine's gates have the number GATES now, and have known the filter of MATCHER since the
 * first call of this function: what they reject is not selected. Numbers are ordered only within
 * 2^15: to be called again from time to time.
 */
void matcher_set_gates(struct matcher *matcher, uint16_t gates);

/* Tells MATCHER, which is new, which tasks there are, and in which calls, as of NOW_NS. */
void matcher_begin(struct matcher *matcher, const struct model *model, uint64_t now_ns);

#endif
