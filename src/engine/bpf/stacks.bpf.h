/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks; part of count.bpf.c. See engine/bpf/stack_records.h. */
#ifndef STOP_ENGINE_BPF_STACKS_BPF_H
#define STOP_ENGINE_BPF_STACKS_BPF_H

#include "cells.bpf.h"

#include "engine/bpf/stack_records.h"

struct bpf_stacks stacks = {0};

/* A copy in the making, by CPU: no program that uses it is interrupted by another that does. */
struct stack_room {
	struct bpf_stack stack;
	char spare[2 * PAGE_SIZE]; /* zeros behind a copy; and what the verifier cannot exclude */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, uint32_t);
	__type(value, struct stack_room);
} stack_room SEC(".maps");

/* Large maps exist once stacks are wanted: stop puts them into these. */
#define LATER(name, kind) \
	struct { \
		__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); \
		__uint(max_entries, 1); \
		__type(key, uint32_t); \
		__array(values, kind); \
	} name SEC(".maps")

struct stack_ring_kind {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* Numbers by hash; those not met for long are dropped. */
struct known_kind {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1);
	__uint(key_size, 2 * sizeof(uint64_t));
	__uint(value_size, sizeof(uint32_t));
};

struct captured_kind {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(struct bpf_cell_key));
	__uint(value_size, sizeof(uint32_t));
};

LATER(stack_ring, struct stack_ring_kind);
LATER(known_stacks, struct known_kind);
LATER(captured_cells, struct captured_kind);

/* User addresses are in between. */
#define LOWEST_ADDRESS  0x1000
#define HIGHEST_ADDRESS 0x7fffffffffffULL

/* Larger mappings of code make a filter incomplete. */
#define RANGE_GRANULES  128

/* What was mapped. */
#define MAPPED_CODE     1
#define MAPPED_FILE     2

#define PROT_EXEC       4
#define MAP_ANONYMOUS   0x20
#define SHM_EXEC        0100000

/* Every so often, the end of a stack is looked for again. */
#define RECHECK_CUTS    256

static __always_inline struct bpf_space *space_at(uint32_t tgid)
{
	uint64_t at = tgid;
	BOUND(at, BPF_SPACES - 1);
	return &stacks.space[at];
}

/* The filter of SPACE, the memory of process TGID, if it is complete; otherwise 0. */
static __always_inline uint32_t filter_of(const struct bpf_space *space, uint32_t tgid)
{
	if (space->tgid != tgid || space->filter_additions != space->additions)
		return 0;
	return space->filter;
}

static __always_inline const struct bpf_filter *filter_at(uint64_t at)
{
	BOUND(at, BPF_FILTERS - 1);
	return &stacks.filter[at];
}

static __always_inline bool is_code(const struct bpf_filter *filter, uint64_t address)
{
	uint64_t bit = bpf_filter_bit(address), at = bit >> 6;
	BOUND(at, BPF_FILTER_WORDS - 1);
	return filter->word[at] >> (bit & 63) & 1;
}

/* Hashing. */

/* A hash in the making: of a copy of SIZE bytes from BASE. */
struct hashing {
	uint64_t hash[2];
	uint64_t base, size;
};

static __always_inline void hash_value(struct hashing *hashing, uint64_t value)
{
	uint64_t *hash = hashing->hash;
	hash[0] = (hash[0] ^ value) * 0x9e3779b97f4a7c15ULL;
	hash[0] ^= hash[0] >> 32;
	hash[1] = (hash[1] + value) * 0xd6e8feb86659fd93ULL;
	hash[1] ^= hash[1] >> 29;
}

/* Adds VALUE, found at place AT, if unwinding can depend on it. */
static __always_inline void hash_word(
	struct hashing *hashing, const struct bpf_filter *filter, uint64_t at, uint64_t value)
{
	if (value - LOWEST_ADDRESS > HIGHEST_ADDRESS)
		return;
	uint64_t offset = value - hashing->base;
	if (offset < hashing->size)
		value = offset | 1ULL << 47;
	else if (!is_code(filter, value))
		return;
	hash_value(hashing, value | at << 48);
}

