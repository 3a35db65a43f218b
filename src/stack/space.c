/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address spaces; see stack/space.h. */
#include "config.h"

#include "stack/space.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stack/image.h"
#include "stack/walk.h"

/* How far away the rest of a file is whose code was moved, in mappings. */
#define MOVED_MAX     16

/* Number of cached words of files: the unwinder keeps reading the same ones. */
#define WORDS         1024

#define GRANULE_SHIFT 16

/* Mappings of so many granules are of all bits. */
#define GRANULES_MAX  (SPACE_FILTER / 4)

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
	memset(space->code, 0, sizeof(space->code));
	memset(space->words, 0, WORDS * sizeof(*space->words));
	walk_flush_space(space);
}

static uint32_t filter_bit(uint64_t granule)
{
	return (uint32_t)(granule * UINT64_C(0x9e3779b97f4a7c15) >> 32) % SPACE_FILTER;
}

static void add_code(struct space *space, const struct mapping *mapping)
{
	uint64_t first = mapping->start >> GRANULE_SHIFT;
	uint64_t last = (mapping->end - 1) >> GRANULE_SHIFT;
	if (last - first >= GRANULES_MAX)
		memset(space->code, 0xff, sizeof(space->code));
	for (uint64_t at = first; at <= last && last - first < GRANULES_MAX; at++) {
		uint32_t bit = filter_bit(at);
		space->code[bit / 64] |= UINT64_C(1) << (bit % 64);
	}
}

bool space_may_have_code(const struct space *space, uint64_t address)
{
	uint32_t bit = filter_bit(address >> GRANULE_SHIFT);
	return space->code[bit / 64] >> (bit % 64) & 1;
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
	if (mapping->executable)
		add_code(space, mapping);
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

/* The next mapping of a file from MAPPING on in steps of STEP, without a gap; NULL: there is none.
 */
static struct mapping *find_file(struct space *space, const struct mapping *mapping, int step)
{
	size_t at = (size_t)(mapping - space->mappings);
	for (int i = 0; i < MOVED_MAX; i++) {
		struct mapping *last = &space->mappings[at];
		at += (size_t)step;
		if (at >= space->count)
			return NULL;
		struct mapping *next = &space->mappings[at];
		if (step > 0 ? last->end != next->start : next->end != last->start)
			return NULL;
		if (!next->is_anonymous)
			return next;
	}
	return NULL;
}

/*
 * Programs move their code to anonymous memory at the same addresses, for the sake of huge pages.
 * If the code of the file beside MAPPING has its place there, that is what MAPPING is.
 */
static void find_moved_code(struct space *space, struct mapping *mapping)
{
	static const int steps[] = {-1, 1};
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		struct mapping *beside = find_file(space, mapping, steps[i]);
		struct walk_module *module = beside ? space_module(space, beside) : NULL;
		uint64_t address, offset;
		if (!module || !module->image ||
			!image_address(module->image, beside->offset, &address) ||
			!image_code_offset(
				module->image, mapping->start - beside->start + address, &offset))
			continue;
		mapping->module = module;
		mapping->offset = offset;
		mapping->is_known = true;
		return;
	}
}

bool space_is_probe(struct space *space, uint64_t address)
{
	const struct mapping *mapping = space_find(space, address);
	return mapping && mapping->is_probe;
}

struct walk_module *space_module(struct space *space, struct mapping *mapping)
{
	if (mapping->is_anonymous && !mapping->is_known)
		find_moved_code(space, mapping);
	if (!mapping->is_known || (mapping->module && !mapping->module->is_complete)) {
		mapping->module = space->find_module(
			space->context, space->tgid, mapping->start, mapping->module);
		mapping->is_known = true;
	}
	if (space->reading && mapping->module)
		atomic_store_explicit(space->reading, mapping->module->id, memory_order_relaxed);
	return mapping->module;
}

/* The image that has ADDRESS, and its link-time address in it; NULL: there is none. */
static struct image *image_at(struct space *space, uint64_t address, uint64_t *linked)
{
	struct mapping *mapping = space_find(space, address);
	struct walk_module *module = mapping ? space_module(space, mapping) : NULL;
	bool is_found = module && module->image &&
	                image_address(
				module->image, address - mapping->start + mapping->offset, linked);
	return is_found ? module->image : NULL;
}

uint64_t space_function(struct space *space, uint64_t address)
{
	uint64_t linked;
	struct image *image = image_at(space, address, &linked);
	uint64_t start = image ? image_function(image, linked) : 0;
	return start ? address - (linked - start) : 0;
}

bool space_is_entry(struct space *space, uint64_t address)
{
	uint64_t linked;
	struct image *image = image_at(space, address, &linked);
	return image && image_is_entry(image, linked);
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
