/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ships single calls; see out/ship_calls.h. */
#include "config.h"

#include "out/ship_calls.h"

#include "base/alloc.h"
#include "event/detail.h"
#include "event/event.h"
#include "event/sink.h"
#include "out/ship_source.h"

struct ship_calls {
	struct event_sink sink;
	struct ship_source *source;
	struct call_text_options text;
};

static void take_detail(struct ship_calls *calls, const struct event *event)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	struct ship_source *source = calls->source;
	ship_source_add_lost(source, detail->lost_logged);
	if (detail->end == DETAIL_IN_PROGRESS || !ship_source_wants(source, detail->call))
		return;
	struct ship_row row = {
		.kind = SHIP_CALL,
		.from_ns = ship_source_realtime(source, detail->start_ns),
		.time_ns = ship_source_realtime(source, event->time_ns),
		.tid = event->tid,
		.call = detail->call,
		.detail = (const struct event_detail *)ship_source_redact(source, event),
		.text = &calls->text,
	};
	row.pid = ship_source_process(source, event->tid, row.comm);
	ship_source_put(source, &row, 1);
}

static void take(struct event_sink *sink, const struct event *event)
{
	struct ship_calls *calls = (struct ship_calls *)sink;
	if (event->type == EVENT_DETAIL)
		take_detail(calls, event);
	else if (event->type == EVENT_LOST)
		ship_source_add_lost(
			calls->source, ((const struct event_lost *)event)->lost_logged);
}

struct ship_calls *ship_calls_new(struct ship_source *source, const struct call_text_options *text)
{
	struct ship_calls *calls = xcalloc(1, sizeof(*calls));
	calls->sink.take = take;
	calls->source = source;
	calls->text = *text;
	return calls;
}

struct event_sink *ship_calls_sink(struct ship_calls *calls)
{
	return &calls->sink;
}

static void ignore(struct event_sink *sink, const struct event *event)
{
	(void)sink, (void)event;
}

void ship_calls_abandon(struct ship_calls *calls)
{
	calls->sink.take = ignore;
}