/* Words that the verifier looks at by themselves: with all at once, it would not come to an end. */
#define PIECE_WORDS 64

struct piece {
	uint64_t word[PIECE_WORDS];
};

/* Adds PIECE, the words at place AT. */
__noinline int hash_piece(struct hashing *hashing, const struct bpf_filter *filter,
	const struct piece *piece, uint64_t at)
{
	if (!hashing || !filter || !piece)
		return 0;
	struct hashing local = *hashing;
	for (uint32_t i = 0; i < PIECE_WORDS; i++)
		hash_word(&local, filter, at + i, piece->word[i]);
	hashing->hash[0] = local.hash[0];
	hashing->hash[1] = local.hash[1];
	return 0;
}

/* Adds the words of COPY. */
static __always_inline void hash_words(
	struct hashing *hashing, const struct bpf_filter *filter, struct bpf_stack *copy)
{
	uint64_t end = copy->size / 8;
	if (end % PIECE_WORDS) {
		BOUND(end, 2 * BPF_STACK_MAX / 8 - 1);
		if (end <= BPF_STACK_MAX / 8)
			__builtin_memset(copy->words + end, 0, sizeof(struct piece));
	}
	for (uint32_t at = 0; at < BPF_STACK_MAX / 8; at += PIECE_WORDS) {
		if (at >= end)
			break;
		hash_piece(hashing, filter, (const struct piece *)(copy->words + at), at);
	}
}

/* Hashes COPY, of a process with SPACE: whose stack it is, where, the registers and the words. */
static __always_inline void hash_copy(struct bpf_stack *copy, const struct bpf_space *space)
{
	copy->filter = filter_of(space, copy->kernel_tgid);
	const struct bpf_filter *filter = filter_at(copy->filter);
	struct hashing hashing = {
		.hash = {stacks.seed[0], stacks.seed[1]},
		.base = copy->base,
		.size = copy->size,
	};
	/* An addition can be where other code was before: with a filter, that is known. */
	hash_value(&hashing, (uint64_t)copy->kernel_tgid << 32 | copy->replaced);
	hash_value(&hashing, copy->filter ? 0 : 1 | (uint64_t)copy->additions << 32);
	hash_value(&hashing, copy->size | (uint64_t)copy->is_compat << 32);
	hash_value(&hashing, copy->reg[UNWIND_IP]);
	if (!is_code(filter, copy->reg[UNWIND_LINK]))
		copy->reg[UNWIND_LINK] = 0;
	for (uint32_t i = 0; i < BPF_STACK_REGS; i++) {
		if (i != UNWIND_IP && i != UNWIND_SP)
			hash_word(&hashing, filter, BPF_STACK_MAX / 8 + i, copy->reg[i]);
	}
	hash_words(&hashing, filter, copy);
	copy->hash[0] = hashing.hash[0];
	copy->hash[1] = hashing.hash[1];
}

/* Copying. */

/* The number of bytes to copy for a call of process TGID, in stop's PID namespace, at IP. */
static __always_inline uint32_t wanted_size(uint32_t tgid, uint64_t ip)
{
	/* As in event/stack_copy.c. */
	uint64_t place = (ip ^ (uint64_t)tgid << 20) * 0x9e3779b97f4a7c15ULL >> 32;
	BOUND(place, BPF_STACK_PLACES - 1);
	return stacks.size[place];
}

/*
 * Reads the rest of a page, of WANTED bytes at ADDRESS of which DONE have been read. Returns its
 * size; 0: it cannot be read.
 */
