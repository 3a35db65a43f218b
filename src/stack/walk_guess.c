/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps of walks without unwind tables; see stack/walk_work.h and stack/guess.h. */
#include "config.h"

#include "stack/walk_work.h"

#include "stack/guess.h"
#include "stack/space.h"

bool walk_give_up(struct work *work, struct walk *walk)
{
	size_t last = walk->count - 1;
	walk->end = work->past_copy   ? STACK_CUT
	            : work->elsewhere ? STACK_SWITCHED
	            : work->no_table  ? STACK_LOST
	                              : STACK_BROKEN;
	walk->missing = work->missing;
	if (work->no_table && space_is_entry(work->space, walk->ip[walk->count - 1]))
		walk->end = STACK_WHOLE;
	if (last > 0 && !walk->exact[last] && guess_is_made(work->space, walk->ip[last])) {
		walk->end = STACK_COROUTINE;
		walk->exact[last] = true;
	}
	return false;
}

/* Goes on at the address IP after a call, with STACK pointer and FRAME pointer as far as KNOWN. */
static bool resume_at(struct work *work, unw_cursor_t *cursor, struct walk *walk,
	const struct unwind_regs *regs, enum extent known)
{
	work->regs = *regs;
	work->known = known;
	work->back = 1;
	if (walk->guessed > walk->count)
		walk->guessed = walk->count;
	walk_add_frame(walk, unwind_ip(regs), false, false);
	return unw_init_remote(cursor, work->space->unwinder, work) == 0 ||
	       walk_give_up(work, walk);
}

/* Goes on after the function whose frame, with its frame pointer, is at FOUND. */
static bool leave_frame(struct work *work, unw_cursor_t *cursor, struct walk *walk,
	const struct guess_return *found)
{
	unw_word_t outer, ip;
	if (!walk_read_copy(work, found->at, &outer) ||
		!walk_read_copy(work, found->at + sizeof(outer), &ip))
		return walk_give_up(work, walk);
	const struct unwind_regs regs = unwind_regs_at(ip, found->at + 2 * sizeof(ip), outer);
	return resume_at(work, cursor, walk, &regs, KNOWN_FRAME);
}

/* A function and its registers, as far as they are known. */
struct place {
	struct guess_function function;
	unw_word_t sp, fp;
	bool knows_sp, knows_fp;
};

/*
 * Goes on after the function at PLACE whose return address is FOUND. If its frame pointer is that
 * of a frame above, it has not changed it.
 */
static bool leave_function(struct work *work, unw_cursor_t *cursor, struct walk *walk,
	const struct place *place, const struct guess_return *found)
{
	unw_word_t ip, fp = place->fp;
	if (!walk_read_copy(work, found->at, &ip))
		return walk_give_up(work, walk);
	bool knows_fp = place->knows_fp;
	if (knows_fp && found->at == fp + sizeof(fp))
		knows_fp = walk_read_copy(work, fp, &fp);
	knows_fp = knows_fp && fp > found->at &&
	           guess_has_frame(work->space, work->copy, fp, place->function.ip);
	const struct unwind_regs regs = unwind_regs_at(ip, found->at + sizeof(ip), fp);
	return resume_at(work, cursor, walk, &regs, knows_fp ? KNOWN_FRAME : KNOWN_PLACE);
}

static bool is_generated(struct space *space, uint64_t ip)
{
	struct mapping *mapping = space_find(space, ip - 1);
	const struct walk_module *module = mapping ? space_module(space, mapping) : NULL;
	return module && module->is_generated;
}

/* The place of the last frame of WALK, which CURSOR is at. */
static struct place place_of(struct work *work, const struct walk *walk, unw_cursor_t *cursor)
{
	struct place place = {.function.ip = walk->ip[walk->count - 1]};
	place.knows_sp = unw_get_reg(cursor, UNW_REG_SP, &place.sp) == 0;
	place.knows_fp = unw_get_reg(cursor, (int)arch.unwind_fp, &place.fp) == 0;
	place.function.is_generated = is_generated(work->space, place.function.ip);
	return place;
}

/*
 * Takes one step up out of a function without tables: by its frame pointer, which JIT-compiled code
 * keeps, and some hand-written code; or else by what can be its return address.
 */
