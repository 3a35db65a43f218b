/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the memory that a call is about, by steps (abi/fetch_step.h); part of count.bpf.c. Each
 * function that is not inline is looked at by the verifier by itself. All loops have a bound, and
 * all of them together the number of pieces of a call.
 *
 * tests/unit/engine/bpf/detail_walk.c compiles it as a part of a program.
 */
#ifndef STOP_ENGINE_BPF_DETAIL_WALK_BPF_H
#define STOP_ENGINE_BPF_DETAIL_WALK_BPF_H

#include "engine/bpf/detail_records.h"

/* What abi/fetch.h calls it: a part of FETCH_ALL. */
#define FETCH_WHAT_REST    2

#define BLOCK_HEAD         16 /* struct detail_block */
#define IOCB_SIZE          64
#define IOCB_PWRITE        1
/* Each message needs two reads, or more. */
#define FETCH_MESSAGES_MAX (BPF_DETAIL_READS / 2)

#define ADDRESS_MAX        128 /* bytes of the address of a socket */

/* The largest word number, for masks. */
#define ARGUMENTS          8

struct bpf_details details = {0};

/* A record in the making, by CPU: no program that uses it is interrupted by another that does. */
struct detail_room {
	uint64_t args[ARGUMENTS]; /* of the call */
	int64_t result;           /* of one that has ended, and has not failed */
	uint64_t used;            /* bytes of blocks */
	uint64_t last_size;       /* bytes that the last step has asked for */
	uint32_t reads;           /* how many are left */
	uint32_t what;            /* set of enum fetch_what */
	uint32_t phase;           /* enum fetch_phase: what is read */
	uint32_t block_phase;     /* enum detail_phase: how it is marked */
	uint32_t word;            /* size of an address: 4 or 8 */
	uint32_t has_failed;
	uint32_t is_missing; /* some could not be read */
	uint32_t is_cut;     /* there was no room for some */
	uint32_t is_whole;   /* strings are read as a whole */
	uint32_t unused;
	struct bpf_detail record;
	/* Its blocks; then what the verifier cannot exclude. */
	unsigned char blocks[BPF_DETAIL_DATA + 2 * BPF_DETAIL_BLOCK + 64];
};

/* Reads SIZE bytes at ADDRESS to place AT of the blocks, to the first page that is missing. */
static __always_inline uint32_t read_pieces(
	struct detail_room *room, uint64_t at, uint64_t address, uint64_t size)
{
	uint64_t done = 0;
	for (uint32_t i = 0; i <= BPF_DETAIL_BLOCK / PAGE_SIZE; i++) {
		uint64_t piece = PAGE_SIZE - ((address + done) & (PAGE_SIZE - 1)), to = at + done;
		if (done >= size)
			break;
		if (piece > size - done)
			piece = size - done;
		BOUND(to, 2 * BPF_DETAIL_DATA - 1);
		BOUND(piece, 2 * PAGE_SIZE - 1);
		if (to >= BPF_DETAIL_DATA + BPF_DETAIL_BLOCK ||
			bpf_probe_read_user(
				room->blocks + to, (uint32_t)piece, (void *)(address + done)))
			break;
		done += piece;
	}
	return (uint32_t)done;
}

/* Makes the SIZE bytes behind its head, read at ADDRESS, the next block. */
static __always_inline void add_block(struct detail_room *room, uint64_t address, uint64_t size)
{
	uint64_t at = room->used;
	BOUND(at, BPF_DETAIL_DATA - 1);
	*(uint64_t *)(room->blocks + (at & ~7ULL)) = address;
	*(uint64_t *)(room->blocks + (at & ~7ULL) + 8) = (uint64_t)room->block_phase << 32 | size;
	room->used += BLOCK_HEAD + ((size + 7) & ~7ULL);
}

/* Where the bytes of the next block go; *SIZE becomes as many as there is room for. */
static __always_inline uint64_t next_bytes(struct detail_room *room, uint64_t *size)
{
	uint64_t at = room->used + BLOCK_HEAD, left = BPF_DETAIL_DATA - at;
	if (at >= BPF_DETAIL_DATA)
		left = 0;
	if (left > BPF_DETAIL_BLOCK)
		left = BPF_DETAIL_BLOCK;
	if (*size > left) {
		room->is_cut = 1;
		*size = left;
	}
	return at;
}

