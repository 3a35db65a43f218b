/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading perf-PID.map; see stack/perfmap.h. */
#include "config.h"

#include "stack/perfmap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

/* Limit on the part of a map that is read. */
#define MAP_MAX (128 << 20)

#define CHUNK   (64 << 10)

/* One line. */
struct entry {
	uint64_t start, size;
	size_t name; /* offset in the text */
};

struct perfmap {
	int fd;     /* owned */
	char *text; /* what was read so far, with NUL-terminated names; owned */
	size_t size, capacity, parsed;
	struct entry *entries; /* in the order of the file; owned */
	size_t count;
};

struct perfmap *perfmap_new(int fd)
{
	struct perfmap *map = xcalloc(1, sizeof(*map));
	map->fd = fd;
	return map;
}

void perfmap_free(struct perfmap *map)
{
	if (!map)
		return;
	close(map->fd);
	free(map->text);
	free(map->entries);
	free(map);
}

/* Reads what was appended to the file. */
static void read_more(struct perfmap *map)
{
	while (map->size < MAP_MAX) {
		if (map->capacity - map->size < CHUNK) {
			map->capacity = map->capacity * 2 + CHUNK;
			map->text = xreallocarray(map->text, map->capacity, 1);
		}
		ssize_t got = pread(map->fd, map->text + map->size, CHUNK, (off_t)map->size);
		if (got <= 0)
			return;
		map->size += (size_t)got;
	}
}

static void add_entry(struct perfmap *map, uint64_t start, uint64_t size, size_t name)
{
	if (map->count % 1024 == 0)
		map->entries = xreallocarray(
			map->entries, map->count + 1024, sizeof(*map->entries));
	map->entries[map->count++] = (struct entry){start, size, name};
}

/* Parses the complete lines that were read. */
static void parse_more(struct perfmap *map)
{
	char *end;
	while (map->parsed < map->size &&
		(end = memchr(map->text + map->parsed, '\n', map->size - map->parsed))) {
		char *line = map->text + map->parsed, *rest;
		*end = '\0';
		uint64_t start = strtoull(line, &rest, 16);
		uint64_t size = *rest == ' ' ? strtoull(rest, &rest, 16) : 0;
		if (size && *rest == ' ' && rest[1])
			add_entry(map, start, size, (size_t)(rest + 1 - map->text));
		map->parsed = (size_t)(end + 1 - map->text);
	}
}

static const struct entry *find(const struct perfmap *map, uint64_t address)
{
	for (size_t i = map->count; i-- > 0;) {
		if (address - map->entries[i].start < map->entries[i].size)
			return &map->entries[i];
	}
	return NULL;
}

const char *perfmap_find(struct perfmap *map, uint64_t address, uint64_t *offset)
{
	/* Memory is reused: the last entry in the file is current. */
	read_more(map);
	parse_more(map);
	const struct entry *entry = find(map, address);
	if (!entry)
		return NULL;
	*offset = address - entry->start;
	return map->text + entry->name;
}
