/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address spaces; see stack/space.h. */
#include "config.h"

#include "stack/space.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stack/image.h"
#include "stack/walk.h"

/* Number of cached words of files: the unwinder keeps reading the same ones. */
#define WORDS 1024

struct space_word {
	uint64_t address; /* 0: none */
	uint64_t word;
};

struct space *space_new(pid_t tgid, space_find_module *find_module, void *context)
{
	struct space *space = xcalloc(1, sizeof(*space));
	space->tgid = tgid;
	space->find_module = find_module;
	space->context = context;
	space->words = xcalloc(WORDS, sizeof(*space->words));
	return space;
}

void space_free(struct space *space)
{
	if (!space)
		return;
	walk_forget_space(space);
	free(space->words);
	free(space->mappings);
	free(space);
}

void space_reset(struct space *space)
{
	space->count = space->last = 0;
	memset(space->words, 0, WORDS * sizeof(*space->words));
	walk_flush_space(space);
}

bool space_add(struct space *space, const struct mapping *mapping)
{
	if (mapping->start >= mapping->end ||
		(space->count && space->mappings[space->count - 1].end > mapping->start))
		return false;
	if (space->count % 64 == 0)
		space->mappings = xreallocarray(
			space->mappings, space->count + 64, sizeof(*space->mappings));
	space->mappings[space->count++] = *mapping;
	return true;
}

static bool contains(const struct mapping *mapping, uint64_t address)
{
	return address >= mapping->start && address < mapping->end;
}

struct mapping *space_find(struct space *space, uint64_t address)
{
	if (space->last < space->count && contains(&space->mappings[space->last], address))
		return &space->mappings[space->last];
	size_t low = 0, high = space->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (space->mappings[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == space->count || !contains(&space->mappings[low], address))
		return NULL;
	space->last = low;
	return &space->mappings[low];
}

struct walk_module *space_module(struct space *space, struct mapping *mapping)
{
	if (!mapping->is_known || (mapping->module && !mapping->module->is_complete)) {
		mapping->module = space->find_module(
			space->context, space->tgid, mapping->start, mapping->module);
		mapping->is_known = true;
	}
	if (space->reading && mapping->module)
		atomic_store_explicit(space->reading, mapping->module->id, memory_order_relaxed);
	return mapping->module;
}

static bool read_word(struct space *space, uint64_t address, uint64_t *word)
{
	struct mapping *mapping = space_find(space, address);
	if (!mapping || mapping->writable || mapping->end - address < sizeof(*word))
		return false;
	struct walk_module *module = space_module(space, mapping);
	uint64_t offset = address - mapping->start + mapping->offset;
	return module && module->image && image_read(module->image, offset, word, sizeof(*word));
}

bool space_read_word(struct space *space, uint64_t address, uint64_t *word)
{
	struct space_word *known = &space->words[address / sizeof(*word) % WORDS];
	if (known->address != address || !known->address) {
		if (!read_word(space, address, &known->word)) {
			known->address = 0;
			return false;
		}
		known->address = address;
	}
	*word = known->word;
	return true;
}
