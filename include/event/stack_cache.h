/*
 * Stacks that are known: most calls come from where the last ones came from. The stack thread tells
 * here which words a walk has read, and what it came to; where the tracer finds the same words, at
 * the same place, with the same code mapped, it is the same stack, and nothing has to be copied.
 *
 *     stack thread ──stack_cache_add()──▶ entries, in sets of a few ──stack_cache_find()──▶ tracer
 *
 * An entry is written while it may be read: its sequence is odd meanwhile, and has changed
 * afterwards, and who saw either has found nothing (a seqlock). One thread writes, one reads.
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

/* Words that a walk may have read to be told here. */
#define STACK_CACHE_WORDS    60

/* Where a word is: at this offset of the copy; or from here on, the register of that number. */
#define STACK_CACHE_REGISTER UINT32_C(0xffff0000)

/* One word that a walk has read. */
struct stack_word {
	uint32_t at;
	uint64_t value;
};

struct stack_cache_entry {
	_Atomic uint32_t sequence; /* odd: it is being written */
	_Atomic uint32_t count;    /* words; 0: none is known here */
	_Atomic uint32_t space;    /* the map of memory that it holds for */
	_Atomic bool registers;    /* some of the words are registers */
	_Atomic uint64_t ip, sp;
	_Atomic uintptr_t meaning;
	_Atomic uint32_t at[STACK_CACHE_WORDS];
	_Atomic uint64_t value[STACK_CACHE_WORDS];
};

struct stack_cache {
	unsigned int turn; /* the writer's: which way is replaced next */
	struct stack_cache_entry entry[STACK_CACHE_SETS][STACK_CACHE_WAYS];
};

/* Where a call was made, and what is there. */
struct stack_place {
	uint32_t space; /* which map of memory the process has */
	uint64_t ip, sp;
	const unsigned char *bytes; /* the copy */
	size_t size;
	/* The registers, or NULL: those that are not `ip` and `sp` are unknown. */
	const struct unwind_regs *regs;
};

/*
 * What the walk of PLACE came to, or 0. Sets *WANTS_REGISTERS where there may be an answer for who
 * knows these. Reader's thread.
 */
uintptr_t stack_cache_find(
	const struct stack_cache *known, const struct stack_place *place, bool *wants_registers);

/*
 * From now on, whoever has the COUNT words of READ at the ip and sp of space SPACE has MEANING (not
 * 0). Does nothing where there are too many words. Writer's thread.
 */
void stack_cache_add(struct stack_cache *known, uint32_t space, uint64_t ip, uint64_t sp,
	const struct stack_word *read, size_t count, uintptr_t meaning);

#endif
