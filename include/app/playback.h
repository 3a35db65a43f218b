/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a session needs to play a recording: it notices the events that say what a report shows
 * beside the model, and when one was made.
 *
 *     EVENT_SESSION, EVENT_FRAME ──▶ playback ──▶ session: stops there, and makes a report
 *
 * For the main thread. The zero value is of a session that plays nothing.
 */
#ifndef STOP_APP_PLAYBACK_H
#define STOP_APP_PLAYBACK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "engine/replay/replay.h"
#include "event/event.h"
#include "event/sink.h"

struct ring;

struct playback {
	struct event_sink sink;   /* first member; takes all events */
	struct replay *replay;    /* not owned; NULL: nothing is played */
	uint64_t realtime_ns;     /* CLOCK_REALTIME minus the times of events */
	bool stops_at_frames;     /* the engine's events are taken up to the next frame only */
	bool is_at_frame;         /* it has stopped there */
	bool is_frame_current;    /* nothing has happened since `frame` */
	struct event_frame frame; /* the last one */
};

/* Starts to play REPLAY. */
void playback_init(struct playback *playback, struct replay *replay);

/* As pump.is_full: whether no events are to be taken, since PLAYBACK is at a frame. */
bool playback_is_at_frame(const void *playback);

/* Stops before what is later than UNTIL_NS; UINT64_MAX: nowhere. */
void playback_until(struct playback *playback, uint64_t until_ns);

/* Whether it has stopped there, and everything before was taken out of RING. */
bool playback_is_due(const struct playback *playback, struct ring *ring);

/* Whether everything was played, and taken out of RING. */
bool playback_has_ended(const struct playback *playback, struct ring *ring);

/* The present, as the time of events and as CLOCK_REALTIME. */
uint64_t playback_now(const struct playback *playback, struct timespec *realtime);

#endif
