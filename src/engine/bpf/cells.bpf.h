/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting a call; part of count.bpf.c. */
#ifndef STOP_ENGINE_BPF_CELLS_BPF_H
#define STOP_ENGINE_BPF_CELLS_BPF_H

#include "usage.bpf.h"

/* A kind of call: its number, its ABI, and the number of its stack. */
#define KIND_ABI_SHIFT     32
#define KIND_CAPTURE_SHIFT 34

static __always_inline uint64_t kind_of(uint32_t nr, uint32_t abi, uint32_t capture)
{
	return (uint64_t)capture << KIND_CAPTURE_SHIFT | (uint64_t)abi << KIND_ABI_SHIFT | nr;
}

static __always_inline uint32_t abi_of_kind(uint64_t kind)
{
	return kind >> KIND_ABI_SHIFT & 3;
}

static __always_inline uint32_t capture_of_kind(uint64_t kind)
{
	return kind >> KIND_CAPTURE_SHIFT;
}

__noinline uint32_t new_row(void)
{
	return take_index(&rows, freed_rows, &row_fill, BPF_ROWS_SHIFT);
}

/* A new cell for the calls of TASK with NR and ABI; 0: there is no memory. */
__noinline uint32_t new_cell(struct bpf_task *task, uint32_t nr, uint32_t abi)
{
	if (!task)
		return 0;
	uint32_t index = take_index(&cells, freed_cells, &cell_fill, BPF_CELLS_SHIFT);
	struct bpf_cell *cell = cell_at(index);
	if (!cell)
		return 0;
	cell->index = index;
	cell->nr = nr;
	cell->abi = abi;
	cell->serial = task->serial;
	barrier();
	*(volatile uint32_t *)&cell->task = task->slot;
	return index;
}

/* The same for a call without a place of its own. */
__noinline uint32_t other_cell(struct bpf_task *task, uint32_t nr, uint32_t abi, bool renew)
{
	if (!task)
		return 0;
	uint32_t writer = abi == BPF_IO_URING ? bpf_get_smp_processor_id() + 1 : 0;
	struct bpf_cell_key key = {.task = task->slot, .nr = nr, .abi = abi, .writer = writer};
	uint32_t *found = bpf_map_lookup_elem(&other_cells, &key);
	if (!found && task->unknown_calls >= BPF_UNKNOWN_MAX && nr >= BPF_NUMBERS && abi != X32) {
		key.nr = BPF_OTHER_NR;
		found = bpf_map_lookup_elem(&other_cells, &key);
	}
	if (!found) {
		/* No cell without a way to find it again. */
		uint32_t none = 0;
		if (bpf_map_update_elem(&other_cells, &key, &none, BPF_ANY))
			return 0;
		found = bpf_map_lookup_elem(&other_cells, &key);
		if (nr >= BPF_NUMBERS)
			task->unknown_calls++;
	}
	if (!found)
		return 0;
	if (!*found || renew) {
		*found = new_cell(task, key.nr, abi);
		struct bpf_cell *cell = cell_at(*found);
		if (cell)
			cell->writer = writer;
	}
	return *found;
}

/* In stacks.bpf.h. */
uint32_t captured_cell(struct bpf_task *task, uint64_t kind, bool renew);

/*
 * The cell for the calls of TASK of KIND. RENEW: a new one takes its place. 0: there is no memory.
 */
static __always_inline uint32_t find_cell(struct bpf_task *task, uint64_t kind, bool renew)
{
	uint32_t nr = (uint32_t)kind, abi = abi_of_kind(kind);
	if (capture_of_kind(kind)) {
		uint32_t captured = captured_cell(task, kind, renew);
		if (captured)
			return captured;
	}
	if (abi != X86_64 || nr >= BPF_NUMBERS)
		return other_cell(task, nr, abi, renew);
	uint64_t at = nr;
	BOUND(at, BPF_NUMBERS - 1);
	uint32_t index = task->cell[at];
	if (!index || renew) {
		index = new_cell(task, nr, abi);
		task->cell[at] = index;
	}
	return index;
}

static void begin_write(struct bpf_cell *cell)
{
	*(volatile uint64_t *)&cell->sequence = cell->sequence + 1;
	barrier();
}

static void end_write(struct bpf_cell *cell)
{
	barrier();
	*(volatile uint64_t *)&cell->sequence = cell->sequence + 1;
}

/* Puts a new cell in the place of OLD, whose calls are before the division. */
static __always_inline uint32_t replace_cell(struct bpf_task *task, struct bpf_cell *old)
{
	uint32_t index = find_cell(task, kind_of(old->nr, old->abi, old->capture), true);
	barrier();
	*(volatile uint32_t *)&old->is_done = 1;
	return index;
}

/* Whether a call from FROM_NS to NOW_NS was in progress at the division. */
static __always_inline bool is_divided(uint64_t from_ns, uint64_t now_ns)
{
	return from_ns < division_ns && now_ns > division_ns;
}