/* Reads up to SIZE bytes at ADDRESS. Returns how many that were. */
__noinline uint32_t read_memory(struct detail_room *room, uint64_t address, uint64_t size)
{
	if (!room || !address || !size || !room->reads)
		return 0;
	room->reads--;
	uint64_t at = next_bytes(room, &size), wanted = size;
	BOUND(at, BPF_DETAIL_DATA - 1);
	BOUND(size, 2 * BPF_DETAIL_BLOCK - 1);
	if (!size || size > BPF_DETAIL_BLOCK)
		return 0;
	if (bpf_probe_read_user(room->blocks + at, (uint32_t)size, (void *)address)) {
		room->is_missing = 1;
		wanted = read_pieces(room, at, address, size);
	}
	if (wanted)
		add_block(room, address, wanted);
	return (uint32_t)wanted;
}

/* The same for a string: up to and including its NUL. */
__noinline uint32_t read_text(struct detail_room *room, uint64_t address, uint64_t size)
{
	if (!room || !address || !size || !room->reads)
		return 0;
	room->reads--;
	uint64_t at = next_bytes(room, &size), wanted = size;
	BOUND(at, BPF_DETAIL_DATA - 1);
	BOUND(size, 2 * BPF_DETAIL_BLOCK - 1);
	if (!size || size > BPF_DETAIL_BLOCK)
		return 0;
	/* One more than is wanted is its NUL, if it goes on. */
	int64_t got = bpf_probe_read_user_str(
		room->blocks + at, (uint32_t)size + 1, (void *)address);
	if (got <= 0) {
		room->is_missing = 1;
		return 0;
	}
	if ((uint64_t)got < wanted)
		wanted = (uint64_t)got;
	add_block(room, address, wanted);
	return (uint32_t)wanted;
}

/* The value of SIZE bytes, up to 8, at ADDRESS; 0 if it cannot be read: a helper clears it then. */
static __always_inline uint64_t value_at(uint64_t address, uint64_t size)
{
	uint64_t value[2] = {0};
	BOUND(size, 15);
	bpf_probe_read_user(value, (uint32_t)size, (void *)address);
	return value[0];
}

/* The word of the program at ADDRESS, or 0. */
static __always_inline uint64_t word_at(const struct detail_room *room, uint64_t address)
{
	return value_at(address, room->word);
}

static __always_inline uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* LIMIT of a string, unless strings are read as a whole. */
static __always_inline uint64_t limit_of(const struct detail_room *room, uint64_t limit)
{
	return room->is_whole && limit < FETCH_WHOLE_MAX ? FETCH_WHOLE_MAX : limit;
}

/* Argument INDEX: only its lower half if IS_SHORT. */
static __always_inline uint64_t argument(
	const struct detail_room *room, uint32_t index, uint32_t is_short)
{
	uint64_t at = index;
	BOUND(at, ARGUMENTS - 1);
	uint64_t value = room->args[at];
	return is_short ? (uint32_t)value : value;
}

/* The steps. */

static __always_inline bool holds(const struct detail_room *room, const struct fetch_step *step)
{
	uint64_t value = argument(room, step->condition_argument, 0);
	switch (step->test) {
	case FETCH_ANY:
		return (value & step->value) != 0;
	case FETCH_NO:
		return (value & step->value) == 0;
	case FETCH_EQUAL:
		return (uint32_t)value == step->value;
	case FETCH_UNEQUAL:
		return (uint32_t)value != step->value;
	}
	return true;
}

static __always_inline uint64_t count_of(
	const struct detail_room *room, const struct fetch_step *step)
{
	uint64_t count = argument(room, step->count, step->flags & FETCH_COUNT_32);
	int32_t number = 0;
	switch (step->count_from) {
	case FETCH_COUNT_CONSTANT:
		count = step->constant;
		break;
	case FETCH_COUNT_POINTED:
		if (bpf_probe_read_user(&number, sizeof(number), (void *)count) || number < 0)
			number = 0;
		count = (uint32_t)number;
		break;
	case FETCH_COUNT_RESULT:
		count = room->phase == FETCH_EXIT && room->result > 0 ? (uint64_t)room->result : 0;
		break;
	case FETCH_COUNT_PAGES:
		count = count / PAGE_SIZE + (count % PAGE_SIZE != 0);
		break;
	}
	if (step->max != FETCH_NO_ARGUMENT)
		count = least(count, argument(room, step->max, step->flags & FETCH_MAX_32));
	return count;
}

