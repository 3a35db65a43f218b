/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new program's arguments; see engine/ptrace/new_program.h. */
#include "config.h"

#include "engine/ptrace/new_program.h"

#include <elf.h>
#include <stddef.h>

#include "arch/arch.h"
#include "engine/ptrace/world/world.h"

/* Words of the stack that are looked at: more arguments and variables than this are unusual. */
#define WORDS_MAX 16384

/* Words that are read at once. */
#define CHUNK     64

/* Reads the stack of a new program word by word: argc, argv, NULL, envp, NULL, auxv; see ld.so(8).
 */
struct stack_words {
	struct world *world;
	int pages;
	pid_t tid;
	uint64_t at;      /* address of the next word */
	size_t got, used; /* words that were read ahead, and used of these */
	size_t left;      /* words that may still be read */
	uint64_t words[CHUNK];
};

/* Stores the next word in *WORD. Returns false if it cannot be read. */
static bool next(struct stack_words *stack, uint64_t *word)
{
	if (stack->used == stack->got) {
		size_t size = stack->world->target->copy(stack->world, stack->pages, stack->tid,
			stack->at, stack->words, sizeof(stack->words));
		stack->got = size / sizeof(*stack->words);
		stack->used = 0;
	}
	if (!stack->got || !stack->left)
		return false;
	*word = stack->words[stack->used++];
	stack->at += sizeof(*word);
	stack->left--;
	return true;
}

/* Skips words up to and including the next that is 0. */
static bool skip_list(struct stack_words *stack)
{
	uint64_t word;
	do {
		if (!next(stack, &word))
			return false;
	} while (word);
	return true;
}

/* The value of TYPE in the auxiliary vector, which comes next; 0: there is none. */
static uint64_t find_auxiliary(struct stack_words *stack, uint64_t type)
{
	uint64_t its_type, value;
	while (next(stack, &its_type) && next(stack, &value) && its_type != AT_NULL) {
		if (its_type == type)
			return value;
	}
	return 0;
}

bool new_program_args(struct world *world, int pages, pid_t tid, uint64_t args[CALL_MAX_ARGS])
{
	struct arch_regs raw;
	struct unwind_regs regs;
	uint64_t count;
	if (pages < 0 || world->trace->registers(world, tid, &raw) < 0 ||
		arch_regs_are_compat(&raw))
		return false;
	arch_unwind_regs(&raw, &regs);
	struct stack_words stack = {
		.world = world,
		.pages = pages,
		.tid = tid,
		.at = unwind_sp(&regs),
		.left = WORDS_MAX,
	};
	if (!next(&stack, &count))
		return false;
	uint64_t argv = stack.at;
	if (!skip_list(&stack))
		return false;
	uint64_t envp = stack.at;
	uint64_t path = skip_list(&stack) ? find_auxiliary(&stack, AT_EXECFN) : 0;
	if (!path)
		return false;
	args[0] = path;
	args[1] = argv;
	args[2] = envp;
	return true;
}
