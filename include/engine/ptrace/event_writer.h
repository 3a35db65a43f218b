/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracer's end of the event ring: writes events, and never waits for the reader.
 *
 *     event ──▶ is anything pending? ──no──▶ room in the ring? ──yes──▶ record
 *                    │ yes, and no room           │ no
 *                    ▼                            ▼
 *               pending entry of the task ◀───────┘
 *                    │
 *                    └── room again: EVENT_TASK, EVENT_SUM…, its current state, EVENT_GONE
 *
 * While the ring is full, calls are aggregated in a tally per task and call, and only the latest
 * state of a task is kept. When there is room again, the pending entries are written in the order
 * of their creation: counts stay exact, and each task's events stay in order.
 *
 * The entries belong to the event writer. The entry of a task that has ended contains everything
 * that is still to be written about it, so the tracee can be freed, and its tid reused, before
 * that.
 *
 * Tracer only; after the tracer has ended or has handed it over, the thread that waited for that.
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

struct event_detail;
struct event_signal;
struct pending_task;
struct world;

struct event_writer {
	struct world *world;
	struct ring *ring;
	const struct interest *interest;
	int wake_fd;                   /* written to when the ring is half full, and at the end */
	size_t wake_at;                /* bytes in the ring at which the reader is woken */
	unsigned int pushes;           /* records since the ring's level was checked */
	struct pending_task *first;    /* pending entries, oldest first; owned */
	struct pending_task **last;    /* where the next one is linked */
	struct map pending;            /* those of living tasks, by tid */
	bool attached_pending;         /* EVENT_ATTACHED */
	bool end_pending;              /* EVENT_END */
	int end_error;                 /* of it */
	bool handed_over;              /* the reader's: the tracer writes nothing more */
	uint64_t lost;                 /* details that were dropped since the last one */
	uint64_t lost_logged;          /* as in struct event_detail */
	uint64_t lost_signals;         /* the same of signals */
	_Atomic uint64_t division_ns;  /* set by event_writer_divide(); 0: never */
	_Atomic bool has_pending;      /* read by event_writer_has_pending() */
	_Atomic uint64_t details_lost; /* calls that were aggregated, their details lost */
	_Atomic uint64_t uncounted;    /* calls that were lost, because memory was refused */
};

/* Initializes WRITER. CAPACITY is that of RING; WAKE_FD is an eventfd of the reader. */
void event_writer_init(struct event_writer *writer, struct world *world, struct ring *ring,
	size_t capacity, const struct interest *interest, int wake_fd);

/* Writes that TRACEE exists, or that its process, parent or name has changed. */
void event_writer_task(struct event_writer *writer, const struct tracee *tracee, uint64_t now_ns);

/* The same if it has executed a program; TIMES are those until then, NULL if unknown. */
void event_writer_program(struct event_writer *writer, const struct tracee *tracee,
	const struct proc_times *times, uint64_t now_ns);

/*
 * Writes RECORD of a call in progress if there is plenty of room: otherwise nothing is lost but
 * what is shown of it until it ends.
 */
void event_writer_progress(struct event_writer *writer, const struct event_detail *record);

/*
 * Writes the results of STEP: the calls that ended, the one that began, the state. TRACEE may be
 * read until event_writer_gone(), so its address must not change.
 */
void event_writer_step(struct event_writer *writer, const struct tracee *tracee,
	const struct step *step, uint64_t now_ns);

/*
 * Writes the RECORD of a call that has ended, and sets its `lost`; or drops it, if most of the ring
 * is full: the rest is for what has to be counted. If interest has `waits`, waits for room instead.
 *
 * IS_EARLY: event_writer_step() has not been called for the stop that it is from. As what is
 * pending about its task must not be written before that, it is dropped if anything is pending.
 */
void event_writer_detail(struct event_writer *writer, struct event_detail *record, bool is_early);

/* Writes RECORD, or drops it if the ring is full. */
void event_writer_signal(struct event_writer *writer, const struct event_signal *record);

/*
 * Writes that TRACEE is gone, with its END and TIMES, or NULL if they were not seen; the caller
 * frees it afterwards.
 */
void event_writer_gone(struct event_writer *writer, const struct tracee *tracee,
	const struct stop *end, const struct proc_times *times, uint64_t now_ns);

/* Writes that all existing tasks have been written. Call this once the attach is done. */
void event_writer_attached(struct event_writer *writer);

/* Writes the last event. */
void event_writer_end(struct event_writer *writer, int error);

/* What is written from now on is ignored: the tracer stays, and its reader takes over. */
void event_writer_hand_over(struct event_writer *writer);

/* Writes pending entries while there is room. Returns whether none are left. */
bool event_writer_flush(struct event_writer *writer);

/*
 * For the reader: splits the sums at a time a little later than now, and returns that time: no sum
 * has both calls that ended before and after it.
 */
uint64_t event_writer_divide(struct event_writer *writer);

/* The reader's: waits until that time is over, so that the sums of another engine need not know it.
 */
void event_writer_await_division(struct event_writer *writer);

/* Any thread: whether anything is pending. */
bool event_writer_has_pending(const struct event_writer *writer);

/* Frees pending entries without writing them. */
void event_writer_drop(struct event_writer *writer);

#endif