static bool step_without_table(
	struct work *work, unw_cursor_t *cursor, struct walk *walk, struct place *place)
{
	const struct stack_copy *copy = work->copy;
	const struct guess_function *function = &place->function;
	struct guess_return found = {.at = place->fp};
	bool is_first = walk->count == 1 || walk->exact[walk->count - 1];
	place->function.start = space_function(work->space, function->ip - 1);
	work->past_copy = work->elsewhere = false;
	work->missing = 0;
	if (space_is_entry(work->space, walk->ip[walk->count - 1]) ||
		(!is_first && guess_is_made(work->space, function->ip)))
		return walk_give_up(work, walk);
	if (place->knows_fp && guess_is_frame(work->space, copy, function, place->sp, place->fp))
		return leave_frame(work, cursor, walk, &found);
	walk->has_unknown |= place->knows_fp &&
	                     guess_is_unknown_frame(work->space, copy, place->sp, place->fp);
	if (guess_find(work->space, copy, function, place->sp, UINT64_MAX, &found))
		return leave_function(work, cursor, walk, place, &found);
	return walk_give_up(work, walk);
}

/* Takes one step up out of a function with tables, which need a frame pointer that is unknown. */
static bool step_by_search(
	struct work *work, unw_cursor_t *cursor, struct walk *walk, const struct place *place)
{
	const struct stack_copy *copy = work->copy;
	struct guess_return found;
	if (guess_find_frame(work->space, copy, &place->function, place->sp, &found))
		return leave_frame(work, cursor, walk, &found);
	work->past_copy = copy->size == copy->wanted;
	work->missing = 0;
	return walk_give_up(work, walk);
}

/* Sets where the function of PLACE begins, which CURSOR is at, if tables say so. */
static void find_start(struct work *work, unw_cursor_t *cursor, struct place *place)
{
	unw_proc_info_t info;
	bool no_table = work->no_table;
	if (unw_get_proc_info(cursor, &info) == 0 && info.start_ip <= place->function.ip &&
		place->function.ip <= info.end_ip)
		place->function.start = info.start_ip;
	work->no_table = no_table;
}

/*
 * Out of the return probe of uprobes, whose address is instead of the one that PROBED returns to:
 * that is not known. If the caller was called directly, its own return address tells which function
 * it is, and the call in that function where it is.
 */
static bool find_probed_caller(
	struct work *work, const struct place *place, uint64_t probed, struct unwind_regs *regs)
{
	uint64_t end = work->copy->base + work->copy->size, ip;
	for (uint64_t at = place->sp; probed && at < end; at += sizeof(ip)) {
		unw_proc_info_t info;
		uint64_t callee = guess_read(work->copy, at, &ip) ? guess_callee(work->space, ip)
		                                                  : 0;
		if (!callee ||
			walk_find_proc_info(work->space->unwinder, callee, &info, 0, work) < 0 ||
			info.start_ip != callee)
			continue;
		ip = guess_call_site(work->space, info.start_ip, info.end_ip, probed);
		if (ip) {
			*regs = unwind_regs_at(ip, place->sp, place->fp);
			return true;
		}
	}
	return false;
}

bool walk_leave_probe(struct work *work, unw_cursor_t *cursor, struct walk *walk)
{
	struct unwind_regs regs;
	struct place here = place_of(work, walk, cursor), *place = &here;
	struct guess_return found = {.at = place->fp};
	const struct guess_function function = {.is_generated = true};
	if (!place->knows_sp)
		return walk_give_up(work, walk);
	if (walk->count == 1)
		place->sp += arch.probe_saved;
	if (find_probed_caller(work, place, work->probed, &regs))
		return resume_at(
			work, cursor, walk, &regs, place->knows_fp ? KNOWN_FRAME : KNOWN_PLACE);
	work->no_table = true;
	if (place->knows_fp &&
		guess_is_frame(work->space, work->copy, &function, place->sp, place->fp))
		return leave_frame(work, cursor, walk, &found);
	if (guess_find(work->space, work->copy, &function, place->sp, UINT64_MAX, &found))
		return leave_function(work, cursor, walk, place, &found);
	return walk_give_up(work, walk);
}

bool walk_step_by_guess(
	struct work *work, unw_cursor_t *cursor, struct walk *walk, unw_cursor_t *before)
{
	bool no_table = work->no_table;
	struct place place = place_of(work, walk, before);
	work->no_table = no_table;
	if (no_table && place.knows_sp)
		return step_without_table(work, cursor, walk, &place);
	if (no_table || !place.knows_sp || place.knows_fp || work->known == KNOWN_ALL)
		return walk_give_up(work, walk);
	find_start(work, before, &place);
	return step_by_search(work, cursor, walk, &place);
}

bool walk_enter_probe(struct work *work, struct walk *walk, unw_cursor_t *before, unw_word_t ip)
{
	struct place place = place_of(work, walk, before);
	find_start(work, before, &place);
	work->probed = place.function.start;
	walk_add_frame(walk, ip, true, false);
	return true;
}
