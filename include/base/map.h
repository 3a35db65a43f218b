/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash map from 64-bit integers to pointers, for tables that are looked up at every stop: O(1),
 * no allocation on lookup, growth by doubling. The map owns its slots, never what they point to.
 *
 * Not locked: one owner at a time.
 */
#ifndef STOP_BASE_MAP_H
#define STOP_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_slot {
	uint64_t key;
	void *value; /* NULL: the slot is free */
};

struct map {
	size_t count;           /* keys in it */
	size_t capacity;        /* slots, a power of two, or 0 */
	struct map_slot *slots; /* owned */
};

/* The value of KEY, or NULL. */
void *map_get(const struct map *map, uint64_t key);

/* Sets the value of KEY to VALUE (not NULL). Returns the previous one, or NULL. */
void *map_put(struct map *map, uint64_t key, void *value);

/* Removes KEY. Returns its value, or NULL. */
void *map_remove(struct map *map, uint64_t key);

/* Frees the slots and makes MAP empty. */
void map_clear(struct map *map);

/* The next value at or after slot *AT (start with 0), in no particular order; NULL at the end. The
 * map must not change during the iteration. */
void *map_next(const struct map *map, size_t *at);

#define MAP_FOR_EACH(map, at, value) for (size_t at = 0; ((value) = map_next((map), &at)) != NULL;)

#endif
