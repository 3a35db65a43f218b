/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plays a recording on the screen; see app/player.h. */
#include "config.h"

#include "app/player.h"

#include <stdio.h>
#include <string.h>

#include "app/session.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "engine/replay/replay.h"
#include "event/event.h"
#include "event/sink.h"
#include "model/time_class.h"

/* How long the screen may wait for a part of the recording. */
#define ADVANCE_NS (200 * NS_PER_MS)

/* The same after a jump: the recording has to be played up to there, as fast as possible. */
#define JUMP_NS    (10 * NS_PER_S)

/* How long marks are looked for at once, and how many events are read between two looks at the
 * clock. */
#define SCAN_NS    (50 * NS_PER_MS)
#define SCAN_READ  1024

/* Calls that take at least so long have a mark. */
#define LONG_NS    (100 * NS_PER_MS)

/* The slowest and the fastest speed. */
#define SPEED_MIN  (-4)
#define SPEED_MAX  8

/* The keys for back and forth jump over this part of the whole, but at most so much. */
#define JUMPS      20
#define JUMP_MAX   (10 * NS_PER_S)

struct player {
	struct event_sink sink; /* first member; takes what is looked at for marks */
	struct session *session;
	struct replay *marks; /* a second reader; NULL: all marks are known. Owned */
	struct timeline timeline;
	uint64_t from_ns, clock_ns; /* it was here at this time of the clock */
};

/* Marks. */

static void add_mark(struct player *player, uint64_t time_ns, enum timeline_mark mark)
{
	struct timeline *timeline = &player->timeline;
	uint64_t whole = timeline->end_ns - timeline->begin_ns;
	if (time_ns < timeline->begin_ns || time_ns > timeline->end_ns || !whole)
		return;
	double part = (double)(time_ns - timeline->begin_ns) / (double)whole;
	size_t at = (size_t)(part * (TIMELINE_PARTS - 1));
	timeline->mark[at] |= (uint8_t)mark;
}

static bool is_long(struct call call, uint64_t duration_ns)
{
	return duration_ns >= LONG_NS && time_class_of_call(call) != TIME_WAIT;
}

static void take(struct event_sink *sink, const struct event *event)
{
	struct player *player = (struct player *)sink;
	const struct event_exit *end = (const struct event_exit *)event;
	const struct event_sum *sum = (const struct event_sum *)event;
	bool has_failed = event->type == EVENT_EXIT  ? end->outcome.err != 0
	                  : event->type == EVENT_SUM ? sum->counts.errors != 0
	                                             : false;
	bool was_long = event->type == EVENT_EXIT  ? is_long(end->call, end->outcome.duration_ns)
	                : event->type == EVENT_SUM ? is_long(sum->call, sum->counts.max_ns)
	                                           : false;
	if (has_failed)
		add_mark(player, event->time_ns, MARK_ERROR);
	if (was_long)
		add_mark(player, event->time_ns, MARK_LONG);
	if (event->type == EVENT_TASK && ((const struct event_task *)event)->is_new)
		add_mark(player, event->time_ns, MARK_BIRTH);
}

bool player_scan(struct player *player)
{
	uint64_t until_ns = clock_now_ns() + SCAN_NS;
	int result = 1;
	while (player->marks && result > 0 && clock_now_ns() < until_ns)
		result = replay_scan(player->marks, SCAN_READ, &player->sink);
	if (result > 0)
		return player->marks;
	replay_close(player->marks);
	player->marks = NULL;
	player->timeline.is_scanned = true;
	return false;
}

/* When the next mark begins, in DIRECTION (1 or -1) of now; 0: there is none. */
static uint64_t next_mark(const struct player *player, int direction)
{
	const struct timeline *timeline = &player->timeline;
	uint64_t whole = timeline->end_ns - timeline->begin_ns;
	for (int at = direction > 0 ? 0 : TIMELINE_PARTS - 1; at >= 0 && at < TIMELINE_PARTS;
		at += direction) {
		uint64_t begin_ns = timeline->begin_ns +
		                    (uint64_t)((double)whole * at / (TIMELINE_PARTS - 1));
		bool is_beyond = direction > 0 ? begin_ns > timeline->now_ns
		                               : begin_ns < timeline->now_ns;
		if (timeline->mark[at] && is_beyond)
			return begin_ns;
	}
	return 0;
}

/* Playing. */

/* It is at TIME_NS now. */
static void set_now(struct player *player, uint64_t time_ns)
{
	player->from_ns = player->timeline.now_ns = time_ns;
	player->clock_ns = clock_now_ns();
}

/* Where it is to be now. */
static uint64_t present(const struct player *player)
{
	const struct timeline *timeline = &player->timeline;
	uint64_t passed = clock_now_ns() - player->clock_ns;
	if (timeline->is_paused)
		return player->from_ns;
	passed = timeline->speed < 0 ? passed >> -timeline->speed : passed << timeline->speed;
	return player->from_ns + passed;
}