static __always_inline uint64_t bytes_of_step(
	const struct detail_room *room, const struct fetch_step *step)
{
	uint64_t count = count_of(room, step), unit = step->unit;
	switch (step->shape) {
	case FETCH_ELEMENTS_BY_BYTES:
		count = unit ? count / unit : 0;
		return step->base + least(count, step->limit) * unit;
	case FETCH_ELEMENTS:
		return least(count, step->limit) * unit;
	case FETCH_BITS:
		return least(((uint32_t)count + 63ULL) / 64 * 8, step->limit);
	}
	return step->base + least(count, step->limit);
}

/* Reads the buffer of the struct iovec at ADDRESS: TOTAL bytes, MAX at most. Returns its size. */
__noinline uint64_t read_buffer(
	struct detail_room *room, uint64_t address, uint64_t total, uint64_t max)
{
	if (!room)
		return 0;
	uint64_t size = least(word_at(room, address + room->word), total);
	read_memory(room, word_at(room, address), least(size, max));
	return size;
}

/* Reads COUNT buffers of the array of struct iovec at ADDRESS: TOTAL bytes, MAX of each. */
__noinline int read_buffers(
	struct detail_room *room, uint64_t address, uint64_t count, uint64_t total, uint64_t max)
{
	if (!room)
		return 0;
	uint64_t pair = 2 * (uint64_t)room->word, got = read_memory(room, address, count * pair);
	uint64_t end = address + got;
	for (uint32_t i = 0; i < FETCH_LIST_MAX && address + pair <= end; i++) {
		total -= read_buffer(room, address, total, max);
		address += pair;
	}
	return 0;
}

/* Reads what the struct msghdr at ADDRESS refers to: TOTAL bytes of LIMIT buffers, MAX of each. */
__noinline int read_message(
	struct detail_room *room, uint64_t address, uint64_t total, uint64_t limit, uint64_t max)
{
	if (!room)
		return 0;
	uint64_t word = room->word;
	int32_t name_size = (int32_t)value_at(address + word, 4);
	if (name_size > 0)
		read_memory(room, word_at(room, address), least((uint32_t)name_size, ADDRESS_MAX));
	read_memory(room, word_at(room, address + 4 * word),
		least(word_at(room, address + 5 * word), FETCH_STRUCT_MAX));
	if (room->what & FETCH_WHAT_REST)
		read_buffers(room, word_at(room, address + 2 * word),
			least(word_at(room, address + 3 * word), limit), total, max);
	return 0;
}

/*
 * Reads the struct mmsghdr at ADDRESS, and, if it is time for that by STEP, what it refers to.
 * Returns whether it could be read.
 */
__noinline int read_one_message(
	struct detail_room *room, const struct fetch_step *step, uint64_t address)
{
	if (!room || !step)
		return 0;
	uint64_t size = 8 * (uint64_t)room->word, total = UINT64_MAX;
	bool is_exit = room->phase == FETCH_EXIT, receives = step->flags & FETCH_RECEIVES;
	if (read_memory(room, address, size) < size)
		return 0;
	if (is_exit)
		total = value_at(address + 7 * (uint64_t)room->word, 4);
	if (is_exit == receives)
		read_message(room, address, total, step->limit, step->base);
	return 1;
}

/*
 * Reads string I of a list, up to MAX bytes, whose address is at ADDRESS, if it is one of the first
 * WANTED. Returns whether there is one.
 */
__noinline int read_string_at(
	struct detail_room *room, uint64_t address, uint32_t i, uint64_t wanted, uint64_t max)
{
	uint64_t string = room ? word_at(room, address) : 0;
	if (string && i < wanted)
		read_text(room, string, max);
	return string != 0;
}

/*
 * Reads a part of a list of strings, whose addresses are at ADDRESS, and WANTED of the strings, of
 * up to MAX bytes. Returns how many there are.
 */
