/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libunwind on a copy; see stack/walk.h. */
#include "config.h"

#include "stack/walk.h"

#include <stdio.h>
#include <string.h>

#include "stack/image.h"
#include "stack/space.h"
#include "stack/walk_work.h"

/* Size of the rule cache of a process; libunwind's default of 128 is for one thread. */
#define CACHE_SIZE  2048

/* Limit on memory reads of a walk: compiler-generated code needs up to some hundred per frame. */
#define FETCHES_MAX (1 << 20)

/* Address of tables that are in no file: in the kernel's half, where no process can map. */
#define MADE_TABLE  UINT64_C(0xffff800000000000)

/* A frame is not larger: what is read further away from the stack is on another one. */
#define FRAME_MAX   (8 << 20)

/* Nor is what the kernel puts on the stack for a signal. */
#define SIGNAL_MAX  (64 << 10)

/* Searches a table like walk_find_proc_info(); exported by libunwind, but in none of its headers.
 */
extern int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t as, unw_word_t ip,
	unw_dyn_info_t *info, unw_proc_info_t *out, int need_unwind_info, void *argument);

/* Records what the walk depends on; a walk that depends on too much is not cached. */
static void record_read(struct walk *walk, uint64_t at, uint64_t value)
{
	if (walk->read_count < WALK_READS)
		walk->read[walk->read_count] = (struct stack_word){(uint32_t)at, value};
	walk->read_count++;
}

bool walk_read_copy(struct work *work, uint64_t address, unw_word_t *value)
{
	const struct stack_copy *copy = work->copy;
	uint64_t at = address - copy->base;
	if (at > copy->size || copy->size - at < sizeof(*value))
		return false;
	memcpy(value, copy->bytes + at, sizeof(*value));
	if (at + sizeof(*value) > work->walk->used)
		work->walk->used = at + sizeof(*value);
	record_read(work->walk, at, *value);
	return true;
}

static bool read_made(const struct work *work, uint64_t address, unw_word_t *value)
{
	uint64_t at = address - MADE_TABLE;
	if (!work->searching || !work->made || at / sizeof(*work->made) >= work->made_count)
		return false;
	memcpy(value, (const char *)work->made + at, sizeof(*value));
	return at % sizeof(*value) == 0;
}

/* Notes that ADDRESS, which is not in the copy, is needed. */
static void note_missing(struct work *work, uint64_t address)
{
	const struct stack_copy *copy = work->copy;
	const struct walk *walk = work->walk;
	uint64_t at = address - copy->base;
	bool after_signal = walk->count > 1 && walk->trampoline[walk->count - 2];
	uint64_t reach = copy->size + (uint64_t)(after_signal ? SIGNAL_MAX : FRAME_MAX);
	/* A smaller copy than requested ends where the stack does. */
	if (at >= copy->size && at < reach)
		work->missing = address;
	if (at >= copy->size && copy->size == copy->wanted && at < reach) {
		work->past_copy = true;
	} else if (at >= reach || (at >= copy->wanted && copy->size < copy->wanted)) {
		work->elsewhere = true;
	}
}

static int access_mem(
	unw_addr_space_t as, unw_word_t address, unw_word_t *value, int write, void *argument)
{
	(void)as;
	struct work *work = argument;
	/* Rules can be written so that following them never ends. */
	if (write || work->fetches++ == FETCHES_MAX)
		return -UNW_EINVAL;
	if (read_made(work, address, value) || walk_read_copy(work, address, value) ||
		space_read_word(work->space, address, value))
		return 0;
	/*
	 * Tables contain pointers to pointers (DW_EH_PE_indirect) to personality routines, which
	 * the loader fills in; libunwind reads but never uses them.
	 */
	if (work->searching) {
		*value = 0;
		return 0;
	}
	note_missing(work, address);
	return -UNW_EINVAL;
}

static bool is_place(unw_regnum_t number)
{
	return number == (int)arch.unwind_ip || number == (int)arch.unwind_sp;
}

static bool is_known(const struct work *work, unw_regnum_t number)
{
	return work->known == KNOWN_ALL || is_place(number) ||
	       (work->known == KNOWN_FRAME && number == (int)arch.unwind_fp);
}

static int access_reg(
	unw_addr_space_t as, unw_regnum_t number, unw_word_t *value, int write, void *argument)
{
	(void)as;
	struct work *work = argument;
	if (write || number < 0 || number >= (int)arch.unwind_count || !is_known(work, number))
		return -UNW_EBADREG;
	*value = work->regs.reg[number];
	/* The start of a walk is known without being recorded. */
	if (work->known == KNOWN_ALL && !is_place(number))
		record_read(work->walk, STACK_CACHE_REGISTER + (uint64_t)number, *value);
	if (number == (int)arch.unwind_ip)
		*value -= work->back;
	return 0;
}

