/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The maps of the BPF programs, and access to their records; part of count.bpf.c. */
#ifndef STOP_ENGINE_BPF_STATE_BPF_H
#define STOP_ENGINE_BPF_STATE_BPF_H

/* Written by stop before they are loaded. */
const volatile uint64_t never_fails_i386[BPF_NUMBERS / 64] = {0};
const volatile uint8_t transfer_of[BPF_ABIS][BPF_TRANSFER_NUMBERS] = {0}; /* numbers of rules */
const volatile struct bpf_transfer_rule transfer_rules[BPF_TRANSFER_RULES] = {0};

/* Written by stop while they run. */
uint64_t division_ns = 0; /* no cell has calls from both before and after it */
uint32_t is_attaching = 1;
uint32_t is_finding = 0;     /* the iterator gives slots */
uint64_t split_since_ns = 0; /* calls that began then or later are split; 0: none */
struct bpf_fill task_fill = {0}, cell_fill = {0}, row_fill = {0};

/* Written by the first run of the iterator: stop's PID namespace, and its thread that runs it. */
uint32_t our_level = 0, our_namespace = 0; /* the latter is an inode number */
uint32_t our_tid = 0, our_tgid = 0;        /* in the PID namespace of the machine */
uint64_t our_place = 0;                    /* of that thread, as in struct bpf_task */
uint64_t stack_to_place = 0;               /* difference of a stack's address and its place */

/* The command, from when it is found on. */
struct {
	uint32_t tid, slot;
} command = {0};

/* Written here. */
uint64_t serials = 0;
uint64_t errors_refused = 0; /* errors for whose number there was no memory */
uint64_t doubtful = 0;       /* tasks with BPF_TASK_DOUBTFUL */

#define CHUNKED(name, record, shift) \
	struct name##_chunk { \
		__uint(type, BPF_MAP_TYPE_ARRAY); \
		__uint(map_flags, BPF_F_MMAPABLE); \
		__uint(max_entries, 1 << (shift)); \
		__uint(key_size, sizeof(uint32_t)); \
		__uint(value_size, sizeof(record)); \
	}; \
	struct { \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); \
		__uint(max_entries, BPF_CHUNKS_MAX); \
		__type(key, uint32_t); \
		__array(values, struct name##_chunk); \
	} name SEC(".maps")

CHUNKED(tasks, struct bpf_task, BPF_TASKS_SHIFT);
CHUNKED(cells, struct bpf_cell, BPF_CELLS_SHIFT);
CHUNKED(rows, struct bpf_row, BPF_ROWS_SHIFT);

/* Indexes that stop has freed. */
uint32_t freed_tasks[BPF_FREED_MAX] = {0};
uint32_t freed_cells[BPF_FREED_MAX] = {0};
uint32_t freed_rows[BPF_FREED_MAX] = {0};

/* Cells of calls that bpf_task.cell has no place for. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 16);
	__type(key, struct bpf_cell_key);
	__type(value, uint32_t);
} other_cells SEC(".maps");

/* How often errors occurred that a cell has no place for. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 16);
	__type(key, struct bpf_error_key);
	__type(value, uint64_t);
} other_errors SEC(".maps");

/* Targets, while stop attaches; lengthened for more. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1 << 12);
	__type(key, uint32_t);
	__type(value, uint32_t);
} targets SEC(".maps");

/* Wake stop: when a process ends or moves, and when there are few free records. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} bell SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} room_bell SEC(".maps");

static void ring_bell(void)
{
	uint64_t ring = 1;
	bpf_ringbuf_output(&bell, &ring, sizeof(ring), BPF_RB_FORCE_WAKEUP);
}

static void ring_room_bell(void)
{
	uint64_t ring = 1;
	bpf_ringbuf_output(&room_bell, &ring, sizeof(ring), BPF_RB_FORCE_WAKEUP);
}

/*
 * From tid to slot: a table with tid << 32 | slot at the lower bits of the tid, and a hash for
 * those whose place is taken, at which MORE is set.
 */
