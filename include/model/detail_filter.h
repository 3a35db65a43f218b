/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filters details one by one, for logs: knows the names of threads, and what calls are about.
 * Owned by one thread.
 */
#ifndef STOP_MODEL_DETAIL_FILTER_H
#define STOP_MODEL_DETAIL_FILTER_H

#include "base/map.h"
#include "event/filter.h"

struct event;
struct event_detail;
struct model;

struct detail_filter {
	const struct filter *filter;    /* not owned; NULL: it selects all */
	struct filter_objects *objects; /* not owned; NULL: nothing is known about objects */
	struct map names;               /* of threads, by tid; owned */
};

/* Makes DETAIL_FILTER one of FILTER, or NULL, and OBJECTS, or NULL. */
void detail_filter_init(struct detail_filter *detail_filter, const struct filter *filter,
	struct filter_objects *objects);
void detail_filter_clear(struct detail_filter *detail_filter);

/* The same for one that is to be used from now on: with the names of threads that MODEL has. */
void detail_filter_begin(struct detail_filter *detail_filter, const struct filter *filter,
	struct filter_objects *objects, const struct model *model);

/* Takes the names of threads from EVENT, of any type. */
void detail_filter_apply(struct detail_filter *detail_filter, const struct event *event);

/* Whether it selects the call of DETAIL, whether that has ended or not. */
enum filter_answer detail_filter_answer(
	struct detail_filter *detail_filter, const struct event_detail *detail);

#endif