__noinline uint32_t read_page(uint64_t address, uint64_t wanted, uint64_t done)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct bpf_stack *copy = bpf_map_lookup_elem(&stack_room, &cpu);
	uint64_t size = PAGE_SIZE - ((address + done) & (PAGE_SIZE - 1));
	if (!copy || done >= wanted)
		return 0;
	if (size > wanted - done)
		size = wanted - done;
	BOUND(done, BPF_STACK_MAX - 1);
	BOUND(size, 2 * PAGE_SIZE - 1);
	return bpf_probe_read_user((char *)copy->words + done, size, (void *)(address + done))
	               ? 0
	               : size;
}

/* Reads up to WANTED bytes at ADDRESS, to the first page that cannot be read. Returns their number.
 */
static __always_inline uint64_t read_pages(uint64_t address, uint64_t wanted)
{
	uint64_t done = 0;
	for (uint32_t i = 0; i <= BPF_STACK_MAX / PAGE_SIZE; i++) {
		uint64_t size = read_page(address, wanted, done);
		if (!size)
			break;
		done += size;
	}
	return done;
}

/* Copies the stack of TASK from COPY's base on. */
static __always_inline void read_stack(struct bpf_task *task, struct bpf_stack *copy)
{
	uint64_t size = copy->wanted;
	uint64_t left = task->stack_end - copy->base;
	if (left < size && ++task->stack_cuts % RECHECK_CUTS)
		size = left & ~7ULL;
	BOUND(size, 2 * BPF_STACK_MAX - 1);
	if (size > BPF_STACK_MAX)
		size = BPF_STACK_MAX;
	if (bpf_probe_read_user(copy->words, size, (void *)copy->base)) {
		size = read_pages(copy->base, size);
		task->stack_end = copy->base + size;
	}
	copy->size = size;
}

/*
 * Whether the calling task's stack was hashed in the room of this CPU. TASK: its record.
 */
__noinline int hash_stack(struct bpf_task *task)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct bpf_stack *copy = bpf_map_lookup_elem(&stack_room, &cpu);
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	if (!task || !copy)
		return 0;
	struct bpf_space *space = space_at(task->tgid);
	copy->kernel_tgid = task->tgid;
	copy->programs = space->programs;
	copy->replaced = space->replaced;
	copy->additions = space->additions;
	copy->is_compat = is_compat(regs);
	read_unwind_regs(copy->reg, regs);
	copy->base = copy->reg[UNWIND_SP] - RED_ZONE;
	copy->wanted = wanted_size(task->our_tgid, copy->reg[UNWIND_IP]);
	if (copy->is_compat) {
		__builtin_memset(copy->reg, 0, sizeof(copy->reg));
		copy->wanted = 0;
	}
	read_stack(task, copy);
	hash_copy(copy, space);
	return 1;
}

static __always_inline void *known_map(void)
{
	uint32_t zero = 0;
	return bpf_map_lookup_elem(&known_stacks, &zero);
}

/* Sends the copy on this CPU, which is of a stack of TASK that is not known. Returns its number. */
__noinline uint32_t send_stack(struct bpf_task *task)
{
	uint32_t cpu = bpf_get_smp_processor_id(), zero = 0;
	struct bpf_stack *copy = bpf_map_lookup_elem(&stack_room, &cpu);
	void *ring = bpf_map_lookup_elem(&stack_ring, &zero), *known = known_map();
	if (!task || !copy || !ring || !known || stacks.last >= BPF_CAPTURE_MAX)
		return BPF_CAPTURE_LOST;
	uint32_t number = __sync_fetch_and_add(&stacks.last, 1) + 1;
	uint64_t size = copy->size;
	BOUND(size, 2 * BPF_STACK_MAX - 1);
	if (size > BPF_STACK_MAX)
		return BPF_CAPTURE_LOST;
	copy->number = number;
	copy->tid = task->our_tid;
	copy->tgid = task->our_tgid;
	if (bpf_ringbuf_output(ring, copy, sizeof(*copy) - BPF_STACK_MAX + size, 0))
		return BPF_CAPTURE_LOST;
	if (bpf_map_update_elem(known, copy->hash, &number, BPF_NOEXIST)) {
		/* Another CPU may have been faster. */
		uint32_t *found = bpf_map_lookup_elem(known, copy->hash);
		return found ? *found : BPF_CAPTURE_LOST;
	}
	return number;
}