__noinline uint32_t read_strings(
	struct detail_room *room, uint64_t address, uint64_t wanted, uint64_t max)
{
	uint32_t i = 0;
	if (!room)
		return 0;
	uint64_t end = address + read_memory(room, address, FETCH_STRV_PART * (uint64_t)room->word);
	for (; i < FETCH_STRV_PART; i++) {
		if (address >= end || !read_string_at(room, address, i, wanted, max))
			break;
		address += room->word;
	}
	return i;
}

__noinline int read_list(struct detail_room *room, const struct fetch_step *step, uint64_t address)
{
	if (!room || !step)
		return 0;
	uint64_t left = room->is_whole && step->limit ? FETCH_LIST_MAX : step->limit;
	/* Not in the loop: Linux 6.1 refuses one whose last instruction is before its first. */
	uint64_t max = limit_of(room, step->unit);
	for (uint32_t part = 0; part < FETCH_STRV_PARTS; part++) {
		uint32_t count = read_strings(room, address, left, max);
		left -= least(count, left);
		if (count < FETCH_STRV_PART || (step->limit && !left))
			break;
		address += FETCH_STRV_PART * (uint64_t)room->word;
	}
	return 0;
}

/* Reads the request whose address is at ADDRESS; up to MAX bytes of what it writes are read, too.
 */
__noinline int read_iocb(struct detail_room *room, uint64_t address, uint64_t max)
{
	uint64_t request = room ? word_at(room, address) : 0;
	if (!room || read_memory(room, request, IOCB_SIZE) < IOCB_SIZE)
		return 0;
	if (value_at(request + 16, 2) == IOCB_PWRITE)
		read_memory(room, value_at(request + 24, 8), least(value_at(request + 32, 8), max));
	return 0;
}

/* Reads the requests whose addresses are at ADDRESS. */
__noinline int read_iocbs(struct detail_room *room, const struct fetch_step *step, uint64_t address)
{
	if (!room || !step)
		return 0;
	uint64_t end = address + room->last_size;
	for (uint32_t i = 0; i < FETCH_LIST_MAX && address + room->word <= end; i++) {
		read_iocb(room, address, step->base);
		address += room->word;
	}
	return 0;
}

/* Reads what the structure at ADDRESS, of which last_size bytes are there, refers to. */
__noinline int read_followed(
	struct detail_room *room, const struct fetch_step *step, uint64_t address)
{
	if (!room || !step)
		return 0;
	uint64_t size = step->constant, pointer = address + 8;
	if (step->size_at + (uint64_t)step->size_width > room->last_size ||
		(step->pointer_at != FETCH_BEHIND &&
			step->pointer_at + (uint64_t)room->word > room->last_size))
		return 0;
	if (step->pointer_at != FETCH_BEHIND)
		pointer = word_at(room, address + step->pointer_at);
	if (step->op == FETCH_FOLLOWED_STRING) {
		read_text(room, pointer, step->limit);
		return 0;
	}
	if (step->size_width)
		size = value_at(address + step->size_at, step->size_width);
	read_memory(room, pointer, least(least(size, step->limit) * step->unit, step->limit));
	return 0;
}

static __always_inline uint64_t total_of(const struct detail_room *room)
{
	if (room->phase == FETCH_ENTRY)
		return UINT64_MAX;
	return (uint64_t)room->result;
}

/* Does STEP, which reads an array of struct mmsghdr at ADDRESS. */
static __always_inline void read_messages(
	struct detail_room *room, const struct fetch_step *step, uint64_t address)
{
	uint64_t count = room->phase == FETCH_ENTRY ? count_of(room, step)
	                 : room->result > 0         ? (uint64_t)room->result
	                                            : 0;
	count = least(count, step->unit);
	for (uint32_t i = 0; i < FETCH_MESSAGES_MAX && i < count; i++) {
		if (!read_one_message(room, step, address))
			break;
		address += 8 * (uint64_t)room->word;
	}
}

