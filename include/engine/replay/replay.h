/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Traces that are played: what the engine `replay` reads, and how far.
 *
 *     paths ──▶ replay_open() ──▶ formats.c ──▶ format.h ──▶ replay_engine ──ring──▶ session
 *                                    replay_play_until() ────────▲
 *
 * The engine has no thread: it fills the ring when it is started, and whenever its reader nudges
 * it. The ring must have room for the largest event, REPLAY_RING. Time is that of the traces. For
 * the session's thread.
 */
#ifndef STOP_ENGINE_REPLAY_REPLAY_H
#define STOP_ENGINE_REPLAY_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/replay/format.h"
#include "event/engine.h"

struct event_sink;
struct replay;

#define REPLAY_RING ((size_t)1 << 20)

/* The engine: its request has a struct replay. */
extern const struct engine_class replay_engine;

/* Notes of this engine. Those of other engines are in recordings, too: their ids are lower. */
enum replay_note {
	REPLAY_NOTE_FIRST = 48,
	REPLAY_NOTE_DISCARDED = REPLAY_NOTE_FIRST, /* events are missing in the recording */
	REPLAY_NOTE_CUT,                           /* it has no end */
	REPLAY_NOTE_DAMAGED,                       /* it cannot be read on */
	REPLAY_NOTE_FORMAT,                        /* up to NOTE_SESSION: of a format */
};

/*
 * Whether the file or directory PATH is a trace, by its beginning; one that this build cannot
 * unpack counts as one. Not of pipes and standard input.
 */
bool replay_recognises(const char *path);

/*
 * Opens the COUNT PATHS, "-" for standard input, as one trace. Returns 0 with *OUT, which is freed
 * with replay_close(), or -errno with one line in ERROR.
 */
int replay_open(
	const char *const *paths, size_t count, struct replay **out, char error[ENGINE_ERROR_MAX]);
void replay_close(struct replay *replay);

/* What is known of the trace by now. */
void replay_facts(const struct replay *replay, struct trace_facts *facts);

/*
 * Lets the engine pass on events up to UNTIL_NS; UINT64_MAX: all, as fast as they are taken. At
 * first it is 0.
 */
void replay_play_until(struct replay *replay, uint64_t until_ns);

/*
 * The present: the time up to which events were passed on. It is that of replay_play_until() if all
 * that are known up to then were, and before the end of the trace. It never goes back.
 */
uint64_t replay_now(const struct replay *replay);

/* The time of the next event; 0: there is none, or it is not known yet. */
uint64_t replay_next_ns(const struct replay *replay);

/*
 * Begins again. Returns 0, or -errno with one line in ERROR: -ESPIPE if that cannot be read again.
 * Then nothing has changed.
 */
int replay_rewind(struct replay *replay, char error[ENGINE_ERROR_MAX]);

/*
 * Without an engine: passes about LIMIT events to SINK at once. Returns 1 if there are more, 0 at
 * the end, or -errno.
 */
int replay_scan(struct replay *replay, size_t limit, struct event_sink *sink);

/* Whether it was played up to the time of replay_play_until(): the next event is later. */
bool replay_is_due(const struct replay *replay);

/* Whether all events are in the ring. */
bool replay_is_at_end(const struct replay *replay);

/* One line about why the trace could not be read to its end; NULL: it could. */
const char *replay_error(const struct replay *replay);

#endif
