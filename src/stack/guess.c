/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Callers without unwind tables; see stack/guess.h. */
#include "config.h"

#include "stack/guess.h"

#include <string.h>

#include "stack/space.h"

/* How much of a stack is searched for one caller: hand-written code has small frames. */
#define SEARCH_MAX   (32 << 10)

/* A function without tables is not longer. */
#define FUNCTION_MAX (64 << 10)

/* Code of processes is in between: vm.mmap_min_addr, and the half that is not the kernel's. */
#define LOWEST_CODE  UINT64_C(0x10000)
#define HIGHEST_CODE UINT64_C(0x7fffffffffff)

/* How well a return address fits a function, the best last. */
enum fit {
	FIT_NOT,
	FIT_ENTRY,    /* it is at the entry of the program, after which functions jump to others */
	FIT_POSSIBLE, /* the call before it can be of any function */
	FIT_NEAR,     /* it is of one that begins before the address in question, and near it */
	FIT_EXACT,    /* it is of this function */
};

bool guess_is_code(struct space *space, uint64_t ip)
{
	/* Most words are no code: the filter knows that at once. */
	const struct mapping *mapping = space_may_have_code(space, ip - 1)
	                                        ? space_find(space, ip - 1)
	                                        : NULL;
	return mapping && mapping->executable;
}

/* Reads SIZE bytes of code at ADDRESS, from files. SIZE is a multiple of a word. */
static bool read_code(struct space *space, uint64_t address, unsigned char *code, size_t size)
{
	uint64_t word;
	for (size_t at = 0; at < size; at += sizeof(word)) {
		if (!space_read_word(space, address + at, &word))
			return false;
		memcpy(code + at, &word, sizeof(word));
	}
	return true;
}

/* The calls that can be before IP, with the callee of a direct one. -1: the code is unreadable. */
static int calls_before(struct space *space, uint64_t ip, uint64_t *callee)
{
	unsigned char code[ARCH_CALL_SIZE];
	int64_t distance = 0;
	if (!read_code(space, ip - sizeof(code), code, sizeof(code)))
		return -1;
	unsigned int calls = arch_call_before(code, &distance);
	*callee = ip + (uint64_t)distance;
	return (int)calls;
}

static enum arch_function function_of(struct space *space, uint64_t address)
{
	unsigned char code[ARCH_FUNCTION_SIZE];
	return read_code(space, address, code, sizeof(code)) ? arch_function_of(code)
	                                                     : ARCH_FUNCTION_OTHER;
}

bool guess_is_made(struct space *space, uint64_t ip)
{
	uint64_t callee;
	return guess_is_code(space, ip + 1) && calls_before(space, ip, &callee) == ARCH_CALL_NONE;
}

uint64_t guess_callee(struct space *space, uint64_t ip)
{
	uint64_t callee;
	int calls = guess_is_code(space, ip) ? calls_before(space, ip, &callee) : -1;
	return calls > 0 && (calls & ARCH_CALL_DIRECT) && guess_is_code(space, callee + 1) ? callee
	                                                                                   : 0;
}

/* How a call of CALLEE fits FUNCTION. */
static enum fit fit_of_callee(
	struct space *space, const struct guess_function *function, uint64_t callee)
{
	if (function->start && callee == function->start)
		return FIT_EXACT;
	if (!guess_is_code(space, callee + 1))
		return FIT_NOT;
	if (!function->start && callee <= function->ip && function->ip - callee < FUNCTION_MAX)
		return FIT_NEAR;
	return function_of(space, callee) == ARCH_FUNCTION_STUB ? FIT_POSSIBLE : FIT_NOT;
}

/* How IP, which can be anything, fits as return address of FUNCTION; *CALLEE if it is near. */
static enum fit fit_of(
	struct space *space, const struct guess_function *function, uint64_t ip, uint64_t *callee)
{
	if (!guess_is_code(space, ip))
		return FIT_NOT;
	int calls = calls_before(space, ip, callee);
	if (calls < 0)
		return function->is_generated ? FIT_POSSIBLE : FIT_NOT;
	enum fit fit = calls & ARCH_CALL_DIRECT ? fit_of_callee(space, function, *callee) : FIT_NOT;
	if (fit == FIT_NOT && (calls & ARCH_CALL_INDIRECT))
		fit = FIT_POSSIBLE;
	return fit == FIT_NOT && calls && space_is_entry(space, ip) ? FIT_ENTRY : fit;
}

bool guess_read(const struct stack_copy *copy, uint64_t address, uint64_t *word)
{
	uint64_t at = address - copy->base;
	if (at > copy->size || copy->size - at < sizeof(*word))
		return false;
	memcpy(word, copy->bytes + at, sizeof(*word));
	return true;
}

/* A search: of what fits, the best so far. */
struct search {
	struct guess_return first; /* the first that can be any */
	struct guess_return near;  /* the first of those whose callee begins last */
	uint64_t callee;           /* of that; 0: there is none */
	struct guess_return exact; /* the first; at 0: there is none */
	struct guess_return entry; /* the first; at 0: there is none */
};

