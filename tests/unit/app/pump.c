/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pump, with an engine that has more to write than its ring takes. */
#include "config.h"

#include "support/unit.h"

#include "app/pump.h"
#include "base/ring.h"
#include "event/event.h"
#include "event/sink.h"

/* An engine: the events that it still has to write. */
static unsigned int left;
static struct ring *ring;

/* Writes as much as there is room for. Returns 1 if there is more. */
static int drain(struct engine *engine)
{
	(void)engine;
	for (; left; left--) {
		struct event *event = ring_reserve(ring, sizeof(*event));
		if (!event)
			return 1;
		*event = (struct event){.type = left == 1 ? EVENT_END : EVENT_ATTACHED};
		ring_commit(ring);
	}
	return 0;
}

static void nudge(struct engine *engine)
{
	(void)engine;
}

static enum engine_state state_of(const struct engine *engine)
{
	(void)engine;
	return ENGINE_RUNNING;
}

struct counter {
	struct event_sink sink;
	unsigned int events;
};

static void count(struct event_sink *sink, const struct event *event)
{
	(void)event;
	((struct counter *)sink)->events++;
}

static void what_an_engine_writes_after_our_death_is_read_to_the_end(void **state)
{
	static const struct engine_class class = {
		.name = "test", .nudge = nudge, .drain = drain, .state = state_of};
	(void)state;
	/* Also numbers that leave some for the last time, when there is room for all. */
	for (unsigned int number = 1; number < 40; number++) {
		struct counter counter = {.sink = {.take = count}};
		struct pump pump;
		assert_int_equal(pump_init(&pump, &class, 256, NULL, &counter.sink), 0);
		pump.engine = (struct engine *)&pump;
		ring = pump.links.ring;
		left = number;
		assert_true(pump_survive(&pump));
		assert_int_equal(counter.events, number);
		assert_true(pump.has_ended);
		pump.engine = NULL;
		pump_clear(&pump);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_an_engine_writes_after_our_death_is_read_to_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
