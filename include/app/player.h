/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays a recording on the screen: at which time it is, how fast it goes on, and what it has marks
 * for.
 *
 *     clock ──▶ player_advance() ──▶ session_play(), session_rewind()
 *     a second reader of the same files ──▶ player_scan() ──▶ marks
 *
 * Main thread only.
 */
#ifndef STOP_APP_PLAYER_H
#define STOP_APP_PLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/request.h"
#include "ui/timeline.h"

struct player;
struct session;

/* Size of the longest message, including the final NUL. */
#define PLAYER_TEXT_MAX 128

/*
 * A player for SESSION, which plays the COUNT PATHS. Freed with player_free(), which accepts NULL.
 */
struct player *player_new(struct session *session, const char *const *paths, size_t count);
void player_free(struct player *player);

/* Plays on up to the present. Call this before a frame. */
void player_advance(struct player *player);

/* Stops the time, or lets it go on. */
void player_pause(struct player *player, bool is_paused);

/*
 * Does what REQUEST, one of UI_REQUEST_PLAY_*, asks for. Returns whether the session was rewound:
 * what it has given is no longer valid. TEXT is a message, or "".
 */
bool player_serve(struct player *player, enum ui_request request, char text[PLAYER_TEXT_MAX]);

/*
 * Plays everything up to the present again, for what is counted only by now. Returns as
 * player_serve(); after a message, it could not be done and nothing has changed.
 */
bool player_play_again(struct player *player, char text[PLAYER_TEXT_MAX]);

/* Looks for marks, for a few milliseconds. Returns whether there may be more. */
bool player_scan(struct player *player);

/* For the screen; valid as long as PLAYER. */
const struct timeline *player_timeline(const struct player *player);

#endif
