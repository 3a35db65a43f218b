/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What reports say about a session beside its model, as an event: EVENT_SESSION. A live session
 * sends it when it has changed, one that plays a recording takes it. For the main thread.
 */
#ifndef STOP_APP_FACTS_H
#define STOP_APP_FACTS_H

#include "event/event.h"
#include "event/sink.h"
#include "out/report.h"

struct session;

struct facts {
	struct event_sink sink; /* first member; takes what was recorded */
	union {
		struct event_session event; /* what is known */
		char room[sizeof(struct event_session) + EVENT_SESSION_TEXTS_MAX];
	};
};

/* Knows nothing yet. */
void facts_init(struct facts *facts);

/* Sends what has changed about SESSION, which traces, with TIME_NS. */
void facts_send(struct session *session, uint64_t time_ns);

/* Stores in REPORT what FACTS say. Valid as long as they do not change. */
void facts_report(const struct facts *facts, struct report_facts *report);

#endif
