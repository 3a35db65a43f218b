/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading cells; see engine/bpf/cell_reader.h. */
#include "config.h"

#include "engine/bpf/cell_reader.h"

#include <string.h>

#include "base/alloc.h"
#include "engine/bpf/kernel_side.h"

/*
 * Attempts to copy a cell that is being written, which takes less than a microsecond. If its CPU is
 * a virtual one that does not run, it can take long: then the next sweep reads it.
 */
#define COPY_TRIES 64

/* Errors are below this: MAX_ERRNO of the kernel. */
#define ERRORS_END 4096

struct cell_reader {
	struct kernel_side *side;
	struct view **views; /* by index of the cell */
	size_t view_count;
	struct bpf_row *rows; /* as read last */
	size_t row_count;
};

struct cell_reader *cell_reader_new(struct kernel_side *side)
{
	struct cell_reader *reader = xcalloc(1, sizeof(*reader));
	reader->side = side;
	return reader;
}

static void free_view(struct view *view)
{
	if (!view)
		return;
	tally_clear(&view->tally);
	xfree(view->more_errors);
	xfree(view);
}

void cell_reader_free(struct cell_reader *reader)
{
	if (!reader)
		return;
	for (size_t i = 0; i < reader->view_count; i++)
		free_view(reader->views[i]);
	xfree(reader->views);
	xfree(reader->rows);
	xfree(reader);
}

/* Views. */

uint32_t cell_reader_end(struct cell_reader *reader)
{
	uint32_t end = kernel_side_end(reader->side, KERNEL_CELLS);
	reader->views = xlengthen(reader->views, &reader->view_count, end, sizeof(*reader->views));
	return end;
}

struct view *cell_reader_view(const struct cell_reader *reader, uint32_t index)
{
	return reader->views[index];
}

struct view *cell_reader_add(struct cell_reader *reader, uint32_t index)
{
	struct view *view = xcalloc(1, sizeof(*view));
	view->index = index;
	reader->views[index] = view;
	return view;
}

bool cell_reader_has_news(const struct cell_reader *reader, uint32_t index)
{
	const struct bpf_cell *cell = kernel_side_cell(reader->side, index);
	const struct view *view = reader->views[index];
	uint64_t sequence = __atomic_load_n(&cell->sequence, __ATOMIC_RELAXED);
	bool is_done = __atomic_load_n(&cell->is_done, __ATOMIC_ACQUIRE);
	return sequence && (!view || view->last.sequence != sequence || is_done);
}

/* Copies. */

/* A cell and its rows, all of the same moment. */
struct copy {
	struct bpf_cell cell;
	struct bpf_row row[BPF_OCTAVES];
};

static void copy_parts(
	const struct cell_reader *reader, const struct bpf_cell *cell, struct copy *copy)
{
	memcpy(&copy->cell, cell, sizeof(copy->cell));
	for (unsigned int octave = 0; octave < BPF_OCTAVES; octave++) {
		uint32_t index = copy->cell.row[octave];
		/* A cell that is being written can have one that is new to us. */
		if (index && index < kernel_side_end(reader->side, KERNEL_ROWS))
			copy->row[octave] = *kernel_side_row(reader->side, index);
	}
}

/* Copies a cell. Returns whether the copy is whole. */
static bool copy_cell(
	const struct cell_reader *reader, const struct bpf_cell *cell, struct copy *copy)
{
	for (int i = 0; i < COPY_TRIES; i++) {
		uint64_t before = __atomic_load_n(&cell->sequence, __ATOMIC_ACQUIRE);
		if (before & 1)
			continue;
		copy_parts(reader, cell, copy);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (__atomic_load_n(&cell->sequence, __ATOMIC_RELAXED) == before)
			return true;
	}
	return false;
}

static struct bpf_row *last_row(struct cell_reader *reader, uint32_t index)
{
	reader->rows = xlengthen(
		reader->rows, &reader->row_count, (size_t)index + 1, sizeof(*reader->rows));
	return &reader->rows[index];
}

/* Adds to VIEW what is in a ROW of OCTAVE, INDEX, and was not when it was last read. */
static void take_row(struct cell_reader *reader, struct view *view, const struct bpf_row *row,
	uint32_t index, unsigned int octave)
{
	struct bpf_row *last = last_row(reader, index);
	for (unsigned int step = 0; step < BPF_STEPS; step++) {
		uint32_t added = row->count[step] - last->count[step];
		if (added)
			tally_add_bucket(&view->tally, octave * BPF_STEPS + step, added);
	}
	*last = *row;
}

/* The count of ERR in CELL. */
static uint64_t error_count(const struct bpf_cell *cell, uint32_t err)
{
	for (unsigned int i = 0; i < BPF_ERRORS; i++) {
		if (cell->error[i].err == err)
			return cell->error[i].count;
	}
	return 0;
}

/*
 * Adds the ADDED errors that VIEW's cell has no place for. The hash may have later ones by now:
 * these are left for the next time.
 */
