/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pump: runs an engine, takes its events out of the ring and passes them on.
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
	struct engine_links links;   /* its ring and wake_fd are owned */
	struct event_sink *sink;     /* not owned */
	const struct event *sending; /* the event that was passed on last */
	struct engine *engine;       /* between pump_start() and pump_end(); otherwise NULL */
	bool has_ended;              /* EVENT_END has been passed on since pump_start() */
	bool is_idle;                /* the last pump_run() found nothing */
	bool has_more;               /* the last pump_run() left events in the ring */
	bool is_in_use;              /* an engine that was lost still uses `links` */
	bool (*is_full)(const void *context); /* whether the sink takes nothing for now; or NULL */
	const void *context;
	char remains[ENGINE_ERROR_MAX]; /* what an engine does after pump_end(), or "" */
};

/*
 * Initializes PUMP for engines of CLASS, with a ring of RING_SIZE bytes. INTEREST is as in struct
 * engine_links. Returns 0 or -errno; pump_clear() is allowed in either case.
 */
int pump_init(struct pump *pump, const struct engine_class *class, size_t ring_size,
	struct interest *interest, struct event_sink *sink);

/* Before pump_start(): STACKS is as in struct engine_links. */
void pump_set_stacks(struct pump *pump, struct stack_copy_channel *stacks);

/* Frees what PUMP owns, after its engine has ended, unless it `is_in_use`. */
void pump_clear(struct pump *pump);

/* Starts the engine for REQUEST; like engine_class.start(). */
int pump_start(
	struct pump *pump, const struct engine_request *request, char error[ENGINE_ERROR_MAX]);

/*
 * Passes on events in the ring, for at most some milliseconds. Returns whether there were any. If
 * the engine was lost, sends an EVENT_END on its behalf.
 */
bool pump_run(struct pump *pump);

/* When to call pump_run() next, at NOW_NS; earlier if the engine's wake_fd is readable. */
uint64_t pump_next_ns(const struct pump *pump, uint64_t now_ns);

/* Like those of struct engine_class, with the pump's sink. */
void pump_collect(struct pump *pump, uint64_t now_ns);
uint64_t pump_divide(struct pump *pump);

/*
 * In the engine's process, after the death of ours: passes on everything that the engine has
 * written. Returns whether there is an engine.
 */
bool pump_survive(struct pump *pump);

/*
 * Makes the engine leave every target, passes on its last events, and frees it. Returns false if it
 * was lost: then some calls were not counted.
 */
bool pump_end(struct pump *pump);

#endif