#define PLACES (1 << 16)
#define MORE   BPF_MORE

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PLACES);
	__type(key, uint32_t);
	__type(value, uint64_t);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BPF_MEMBERS);
	__type(key, uint32_t);
	__type(value, uint32_t);
} more_slots SEC(".maps");

static __always_inline uint64_t *place_of(uint32_t tid)
{
	uint32_t at = tid & (PLACES - 1);
	return bpf_map_lookup_elem(&slots, &at);
}

__noinline uint32_t find_more(uint32_t tid)
{
	uint32_t *slot = bpf_map_lookup_elem(&more_slots, &tid);
	return slot ? *slot : 0;
}

/* The slot of TID, or 0. */
static __always_inline uint32_t slot_of(uint32_t tid)
{
	uint64_t *place = place_of(tid);
	if (!place)
		return 0;
	uint64_t entry = *place;
	if (entry >> 32 == tid)
		return (uint32_t)entry & ~MORE;
	return entry & MORE ? find_more(tid) : 0;
}

/* Returns false if there is no memory for it. */
static bool set_slot(uint32_t tid, uint32_t slot)
{
	uint64_t *place = place_of(tid);
	if (!place)
		return false;
	uint64_t entry = *place;
	if (entry >> 32 == 0 && __sync_val_compare_and_swap(place, entry,
					(uint64_t)tid << 32 | (entry & MORE) | slot) == entry)
		return true;
	if (bpf_map_update_elem(&more_slots, &tid, &slot, BPF_ANY))
		return false;
	__sync_fetch_and_or(place, MORE);
	return true;
}

static void clear_slot(uint32_t tid)
{
	uint64_t *place = place_of(tid);
	if (!place)
		return;
	/* Others only set MORE meanwhile, once. */
	for (int i = 0; i < 2; i++) {
		uint64_t entry = *place;
		if (entry >> 32 != tid)
			break;
		if (__sync_val_compare_and_swap(place, entry, entry & MORE) == entry)
			return;
	}
	bpf_map_delete_elem(&more_slots, &tid);
}

/*
 * From the current task to its slot, as each call on the machine asks for that: by the address of
 * its registers. They are at the same place of each task's stack in the kernel, no two tasks have
 * the same, and nothing has to be called for it. An entry is that of bpf_place_entry(); it has MORE
 * if a traced task has found its place taken, and is to be found by its tid.
 */
uint64_t places[BPF_PLACES] = {0};

/* The difference of an address and that of `places`, which the verifier takes for a number. */
static __always_inline uint64_t distance_to_places(const void *pointer)
{
	uint64_t distance;
	asm volatile("%0 = %1\n"
		     "%0 -= %2"
		     : "=&r"(distance)
		     : "r"(pointer), "r"(places));
	return distance;
}

__noinline uint32_t find_current(void)
{
	return slot_of((uint32_t)bpf_get_current_pid_tgid());
}

/* The slot of the current task, which has REGS, or 0. */
static __always_inline uint32_t current_slot(const struct pt_regs *regs)
{
	uint64_t place = distance_to_places(regs) >> BPF_PLACE_SHIFT, at = place;
	BOUND(at, BPF_PLACES - 1);
	uint64_t entry = *(volatile uint64_t *)&places[at];
	if (entry >> 32 == bpf_place_entry(place, 0) >> 32)
		return (uint32_t)entry & ~MORE;
	return entry & MORE ? find_current() : 0;
}

/* Lets the task at PLACE be found, with SLOT. Before that, it is found by its tid. */
static void set_place(uint64_t place, uint32_t slot)
{
	uint64_t at = place;
	BOUND(at, BPF_PLACES - 1);
	/* Others set or clear it meanwhile. */
	for (int i = 0; i < 4; i++) {
		uint64_t entry = *(volatile uint64_t *)&places[at];
		uint64_t ours = bpf_place_entry(place, slot) | (entry & MORE);
		if (entry == ours)
			return;
		if ((uint32_t)entry & ~MORE)
			break;
		if (__sync_val_compare_and_swap(&places[at], entry, ours) == entry)
			return;
	}
	__sync_fetch_and_or(&places[at], MORE);
}

