/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sink: a consumer of events. The session passes each event to a list of sinks, in order; the
 * model is one, a recorder or an exporter is another.
 *
 *     engine, stack worker, observer ──▶ session ──▶ event_send() ──▶ model, recorder, …
 *
 * An implementation embeds struct event_sink as its first member. One thread: the session's.
 */
#ifndef STOP_EVENT_SINK_H
#define STOP_EVENT_SINK_H

#include <stddef.h>

struct event;

struct event_sink {
	/* Consumes EVENT, which is valid only during the call. */
	void (*take)(struct event_sink *sink, const struct event *event);
};

/* Maximum number of sinks in a list. */
#define EVENT_SINKS_MAX 12

/* A list of sinks, itself a sink: it passes each event to all. The sinks are not owned. */
struct event_sinks {
	struct event_sink sink; /* set by event_sinks_init() */
	struct event_sink *list[EVENT_SINKS_MAX];
	size_t count;
};

/* Makes SINKS an empty list. */
void event_sinks_init(struct event_sinks *sinks);

/* Appends SINK. Returns 0 or -ENOSPC. */
int event_sinks_add(struct event_sinks *sinks, struct event_sink *sink);

/* Removes SINK, if it is there. Not while an event is passed on. */
void event_sinks_remove(struct event_sinks *sinks, const struct event_sink *sink);

/* Passes EVENT to SINK. */
static inline void event_send(struct event_sink *sink, const struct event *event)
{
	sink->take(sink, event);
}

#endif
