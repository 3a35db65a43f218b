/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A set-associative cache of walks; see stack/walk_cache.h. */
#include "config.h"

#include "stack/walk_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* 1,024 walks of up to 3 KiB. */
#define SETS 256
#define WAYS 4

struct entry {
	const struct stack *stack; /* NULL: free */
	pid_t tgid;
	uint64_t ip, sp;
	size_t used, count;
	struct stack_word read[WALK_READS];
};

struct walk_cache {
	unsigned int turn; /* the way to replace next */
	struct entry entries[SETS][WAYS];
};

struct walk_cache *walk_cache_new(void)
{
	return xcalloc(1, sizeof(struct walk_cache));
}

void walk_cache_free(struct walk_cache *walk_cache)
{
	free(walk_cache);
}

void walk_cache_clear(struct walk_cache *walk_cache)
{
	for (size_t set = 0; set < SETS; set++) {
		for (size_t way = 0; way < WAYS; way++)
			walk_cache->entries[set][way].stack = NULL;
	}
}

static size_t set_of(const struct stack_copy *copy)
{
	uint64_t hash = unwind_ip(&copy->regs) ^ unwind_sp(&copy->regs) << 16 ^
	                (uint64_t)copy->record.tgid << 40;
	return (hash * UINT64_C(0x9e3779b97f4a7c15) >> 40) % SETS;
}

const struct stack *walk_cache_find(
	const struct walk_cache *walk_cache, const struct stack_copy *copy, struct walk *walk)
{
	const struct entry *set = walk_cache->entries[set_of(copy)];
	for (size_t way = 0; way < WAYS; way++) {
		const struct entry *entry = &set[way];
		if (entry->stack && entry->ip == unwind_ip(&copy->regs) &&
			entry->sp == unwind_sp(&copy->regs) && entry->tgid == copy->record.tgid &&
			walk_is_same(entry->read, entry->count, copy)) {
			walk->end = entry->stack->end;
			walk->used = entry->used;
			walk->read_count = entry->count;
			walk->guessed = walk->count = entry->stack->count;
			memcpy(walk->read, entry->read, entry->count * sizeof(*entry->read));
			return entry->stack;
		}
	}
	return NULL;
}

void walk_cache_add(struct walk_cache *walk_cache, const struct stack_copy *copy,
	const struct walk *walk, const struct stack *stack)
{
	if (!walk_is_repeatable(walk))
		return;
	struct entry *entry = &walk_cache->entries[set_of(copy)][walk_cache->turn++ % WAYS];
	entry->stack = stack;
	entry->tgid = copy->record.tgid;
	entry->ip = unwind_ip(&copy->regs);
	entry->sp = unwind_sp(&copy->regs);
	entry->used = walk->used;
	entry->count = walk->read_count;
	memcpy(entry->read, walk->read, walk->read_count * sizeof(*walk->read));
}