static int access_fpreg(
	unw_addr_space_t as, unw_regnum_t number, unw_fpreg_t *value, int write, void *argument)
{
	(void)as, (void)number, (void)value, (void)write, (void)argument;
	return -UNW_EBADREG;
}

/* The table of MAPPING's file, in addresses of the process. False if there is none. */
static bool find_table(struct work *work, struct mapping *mapping, unw_dyn_info_t *info)
{
	struct walk_module *module = space_module(work->space, mapping);
	struct image_table table;
	uint64_t address;
	if (!module || !module->image || !image_table(module->image, &table) ||
		!image_address(module->image, mapping->offset, &address))
		return false;
	uint64_t bias = mapping->start - address;
	work->made = table.made;
	work->made_count = table.count;
	*info = (unw_dyn_info_t){
		.start_ip = mapping->start,
		.end_ip = mapping->end,
		.format = UNW_INFO_FORMAT_REMOTE_TABLE,
		.u.rti =
			{
				.segbase = bias + table.base,
				.table_data = table.made ? MADE_TABLE : bias + table.address,
				.table_len = table.count * sizeof(struct ehframe_entry) /
	                                     sizeof(unw_word_t),
			},
	};
	return true;
}

int walk_find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *info,
	int need_unwind_info, void *argument)
{
	struct work *work = argument;
	struct mapping *mapping = space_find(work->space, ip);
	unw_dyn_info_t table;
	int result = -UNW_ENOINFO;
	bool has_table = mapping && mapping->executable && find_table(work, mapping, &table);
	if (has_table) {
		work->searching = true;
		result = UNW_OBJ(dwarf_search_unwind_table)(
			as, ip, &table, info, need_unwind_info, argument);
		work->searching = false;
	}
	work->no_table |= result < 0;
	return result;
}

static void put_unwind_info(unw_addr_space_t as, unw_proc_info_t *info, void *argument)
{
	(void)as, (void)info, (void)argument;
}

static int get_dyn_info_list_addr(unw_addr_space_t as, unw_word_t *address, void *argument)
{
	(void)as, (void)address, (void)argument;
	return -UNW_ENOINFO;
}

static int resume(unw_addr_space_t as, unw_cursor_t *cursor, void *argument)
{
	(void)as, (void)cursor, (void)argument;
	return -UNW_EINVAL;
}

static int get_proc_name(unw_addr_space_t as, unw_word_t address, char *buf, size_t size,
	unw_word_t *offset, void *argument)
{
	(void)as, (void)address, (void)buf, (void)size, (void)offset, (void)argument;
	return -UNW_ENOINFO;
}

static unw_addr_space_t space_unwinder(struct space *space)
{
	static unw_accessors_t accessors = {
		.find_proc_info = walk_find_proc_info,
		.put_unwind_info = put_unwind_info,
		.get_dyn_info_list_addr = get_dyn_info_list_addr,
		.access_mem = access_mem,
		.access_reg = access_reg,
		.access_fpreg = access_fpreg,
		.resume = resume,
		.get_proc_name = get_proc_name,
	};
	if (!space->unwinder) {
		/* Fails only without memory; a walk handles NULL. */
		unw_addr_space_t as = unw_create_addr_space(&accessors, 0);
		if (as) {
			/* One cache per process: its keys are only addresses. */
			unw_set_caching_policy(as, UNW_CACHE_GLOBAL);
			unw_set_cache_size(as, CACHE_SIZE, 0);
		}
		space->unwinder = as;
	}
	return space->unwinder;
}

void walk_flush_space(struct space *space)
{
	if (space->unwinder)
		unw_flush_cache(space->unwinder, 0, 0);
}

void walk_forget_space(struct space *space)
{
	if (space->unwinder)
		unw_destroy_addr_space(space->unwinder);
	space->unwinder = NULL;
}

/* Whether there is code at IP; if not, the map may be out of date. */
static bool is_code(struct space *space, uint64_t ip)
{
	const struct mapping *mapping = space_find(space, ip);
	return mapping && mapping->executable;
}

void walk_add_frame(struct walk *walk, uint64_t ip, bool exact, bool trampoline)
{
	walk->trampoline[walk->count] = trampoline;
	walk->ip[walk->count] = ip;
	walk->exact[walk->count] = exact;
	walk->count++;
}

