/* libunwind over a copy; see stack/walk.h. */
#include "config.h"

#include "stack/walk.h"

#include <libunwind.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "stack/image.h"
#include "stack/space.h"

/* Rules that the cache of one process holds; libunwind's own default of 128 is for one thread. */
#define CACHE_SIZE   2048

/* Length of `syscall` and `int $0x80`: where a thread in a call is, seen from its program counter.
 */
#define SYSCALL_SIZE 2

/* What the accessors work on. */
struct work {
	struct space *space;
	const struct capture_stack *copy;
	size_t used;
	bool beyond;    /* something was asked for that was not copied */
	bool searching; /* a table is being searched */
	bool blind;     /* there are no unwind tables for the code that was asked about */
};

/* Searches a table as find_proc_info() does; exported by libunwind, in none of its headers. */
extern int UNW_OBJ(dwarf_search_unwind_table)(unw_addr_space_t as, unw_word_t ip,
	unw_dyn_info_t *info, unw_proc_info_t *out, int need_unwind_info, void *argument);

static bool read_copy(struct work *work, uint64_t address, unw_word_t *value)
{
	const struct capture_stack *copy = work->copy;
	uint64_t at = address - copy->base;
	if (at > copy->size || copy->size - at < sizeof(*value))
		return false;
	memcpy(value, copy->bytes + at, sizeof(*value));
	if (at + sizeof(*value) > work->used)
		work->used = at + sizeof(*value);
	return true;
}

static int access_mem(
	unw_addr_space_t as, unw_word_t address, unw_word_t *value, int write, void *argument)
{
	(void)as;
	struct work *work = argument;
	if (write)
		return -UNW_EINVAL;
	if (read_copy(work, address, value) || space_read_word(work->space, address, value))
		return 0;
	/*
	 * Tables have pointers to pointers (DW_EH_PE_indirect), to personality routines, that the
	 * loader writes; libunwind reads and never uses them.
	 */
	if (work->searching) {
		*value = 0;
		return 0;
	}
	work->beyond |= address - work->copy->base >= work->copy->size &&
	                work->copy->size == work->copy->asked;
	return -UNW_EINVAL;
}

static int access_reg(
	unw_addr_space_t as, unw_regnum_t number, unw_word_t *value, int write, void *argument)
{
	(void)as;
	const struct work *work = argument;
	const struct user_regs_struct *regs = &work->copy->regs;
	const unsigned long long *const at[] = {
		[UNW_X86_64_RAX] = &regs->rax,
		[UNW_X86_64_RDX] = &regs->rdx,
		[UNW_X86_64_RCX] = &regs->rcx,
		[UNW_X86_64_RBX] = &regs->rbx,
		[UNW_X86_64_RSI] = &regs->rsi,
		[UNW_X86_64_RDI] = &regs->rdi,
		[UNW_X86_64_RBP] = &regs->rbp,
		[UNW_X86_64_RSP] = &regs->rsp,
		[UNW_X86_64_R8] = &regs->r8,
		[UNW_X86_64_R9] = &regs->r9,
		[UNW_X86_64_R10] = &regs->r10,
		[UNW_X86_64_R11] = &regs->r11,
		[UNW_X86_64_R12] = &regs->r12,
		[UNW_X86_64_R13] = &regs->r13,
		[UNW_X86_64_R14] = &regs->r14,
		[UNW_X86_64_R15] = &regs->r15,
		[UNW_X86_64_RIP] = &regs->rip,
	};
	if (write || number < 0 || (size_t)number >= sizeof(at) / sizeof(*at) || !at[number])
		return -UNW_EBADREG;
	*value = *at[number];
	/* The rules at the call's instruction hold: the next one may be another function's. */
	if (number == UNW_X86_64_RIP && work->copy->in_call)
		*value -= SYSCALL_SIZE;
	return 0;
}

static int access_fpreg(
	unw_addr_space_t as, unw_regnum_t number, unw_fpreg_t *value, int write, void *argument)
{
	(void)as, (void)number, (void)value, (void)write, (void)argument;
	return -UNW_EBADREG;
}

