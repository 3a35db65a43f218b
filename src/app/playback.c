/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plays a recording; see app/playback.h. */
#include "config.h"

#include "app/playback.h"

#include "base/ring.h"
#include "base/time.h"

/* Whether EVENT only says what stacks are: names may be found after the last report. */
static bool is_about_stacks(const struct event *event)
{
	return event->type == EVENT_MODULE || event->type == EVENT_PLACE ||
	       event->type == EVENT_FUNCTION || event->type == EVENT_FRAMES;
}

static void take(struct event_sink *sink, const struct event *event)
{
	struct playback *playback = (struct playback *)sink;
	if (event->type == EVENT_FRAME) {
		playback->frame = *(const struct event_frame *)event;
		playback->is_frame_current = true;
		playback->is_at_frame = playback->stops_at_frames;
	} else if (event->type != EVENT_SESSION && !is_about_stacks(event)) {
		playback->is_frame_current = false;
	}
}

void playback_init(struct playback *playback, struct replay *replay)
{
	struct trace_facts facts;
	replay_facts(replay, &facts);
	*playback = (struct playback){
		.sink = {.take = take},
		.replay = replay,
		.realtime_ns = facts.begin_realtime_ns ? facts.begin_realtime_ns - facts.begin_ns
	                                               : 0,
	};
	replay_play_until(replay, 0);
}

bool playback_is_at_frame(const void *playback)
{
	return ((const struct playback *)playback)->is_at_frame;
}

void playback_until(struct playback *playback, uint64_t until_ns)
{
	replay_play_until(playback->replay, until_ns);
}

bool playback_is_due(const struct playback *playback, struct ring *ring)
{
	return playback->replay && replay_is_due(playback->replay) && ring_used(ring) == 0;
}

bool playback_has_ended(const struct playback *playback, struct ring *ring)
{
	return replay_is_at_end(playback->replay) && ring_used(ring) == 0 && !playback->is_at_frame;
}

uint64_t playback_now(const struct playback *playback, struct timespec *realtime)
{
	bool is_frame = playback->is_frame_current;
	uint64_t now_ns = is_frame ? playback->frame.event.time_ns : replay_now(playback->replay);
	uint64_t realtime_ns = is_frame ? playback->frame.realtime_ns
	                                : now_ns + playback->realtime_ns;
	if (realtime)
		*realtime = (struct timespec){
			.tv_sec = (time_t)(realtime_ns / NS_PER_S),
			.tv_nsec = (long)(realtime_ns % NS_PER_S),
		};
	return now_ns;
}
