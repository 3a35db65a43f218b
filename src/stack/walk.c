/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libunwind on a copy; see stack/walk.h. */
#include "config.h"

#include "stack/walk.h"

/* Without the header for local unwinding, which not every architecture has. */
#define UNW_REMOTE_ONLY
#include <libunwind.h>
#include <stdio.h>
#include <string.h>

#include "stack/image.h"
#include "stack/space.h"

/* Size of the rule cache of a process; libunwind's default of 128 is for one thread. */
#define CACHE_SIZE  2048

/* Limit on memory reads of a walk: compiler-generated code needs up to some hundred per frame. */
#define FETCHES_MAX (1 << 20)

/* Address of tables that are in no file: in the kernel's half, where no process can map. */
#define MADE_TABLE  UINT64_C(0xffff800000000000)

/* Which registers are known. */
enum extent {
	KNOWN_ALL,
	KNOWN_FRAME, /* the program counter, the stack pointer and the frame pointer */
	KNOWN_PLACE, /* the program counter and the stack pointer */
};

/* The state of the accessors. */
struct work {
	struct space *space;
	const struct stack_copy *copy;
	struct unwind_regs regs; /* registers at the start of the current cursor */
	enum extent known;       /* which of these are known */
	unsigned int back;       /* distance of the relevant instruction before the ip */
	struct walk *walk;
	unsigned int fetches; /* number of memory reads */
	bool past_copy;       /* something was read that was not copied */
	bool searching;       /* a table is being searched */
	bool no_table;        /* there are no unwind tables for the code in question */
	bool is_assembly;     /* and the file has some for other code: it is written by hand */
	const struct ehframe_entry *made; /* a table that is not in the process, or NULL */
	size_t made_count;
};

/* Searches a table like find_proc_info(); exported by libunwind, but in none of its headers. */
extern int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t as, unw_word_t ip,
	unw_dyn_info_t *info, unw_proc_info_t *out, int need_unwind_info, void *argument);

/* Records what the walk depends on; a walk that depends on too much is not cached. */
static void record_read(struct walk *walk, uint64_t at, uint64_t value)
{
	if (walk->read_count < WALK_READS)
		walk->read[walk->read_count] = (struct stack_word){(uint32_t)at, value};
	walk->read_count++;
}

static bool read_copy(struct work *work, uint64_t address, unw_word_t *value)
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

/*
 * Whether ADDRESS, which is not in COPY, can still be on the stack: above what was copied, or on
 * another stack (sigaltstack(2)).
 */
static bool can_be_past_copy(const struct stack_copy *copy, uint64_t address)
{
	uint64_t at = address - copy->base;
	return at >= copy->wanted || (at >= copy->size && copy->size == copy->wanted);
}

