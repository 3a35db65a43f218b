/*
 * The tracer's end of the event ring: writes what happened, and never waits for the reader.
 *
 *     event ──▶ is anything pending? ──no──▶ room in the ring? ──yes──▶ record
 *                    │ yes, and no room           │ no
 *                    ▼                            ▼
 *               pending entry of the task ◀───────┘
 *                    │
 *                    └── room again: EVENT_TASK, EVENT_SUM…, what it is doing now, EVENT_GONE
 *
 * While the ring is full, calls are added up in a tally for each task and call, and of what a task
 * is doing only the last is kept. Once there is room, the pending entries are written in the order
 * in which they were made: counts stay exact, and each task's events stay in order.
 *
 * The entries belong to the event writer. The entry of a task that has ended holds all that is yet
 * to be written of it, so the tracee can be freed, and its number used again, before that.
 *
 * Tracer only; once that has ended, the thread that has waited for its end.
 */
#ifndef STOP_ENGINE_PTRACE_EVENT_WRITER_H
#define STOP_ENGINE_PTRACE_EVENT_WRITER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "base/ring.h"
#include "engine/ptrace/state/tracee.h"
#include "event/interest.h"

struct pending_task;
struct world;

struct event_writer {
	struct world *world;
	struct ring *ring;
	const struct interest *interest;
	int wake_fd;                   /* written to when the ring is half full, and at the end */
	size_t wake_at;                /* bytes in the ring at which the reader is woken */
	unsigned int pushes;           /* records since the ring's level was looked at */
	struct pending_task *first;    /* pending entries, oldest first; owned */
	struct pending_task **last;    /* where the next one is linked */
	struct map pending;            /* those of living tasks, by tid */
	bool end_pending;              /* EVENT_END */
	int end_error;                 /* of it */
	_Atomic uint64_t division_ns;  /* as event_writer_divide() has set it; 0: never */
	_Atomic bool has_pending;      /* read by event_writer_has_pending() */
	_Atomic uint64_t details_lost; /* calls that were added up, their details lost */
};

/* Makes WRITER ready. CAPACITY is the ring's; WAKE_FD an eventfd of the reader's. */
void event_writer_init(struct event_writer *writer, struct world *world, struct ring *ring,
	size_t capacity, const struct interest *interest, int wake_fd);

/* Writes that TRACEE exists, or that its process, parent or name has changed. */
void event_writer_task(struct event_writer *writer, const struct tracee *tracee, uint64_t now_ns);

/*
 * Writes what STEP came to: the calls that ended, the one that began, the state. What TRACEE is
 * doing may be read again until event_writer_gone(): it has to stay where it is.
 */
void event_writer_step(struct event_writer *writer, const struct tracee *tracee,
	const struct step *step, uint64_t now_ns);

/* Writes that TRACEE is gone; it is the caller's to free afterwards. */
void event_writer_gone(struct event_writer *writer, const struct tracee *tracee, int exit_code,
	int exit_signal, uint64_t now_ns);

/* Writes that nothing more will come. */
void event_writer_end(struct event_writer *writer, int error);

/* Writes what is pending as far as there is room. Returns whether nothing is pending any more. */
bool event_writer_flush(struct event_writer *writer);

/*
 * The reader: divides the sums at a moment a little later than now, which is returned: none has
 * calls that ended before it beside calls that ended after it.
 */
uint64_t event_writer_divide(struct event_writer *writer);

/* Any thread: whether something is pending. */
bool event_writer_has_pending(const struct event_writer *writer);

/* Frees what is pending without writing it. */
void event_writer_drop(struct event_writer *writer);

#endif