/* The number of the stack of the calling task, whose record is TASK. */
__noinline uint32_t take_stack(struct bpf_task *task)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct bpf_stack *copy = bpf_map_lookup_elem(&stack_room, &cpu);
	void *known = known_map();
	if (!task || !copy || !known || !hash_stack(task))
		return BPF_CAPTURE_LOST;
	uint32_t *found = bpf_map_lookup_elem(known, copy->hash);
	return found ? *found : send_stack(task);
}

static __always_inline bool is_stack_wanted(const struct bpf_task *task, uint32_t nr, uint32_t abi)
{
	uint64_t at = nr < BPF_WANTED_WORDS * 64 ? nr : BPF_WANTED_WORDS * 64 - 1;
	uint64_t word = abi * BPF_WANTED_WORDS + at / 64;
	if (stacks.wanted_of && stacks.wanted_of == task->our_tid)
		return true;
	BOUND(word, 63);
	return word < BPF_WANTED_ABIS * BPF_WANTED_WORDS &&
	       (&stacks.wanted[0][0])[word] >> (at & 63) & 1;
}

/*
 * The number of the stack of the calling task, TASK, in a call with NR and ABI; 0 if it is not
 * wanted.
 */
static __always_inline uint32_t capture(struct bpf_task *task, uint32_t nr, uint32_t abi)
{
	if (!stacks.is_wanted || !is_stack_wanted(task, nr, abi))
		return 0;
	uint32_t number = take_stack(task);
	__sync_fetch_and_add(number == BPF_CAPTURE_LOST ? &stacks.lost : &stacks.captured, 1);
	return number;
}

/* The same for a call that returns, and whose entry was not seen: its frames are still there. */
static __always_inline uint32_t capture_late(struct bpf_task *task, uint32_t nr, uint32_t abi)
{
	if (abi != I386 && (nr == NR_EXECVE || nr == NR_EXECVEAT))
		return 0;
	return capture(task, nr, abi);
}

/* Mappings of code. */

/* Something has changed in the memory of process TGID that no filter knows. */
static void space_changed(uint32_t tgid)
{
	struct bpf_space *space = space_at(tgid);
	__sync_fetch_and_add(&space->programs, 1);
	__sync_fetch_and_add(&space->replaced, 1);
	__sync_fetch_and_add(&space->additions, 1);
}

/* Adds a granule to filter AT, if IS_ADDED. Returns whether it was there before. */
__noinline uint32_t filter_granule(uint64_t at, uint64_t granule, bool is_added)
{
	uint64_t bit = bpf_filter_bit(granule << BPF_GRANULE_SHIFT), word = bit >> 6;
	uint64_t mask = 1ULL << (bit & 63);
	BOUND(at, BPF_FILTERS - 1);
	BOUND(word, BPF_FILTER_WORDS - 1);
	uint64_t before = stacks.filter[at].word[word];
	if (is_added)
		before = __sync_fetch_and_or(&stacks.filter[at].word[word], mask);
	return (before & mask) != 0;
}

/* The same for the SIZE bytes from ADDRESS in the memory of process TGID, which has a filter. */
__noinline uint32_t filter_range(uint32_t tgid, uint64_t address, uint64_t size, bool is_added)
{
	uint64_t first = address >> BPF_GRANULE_SHIFT;
	uint64_t last = (address + size - 1) >> BPF_GRANULE_SHIFT;
	uint32_t at = space_at(tgid)->filter, overlaps = 0;
	for (uint32_t i = 0; i < RANGE_GRANULES; i++) {
		if (first + i > last)
			break;
		overlaps |= filter_granule(at, first + i, is_added);
	}
	return overlaps;
}

/*
 * Code was mapped in process TGID (IS_CODE), or a file where code may have been before. Order: the
 * filter is incomplete before it is complete again.
 */
