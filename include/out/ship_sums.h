/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adds up calls for a shipper: a sink that makes a row for each process (or name of one) and call
 * in each interval (out/ship_row.h). A call is in the interval in which its end was seen; every
 * call is in exactly one row.
 *
 *     event ──▶ ship_sums_sink() ──▶ tallies by process and call ──▶ rows ──▶ ship_source.h
 *
 * It never waits, and has room for a limited number of rows: an interval with more ends early. For
 * one thread.
 */
#ifndef STOP_OUT_SHIP_SUMS_H
#define STOP_OUT_SHIP_SUMS_H

#include <stdbool.h>
#include <stdint.h>

struct event_sink;
struct ship_source;
struct ship_sums;

struct ship_sums_config {
	struct ship_source *source; /* has to outlive it */
	uint64_t interval_ns;
	bool by_comm; /* a row for all processes of a name, instead of each one */
};

/* Counts from the first event on. */
struct ship_sums *ship_sums_new(const struct ship_sums_config *config);

/* NULL is allowed. What was not flushed is not shipped. */
void ship_sums_free(struct ship_sums *sums);

/* Takes the events. Valid as long as SUMS. */
struct event_sink *ship_sums_sink(struct ship_sums *sums);

/* It is NOW_NS, in the time of events: ships the interval if it is over. Call this often. */
void ship_sums_run(struct ship_sums *sums, uint64_t now_ns);

/* Ships the interval until NOW_NS, however long it is. */
void ship_sums_flush(struct ship_sums *sums, uint64_t now_ns);

/* After our death, in another process: takes no more events, and leaves the rest alone. */
void ship_sums_abandon(struct ship_sums *sums);

#endif
