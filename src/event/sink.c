/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A list of sinks; see event/sink.h. */
#include "config.h"

#include "event/sink.h"

#include <errno.h>

static void take(struct event_sink *sink, const struct event *event)
{
	struct event_sinks *sinks = (struct event_sinks *)sink;
	for (size_t i = 0; i < sinks->count; i++)
		event_send(sinks->list[i], event);
}

void event_sinks_init(struct event_sinks *sinks)
{
	*sinks = (struct event_sinks){.sink = {.take = take}};
}

int event_sinks_add(struct event_sinks *sinks, struct event_sink *sink)
{
	if (sinks->count == EVENT_SINKS_MAX)
		return -ENOSPC;
	sinks->list[sinks->count++] = sink;
	return 0;
}

void event_sinks_remove(struct event_sinks *sinks, const struct event_sink *sink)
{
	size_t kept = 0;
	for (size_t i = 0; i < sinks->count; i++) {
		if (sinks->list[i] != sink)
			sinks->list[kept++] = sinks->list[i];
	}
	sinks->count = kept;
}