__noinline int mapped(uint32_t tgid, uint64_t address, uint64_t size, uint32_t how)
{
	struct bpf_space *space = space_at(tgid);
	bool has_filter = filter_of(space, tgid);
	bool is_small = size >> BPF_GRANULE_SHIFT < RANGE_GRANULES - 1;
	uint32_t additions = 0;
	if (how & MAPPED_CODE)
		additions = __sync_fetch_and_add(&space->additions, 1);
	if (!has_filter)
		return 0;
	bool overlaps = filter_range(tgid, address, size, how & MAPPED_CODE) || !is_small;
	if (how & MAPPED_FILE && overlaps)
		__sync_fetch_and_add(&space->replaced, 1);
	if (how & MAPPED_CODE && is_small)
		__sync_val_compare_and_swap(&space->filter_additions, additions, additions + 1);
	return 0;
}

/* CALL of TASK, one of those that can map code, has returned RESULT. */
__noinline int note_mapping(struct bpf_task *task, uint64_t result)
{
	if (!task)
		return 0;
	const uint64_t *args = task->current.args;
	uint32_t tgid = task->tgid, code;
	switch (task->current.nr) {
	case NR_MMAP:
		code = args[2] & PROT_EXEC ? MAPPED_CODE : 0;
		code |= args[3] & MAP_ANONYMOUS ? 0 : MAPPED_FILE;
		return code ? mapped(tgid, result, args[1], code) : 0;
	case NR_MPROTECT:
	case NR_PKEY_MPROTECT:
		return args[2] & PROT_EXEC ? mapped(tgid, args[0], args[1], MAPPED_CODE) : 0;
	case NR_MREMAP:
		if (!filter_of(space_at(tgid), tgid) ||
			filter_range(tgid, args[0], args[1] ? args[1] : 1, false))
			return mapped(tgid, result, args[2], MAPPED_CODE | MAPPED_FILE);
		return 0;
	case NR_SHMAT:
		return args[2] & SHM_EXEC ? mapped(tgid, result, UINT64_MAX, MAPPED_CODE) : 0;
	default:
		return 0;
	}
}

static __always_inline bool can_map_code(uint32_t nr, uint32_t abi)
{
	return abi != I386 && (nr == NR_MMAP || nr == NR_MPROTECT || nr == NR_MREMAP ||
				      nr == NR_SHMAT || nr == NR_PKEY_MPROTECT);
}

/* Cells. */

static uint32_t new_captured(struct bpf_task *task, uint64_t kind)
{
	uint32_t index = new_cell(task, (uint32_t)kind, abi_of_kind(kind));
	struct bpf_cell *cell = cell_at(index);
	if (cell)
		cell->capture = capture_of_kind(kind);
	return index;
}

/*
 * The cell for the calls of TASK of KIND, which has a stack. RENEW: a new one takes its place. 0:
 * there is no memory for it.
 */
__noinline uint32_t captured_cell(struct bpf_task *task, uint64_t kind, bool renew)
{
	uint32_t zero = 0;
	void *captured = bpf_map_lookup_elem(&captured_cells, &zero);
	if (!task || !captured)
		return 0;
	struct bpf_cell_key key = {.task = task->slot,
		.nr = (uint32_t)kind,
		.abi = abi_of_kind(kind),
		.capture = capture_of_kind(kind)};
	uint32_t *found = bpf_map_lookup_elem(captured, &key);
	if (found) {
		if (renew)
			*found = new_captured(task, kind);
		return *found;
	}
	/* The last ones are for calls, not for their stacks. */
	if (cell_fill.end - cell_fill.next < 1 << BPF_CELLS_SHIFT >> 2)
		return 0;
	uint32_t index = new_captured(task, kind);
	if (index && bpf_map_update_elem(captured, &key, &index, BPF_ANY)) {
		struct bpf_cell *cell = cell_at(index);
		if (cell)
			cell->capture = 0;
		bpf_map_push_elem(&free_cells, &index, BPF_ANY);
		return 0;
	}
	return index;
}

#endif
