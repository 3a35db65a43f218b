/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ships rows to a server: a queue of limited size, and a thread that empties it.
 *
 *     shipper_put() ──▶ open batch ──▶ queue ──▶ thread ──HTTP──▶ server
 *               shipper_flush() ▲      └ the oldest are dropped when there is no room
 *
 * Single calls are dropped before sums, and sent behind them. What cannot be sent is
 * tried again, with pauses (out/backoff.h); what the server refuses for good is counted, and
 * dropped. Nobody waits for the server but the thread, and shipper_close(), for a limited time. All
 * functions are for one thread, the owner's.
 */
#ifndef STOP_OUT_SHIPPER_H
#define STOP_OUT_SHIPPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out/ship_batch.h"
#include "out/ship_target.h"
#include "out/ship_url.h"

/* The size of the queue in bytes: its default, and limits. */
#define SHIPPER_QUEUE     ((size_t)32 << 20)
#define SHIPPER_QUEUE_MIN ((size_t)1 << 20)
#define SHIPPER_QUEUE_MAX ((size_t)1 << 30)

struct shipper;

struct shipper_config {
	struct ship_url url;
	const char *password; /* copied; NULL: none */
	size_t limit;         /* of the queue, at least SHIPPER_QUEUE_MIN */
};

/* What has become of rows so far: each that was put is in one of these. */
struct shipper_status {
	struct ship_count taken;   /* by the server */
	struct ship_count dropped; /* there was no room for them */
	struct ship_count refused; /* by the server, for good */
	struct ship_count waiting; /* not yet sent, or it is not known whether they have arrived */
	bool is_failing;           /* the last request has failed … */
	char why[SHIP_WHY_MAX];    /* … for this reason; or why rows were refused; "": neither */
};

/* Starts its thread. Returns 0 with *OUT, or -errno: -ENOSYS without libcurl. */
int shipper_new(const struct shipper_config *config, struct shipper **out);

/* Puts a row of KIND, SIZE bytes of TEXT with CALLS calls, into the open batch. Never waits. */
void shipper_put(struct shipper *shipper, enum ship_kind kind, const char *text, size_t size,
	uint64_t calls);

/* Has the open batches sent. */
void shipper_flush(struct shipper *shipper);

void shipper_status(struct shipper *shipper, struct shipper_status *status);

/*
 * Sends what is left until UNTIL_NS of CLOCK_MONOTONIC, each batch once, and frees SHIPPER. What is
 * `waiting` in *STATUS then was not sent. Returns 0, or -EAGAIN: its thread has not ended, and uses
 * SHIPPER until we exit.
 */
int shipper_close(struct shipper *shipper, uint64_t until_ns, struct shipper_status *status);

#endif