/* Whether a signal handler returns to IP. In some versions libunwind's own check refers to another
 * frame. */
static bool is_trampoline(struct space *space, uint64_t ip)
{
	unsigned char code[ARCH_SIGRETURN_SIZE];
	uint64_t word;
	for (size_t at = 0; at < sizeof(code); at += sizeof(word)) {
		if (!space_read_word(space, ip + at, &word))
			return false;
		memcpy(code + at, &word, sizeof(word));
	}
	return arch_is_sigreturn(code);
}

/* Takes one step up. Returns whether there was a frame; if not, walk->end says why. */
static bool step(struct work *work, unw_cursor_t *cursor, struct walk *walk)
{
	unw_word_t ip = 0;
	unw_cursor_t before = *cursor; /* the cursor is unusable after a failed step */
	/* The address that a signal interrupted does not follow a call. */
	bool exact = walk->trampoline[walk->count - 1];
	work->no_table = work->past_copy = work->elsewhere = false;
	work->missing = 0;
	if (space_is_probe(work->space, walk->ip[walk->count - 1]))
		return walk_leave_probe(work, cursor, walk);
	int result = unw_step(cursor);
	if (work->no_table)
		return walk_step_by_guess(work, cursor, walk, &before);
	if (result > 0 && unw_get_reg(cursor, UNW_REG_IP, &ip) < 0)
		result = -UNW_EINVAL;
	if (result == 0 || (result > 0 && ip == 0)) {
		walk->end = STACK_WHOLE;
		return false;
	}
	if (result > 0 && space_is_probe(work->space, ip))
		return walk_enter_probe(work, walk, &before, ip);
	if (result < 0)
		return walk_step_by_guess(work, cursor, walk, &before);
	if (!is_code(work->space, exact ? ip : ip - 1))
		return walk_give_up(work, walk);
	bool trampoline = is_trampoline(work->space, ip);
	walk_add_frame(walk, ip, exact || trampoline, trampoline);
	return true;
}

void walk_copy(struct space *space, const struct stack_copy *copy, struct walk *walk)
{
	struct work work = {
		.space = space,
		.copy = copy,
		.walk = walk,
		.regs = copy->regs,
		/* Use the rules at the call instruction: the next may belong to another function.
	         */
		.back = copy->in_call ? arch.syscall_size : 0,
		.known = copy->only_ip_sp ? KNOWN_PLACE : KNOWN_ALL,
	};
	unw_cursor_t cursor;
	walk->count = walk->used = walk->read_count = 0;
	walk->missing = 0;
	walk->has_unknown = false;
	walk->guessed = WALK_MAX;
	walk->end = STACK_DEEP;
	walk_add_frame(walk, unwind_ip(&copy->regs), true, false);
	unw_addr_space_t as = space_unwinder(space);
	if (!is_code(space, unwind_ip(&copy->regs) - work.back)) {
		walk->end = STACK_UNMAPPED;
	} else if (as && unw_init_remote(&cursor, as, &work) == 0) {
		while (walk->count < WALK_MAX && step(&work, &cursor, walk))
			;
	}
	if (walk->guessed > walk->count)
		walk->guessed = walk->count;
}

bool walk_is_repeatable(const struct walk *walk)
{
	/* A cut walk could continue in a longer copy; without tables not all reads are recorded. */
	return walk->read_count <= WALK_READS && walk->guessed == walk->count &&
	       (walk->end == STACK_WHOLE || walk->end == STACK_COROUTINE);
}

bool walk_may_be_outdated(const struct walk *walk)
{
	return walk->has_unknown || walk->end == STACK_LOST || walk->end == STACK_BROKEN ||
	       walk->end == STACK_UNMAPPED;
}

bool walk_is_same(const struct stack_word *read, size_t count, const struct stack_copy *copy)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t value;
		uint32_t at = read[i].at;
		if (at >= STACK_CACHE_REGISTER && at - STACK_CACHE_REGISTER < ARCH_UNWIND_REGS)
			value = copy->regs.reg[at - STACK_CACHE_REGISTER];
		else if (copy->size >= sizeof(value) && at <= copy->size - sizeof(value))
			memcpy(&value, copy->bytes + at, sizeof(value));
		else
			return false;
		if (value != read[i].value)
			return false;
	}
	return true;
}

const char *walk_library(void)
{
	static char text[32];
	if (!text[0])
		snprintf(text, sizeof(text), "libunwind %d.%d", UNW_VERSION_MAJOR,
			UNW_VERSION_MINOR);
	return text;
}