/* Whether CELL is of the time before the division, and a call that began at FROM_NS is not. */
static __always_inline bool is_outdated(const struct bpf_cell *cell, uint64_t from_ns)
{
	return cell->from_ns && cell->from_ns < division_ns && from_ns >= division_ns;
}

/* The number of the cell for a call from FROM_NS to NOW_NS; 0: there is no memory. */
__noinline uint32_t any_cell(
	struct bpf_task *task, uint64_t kind, uint64_t from_ns, uint64_t now_ns)
{
	if (!task)
		return 0;
	if (is_divided(from_ns, now_ns)) {
		uint32_t index = new_cell(task, (uint32_t)kind, abi_of_kind(kind));
		struct bpf_cell *cell = cell_at(index);
		if (cell)
			cell->capture = capture_of_kind(kind);
		return index;
	}
	uint32_t index = find_cell(task, kind, false);
	struct bpf_cell *cell = cell_at(index);
	return cell && is_outdated(cell, from_ns) ? replace_cell(task, cell) : index;
}

/* The cell that TASK has for the calls of KIND, if that is one of the usual; or NULL. */
static __always_inline struct bpf_cell *usual_cell(const struct bpf_task *task, uint64_t kind)
{
	uint64_t nr = kind;
	if (kind >= kind_of(BPF_NUMBERS, X86_64, 0))
		return NULL;
	BOUND(nr, BPF_NUMBERS - 1);
	return cell_at(task->cell[nr]);
}

/*
 * The cell for a call from FROM_NS to NOW_NS, or NULL if there is no memory: then it is not
 * counted. All that is not usual is in a function of its own, which the verifier looks at once.
 */
static __always_inline struct bpf_cell *cell_for(
	struct bpf_task *task, uint64_t kind, uint64_t from_ns, uint64_t now_ns)
{
	struct bpf_cell *cell = usual_cell(task, kind);
	if (!cell || is_divided(from_ns, now_ns) || is_outdated(cell, from_ns))
		cell = cell_at(any_cell(task, kind, from_ns, now_ns));
	if (!cell)
		__sync_fetch_and_add(&task->uncounted, 1);
	return cell;
}

static __always_inline void finish_write(struct bpf_cell *cell, uint64_t from_ns, uint64_t now_ns)
{
	if (!cell->from_ns || from_ns < cell->from_ns)
		cell->from_ns = from_ns;
	cell->until_ns = now_ns;
	end_write(cell);
	if (is_divided(from_ns, now_ns))
		*(volatile uint32_t *)&cell->is_done = 1;
}

__noinline int add_other_error(uint32_t index, uint32_t err)
{
	struct bpf_error_key key = {.cell = index, .err = err};
	uint64_t one = 1, *count = bpf_map_lookup_elem(&other_errors, &key);
	if (count)
		(*count)++;
	else if (bpf_map_update_elem(&other_errors, &key, &one, BPF_ANY))
		__sync_fetch_and_add(&errors_refused, 1);
	return 0;
}

static __always_inline void add_error(struct bpf_cell *cell, uint32_t err)
{
	cell->errors++;
	for (int i = 0; i < BPF_ERRORS; i++) {
		if (cell->error[i].err == 0)
			cell->error[i].err = err;
		if (cell->error[i].err == err) {
			cell->error[i].count++;
			return;
		}
	}
	cell->more_errors++;
	add_other_error(cell->index, err);
}

/* 1 if VALUE is more than LIMIT, else 0; both are less than 2^63. */
static __always_inline uint64_t is_more(uint64_t value, uint64_t limit)
{
	return (limit - value) >> 63;
}

/*
 * Without branches: the verifier would follow each of the 63 ways through them to the end of the
 * program, and the processor would guess them wrong.
 */
static __always_inline uint64_t log2_of(uint64_t value)
{
	uint64_t bits = is_more(value, 0xffffffff) << 5, more;
	value >>= bits;
	more = is_more(value, 0xffff) << 4;
	value >>= more;
	bits += more;
	more = is_more(value, 0xff) << 3;
	value >>= more;
	bits += more;
	more = is_more(value, 0xf) << 2;
	value >>= more;
	bits += more;
	more = is_more(value, 0x3) << 1;
	value >>= more;
	return bits + more + (value >> 1);
}

/* Adds VALUE² to the 128 bits of SUM. */
static __always_inline void add_square(uint64_t sum[2], uint64_t value)
{
	uint64_t low = value & UINT32_MAX, high = value >> 32, part = low * low;
	sum[0] += part;
	sum[1] += sum[0] < part;
	if (!high)
		return;
	uint64_t middle = low * high; /* · 2^33 */
	part = middle << 33;
	sum[0] += part;
	sum[1] += (sum[0] < part) + (middle >> 31) + high * high;
}

