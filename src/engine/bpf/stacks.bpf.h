/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks; part of count.bpf.c. See engine/bpf/stack_records.h. */
#ifndef STOP_ENGINE_BPF_STACKS_BPF_H
#define STOP_ENGINE_BPF_STACKS_BPF_H

#include "cells.bpf.h"

#include "engine/bpf/stack_records.h"

struct bpf_stacks stacks = {0};

/* A copy in the making, by CPU: no program that uses it is interrupted by another that does. */
/* A hash in the making: of a copy from BASE. */
struct bpf_hashing {
	uint64_t hash[2];
	uint64_t base;
};

struct stack_room {
	struct bpf_hashing hashing;
	uint32_t walk_size, unused; /* bytes that walks were compared with */
	struct bpf_stack copy;
	char spare[BPF_STACK_MAX /
		   2]; /* zeros behind a copy; and what the verifier cannot exclude */
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

static __always_inline void hash_value(struct bpf_hashing *hashing, uint64_t value)
{
	uint64_t *hash = hashing->hash;
	hash[0] = (hash[0] ^ value) * 0x9e3779b97f4a7c15ULL;
	hash[0] ^= hash[0] >> 32;
	hash[1] = (hash[1] + value) * 0xd6e8feb86659fd93ULL;
	hash[1] ^= hash[1] >> 29;
}

/* Adds VALUE, found at place AT, if unwinding can depend on it. */
static __always_inline void hash_word(
	struct bpf_hashing *hashing, const struct bpf_filter *filter, uint64_t at, uint64_t value)
{
	if (value - LOWEST_ADDRESS > HIGHEST_ADDRESS)
		return;
	uint64_t offset = value - hashing->base;
	if (offset < BPF_STACK_SPAN)
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
__noinline int hash_piece(struct bpf_hashing *hashing, const struct bpf_filter *filter,
	const struct piece *piece, uint64_t at)
{
	if (!hashing || !filter || !piece)
		return 0;
	struct bpf_hashing local = *hashing;
	for (uint32_t i = 0; i < PIECE_WORDS; i++)
		hash_word(&local, filter, at + i, piece->word[i]);
	hashing->hash[0] = local.hash[0];
	hashing->hash[1] = local.hash[1];
	return 0;
}

/* Begins the hash of COPY, of a process with SPACE: whose stack it is, where, and the registers. */
static __always_inline void begin_hash(
	struct bpf_hashing *hashing, struct bpf_stack *copy, const struct bpf_space *space)
{
	copy->filter = filter_of(space, copy->kernel_tgid);
	const struct bpf_filter *filter = filter_at(copy->filter);
	struct bpf_hashing local = {
		.hash = {stacks.seed[0], stacks.seed[1]},
		.base = copy->base,
	};
	/* An addition can be where other code was before: with a filter, that is known. */
	hash_value(&local, (uint64_t)copy->kernel_tgid << 32 | copy->replaced);
	hash_value(&local, copy->generation);
	hash_value(&local, copy->filter ? 0 : 1 | (uint64_t)copy->additions << 32);
	hash_value(&local, copy->is_compat);
	hash_value(&local, copy->reg[UNWIND_IP]);
	if (!is_code(filter, copy->reg[UNWIND_LINK]))
		copy->reg[UNWIND_LINK] = 0;
	for (uint32_t i = 0; i < BPF_STACK_REGS; i++) {
		if (i != UNWIND_IP && i != UNWIND_SP)
			hash_word(&local, filter, BPF_STACK_MAX / 8 + i, copy->reg[i]);
	}
	*hashing = local;
}

/* Copying. */

/*
 * Reads the rest of a page, of WANTED bytes at ADDRESS of which DONE have been read. Returns its
 * size; 0: it cannot be read. What is below the stack pointer may be on a page that was never
 * touched: these are zeros.
 */
__noinline uint32_t read_page(uint64_t address, uint64_t wanted, uint64_t done)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct stack_room *room = bpf_map_lookup_elem(&stack_room, &cpu);
	uint64_t size = PAGE_SIZE - ((address + done) & (PAGE_SIZE - 1));
	if (!room || done >= wanted)
		return 0;
	if (size > wanted - done)
		size = wanted - done;
	BOUND(done, BPF_STACK_MAX - 1);
	BOUND(size, 2 * PAGE_SIZE - 1);
	if (bpf_probe_read_user((char *)room->copy.words + done, size, (void *)(address + done)))
		return done == 0 && size <= RED_ZONE ? size : 0;
	return size;
}

/*
 * Reads up to WANTED bytes at ADDRESS, of which DONE have been read, to the first page that cannot
 * be read. Returns their number.
 */
static __always_inline uint64_t read_pages(uint64_t address, uint64_t wanted, uint64_t done)
{
	for (uint32_t i = 0; i <= BPF_STACK_MAX / PAGE_SIZE; i++) {
		uint64_t size = read_page(address, wanted, done);
		if (!size)
			break;
		done += size;
	}
	return done;
}

/* Lengthens COPY, which has DONE bytes, to WANTED, or to the end of TASK's stack. */
static __always_inline void lengthen(
	struct bpf_task *task, struct bpf_stack *copy, uint64_t done, uint64_t wanted)
{
	uint64_t left = task->stack_end - copy->base;
	if (left < wanted && left >= done && ++task->stack_cuts % RECHECK_CUTS)
		wanted = left & ~7ULL;
	uint64_t size = wanted - done;
	BOUND(done, BPF_STACK_MAX - 1);
	BOUND(size, 2 * BPF_STACK_MAX - 1);
	if (size > BPF_STACK_MAX / 2)
		size = BPF_STACK_MAX / 2;
	if (bpf_probe_read_user((char *)copy->words + done, size, (char *)copy->base + done)) {
		uint64_t got = read_pages(copy->base, wanted, done) & ~7ULL;
		if (got < wanted)
			task->stack_end = copy->base + got;
		wanted = got;
	}
	copy->size = wanted;
}

/* Lengthens the copy in ROOM, of TASK's stack, and its hash, to SIZE bytes. */
__noinline int lengthen_copy(struct bpf_task *task, struct stack_room *room, uint32_t size)
{
	if (!task || !room)
		return 0;
	struct bpf_stack *copy = &room->copy;
	uint64_t done = copy->size, first = done / 8;
	lengthen(task, copy, done, size);
	uint64_t end = copy->size / 8;
	if (end % PIECE_WORDS) {
		BOUND(end, 2 * BPF_STACK_MAX / 8 - 1);
		if (end <= BPF_STACK_MAX / 8)
			__builtin_memset(copy->words + end, 0, sizeof(struct piece));
	}
	for (uint32_t i = 0; i < BPF_STACK_MAX / 16 / PIECE_WORDS; i++) {
		uint64_t at = first + i * PIECE_WORDS;
		if (at >= end)
			break;
		BOUND(at, BPF_STACK_MAX / 8 - 1);
		hash_piece(&room->hashing, filter_at(copy->filter),
			(const struct piece *)(copy->words + at), at);
	}
	return 0;
}

/* Begins a copy of the calling task's stack in ROOM. TASK: its record. */
__noinline int begin_copy(struct bpf_task *task, struct stack_room *room)
{
	struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	if (!task || !room)
		return 0;
	struct bpf_stack *copy = &room->copy;
	struct bpf_space *space = space_at(task->tgid);
	copy->tid = task->our_tid;
	copy->tgid = task->our_tgid;
	copy->kernel_tgid = task->tgid;
	copy->programs = space->programs;
	copy->replaced = space->replaced;
	copy->additions = space->additions;
	copy->generation = *(volatile uint32_t *)&space->generation;
	copy->is_compat = is_compat(regs);
	read_unwind_regs(copy->reg, regs);
	copy->base = copy->reg[UNWIND_SP] - RED_ZONE;
	copy->size = copy->levels = 0;
	copy->wanted = stacks.limit;
	if (copy->is_compat) {
		__builtin_memset(copy->reg, 0, sizeof(copy->reg));
		copy->wanted = 0;
	}
	begin_hash(&room->hashing, copy, space);
	return 0;
}

static __always_inline void *known_map(void)
{
	uint32_t zero = 0;
	return bpf_map_lookup_elem(&known_stacks, &zero);
}

/* Sends the copy in ROOM, which is of a stack of TASK that is not known. Returns its number. */
__noinline uint32_t send_stack(struct bpf_task *task, struct stack_room *room)
{
	uint32_t zero = 0;
	void *ring = bpf_map_lookup_elem(&stack_ring, &zero), *known = known_map();
	if (!task || !room || !ring || !known || stacks.last >= BPF_CAPTURE_MAX)
		return BPF_CAPTURE_LOST;
	struct bpf_stack *copy = &room->copy;
	uint32_t number = __sync_fetch_and_add(&stacks.last, 1) + 1;
	uint64_t size = copy->size;
	BOUND(size, 2 * BPF_STACK_MAX - 1);
	if (size > BPF_STACK_MAX)
		return BPF_CAPTURE_LOST;
	copy->number = number;
	if (bpf_ringbuf_output(ring, copy, sizeof(*copy) - BPF_STACK_MAX + size, 0))
		return BPF_CAPTURE_LOST;
	/* Linux 6.1 takes no key from there. */
	const uint64_t hash[2] = {room->hashing.hash[0], room->hashing.hash[1]};
	if (bpf_map_update_elem(known, hash, &number, BPF_NOEXIST)) {
		/* Another CPU may have been faster. */
		uint32_t *found = bpf_map_lookup_elem(known, hash);
		return found ? *found : BPF_CAPTURE_LOST;
	}
	return number;
}

/*
 * Lengthens the copy in ROOM, of TASK's stack, to LEVEL. Returns the number of the stack if it is
 * known; 0 if it is not as far as that; BPF_CAPTURE_LOST if there is no more of it.
 */
__noinline uint32_t look_up_level(struct bpf_task *task, struct stack_room *room, uint32_t level)
{
	void *known = known_map();
	if (!task || !room || !known)
		return BPF_CAPTURE_LOST;
	uint64_t size = BPF_STACK_FIRST << (level & 7), at = level;
	struct bpf_stack *copy = &room->copy;
	if (size > copy->wanted)
		size = copy->wanted;
	lengthen_copy(task, room, size);
	if (size == copy->wanted || copy->size < size)
		return BPF_CAPTURE_LOST;
	BOUND(at, BPF_STACK_LEVELS - 1);
	const uint64_t hash[2] = {room->hashing.hash[0], room->hashing.hash[1]};
	copy->level[at][0] = hash[0];
	copy->level[at][1] = hash[1];
	copy->levels = level + 1;
	uint32_t *found = bpf_map_lookup_elem(known, hash);
	return found ? *found : 0;
}

/* The number of the whole copy in ROOM, of TASK's stack. */
__noinline uint32_t look_up_copy(struct bpf_task *task, struct stack_room *room)
{
	void *known = known_map();
	if (!task || !room || !known)
		return BPF_CAPTURE_LOST;
	/* Different from those of all levels. */
	hash_value(&room->hashing, 1ULL << 63 | room->copy.size);
	const uint64_t hash[2] = {room->hashing.hash[0], room->hashing.hash[1]};
	uint32_t *found = bpf_map_lookup_elem(known, hash);
	return found ? *found : send_stack(task, room);
}

/* Walks. */

/* A word of struct bpf_stack, of those that a walk can have read. */
#define WALK_REACH 2048

/*
 * Whether the calling task's stack, of which the registers and a part of the words are in ROOM, is
 * that of the walk with NUMBER, of process TGID with its code as of VERSION.
 */
__noinline uint32_t is_walk(
	struct stack_room *room, uint32_t number, uint32_t tgid, uint64_t version)
{
	uint64_t at = number;
	BOUND(at, BPF_WALKS - 1);
	struct bpf_walk *walk = &stacks.walk[at];
	if (!room || *(volatile uint32_t *)&walk->number != number || walk->tgid != tgid ||
		((uint64_t)walk->generation << 32 | walk->replaced) != version)
		return 0;
	barrier();
	uint64_t size = walk->size, base = room->copy.base, differs = 0;
	BOUND(size, 2 * BPF_WALK_SIZE - 1);
	if (size > room->walk_size) {
		if (bpf_probe_read_user(room->copy.words, size, (void *)base))
			return 0;
		room->walk_size = size;
	}
	for (uint32_t i = 0; i < BPF_WALK_WORDS && i < walk->count; i++) {
		const struct bpf_walk_word *word = &walk->word[i];
		uint64_t place = word->at;
		BOUND(place, WALK_REACH - 1);
		uint64_t value = ((const uint64_t *)&room->copy)[place];
		differs |= (value - (base & -(uint64_t)word->is_relative)) ^ word->value;
	}
	barrier();
	/* Stop may have replaced it meanwhile. */
	if (differs || *(volatile uint32_t *)&walk->number != number)
		return 0;
	if (!walk->is_met)
		walk->is_met = 1;
	return 1;
}

static __always_inline uint64_t set_of(const struct pt_regs *regs)
{
	uint64_t set = (regs->ip + (regs->sp >> 3)) * 0x9e3779b97f4a7c15ULL >> 61;
	BOUND(set, BPF_STACK_SETS - 1);
	return set;
}

/* The number of the stack of the calling task, TASK with REGS, if it is one of its last; or 0. */
static __noinline uint32_t find_walk(struct bpf_task *task, struct pt_regs *regs)
{
	if (!task || !regs)
		return 0;
	uint32_t cpu = bpf_get_smp_processor_id(), tgid = task->tgid;
	struct stack_room *room = bpf_map_lookup_elem(&stack_room, &cpu);
	struct bpf_space *space = space_at(tgid);
	uint64_t version = (uint64_t) * (volatile uint32_t *)&space->generation << 32 |
	                   *(volatile uint32_t *)&space->replaced;
	if (!room || is_compat(regs) || !filter_of(space, tgid))
		return 0;
	uint64_t set = set_of(regs);
	read_unwind_regs(room->copy.reg, regs);
	room->copy.base = regs->sp - RED_ZONE;
	room->walk_size = 0;
	for (uint32_t way = 0; way < BPF_STACK_WAYS; way++) {
		uint32_t number = task->stack[set][way];
		if (!number)
			break;
		if (is_walk(room, number, tgid, version))
			return number;
	}
	return 0;
}

/* TASK, which has REGS, has the stack with NUMBER: that is one of its last. */
static __always_inline void remember_stack(
	struct bpf_task *task, const struct pt_regs *regs, uint32_t number)
{
	uint32_t *set = task->stack[set_of(regs)];
	for (uint32_t way = 0; way < BPF_STACK_WAYS; way++) {
		if (set[way] == number)
			return;
	}
	for (uint32_t way = BPF_STACK_WAYS - 1; way > 0; way--)
		set[way] = set[way - 1];
	set[0] = number;
}

/* The number of the stack of the calling task, whose record is TASK. */
__noinline uint32_t take_stack(struct bpf_task *task)
{
	uint32_t cpu = bpf_get_smp_processor_id();
	struct stack_room *room = bpf_map_lookup_elem(&stack_room, &cpu);
	if (!task || !room)
		return BPF_CAPTURE_LOST;
	begin_copy(task, room);
	for (uint32_t level = 0; level < BPF_STACK_LEVELS; level++) {
		uint32_t number = look_up_level(task, room, level);
		if (number == BPF_CAPTURE_LOST)
			break;
		if (number)
			return number;
	}
	return look_up_copy(task, room);
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
 * The number of the stack of the calling task, TASK with REGS, in a call with NR and ABI; 0 if it
 * is not wanted.
 */
static __always_inline uint32_t capture(
	struct bpf_task *task, struct pt_regs *regs, uint32_t nr, uint32_t abi)
{
	if (!stacks.is_wanted || !is_stack_wanted(task, nr, abi))
		return 0;
	uint32_t number = find_walk(task, regs);
	if (number)
		return number;
	number = take_stack(task);
	if (number == BPF_CAPTURE_LOST)
		__sync_fetch_and_add(&stacks.lost, 1);
	else
		remember_stack(task, regs, number);
	return number;
}

/* The same for a call that returns, and whose entry was not seen: its frames are still there. */
static __always_inline uint32_t capture_late(struct bpf_task *task, uint32_t nr, uint32_t abi)
{
	if (abi != I386 && (nr == NR_EXECVE || nr == NR_EXECVEAT))
		return 0;
	/* Without a look at the last stacks: that is rare, and the programs' own stack is small. */
	if (!stacks.is_wanted || !is_stack_wanted(task, nr, abi))
		return 0;
	uint32_t number = take_stack(task);
	if (number == BPF_CAPTURE_LOST)
		__sync_fetch_and_add(&stacks.lost, 1);
	return number;
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
__noinline uint32_t find_captured(struct bpf_task *task, uint64_t kind, bool renew)
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
	if (!found) {
		if (left_of(&cell_fill) < 1 << BPF_CELLS_SHIFT >> 1)
			ring_room_bell();
		/* The last ones are for calls, not for their stacks. */
		bool is_short = left_of(&cell_fill) < 1 << BPF_CELLS_SHIFT >> 2;
		/* No cell without a way to find it again. */
		if (is_short || bpf_map_update_elem(captured, &key, &zero, BPF_ANY))
			return 0;
		found = bpf_map_lookup_elem(captured, &key);
	}
	if (!found)
		return 0;
	if (!*found || renew)
		*found = new_captured(task, kind);
	return *found;
}

/* The same, and remembers it: most calls of a task are like one of the last. */
__noinline uint32_t captured_cell(struct bpf_task *task, uint64_t kind, bool renew)
{
	uint64_t at = (kind >> KIND_CAPTURE_SHIFT) + kind;
	if (!task)
		return 0;
	BOUND(at, BPF_RECENT - 1);
	if (task->recent[at].kind == kind && !renew)
		return task->recent[at].cell;
	uint32_t cell = find_captured(task, kind, renew);
	if (!cell && capture_of_kind(kind) != BPF_CAPTURE_LOST)
		__sync_fetch_and_add(&stacks.lost, 1);
	task->recent[at].kind = cell ? kind : 0;
	task->recent[at].cell = cell;
	return cell;
}

#endif