static int access_mem(
	unw_addr_space_t as, unw_word_t address, unw_word_t *value, int write, void *argument)
{
	(void)as;
	struct work *work = argument;
	/* Rules can be written so that following them never ends. */
	if (write || work->fetches++ == FETCHES_MAX)
		return -UNW_EINVAL;
	if (read_made(work, address, value) || read_copy(work, address, value) ||
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
	work->past_copy |= can_be_past_copy(work->copy, address);
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

static int find_proc_info(unw_addr_space_t as, unw_word_t ip, unw_proc_info_t *info,
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
	work->is_assembly |= result < 0 && has_table;
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
		.find_proc_info = find_proc_info,
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

static void add_frame(struct walk *walk, uint64_t ip, bool exact, bool trampoline)
{
	walk->trampoline[walk->count] = trampoline;
	walk->ip[walk->count] = ip;
	walk->exact[walk->count] = exact;
	walk->count++;
}

/* Whether the walk has reached the program's entry: there is nothing above, tables or not. */
static bool is_entry(struct space *space, const struct walk *walk)
{
	uint64_t ip = walk->ip[walk->count - 1], address;
	struct mapping *mapping = space_find(space, ip);
	struct walk_module *module = mapping ? space_module(space, mapping) : NULL;
	return module && module->image &&
	       image_address(module->image, ip - mapping->start + mapping->offset, &address) &&
	       image_is_entry(module->image, address);
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

/* Whether the instruction before IP, in a file, is a call, so that IP can be a return address. */
static bool follows_call(struct space *space, uint64_t ip)
{
	uint64_t word;
	unsigned char code[ARCH_CALL_SIZE];
	if (!is_code(space, ip - 1) || !space_read_word(space, ip - sizeof(word), &word))
		return false;
	memcpy(code, &word, sizeof(code));
	return arch_follows_call(code);
}

/*
 * Whether the function without tables that has SP and FP has set up its own frame: if not, FP would
 * be its caller's, and its return address would be below that.
 */
static bool has_frame(struct work *work, uint64_t sp, uint64_t fp)
{
	for (uint64_t at = sp; at < fp; at += sizeof(at)) {
		unw_word_t word;
		if (!read_copy(work, at, &word) || follows_call(work->space, word))
			return false;
	}
	return true;
}

/* Ends WALK, which could not continue. */
static bool give_up(const struct work *work, struct walk *walk)
{
	bool is_end = work->no_table && is_entry(work->space, walk);
	walk->end = is_end ? STACK_WHOLE : work->past_copy ? STACK_CUT : STACK_LOST;
	return false;
}

/*
 * Takes one step up by the frame pointer FP if there are no tables: JIT-compiled code keeps one,
 * and some hand-written assembly. Such frames are marked. libunwind can do this too, but it neither
 * checks the frame for plausibility nor knows the stack pointer afterwards.
 */
static bool step_by_frame(
	struct work *work, unw_cursor_t *cursor, struct walk *walk, uint64_t sp, uint64_t fp)
{
	unw_word_t ip, outer;
	if (fp < sp || fp % sizeof(fp) || (work->is_assembly && !has_frame(work, sp, fp)))
		return give_up(work, walk);
	if (access_mem(NULL, fp, &outer, 0, work) < 0 ||
		access_mem(NULL, fp + sizeof(fp), &ip, 0, work) < 0 ||
		!is_code(work->space, ip - 1))
		return give_up(work, walk);
	work->regs = unwind_regs_at(ip, fp + 2 * sizeof(fp), outer);
	work->known = KNOWN_FRAME;
	work->back = 1;
	if (walk->guessed > walk->count)
		walk->guessed = walk->count;
	add_frame(walk, ip, false, false);
	return unw_init_remote(cursor, work->space->unwinder, work) == 0 || give_up(work, walk);
}

/*
 * Takes one step up out of a function whose caller can only be found by its frame pointer, which is
 * unknown: searches for the frame, a saved frame pointer with a return address above it. Remains of
 * an earlier call can look the same, so this is a guess too.
 */
static bool step_by_search(struct work *work, unw_cursor_t *cursor, struct walk *walk, uint64_t sp)
{
	uint64_t end = work->copy->base + work->copy->size;
	/* The ABI aligns the stack at each call, and thus each frame pointer. */
	uint64_t align = arch.stack_align;
	for (uint64_t at = (sp + align - 1) & ~(align - 1); at < end; at += align) {
		unw_word_t outer, ip;
		if (read_copy(work, at, &outer) && read_copy(work, at + sizeof(outer), &ip) &&
			(outer <= 1 || (outer > at && outer < end)) &&
			follows_call(work->space, ip))
			return step_by_frame(work, cursor, walk, sp, at);
	}
	work->past_copy = work->copy->size == work->copy->wanted;
	return give_up(work, walk);
}

/* Takes one step up. Returns whether there was a frame; if not, walk->end says why. */
static bool step(struct work *work, unw_cursor_t *cursor, struct walk *walk)
{
	unw_word_t ip = 0, sp = 0, fp = 0;
	unw_cursor_t before = *cursor; /* the cursor is unusable after a failed step */
	/* The address that a signal interrupted does not follow a call. */
	bool exact = walk->trampoline[walk->count - 1];
	work->no_table = work->is_assembly = work->past_copy = false;
	int result = unw_step(cursor);
	bool stuck = result < 0 || work->no_table;
	bool knows_sp = stuck && unw_get_reg(&before, UNW_REG_SP, &sp) == 0;
	bool knows_fp = stuck && unw_get_reg(&before, (int)arch.unwind_fp, &fp) == 0;
	if (work->no_table && (knows_fp || work->known != KNOWN_PLACE))
		return knows_sp && knows_fp ? step_by_frame(work, cursor, walk, sp, fp)
		                            : give_up(work, walk);
	if (result > 0 && unw_get_reg(cursor, UNW_REG_IP, &ip) < 0)
		result = -UNW_EINVAL;
	if (result == 0 || (result > 0 && ip == 0)) {
		walk->end = STACK_WHOLE;
		return false;
	}
	if (result < 0 && work->known == KNOWN_PLACE && knows_sp && !knows_fp)
		return step_by_search(work, cursor, walk, sp);
	if (result < 0 || !is_code(work->space, exact ? ip : ip - 1))
		return give_up(work, walk);
	bool trampoline = is_trampoline(work->space, ip);
	add_frame(walk, ip, exact || trampoline, trampoline);
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
	walk->guessed = WALK_MAX;
	walk->end = STACK_CUT;
	add_frame(walk, unwind_ip(&copy->regs), true, false);
	unw_addr_space_t as = space_unwinder(space);
	if (!is_code(space, unwind_ip(&copy->regs) - work.back) || !as ||
		unw_init_remote(&cursor, as, &work) < 0) {
		walk->end = STACK_LOST;
	} else {
		while (walk->count < WALK_MAX && step(&work, &cursor, walk))
			;
	}
	if (walk->guessed > walk->count)
		walk->guessed = walk->count;
}

bool walk_is_repeatable(const struct walk *walk)
{
	/* A cut walk could continue in a longer copy; without tables not all reads are recorded. */
	return walk->read_count <= WALK_READS && walk->end != STACK_CUT &&
	       walk->end != STACK_LOST && walk->guessed == walk->count;
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
