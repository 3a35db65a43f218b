/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where rows come from: what all rows of a session have in common, and a sink that knows of its
 * tasks what rows say of them.
 *
 *     event ──▶ ship_source_sink() ──▶ names of tasks, the origin ─┐
 *     ship_sums.h, ship_calls.h ──row──▶ ship_source_put() ────────┴─▶ out/shipper.h
 *
 * Its sink has to get an event before theirs do. For one thread.
 */
#ifndef STOP_OUT_SHIP_SOURCE_H
#define STOP_OUT_SHIP_SOURCE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"
#include "out/ship_row.h"
#include "proc/comm.h"

struct callset;
struct event;
struct event_sink;
struct ship_source;
struct ship_target;
struct shipper;

struct ship_source_config {
	const struct ship_target *target;
	struct shipper *shipper;   /* has to outlive it */
	const struct callset *set; /* only these calls; NULL: all. Has to outlive it */
	const char *secrets;       /* words that the user adds (event/redaction.h), or NULL */
	bool with_data;            /* the contents of buffers, too */
};

/* Returns 0 with *OUT, or -errno. */
int ship_source_new(const struct ship_source_config *config, struct ship_source **out);

/* NULL is allowed. */
void ship_source_free(struct ship_source *source);

/* Takes the events. Valid as long as SOURCE. */
struct event_sink *ship_source_sink(struct ship_source *source);

/* The difference between CLOCK_REALTIME and the times of events. */
void ship_source_set_clock(struct ship_source *source, uint64_t clock_ns);

/* TIME_NS of events as CLOCK_REALTIME. */
uint64_t ship_source_realtime(const struct ship_source *source, uint64_t time_ns);

/* Whether rows are about CALL. */
bool ship_source_wants(const struct ship_source *source, struct call call);

/* The process of task TID, with its name in COMM, filled up with zeros; "?": unknown. */
pid_t ship_source_process(const struct ship_source *source, pid_t tid, char comm[TASK_COMM_SIZE]);

/* EVENT without secrets, as redaction_apply(). */
const struct event *ship_source_redact(struct ship_source *source, const struct event *event);

/* Puts ROW, of which it sets `origin` and `number`, with CALLS calls, into the open batch. */
void ship_source_put(struct ship_source *source, struct ship_row *row, uint64_t calls);

/* COUNT calls have no row, as the engine has dropped their details; all so far. */
void ship_source_add_lost(struct ship_source *source, uint64_t count);
uint64_t ship_source_lost(const struct ship_source *source);

/*
 * Ships what was put, and says how much is missing so far if that is more than before, for the time
 * from FROM_NS to UNTIL_NS of CLOCK_REALTIME.
 */
void ship_source_flush(struct ship_source *source, uint64_t from_ns, uint64_t until_ns);

/* After our death, in another process: takes no more events, and leaves the rest alone. */
void ship_source_abandon(struct ship_source *source);

#endif
