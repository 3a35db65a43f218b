/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the engine to the sinks; see app/pump.h. */
#include "config.h"

#include "app/pump.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ring.h"
#include "event/event.h"

/*
 * Maximum time that records stay in the ring: short enough that the screen is up to date after a
 * key. While idle, the program sleeps longer.
 */
#define BUSY_NS (50 * NS_PER_MS)
#define IDLE_NS (250 * NS_PER_MS)

/* Maximum number of records before signals and keys are handled: takes some milliseconds. */
#define BATCH   4096

int pump_init(struct pump *pump, const struct engine_class *class, size_t ring_size,
	struct interest *interest, struct event_sink *sink)
{
	*pump = (struct pump){
		.class = class,
		.links = {.ring = ring_new(ring_size), .interest = interest},
		.sink = sink,
	};
	pump->links.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return pump->links.wake_fd < 0 ? -errno : 0;
}

void pump_set_stacks(struct pump *pump, struct stack_copy_channel *stacks)
{
	pump->links.stacks = stacks;
}

void pump_clear(struct pump *pump)
{
	if (pump->is_in_use)
		return;
	ring_free(pump->links.ring);
	if (pump->links.ring && pump->links.wake_fd >= 0)
		close(pump->links.wake_fd);
	*pump = (struct pump){.links = {.wake_fd = -1}};
}

int pump_start(
	struct pump *pump, const struct engine_request *request, char error[ENGINE_ERROR_MAX])
{
	pump->has_ended = pump->is_idle = pump->has_more = false;
	return pump->class->start(request, &pump->links, &pump->engine, error);
}

static void send(struct pump *pump, const struct event *event)
{
	pump->has_ended |= event->type == EVENT_END;
	event_send(pump->sink, event);
}

static bool is_lost(const struct pump *pump)
{
	return pump->class->state(pump->engine) == ENGINE_LOST;
}

static bool is_full(const struct pump *pump)
{
	return pump->is_full && pump->is_full(pump->context);
}

bool pump_run(struct pump *pump)
{
	const struct event *event;
	size_t taken = 0;
	for (; taken < BATCH && !is_full(pump) && (event = ring_peek(pump->links.ring)); taken++) {
		pump->sending = event;
		send(pump, event);
		ring_pop(pump->links.ring);
	}
	pump->class->nudge(pump->engine);
	if (taken == 0 && !pump->has_ended && is_lost(pump)) {
		struct event_end end = {.event = {EVENT_END, 0, clock_now_ns()}};
		send(pump, &end.event);
	}
	pump->is_idle = taken == 0;
	pump->has_more = taken == BATCH;
	return taken > 0;
}

uint64_t pump_next_ns(const struct pump *pump, uint64_t now_ns)
{
	if (!pump->engine || pump->is_idle)
		return now_ns + IDLE_NS;
	return pump->has_more ? now_ns : now_ns + BUSY_NS;
}

void pump_collect(struct pump *pump, uint64_t now_ns)
{
	pump->class->collect(pump->engine, now_ns, pump->sink);
}

uint64_t pump_divide(struct pump *pump)
{
	return pump->class->divide(pump->engine, pump->sink);
}

bool pump_survive(struct pump *pump)
{
	if (!pump->engine)
		return false;
	/* What we died over is lost rather than counted twice. */
	if (pump->sending && pump->sending == ring_peek(pump->links.ring))
		ring_pop(pump->links.ring);
	/* What drain() has put there last is read, too. */
	while (pump->class->drain(pump->engine))
		pump_run(pump);
	while (pump_run(pump))
		;
	return true;
}

bool pump_end(struct pump *pump)
{
	pump->class->leave(pump->engine);
	while (pump->class->drain(pump->engine))
		pump_run(pump);
	while (pump_run(pump))
		;
	pump_collect(pump, clock_now_ns());
	bool is_complete = !is_lost(pump);
	if (pump->class->remains(pump->engine, pump->remains, sizeof(pump->remains)))
		pump->is_in_use = !is_complete;
	pump->class->free(pump->engine);
	pump->engine = NULL;
	return is_complete;
}
