/*
 * The tracer's end of the ring: tells the model what happened, and never waits for it.
 *
 *     tell ──▶ is anything owed? ──no──▶ room in the ring? ──yes──▶ record
 *                    │ yes, and no room           │ no
 *                    ▼                            ▼
 *              added up in the tracee ◀───────────┘
 *                    │
 *                    └── room again: EVENT_TASK, EVENT_SUM…, what it is doing now, EVENT_GONE
 *
 * While the ring is full, calls are added up in a tally for each tracee and call, and of what a
 * tracee is doing only the last is kept. Once there is room, each tracee's debt is paid in the
 * order in which they came into it: counts stay exact, and each task's events stay in order.
 *
 * Tracer only; after that has ended, whoever has waited for its end.
 */
#ifndef STOP_ENGINE_PTRACE_EVENT_WRITER_H
#define STOP_ENGINE_PTRACE_EVENT_WRITER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ring.h"
#include "engine/ptrace/tracee.h"
#include "event/interest.h"

struct event_writer {
	struct ring *ring;
	const struct interest *interest;
	int wake_fd;                  /* told when the ring is half full, and at the end */
	size_t wake_at;               /* bytes in the ring at which the reader is woken */
	unsigned int pushes;          /* records since the ring's level was looked at */
	struct tracee *first, **last; /* tracees that owe, oldest first */
	bool end_owed;                /* EVENT_END */
	int end_error;
	_Atomic bool holding;          /* something is owed: read by event_writer_has_pending() */
	_Atomic uint64_t details_lost; /* calls that were added up, their details with them */
};

/* Makes OUTBOX ready; CAPACITY is the ring's. */
void event_writer_init(struct event_writer *event_writer, struct ring *ring, size_t capacity,
	const struct interest *interest, int wake_fd);

/* Tells of TRACEE: that it is there, or that its process, parent or name has changed. */
void event_writer_task(struct event_writer *event_writer, struct tracee *tracee, uint64_t now_ns);

/* Tells of what STEP came to: the call that ended, the one that began, the state. */
void event_writer_step(struct event_writer *event_writer, struct tracee *tracee,
	const struct step *step, uint64_t now_ns);

/* Tells that TRACEE is gone, and frees it: now, or once its debt is paid. */
void event_writer_gone(struct event_writer *event_writer, struct tracee *tracee, int exit_code,
	int exit_signal, uint64_t now_ns);

/* Tells that nothing more will come. */
void event_writer_end(struct event_writer *event_writer, int error);

/* Pays what is owed as far as there is room. Returns whether nothing is owed any more. */
bool event_writer_flush(struct event_writer *event_writer);

/* Any thread: whether something is owed. */
bool event_writer_has_pending(const struct event_writer *event_writer);

/* Frees what is owed, untold; the tracees that are gone with it. */
void event_writer_drop(struct event_writer *event_writer);

#endif
