/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cache of stacks: most calls have a stack seen recently. The stack thread adds the words that a
 * walk has read and the stack that it has found; if an engine finds the same words at the same
 * place, with the same memory map, it is the same stack, and nothing has to be copied.
 *
 *     stack thread ──stack_cache_add()──▶ entries, in sets of a few ──stack_cache_find()──▶ engine
 *
 * One thread writes while another reads: an entry's sequence is odd while it is written and has
 * changed afterwards, and a reader that sees either treats it as no match (a seqlock).
 */
#ifndef STOP_EVENT_STACK_CACHE_H
#define STOP_EVENT_STACK_CACHE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"

#define STACK_CACHE_SETS     256
#define STACK_CACHE_WAYS     4

/* Maximum number of words in an entry; walks that have read more are not cached. */
#define STACK_CACHE_WORDS    60

/* Positions of words: below this an offset in the copy, from here up a register number. */
#define STACK_CACHE_REGISTER UINT32_C(0xffff0000)

/* A word that a walk has read. */
struct stack_word {
	uint32_t at;
	uint64_t value;
};

struct stack_cache_entry {
	_Atomic uint32_t sequence;  /* odd: it is being written */
	_Atomic uint32_t count;     /* number of words; 0: the entry is empty */
	_Atomic uint32_t map;       /* number of the memory map that it is valid for */
	_Atomic uint32_t stack;     /* ID of the stack */
	_Atomic bool has_registers; /* some of the words are registers */
	_Atomic uint64_t ip, sp;
	_Atomic uint32_t at[STACK_CACHE_WORDS];
	_Atomic uint64_t value[STACK_CACHE_WORDS];
};

struct stack_cache {
	unsigned int next_way; /* used by the writer: the way to replace next */
	struct stack_cache_entry entry[STACK_CACHE_SETS][STACK_CACHE_WAYS];
};

/* The place of a call: code address, stack and registers. */
struct stack_place {
	uint32_t map; /* number of the process's memory map */
	uint64_t ip, sp;
	const unsigned char *bytes; /* the copy */
	size_t size;
	const struct unwind_regs *regs; /* NULL: only `ip` and `sp` are known */
};

/*
 * The ID of the stack at PLACE; 0 if it is not in the cache. Sets *NEEDS_REGISTERS if it may be
 * found when PLACE has registers. Reader's thread.
 */
uint32_t stack_cache_find(
	const struct stack_cache *cache, const struct stack_place *place, bool *needs_registers);

/*
 * Adds an entry: the COUNT words of READ at IP and SP in memory map MAP are the stack with ID
 * STACK, not 0. Does nothing if there are too many words. Writer's thread.
 */
void stack_cache_add(struct stack_cache *cache, uint32_t map, uint64_t ip, uint64_t sp,
	const struct stack_word *read, size_t count, uint32_t stack);

#endif
