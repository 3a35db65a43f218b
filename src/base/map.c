/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Open-addressing hash map with linear probing; see base/map.h. */
#include "config.h"

#include "base/map.h"

#include <stdlib.h>

#include "base/alloc.h"

#define FIRST_CAPACITY 16

/* The preferred slot of KEY. Fibonacci hashing spreads consecutive numbers such as tids. */
static size_t home(const struct map *map, uint64_t key)
{
	uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(hash >> 32) & (map->capacity - 1);
}

/* The slot with KEY, or the free one where it belongs. The map must have a free slot. */
static struct map_slot *find(const struct map *map, uint64_t key)
{
	size_t at = home(map, key);
	while (map->slots[at].value && map->slots[at].key != key)
		at = (at + 1) & (map->capacity - 1);
	return &map->slots[at];
}

static void grow(struct map *map)
{
	struct map larger = {.capacity = map->capacity ? map->capacity * 2 : FIRST_CAPACITY};
	larger.slots = xcalloc(larger.capacity, sizeof(*larger.slots));
	larger.count = map->count;
	for (size_t i = 0; i < map->capacity; i++) {
		if (map->slots[i].value)
			*find(&larger, map->slots[i].key) = map->slots[i];
	}
	xfree(map->slots);
	*map = larger;
}

void *map_get(const struct map *map, uint64_t key)
{
	return map->capacity ? find(map, key)->value : NULL;
}

void *map_put(struct map *map, uint64_t key, void *value)
{
	if ((map->count + 1) * 2 > map->capacity)
		grow(map);
	struct map_slot *slot = find(map, key);
	void *old = slot->value;
	*slot = (struct map_slot){.key = key, .value = value};
	map->count += !old;
	return old;
}

/* Closes the gap at GAP: later keys of the same run move up unless that would put them before their
 * home slot. */
static void close_gap(struct map *map, size_t gap)
{
	size_t mask = map->capacity - 1;
	for (size_t at = (gap + 1) & mask; map->slots[at].value; at = (at + 1) & mask) {
		size_t from_home = (at - home(map, map->slots[at].key)) & mask;
		if (from_home < ((at - gap) & mask))
			continue;
		map->slots[gap] = map->slots[at];
		gap = at;
	}
	map->slots[gap].value = NULL;
}

void *map_remove(struct map *map, uint64_t key)
{
	if (!map->capacity)
		return NULL;
	struct map_slot *slot = find(map, key);
	void *old = slot->value;
	if (old) {
		map->count--;
		close_gap(map, (size_t)(slot - map->slots));
	}
	return old;
}

void map_clear(struct map *map)
{
	xfree(map->slots);
	*map = (struct map){0};
}

void *map_next(const struct map *map, size_t *at)
{
	while (*at < map->capacity) {
		void *value = map->slots[(*at)++].value;
		if (value)
			return value;
	}
	return NULL;
}