static void clear_place(uint64_t place, uint32_t slot)
{
	uint64_t at = place, ours = bpf_place_entry(place, slot);
	BOUND(at, BPF_PLACES - 1);
	if (__sync_val_compare_and_swap(&places[at], ours, 0) != ours)
		__sync_val_compare_and_swap(&places[at], ours | MORE, MORE);
}

static __always_inline struct bpf_task *task_at(uint32_t slot)
{
	uint32_t chunk = slot >> BPF_TASKS_SHIFT, at = slot & ((1 << BPF_TASKS_SHIFT) - 1);
	void *map = bpf_map_lookup_elem(&tasks, &chunk);
	return map && slot ? bpf_map_lookup_elem(map, &at) : NULL;
}

static __always_inline struct bpf_task *task_of(uint32_t tid)
{
	return task_at(slot_of(tid));
}

static __always_inline struct bpf_cell *cell_at(uint32_t index)
{
	uint32_t chunk = index >> BPF_CELLS_SHIFT, at = index & ((1 << BPF_CELLS_SHIFT) - 1);
	void *map = bpf_map_lookup_elem(&cells, &chunk);
	return map && index ? bpf_map_lookup_elem(map, &at) : NULL;
}

static __always_inline struct bpf_row *row_at(uint32_t index)
{
	uint32_t chunk = index >> BPF_ROWS_SHIFT, at = index & ((1 << BPF_ROWS_SHIFT) - 1);
	void *map = bpf_map_lookup_elem(&rows, &chunk);
	return map && index ? bpf_map_lookup_elem(map, &at) : NULL;
}

/* Takes one of the FREED indexes; 0: there is none. */
static __always_inline uint32_t take_freed(const uint32_t *freed, struct bpf_fill *fill)
{
	/* Others take some meanwhile: after these tries, it is one that was never used. */
	for (int i = 0; i < 8; i++) {
		uint32_t head = *(volatile uint32_t *)&fill->freed_head;
		if (head == *(volatile uint32_t *)&fill->freed_tail)
			return 0;
		uint64_t at = head;
		BOUND(at, BPF_FREED_MAX - 1);
		uint32_t index = ((const volatile uint32_t *)freed)[at];
		if (__sync_val_compare_and_swap(&fill->freed_head, head, head + 1) == head)
			return index;
	}
	return 0;
}

/* The number of records that were never used; a chunk that was just added may not be among them. */
static __always_inline uint32_t left_of(const struct bpf_fill *fill)
{
	uint32_t next = *(const volatile uint32_t *)&fill->next;
	uint32_t end = *(const volatile uint32_t *)&fill->end;
	return end > next ? end - next : 0;
}

/* Whether ARRAY, of chunks of 2^SHIFT, has a record INDEX: FILL says so later than the kernel. */
static __always_inline bool has_record(
	void *array, const struct bpf_fill *fill, uint32_t shift, uint32_t index)
{
	uint32_t chunk = index >> shift;
	return index < *(const volatile uint32_t *)&fill->end || bpf_map_lookup_elem(array, &chunk);
}

/*
 * A free index of ARRAY, of chunks of 2^SHIFT; 0: there is none. Wakes stop several times while
 * less than a chunk is left.
 */
static __always_inline uint32_t take_index(
	void *array, const uint32_t *freed, struct bpf_fill *fill, uint32_t shift)
{
	uint32_t index = take_freed(freed, fill), size = 1U << shift;
	if (index)
		return index;
	if (has_record(array, fill, shift, fill->next)) {
		index = __sync_fetch_and_add(&fill->next, 1);
		if (index % (size / 8) == 0 && left_of(fill) <= size)
			ring_room_bell();
		if (has_record(array, fill, shift, index))
			return index;
	}
	__sync_fetch_and_add(&fill->refused, 1);
	return 0;
}

#endif