/* Does step INDEX, if it applies. */
__noinline int do_step(struct detail_room *room, uint32_t index)
{
	uint64_t at = index;
	BOUND(at, BPF_DETAIL_STEPS - 1);
	const struct fetch_step *step = &details.step[at];
	if (!room || !(step->what & room->what) || !(step->phases & room->phase) ||
		(room->has_failed && !(step->flags & FETCH_IF_FAILED)) || !holds(room, step))
		return 0;
	uint64_t address = argument(room, step->argument, step->flags & FETCH_ADDRESS_32);
	switch (step->op) {
	case FETCH_STRING:
		read_text(room, address, limit_of(room, step->limit));
		break;
	case FETCH_BYTES:
		room->last_size = bytes_of_step(room, step);
		room->last_size = read_memory(room, address, room->last_size);
		break;
	case FETCH_STRINGS:
		read_list(room, step, address);
		break;
	case FETCH_IOVEC:
		read_buffers(room, address, least(count_of(room, step), step->limit),
			total_of(room), step->base);
		break;
	case FETCH_MESSAGE:
		if (read_memory(room, address, 7 * (uint64_t)room->word) ==
				7 * (uint64_t)room->word &&
			(room->phase == FETCH_EXIT || !(step->flags & FETCH_RECEIVES)))
			read_message(room, address, total_of(room), step->limit, step->base);
		break;
	case FETCH_MESSAGES:
		read_messages(room, step, address);
		break;
	case FETCH_IOCBS:
		read_iocbs(room, step, address);
		break;
	case FETCH_FOLLOWED:
	case FETCH_FOLLOWED_STRING:
		read_followed(room, step, address);
		break;
	}
	return 0;
}

/* The plan of the call with NR and ABI, whose arguments are in ROOM: first << 16 | count. */
__noinline uint32_t find_plan(struct detail_room *room, uint32_t nr, uint32_t abi)
{
	uint64_t at = nr, table = abi;
	if (!room || at >= BPF_DETAIL_NUMBERS || table >= BPF_DETAIL_ABIS)
		return 0;
	BOUND(at, BPF_DETAIL_NUMBERS - 1);
	BOUND(table, BPF_DETAIL_ABIS);
	const struct bpf_detail_call *call = &details.call[table][at];
	if (call->depends) {
		struct bpf_variant key = {.call = (uint32_t)table << 16 | (uint32_t)at};
		const struct bpf_selector *selector = details.selectors[call->depends].selector;
		for (uint32_t i = 0; i < 2; i++) {
			if (selector[i].argument != FETCH_NO_ARGUMENT)
				key.selected[i] = (uint32_t)(argument(room, selector[i].argument,
								     0) &
							     selector[i].mask) >>
				                  (selector[i].shift & 31);
		}
		const struct bpf_plan *plan = bpf_map_lookup_elem(&detail_plans, &key);
		if (plan)
			return (uint32_t)plan->first << 16 | plan->count;
	}
	return (uint32_t)call->plan.first << 16 | call->plan.count;
}

/*
 * Makes the arguments in ROOM, of a socketcall, those of the call that it makes, and returns the
 * number of that; its own if it makes none that is known.
 */
__noinline uint32_t resolve_socketcall(struct detail_room *room)
{
	if (!room || (uint32_t)room->args[0] >= BPF_SOCKET_CALLS)
		return details.socketcall;
	uint64_t at = (uint32_t)room->args[0], from = (uint32_t)room->args[1];
	BOUND(at, BPF_SOCKET_CALLS - 1);
	struct bpf_socket_call made = details.socket_call[at];
	if (!made.words)
		return details.socketcall;
	if (read_memory(room, from, made.words * sizeof(uint32_t)) < made.words * sizeof(uint32_t))
		return BPF_DETAIL_NUMBERS;
	for (uint32_t i = 0; i < 6; i++) {
		uint32_t word = 0;
		if (i < made.words)
			bpf_probe_read_user(&word, sizeof(word), (void *)(from + 4 * i));
		room->args[i] = word;
	}
	return made.nr;
}

/*
 * Reads what room->what of the call with NR and ABI is about in PHASE; ROOM has its arguments, and
 * its result. The blocks are added to those that there are.
 */
static __always_inline void walk(
	struct detail_room *room, uint32_t nr, uint32_t abi, uint32_t phase)
{
	room->phase = phase;
	room->reads = BPF_DETAIL_READS;
	room->word = abi == X86_64 ? 8 : 4;
	room->last_size = 0;
	if (abi == I386 && nr == details.socketcall)
		nr = resolve_socketcall(room);
	uint32_t plan = find_plan(room, nr, abi);
	for (uint32_t i = 0; i < FETCH_STEPS_MAX; i++) {
		if (i >= (plan & 0xffff))
			break;
		do_step(room, (plan >> 16) + i);
	}
}

#endif
