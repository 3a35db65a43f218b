/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a trace is while it is played. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/ring.h"
#include "base/time.h"
#include "engine/replay/replay.h"
#include "event/engine.h"
#include "event/event.h"
#include "event/interest.h"

#define LINES 40000

/* A trace of LINES calls, one each microsecond: more than the ring has room for. */
struct played {
	char path[64];
	struct replay *replay;
	struct engine *engine;
	struct engine_links links;
	struct interest interest;
	uint64_t begin_ns;
};

static void set_up(struct played *played)
{
	char error[ENGINE_ERROR_MAX];
	snprintf(played->path, sizeof(played->path), "/tmp/stop-replay-XXXXXX");
	int fd = mkstemp(played->path);
	FILE *file = fdopen(fd, "w");
	assert_non_null(file);
	for (int i = 0; i < LINES; i++)
		fprintf(file, "%d 1795891330.%06d getppid() = 1 <0.000001>\n", 7, i);
	assert_int_equal(fclose(file), 0);
	const char *path = played->path;
	assert_int_equal(replay_open(&path, 1, &played->replay, error), 0);
	played->links = (struct engine_links){
		.ring = ring_new(REPLAY_RING),
		.interest = &played->interest,
		.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	};
	const struct engine_request request = {.replay = played->replay};
	assert_int_equal(replay_engine.start(&request, &played->links, &played->engine, error), 0);
	played->begin_ns = replay_next_ns(played->replay);
	assert_true(played->begin_ns > 0);
}

static void tear_down(struct played *played)
{
	replay_engine.leave(played->engine);
	replay_engine.free(played->engine);
	replay_close(played->replay);
	ring_free(played->links.ring);
	close(played->links.wake_fd);
	unlink(played->path);
}

/* Takes COUNT events, or all that there are. Returns how many there were. */
static size_t take(struct played *played, size_t count)
{
	size_t taken = 0;
	while (taken < count && ring_peek(played->links.ring)) {
		ring_pop(played->links.ring);
		taken++;
	}
	return taken;
}

static void it_is_as_far_as_events_were_passed_on(void **state)
{
	static struct played played;
	(void)state;
	set_up(&played);
	uint64_t last_ns = replay_now(played.replay), steps = 0;
	/* A second from the beginning, which is later than the end of the trace. */
	replay_play_until(played.replay, played.begin_ns + NS_PER_S);
	do {
		replay_engine.nudge(played.engine);
		uint64_t now_ns = replay_now(played.replay);
		assert_in_range(now_ns, last_ns, played.begin_ns + LINES * NS_PER_US + NS_PER_MS);
		steps += now_ns > last_ns;
		last_ns = now_ns;
	} while (take(&played, 100) == 100);
	assert_true(steps > 10);
	assert_true(replay_is_at_end(played.replay));
	assert_in_range(last_ns, played.begin_ns + (LINES - 2) * NS_PER_US, UINT64_MAX);
	tear_down(&played);
}

static void it_is_where_it_was_played_to_and_does_not_go_back(void **state)
{
	static struct played played;
	(void)state;
	set_up(&played);
	/* Between two calls. */
	uint64_t first_ns = played.begin_ns + 100 * NS_PER_US + 300;
	replay_play_until(played.replay, first_ns);
	replay_engine.nudge(played.engine);
	assert_true(replay_is_due(played.replay));
	assert_int_equal(replay_now(played.replay), first_ns);
	/* Nothing of that was read yet. */
	replay_play_until(played.replay, first_ns + 10 * NS_PER_US);
	assert_in_range(replay_now(played.replay), first_ns, first_ns + 10 * NS_PER_US);
	take(&played, SIZE_MAX);
	replay_engine.nudge(played.engine);
	assert_int_equal(replay_now(played.replay), first_ns + 10 * NS_PER_US);
	tear_down(&played);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_as_far_as_events_were_passed_on),
		cmocka_unit_test(it_is_where_it_was_played_to_and_does_not_go_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
