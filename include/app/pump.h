/*
 * The pump: an engine at work, and what takes its events out of the ring and hands them on.
 *
 *     pump_start() ─▶ engine ──ring──▶ pump_run() ──▶ sink
 *                        └── sums, notes, cost ──▶ pump_collect() ──▶ sink
 *
 * For the main thread. One engine at a time; another can be started once the first has ended.
 */
#ifndef STOP_APP_PUMP_H
#define STOP_APP_PUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/engine.h"
#include "event/sink.h"

struct pump {
	const struct engine_class *class;
	struct engine_links links; /* its ring and wake_fd are owned */
	struct event_sink *sink;   /* not owned */
	struct engine *engine;     /* between pump_start() and pump_end(); else NULL */
	bool has_ended;            /* EVENT_END has been handed on since pump_start() */
	bool is_idle;              /* the last pump_run() found nothing */
	bool has_more;             /* it left something in the ring */
};

/*
 * Makes PUMP, for engines of CLASS and a ring of RING_SIZE bytes. INTEREST and STACKS are as in
 * struct engine_links. 0 or -errno; pump_clear() is allowed in either case.
 */
int pump_init(struct pump *pump, const struct engine_class *class, size_t ring_size,
	struct interest *interest, struct stack_copy_channel *stacks, struct event_sink *sink);

/* Frees what PUMP owns, once its engine has ended. */
void pump_clear(struct pump *pump);

/* Starts the engine for REQUEST; as engine_class.start(). */
int pump_start(
	struct pump *pump, const struct engine_request *request, char error[ENGINE_ERROR_MAX]);

/*
 * Hands on what is in the ring, as much as some milliseconds allow. Returns whether there was
 * anything. Where the engine was lost, an EVENT_END is sent in its place.
 */
bool pump_run(struct pump *pump);

/* When pump_run() is to be called next, at NOW_NS; earlier where the engine's wake_fd says so. */
uint64_t pump_next_ns(const struct pump *pump, uint64_t now_ns);

/* As engine_class.collect(), with the pump's sink. */
uint64_t pump_collect(struct pump *pump, uint64_t now_ns);

/*
 * Has the engine leave every target, hands on its last events, and frees it. Returns false where
 * it was lost: then some calls were not counted.
 */
bool pump_end(struct pump *pump);

#endif