static __always_inline void add_to_histogram(struct bpf_cell *cell, uint64_t value)
{
	uint64_t octave = 0, step = value;
	if (value >= BPF_STEPS) {
		uint64_t bits = log2_of(value);
		octave = bits - BPF_STEP_BITS + 1;
		step = value >> (bits - BPF_STEP_BITS);
	}
	BOUND(octave, 63);
	BOUND(step, BPF_STEPS - 1);
	if (octave >= BPF_OCTAVES)
		return; /* it cannot be */
	uint32_t index = cell->row[octave];
	if (!index)
		cell->row[octave] = index = new_row();
	struct bpf_row *row = row_at(index);
	if (row)
		row->count[step]++;
	else
		cell->unplaced++;
}

/* How a call ended. */
struct ending {
	uint64_t now_ns;
	uint64_t bytes;     /* transferred */
	uint64_t before_ns; /* of a partial call: as in struct bpf_call */
	int64_t result;
	uint32_t err;  /* errno, or 0 */
	uint32_t gate; /* number of the gates that reject its details, or 0 */
};

/* The gates with number GATE have rejected the details of a call of CELL. */
static __always_inline void add_rejected(struct bpf_cell *cell, uint32_t gate)
{
	if (cell->gate != gate)
		cell->rejected = 0;
	cell->gate = gate;
	cell->rejected++;
}

/* Adds a call that took SPAN_NS and ended as ENDING to CELL, which is being written. */
static __always_inline void add_whole(
	struct bpf_cell *cell, uint64_t span_ns, const struct ending *ending)
{
	if (span_ns < cell->min_ns || cell->calls == cell->partial)
		cell->min_ns = span_ns;
	if (span_ns > cell->max_ns)
		cell->max_ns = span_ns;
	cell->calls++;
	cell->bytes += ending->bytes;
	cell->total_ns += span_ns;
	add_square(cell->squares, span_ns);
	add_to_histogram(cell, span_ns);
	if (ending->err)
		add_error(cell, ending->err);
	if (ending->gate)
		add_rejected(cell, ending->gate);
}

/* Adds CALL, of which `after` is valid, with a complete time. */
static __always_inline void count_whole(
	struct bpf_task *task, const struct bpf_call *call, const struct ending *ending)
{
	uint64_t from_ns = call->enter_ns, now_ns = ending->now_ns;
	uint64_t kind = kind_of(call->nr, call->abi, call->capture);
	struct bpf_cell *cell = cell_for(task, kind, from_ns, now_ns);
	if (!cell)
		return;
	begin_write(cell);
	add_whole(cell, now_ns - from_ns, ending);
	add_usage(cell, call, now_ns - from_ns);
	finish_write(cell, from_ns, now_ns);
}

/* Adds a call of KIND that took longer than since FROM_NS. */
__noinline int count_partial(
	struct bpf_task *task, uint64_t kind, uint64_t from_ns, const struct ending *ending)
{
	if (!task || !ending)
		return 0;
	uint64_t now_ns = ending->now_ns;
	struct bpf_cell *cell = cell_for(task, kind, from_ns, now_ns);
	if (!cell)
		return 0;
	uint64_t span_ns = now_ns - from_ns;
	begin_write(cell);
	if (span_ns + ending->before_ns > cell->max_ns)
		cell->max_ns = span_ns + ending->before_ns;
	cell->calls++;
	cell->partial++;
	cell->bytes += ending->bytes;
	cell->total_ns += span_ns;
	cell->partial_ns += span_ns;
	if (ending->err)
		add_error(cell, ending->err);
	if (ending->gate)
		add_rejected(cell, ending->gate);
	finish_write(cell, from_ns, now_ns);
	return 0;
}

/* In details.bpf.h. */
static __always_inline bool are_details_wanted(void);
uint32_t rejecting_gates(
	const struct bpf_task *task, const struct bpf_call *call, const struct ending *ending);
int drop_detail(const struct bpf_task *task, const struct bpf_call *call);
int end_detail(struct bpf_task *task, const struct bpf_call *call, uint64_t end_ns, uint64_t how);

/* Ends CALL of TASK at END_NS. */
__noinline int end_call(
	struct bpf_task *task, const struct bpf_call *call, uint64_t end_ns, uint32_t err)
{
	if (!task || !call)
		return 0;
	struct ending ending = {.now_ns = end_ns, .before_ns = call->before_ns, .err = err};
	if (are_details_wanted())
		ending.gate = rejecting_gates(task, call, &ending);
	if (call->partial)
		count_partial(
			task, kind_of(call->nr, call->abi, call->capture), call->enter_ns, &ending);
	else
		count_whole(task, call, &ending);
	if (ending.gate)
		drop_detail(task, call);
	else if (are_details_wanted())
		end_detail(task, call, end_ns, err);
	return 0;
}

#endif
