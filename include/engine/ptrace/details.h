/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Details of calls: reads the memory that the arguments of a call point to, at its entry and exit
 * stop, and makes an EVENT_DETAIL of it, for calls for which interest requests that.
 *
 *     entry stop ──▶ details_enter(): what the kernel will read ──▶ kept with the current call
 *     exit stop ───▶ details_end(): that, and what the kernel has written ──▶ event_writer_detail()
 *
 * What is kept follows the call through interruptions and restarts, as it is part of struct
 * current_call; it is freed when the call ends. All of it is bounded, as is what is read at a stop.
 * Memory is read by the rules of engine/ptrace/pages.h; what was not resident at the entry is tried
 * once more at the exit, when the kernel has accessed it.
 *
 * Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_DETAILS_H
#define STOP_ENGINE_PTRACE_DETAILS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/ptrace/state/tracee.h"

struct entry_memory;
struct event_detail;
struct event_writer;
struct interest;
struct pages;
struct world;

struct details {
	struct world *world;
	const struct interest *interest;
	struct pages *pages;
	struct event_writer *writer;
	struct event_detail *record; /* buffer for a record; owned; NULL until it is needed */
	bool is_made;                /* `record` is to be written */
	bool is_in_progress;         /* it is, of a call in progress; not both */
	struct event_signal signal;  /* likewise, if has_signal */
	bool has_signal;
	struct entry_memory *first; /* what is kept of calls in progress; owned */
	size_t kept;                /* size of that in bytes */
};

void details_init(struct details *details, struct world *world, const struct interest *interest,
	struct pages *pages, struct event_writer *writer);

/* Frees what DETAILS owns; no tracee's call may have `memory` afterwards. */
void details_clear(struct details *details);

/* TRACEE, at an entry stop, has begun its current call. FOUND: it existed before the attach. */
void details_enter(struct details *details, struct tracee *tracee, bool found);

/*
 * The calls of TRACEE in STEP have ended. IS_STOPPED: it is at the exit stop of the last one, so
 * that its memory can be read. The details of the last one are written by details_write(). Sets
 * their `gate`, for event_writer_step().
 */
void details_end(struct details *details, struct tracee *tracee, struct step *step, bool is_stopped,
	bool found);

/* Writes the records that the functions here have made, after event_writer_step(). */
void details_write(struct details *details);

/* TRACEE executes another program: the memory of its call is gone. */
void details_exec(struct tracee *tracee);

/* TRACEE, stopped at NOW_NS, is about to get a signal: that is a record, if it is requested. */
void details_signal(struct details *details, const struct tracee *tracee, uint64_t now_ns);

#endif