/* The table of MAPPING's file, in addresses of the process. False where there is none. */
static bool find_table(struct space *space, struct mapping *mapping, unw_dyn_info_t *info)
{
	struct module_source *source = space_source(space, mapping);
	struct image_table table;
	uint64_t address;
	if (!source || !source->image || !image_table(source->image, &table) ||
		!image_address(source->image, mapping->offset, &address))
		return false;
	uint64_t bias = mapping->start - address;
	*info = (unw_dyn_info_t){
		.start_ip = mapping->start,
		.end_ip = mapping->end,
		.format = UNW_INFO_FORMAT_REMOTE_TABLE,
		.u.rti =
			{
				.segbase = bias + table.header,
				.table_data = bias + table.entries,
				.table_len = table.count * 8 / sizeof(unw_word_t),
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
	if (mapping && mapping->executable && find_table(work->space, mapping, &table)) {
		work->searching = true;
		result = UNW_OBJ(dwarf_search_unwind_table)(
			as, ip, &table, info, need_unwind_info, argument);
		work->searching = false;
	}
	work->blind |= result < 0;
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
		/* Only a lack of memory makes this fail; a walk copes with NULL. */
		unw_addr_space_t as = unw_create_addr_space(&accessors, 0);
		if (as) {
			/* One cache for each process: its keys are addresses alone. */
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

/* Whether there is code at IP; where not, the map may be too old to know. */
static bool is_code(struct space *space, uint64_t ip)
{
	const struct mapping *mapping = space_find(space, ip);
	return mapping && mapping->executable;
}

static void add_frame(struct walk *walk, uint64_t ip, bool exact)
{
	walk->ip[walk->count] = ip;
	walk->exact[walk->count] = exact;
	walk->count++;
}

/* Whether the walk has come to where the program began: there is nothing above, tables or not. */
static bool is_entry(struct space *space, const struct walk *walk)
{
	uint64_t ip = walk->ip[walk->count - 1], address;
	struct mapping *mapping = space_find(space, ip);
	struct module_source *source = mapping ? space_source(space, mapping) : NULL;
	return source && source->image &&
	       image_address(source->image, ip - mapping->start + mapping->offset, &address) &&
	       image_is_entry(source->image, address);
}

/* Takes one step up. Returns whether there was a frame; else walk->end says why not. */
static bool step(struct work *work, unw_cursor_t *cursor, struct walk *walk)
{
	unw_word_t ip;
	/* A signal's frame: what it interrupted is not behind a call. */
	bool exact = unw_is_signal_frame(cursor) > 0;
	work->blind = false;
	int result = unw_step(cursor);
	if (result == 0 || (result > 0 && unw_get_reg(cursor, UNW_REG_IP, &ip) == 0 && ip == 0)) {
		bool is_end = !work->blind || is_entry(work->space, walk);
		walk->end = is_end ? STACK_WHOLE : STACK_LOST;
		return false;
	}
	if (result < 0 || unw_get_reg(cursor, UNW_REG_IP, &ip) < 0 ||
		!is_code(work->space, exact ? ip : ip - 1)) {
		walk->end = work->beyond ? STACK_CUT : STACK_LOST;
		return false;
	}
	if (work->blind && walk->guessed > walk->count)
		walk->guessed = walk->count;
	add_frame(walk, ip, exact);
	return true;
}

void walk_copy(struct space *space, const struct capture_stack *copy, struct walk *walk)
{
	struct work work = {.space = space, .copy = copy};
	unw_cursor_t cursor;
	walk->count = 0;
	walk->guessed = WALK_MAX;
	walk->end = STACK_CUT;
	add_frame(walk, copy->regs.rip, true);
	unw_addr_space_t as = space_unwinder(space);
	if (!is_code(space, copy->regs.rip - SYSCALL_SIZE) || !as ||
		unw_init_remote(&cursor, as, &work) < 0) {
		walk->end = STACK_LOST;
	} else {
		while (walk->count < WALK_MAX && step(&work, &cursor, walk))
			;
	}
	if (walk->guessed > walk->count)
		walk->guessed = walk->count;
	walk->used = work.used;
}

const char *walk_library(void)
{
	static char text[32];
	if (!text[0])
		snprintf(text, sizeof(text), "libunwind %d.%d", UNW_VERSION_MAJOR,
			UNW_VERSION_MINOR);
	return text;
}