static void look_at(struct space *space, const struct guess_function *function, uint64_t at,
	uint64_t ip, struct search *search)
{
	const struct guess_return this = {at, ip};
	uint64_t callee = 0;
	switch (fit_of(space, function, ip, &callee)) {
	case FIT_EXACT:
		search->exact = this;
		break;
	case FIT_NEAR:
		/* The function in question begins at a call's callee, and no other after that. */
		if (callee > search->callee) {
			search->near = this;
			search->callee = callee;
		}
		break;
	case FIT_POSSIBLE:
		if (!search->first.at)
			search->first = this;
		break;
	case FIT_ENTRY:
		if (!search->entry.at)
			search->entry = this;
		break;
	case FIT_NOT:
		break;
	}
}

/* The result of SEARCH. Returns whether there is one. */
static bool take_best(const struct search *search, struct guess_return *found)
{
	if (search->exact.at)
		*found = search->exact;
	else if (search->callee && (!search->first.at || search->near.at < search->first.at))
		*found = search->near;
	else
		*found = search->first.at ? search->first : search->entry;
	return found->at != 0;
}

/* The end of what is searched from FROM. */
static uint64_t end_of(const struct stack_copy *copy, uint64_t from)
{
	uint64_t end = copy->base + copy->size;
	return end > from && end - from > SEARCH_MAX ? from + SEARCH_MAX : end;
}

bool guess_find(struct space *space, const struct stack_copy *copy,
	const struct guess_function *function, uint64_t from, uint64_t to,
	struct guess_return *found)
{
	struct search search = {0};
	uint64_t end = end_of(copy, from), ip;
	for (uint64_t at = (from + sizeof(ip) - 1) & ~(sizeof(ip) - 1);
		at < end && at < to && !search.exact.at; at += sizeof(ip)) {
		if (guess_read(copy, at, &ip))
			look_at(space, function, at, ip, &search);
	}
	return take_best(&search, found);
}

bool guess_find_frame(struct space *space, const struct stack_copy *copy,
	const struct guess_function *function, uint64_t sp, struct guess_return *found)
{
	struct search search = {0};
	/* The ABI aligns the stack at each call, and thus each frame pointer. */
	uint64_t align = arch.stack_align, end = copy->base + copy->size;
	for (uint64_t at = (sp + align - 1) & ~(align - 1);
		at < end_of(copy, sp) && !search.exact.at; at += align) {
		uint64_t outer, ip;
		if (guess_read(copy, at, &outer) && guess_read(copy, at + sizeof(outer), &ip) &&
			(outer <= 1 || (outer > at && outer < end)))
			look_at(space, function, at, ip, &search);
	}
	return take_best(&search, found);
}

/* What is above a frame pointer. */
struct frame_words {
	uint64_t outer, ip; /* the saved frame pointer and the return address */
	int calls;          /* before IP; see calls_before() */
	uint64_t callee;
};

/* Reads the words at FP. Returns whether they can be those of a frame; see guess_has_frame(). */
static bool read_frame(struct space *space, const struct stack_copy *copy, uint64_t fp, uint64_t ip,
	struct frame_words *words)
{
	if (fp % sizeof(fp) || !guess_read(copy, fp, &words->outer) ||
		!guess_read(copy, fp + sizeof(fp), &words->ip) ||
		!guess_is_code(space, words->ip) || (words->outer > 1 && words->outer <= fp))
		return false;
	words->calls = calls_before(space, words->ip, &words->callee);
	/* What nothing has called is the outermost frame, if the frame says so, too. */
	return words->calls != ARCH_CALL_NONE ||
	       (words->outer == 0 && space_find(space, words->ip - 1) == space_find(space, ip));
}

bool guess_has_frame(struct space *space, const struct stack_copy *copy, uint64_t fp, uint64_t ip)
{
	struct frame_words words;
	return read_frame(space, copy, fp, ip, &words);
}

bool guess_is_frame(struct space *space, const struct stack_copy *copy,
	const struct guess_function *function, uint64_t sp, uint64_t fp)
{
	struct guess_return found;
	struct frame_words words;
	if (fp < sp || !read_frame(space, copy, fp, function->ip, &words))
		return false;
	if (words.calls > 0 && (words.calls & ARCH_CALL_DIRECT) &&
		fit_of_callee(space, function, words.callee) >= FIT_NEAR)
		return function_of(space, words.callee) == ARCH_FUNCTION_FRAME &&
		       guess_find(space, copy, function, sp, UINT64_MAX, &found) &&
		       found.at == fp + sizeof(fp);
	/* What is generated has other things on its stack that look like that. */
	return function->is_generated || !guess_find(space, copy, function, sp, fp, &found);
}

bool guess_is_unknown_frame(
	struct space *space, const struct stack_copy *copy, uint64_t sp, uint64_t fp)
{
	uint64_t outer, ip, end = copy->base + copy->size;
	if (fp < sp || fp % sizeof(fp) || !guess_read(copy, fp, &outer) ||
		!guess_read(copy, fp + sizeof(fp), &ip) || outer <= fp || outer >= end)
		return false;
	bool is_stack = ip >= copy->base && ip < end;
	return ip >= LOWEST_CODE && ip <= HIGHEST_CODE && !is_stack && !space_find(space, ip - 1);
}

uint64_t guess_call_site(struct space *space, uint64_t start, uint64_t end, uint64_t callee)
{
	if (end - start > FUNCTION_MAX)
		end = start + FUNCTION_MAX;
	for (uint64_t ip = start + ARCH_CALL_SIZE; ip <= end; ip++) {
		uint64_t called;
		int calls = calls_before(space, ip, &called);
		if (calls > 0 && (calls & ARCH_CALL_DIRECT) && called == callee)
			return ip;
	}
	return 0;
}
