/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cache of stacks shared by two threads; see event/stack_cache.h. */
#include "config.h"

#include "event/stack_cache.h"

#include <string.h>

static size_t set_of(uint32_t map, uint64_t ip, uint64_t sp)
{
	uint64_t hash = ip ^ sp << 16 ^ (uint64_t)map << 40;
	return (hash * UINT64_C(0x9e3779b97f4a7c15) >> 40) % STACK_CACHE_SETS;
}

/* Stores the word at position AT of PLACE in *VALUE. False if it has none. */
static bool read_word(const struct stack_place *place, uint32_t at, uint64_t *value)
{
	/* An entry being written may have one although `has_registers` was not yet set. */
	if (at >= STACK_CACHE_REGISTER && at - STACK_CACHE_REGISTER < ARCH_UNWIND_REGS &&
		place->regs)
		*value = place->regs->reg[at - STACK_CACHE_REGISTER];
	else if (place->size >= sizeof(*value) && at <= place->size - sizeof(*value))
		memcpy(value, place->bytes + at, sizeof(*value));
	else
		return false;
	return true;
}

/* Loads are relaxed: read_entry() orders them by reading the sequence before and after. */

static bool is_at(const struct stack_cache_entry *entry, const struct stack_place *place)
{
	return atomic_load_explicit(&entry->ip, memory_order_relaxed) == place->ip &&
	       atomic_load_explicit(&entry->sp, memory_order_relaxed) == place->sp &&
	       atomic_load_explicit(&entry->map, memory_order_relaxed) == place->map &&
	       atomic_load_explicit(&entry->count, memory_order_relaxed) > 0;
}

static bool has_same_words(const struct stack_cache_entry *entry, const struct stack_place *place)
{
	uint32_t count = atomic_load_explicit(&entry->count, memory_order_relaxed);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t value;
		if (!read_word(place, atomic_load_explicit(&entry->at[i], memory_order_relaxed),
			    &value) ||
			value != atomic_load_explicit(&entry->value[i], memory_order_relaxed))
			return false;
	}
	return true;
}

static uint32_t read_entry(const struct stack_cache_entry *entry, const struct stack_place *place,
	bool *needs_registers)
{
	/* Pairs with the release store at the end of a write. */
	uint32_t before = atomic_load_explicit(&entry->sequence, memory_order_acquire);
	if (before % 2 || !is_at(entry, place))
		return 0;
	if (!place->regs && atomic_load_explicit(&entry->has_registers, memory_order_relaxed)) {
		*needs_registers = true;
		return 0;
	}
	bool same = has_same_words(entry, place);
	uint32_t stack = atomic_load_explicit(&entry->stack, memory_order_relaxed);
	/* Pairs with the release fence before an entry is written. */
	atomic_thread_fence(memory_order_acquire);
	bool whole = atomic_load_explicit(&entry->sequence, memory_order_relaxed) == before;
	return same && whole ? stack : 0;
}

uint32_t stack_cache_find(
	const struct stack_cache *cache, const struct stack_place *place, bool *needs_registers)
{
	const struct stack_cache_entry *set =
		cache->entry[set_of(place->map, place->ip, place->sp)];
	*needs_registers = false;
	for (size_t way = 0; way < STACK_CACHE_WAYS; way++) {
		uint32_t stack = read_entry(&set[way], place, needs_registers);
		if (stack)
			return stack;
	}
	return 0;
}

/* Whether ENTRY already has the same words. Writer's thread. */
static bool is_same(const struct stack_cache_entry *entry, const struct stack_place *place,
	const struct stack_word *read, size_t count)
{
	if (!is_at(entry, place) ||
		atomic_load_explicit(&entry->count, memory_order_relaxed) != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (atomic_load_explicit(&entry->at[i], memory_order_relaxed) != read[i].at ||
			atomic_load_explicit(&entry->value[i], memory_order_relaxed) !=
				read[i].value)
			return false;
	}
	return true;
}

void stack_cache_add(struct stack_cache *cache, uint32_t map, uint64_t ip, uint64_t sp,
	const struct stack_word *read, size_t count, uint32_t stack)
{
	if (count == 0 || count > STACK_CACHE_WORDS)
		return;
	struct stack_cache_entry *set = cache->entry[set_of(map, ip, sp)];
	struct stack_place place = {.map = map, .ip = ip, .sp = sp};
	for (size_t way = 0; way < STACK_CACHE_WAYS; way++) {
		if (is_same(&set[way], &place, read, count))
			return;
	}
	struct stack_cache_entry *entry = &set[cache->next_way++ % STACK_CACHE_WAYS];
	uint32_t sequence = atomic_load_explicit(&entry->sequence, memory_order_relaxed);
	bool has_registers = false;
	atomic_store_explicit(&entry->sequence, sequence + 1, memory_order_relaxed);
	/* A reader that sees any of the following writes also sees the odd sequence. */
	atomic_thread_fence(memory_order_release);
	for (size_t i = 0; i < count; i++) {
		has_registers |= read[i].at >= STACK_CACHE_REGISTER;
		atomic_store_explicit(&entry->at[i], read[i].at, memory_order_relaxed);
		atomic_store_explicit(&entry->value[i], read[i].value, memory_order_relaxed);
	}
	atomic_store_explicit(&entry->count, (uint32_t)count, memory_order_relaxed);
	atomic_store_explicit(&entry->has_registers, has_registers, memory_order_relaxed);
	atomic_store_explicit(&entry->map, map, memory_order_relaxed);
	atomic_store_explicit(&entry->ip, ip, memory_order_relaxed);
	atomic_store_explicit(&entry->sp, sp, memory_order_relaxed);
	atomic_store_explicit(&entry->stack, stack, memory_order_relaxed);
	atomic_store_explicit(&entry->sequence, sequence + 2, memory_order_release);
}