static void take_more_errors(struct cell_reader *reader, struct view *view, uint64_t added)
{
	if (!view->more_errors)
		view->more_errors = xcalloc(ERRORS_END, sizeof(*view->more_errors));
	for (uint32_t err = 1; err < ERRORS_END && added; err++) {
		uint64_t count = kernel_side_error(reader->side, view->index, err);
		uint64_t new = count - view->more_errors[err];
		if (new > added)
			new = added;
		if (new)
			tally_add_error(&view->tally, (int)err, new);
		view->more_errors[err] += new;
		added -= new;
	}
}

static void take_errors(struct cell_reader *reader, struct view *view, const struct bpf_cell *cell)
{
	for (unsigned int i = 0; i < BPF_ERRORS; i++) {
		uint32_t err = cell->error[i].err;
		uint64_t added = cell->error[i].count - error_count(&view->last, err);
		if (err && added)
			tally_add_error(&view->tally, (int)err, added);
	}
	if (cell->more_errors != view->last.more_errors)
		take_more_errors(reader, view, cell->more_errors - view->last.more_errors);
}

static struct usage usage_added(const struct bpf_usage *now, const struct bpf_usage *last)
{
	return (struct usage){
		.calls = now->calls - last->calls,
		.voluntary = now->voluntary - last->voluntary,
		.involuntary = now->involuntary - last->involuntary,
		.minor_faults = now->minor_faults - last->minor_faults,
		.major_faults = now->major_faults - last->major_faults,
		.runnable_ns = now->runnable_ns - last->runnable_ns,
	};
}

static struct split split_added(const struct bpf_split *now, const struct bpf_split *last)
{
	return (struct split){
		.calls = now->calls - last->calls,
		.total_ns = now->total_ns - last->total_ns,
		.runnable_ns = now->runnable_ns - last->runnable_ns,
		.blocked_ns = now->blocked_ns - last->blocked_ns,
	};
}

static struct tally_counts counts_added(const struct bpf_cell *cell, const struct bpf_cell *last)
{
	unsigned __int128 now = (unsigned __int128)cell->squares[1] << 64 | cell->squares[0];
	unsigned __int128 before = (unsigned __int128)last->squares[1] << 64 | last->squares[0];
	uint64_t unplaced = cell->unplaced - last->unplaced;
	return (struct tally_counts){
		.calls = cell->calls - last->calls,
		.errors = cell->errors - last->errors,
		.partial = cell->partial - last->partial + unplaced,
		.bytes = cell->bytes - last->bytes,
		.total_ns = cell->total_ns - last->total_ns,
		.partial_ns = cell->partial_ns - last->partial_ns,
		.min_ns = cell->min_ns,
		.max_ns = cell->max_ns,
		.squares = {(uint64_t)(now - before), (uint64_t)((now - before) >> 64)},
		.usage = usage_added(&cell->usage, &last->usage),
		.split = split_added(&cell->split, &last->split),
	};
}

/* Adds the calls that gates have rejected since the last copy; of older gates they do not matter.
 */
static void take_rejected(struct view *view, const struct bpf_cell *cell)
{
	bool is_same = cell->gate == view->last.gate;
	uint64_t added = cell->rejected - (is_same ? view->last.rejected : 0);
	if (view->gate != cell->gate)
		view->rejected = 0;
	view->gate = (uint16_t)cell->gate;
	view->rejected += added;
}

/* Adds what is new in a COPY of VIEW's cell to its tally. Returns the number of calls. */
static uint64_t take_copy(struct cell_reader *reader, struct view *view, const struct copy *copy)
{
	const struct bpf_cell *cell = &copy->cell;
	struct tally_counts counts = counts_added(cell, &view->last);
	tally_add_counts(&view->tally, &counts);
	for (unsigned int octave = 0; octave < BPF_OCTAVES; octave++) {
		if (cell->row[octave])
			take_row(reader, view, &copy->row[octave], cell->row[octave], octave);
	}
	take_errors(reader, view, cell);
	take_rejected(view, cell);
	view->from_ns = cell->from_ns;
	view->until_ns = cell->until_ns;
	view->last = *cell;
	return counts.calls;
}

uint64_t cell_reader_read(struct cell_reader *reader, struct view *view)
{
	const struct bpf_cell *cell = kernel_side_cell(reader->side, view->index);
	bool is_done = __atomic_load_n(&cell->is_done, __ATOMIC_ACQUIRE);
	struct copy copy;
	if (!copy_cell(reader, cell, &copy))
		return 0;
	view->is_done = is_done;
	return copy.cell.sequence != view->last.sequence ? take_copy(reader, view, &copy) : 0;
}

void cell_reader_drop(struct cell_reader *reader, struct view *view)
{
	for (unsigned int octave = 0; octave < BPF_OCTAVES; octave++) {
		uint32_t row = view->last.row[octave];
		if (!row)
			continue;
		*last_row(reader, row) = (struct bpf_row){0};
		kernel_side_recycle(reader->side, KERNEL_ROWS, row);
	}
	for (uint32_t err = 1; view->more_errors && err < ERRORS_END; err++) {
		if (view->more_errors[err])
			kernel_side_forget_error(reader->side, view->index, err);
	}
	reader->views[view->index] = NULL;
	kernel_side_recycle(reader->side, KERNEL_CELLS, view->index);
	free_view(view);
}