/* Plays up to TIME_NS, for at most LIMIT_NS. */
static void play_to(struct player *player, uint64_t time_ns, uint64_t limit_ns)
{
	struct timeline *timeline = &player->timeline;
	bool has_end = timeline->end_ns > timeline->begin_ns;
	if (has_end && time_ns >= timeline->end_ns)
		time_ns = UINT64_MAX;
	bool is_there = session_advance(player->session, time_ns, limit_ns);
	uint64_t now_ns = session_position_ns(player->session);
	if (!has_end || now_ns > timeline->end_ns)
		timeline->end_ns = now_ns;
	timeline->now_ns = now_ns;
	/* What could not be played in time delays all that follows. */
	if (!is_there)
		set_now(player, now_ns);
}

void player_advance(struct player *player)
{
	if (session_state(player->session) == SESSION_RUNNING)
		play_to(player, present(player), ADVANCE_NS);
}

void player_pause(struct player *player, bool is_paused)
{
	if (player->timeline.is_paused == is_paused)
		return;
	set_now(player, player->timeline.now_ns);
	player->timeline.is_paused = is_paused;
}

/* Goes to the beginning. Returns whether that was possible; if not, TEXT says why. */
static bool rewind_session(struct player *player, char text[PLAYER_TEXT_MAX])
{
	char error[SESSION_ERROR_MAX];
	if (session_rewind(player->session, error) == 0)
		return true;
	snprintf(text, PLAYER_TEXT_MAX, "%.*s", PLAYER_TEXT_MAX - 1, error);
	return false;
}

static void play_at_once(struct player *player, uint64_t time_ns)
{
	play_to(player, time_ns, JUMP_NS);
	set_now(player, player->timeline.now_ns);
}

/* Jumps to TIME_NS. Returns whether the session was rewound. */
static bool jump(struct player *player, uint64_t time_ns, char text[PLAYER_TEXT_MAX])
{
	bool is_back = time_ns < player->timeline.now_ns;
	if (is_back && !rewind_session(player, text))
		return false;
	play_at_once(player, time_ns);
	return is_back;
}

bool player_play_again(struct player *player, char text[PLAYER_TEXT_MAX])
{
	uint64_t now_ns = player->timeline.now_ns;
	text[0] = '\0';
	if (!rewind_session(player, text))
		return false;
	play_at_once(player, now_ns);
	return true;
}

static bool jump_by(struct player *player, int direction, char text[PLAYER_TEXT_MAX])
{
	const struct timeline *timeline = &player->timeline;
	uint64_t step = (timeline->end_ns - timeline->begin_ns) / JUMPS;
	if (step > JUMP_MAX)
		step = JUMP_MAX;
	if (direction > 0)
		return jump(player, timeline->now_ns + step, text);
	uint64_t back = timeline->now_ns - timeline->begin_ns;
	return jump(player, timeline->now_ns - (back < step ? back : step), text);
}

static bool jump_to_mark(struct player *player, int direction, char text[PLAYER_TEXT_MAX])
{
	uint64_t mark_ns = next_mark(player, direction);
	if (mark_ns)
		return jump(player, mark_ns, text);
	snprintf(text, PLAYER_TEXT_MAX, "No %s mark%s", direction > 0 ? "later" : "earlier",
		player->timeline.is_scanned ? "" : " yet: the recording is still being read");
	return false;
}

static void change_speed(struct player *player, int change)
{
	struct timeline *timeline = &player->timeline;
	int speed = timeline->speed + change;
	set_now(player, timeline->now_ns);
	if (speed >= SPEED_MIN && speed <= SPEED_MAX)
		timeline->speed = speed;
}

bool player_serve(struct player *player, enum ui_request request, char text[PLAYER_TEXT_MAX])
{
	uint64_t next_ns;
	text[0] = '\0';
	switch (request) {
	case UI_REQUEST_PLAY_BACK:
		return jump_by(player, -1, text);
	case UI_REQUEST_PLAY_FORTH:
		return jump_by(player, 1, text);
	case UI_REQUEST_PLAY_MARK_BACK:
		return jump_to_mark(player, -1, text);
	case UI_REQUEST_PLAY_MARK:
		return jump_to_mark(player, 1, text);
	case UI_REQUEST_PLAY_STEP:
		next_ns = session_next_ns(player->session);
		return next_ns && jump(player, next_ns, text);
	case UI_REQUEST_PLAY_SLOWER:
		change_speed(player, -1);
		return false;
	case UI_REQUEST_PLAY_FASTER:
		change_speed(player, 1);
		return false;
	default:
		return false;
	}
}

const struct timeline *player_timeline(const struct player *player)
{
	return &player->timeline;
}

struct player *player_new(struct session *session, const char *const *paths, size_t count)
{
	char error[ENGINE_ERROR_MAX];
	struct trace_facts facts;
	struct player *player = xcalloc(1, sizeof(*player));
	player->sink.take = take;
	player->session = session;
	player->timeline.begin_ns = player->timeline.end_ns = session_begin_ns(session);
	/* Standard input can be read only once. */
	bool is_file = count && strcmp(paths[0], "-") != 0;
	if (is_file && replay_open(paths, count, &player->marks, error) == 0) {
		replay_facts(player->marks, &facts);
		if (facts.end_ns > facts.begin_ns)
			player->timeline.end_ns = facts.end_ns;
	}
	set_now(player, player->timeline.begin_ns);
	return player;
}

void player_free(struct player *player)
{
	if (!player)
		return;
	replay_close(player->marks);
	xfree(player);
}
