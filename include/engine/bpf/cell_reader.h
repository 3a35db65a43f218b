/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the kernel's cells: what was added to each since it was last read.
 *
 *     cell and its rows ──copy that is whole──▶ difference to the last copy ──▶ tally of its view
 *
 * Not locked: one thread at a time.
 */
#ifndef STOP_ENGINE_BPF_CELL_READER_H
#define STOP_ENGINE_BPF_CELL_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/bpf/records.h"
#include "event/event.h"
#include "event/tally.h"

struct kernel_side;
struct cell_reader;

/* A cell, as far as it has been read. */
struct view {
	struct view *next; /* of the same task */
	uint32_t index;
	struct bpf_cell last; /* as read last */
	struct tally tally;   /* what was added and has not been written */
	struct sum_cursor cursor;
	uint64_t from_ns, until_ns; /* of the tally */
	uint16_t gate;              /* as in struct event_sum, like … */
	uint64_t rejected;
	bool is_done;          /* the kernel does not write it any more */
	uint64_t *more_errors; /* by errno, those in a hash that have been read; or NULL */
};

/* A new reader of the cells of SIDE. Freed, with all views, by cell_reader_free(). */
struct cell_reader *cell_reader_new(struct kernel_side *side);
void cell_reader_free(struct cell_reader *reader);

/* The first index of a cell that has never been used. Call it before the following functions. */
uint32_t cell_reader_end(struct cell_reader *reader);

/* Whether the cell INDEX has changed since it was read. */
bool cell_reader_has_news(const struct cell_reader *reader, uint32_t index);

/* The view of the cell INDEX; NULL: there is none. */
struct view *cell_reader_view(const struct cell_reader *reader, uint32_t index);

/* Adds a view of the cell INDEX, which has none. */
struct view *cell_reader_add(struct cell_reader *reader, uint32_t index);

/*
 * Reads the cell of VIEW: adds what is new to its tally. Returns the number of calls; 0 also if it
 * was being written all the time: then the next sweep reads it.
 */
uint64_t cell_reader_read(struct cell_reader *reader, struct view *view);

/* Frees the cell of VIEW, which was read to its end, and VIEW. */
void cell_reader_drop(struct cell_reader *reader, struct view *view);

#endif
