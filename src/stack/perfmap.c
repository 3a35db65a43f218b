/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading perf-PID.map; see stack/perfmap.h. */
#include "config.h"

#include "stack/perfmap.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

/* Bytes that are read at once; a longer line is skipped. */
#define CHUNK    (64 << 10)

/* Bytes at the beginning, and before the end of what was read, by which a rewritten file is known.
 */
#define SEAL_MAX 256

/* One line. Its name stays in the file: a map can be larger than the memory for names. */
struct entry {
	uint64_t start;
	uint64_t name;  /* where it is in the file */
	uint32_t size;  /* of the code */
	uint32_t bytes; /* of the name */
};

/* A few bytes of the file, as they were. */
struct seal {
	uint64_t at;
	size_t size;
	unsigned char bytes[SEAL_MAX];
};

struct perfmap {
	int fd;                 /* owned */
	uint64_t parsed;        /* bytes of the file, up to the end of a line */
	bool is_long;           /* what follows is the rest of a line that is too long */
	struct entry *entries;  /* the last ones, at their number modulo PERFMAP_LINES_MAX; owned */
	size_t count;           /* of lines */
	struct seal head, tail; /* of what was parsed */
	char chunk[CHUNK];
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
	free(map->entries);
	free(map);
}

/* Whether the file was rewritten. */

static void set_seal(const struct perfmap *map, struct seal *seal, uint64_t at, uint64_t end)
{
	size_t size = end - at < SEAL_MAX ? (size_t)(end - at) : SEAL_MAX;
	ssize_t got = pread(map->fd, seal->bytes, size, (off_t)at);
	seal->at = at;
	seal->size = got > 0 ? (size_t)got : 0;
}

static bool is_intact(const struct perfmap *map, const struct seal *seal)
{
	unsigned char bytes[SEAL_MAX];
	return pread(map->fd, bytes, seal->size, (off_t)seal->at) == (ssize_t)seal->size &&
	       memcmp(bytes, seal->bytes, seal->size) == 0;
}

static void seal(struct perfmap *map)
{
	uint64_t last = map->parsed > SEAL_MAX ? map->parsed - SEAL_MAX : 0;
	set_seal(map, &map->head, 0, map->parsed);
	set_seal(map, &map->tail, last, map->parsed);
}

/* Lines. */

static struct entry *entry_at(const struct perfmap *map, size_t number)
{
	return &map->entries[number % PERFMAP_LINES_MAX];
}

static void add_entry(struct perfmap *map, const struct entry *entry)
{
	if (map->count % 1024 == 0 && map->count < PERFMAP_LINES_MAX)
		map->entries = xreallocarray(
			map->entries, map->count + 1024, sizeof(*map->entries));
	*entry_at(map, map->count++) = *entry;
}

/* Parses LINE, which ends at END, where a NUL is. It is at AT of the file. */
static void parse_line(struct perfmap *map, const char *line, const char *end, uint64_t at)
{
	char *rest;
	uint64_t start = strtoull(line, &rest, 16);
	uint64_t size = *rest == ' ' ? strtoull(rest, &rest, 16) : 0;
	if (size == 0 || size > UINT32_MAX || *rest != ' ' || rest + 1 >= end)
		return;
	add_entry(map, &(struct entry){
			       .start = start,
			       .name = at + (uint64_t)(rest + 1 - line),
			       .size = (uint32_t)size,
			       .bytes = (uint32_t)(end - rest - 1),
		       });
}

/* Parses the complete lines in SIZE bytes of the chunk. Returns how many bytes these are. */
static size_t parse_lines(struct perfmap *map, size_t size)
{
	char *at = map->chunk, *end;
	while ((end = memchr(at, '\n', size - (size_t)(at - map->chunk)))) {
		*end = '\0';
		if (!map->is_long)
			parse_line(map, at, end, map->parsed + (uint64_t)(at - map->chunk));
		map->is_long = false;
		at = end + 1;
	}
	if (at == map->chunk && size == CHUNK) {
		map->is_long = true;
		at += size;
	}
	return (size_t)(at - map->chunk);
}

/* Reads what is new in the file. */
static void read_more(struct perfmap *map)
{
	size_t done;
	uint64_t before = map->parsed;
	if (!is_intact(map, &map->head) || !is_intact(map, &map->tail)) {
		map->parsed = map->count = 0;
		map->is_long = false;
		free(map->entries);
		map->entries = NULL;
	}
	do {
		ssize_t got = pread(map->fd, map->chunk, CHUNK, (off_t)map->parsed);
		done = got > 0 ? parse_lines(map, (size_t)got) : 0;
		map->parsed += done;
	} while (done && map->parsed < PERFMAP_SIZE_MAX);
	if (map->parsed != before)
		seal(map);
}

/* Looking up. */

static bool covers(const struct entry *entry, uint64_t address)
{
	return address - entry->start < entry->size;
}

/* The line for ADDRESS when the file had LIMIT bytes, or NULL. */
static const struct entry *find(const struct perfmap *map, uint64_t address, uint64_t limit)
{
	const struct entry *next = NULL;
	size_t known = map->count < PERFMAP_LINES_MAX ? map->count : PERFMAP_LINES_MAX;
	for (size_t i = 1; i <= known; i++) {
		const struct entry *entry = entry_at(map, map->count - i);
		if (!covers(entry, address))
			continue;
		if (entry->name + entry->bytes < limit)
			return entry;
		next = entry;
	}
	return next;
}

bool perfmap_find(struct perfmap *map, uint64_t address, uint64_t limit,
	char name[PERFMAP_NAME_MAX], uint64_t *offset)
{
	read_more(map);
	const struct entry *entry = find(map, address, limit);
	if (!entry)
		return false;
	size_t size = entry->bytes < PERFMAP_NAME_MAX ? entry->bytes : PERFMAP_NAME_MAX - 1;
	ssize_t got = pread(map->fd, name, size, (off_t)entry->name);
	if (got <= 0)
		return false;
	name[got] = '\0';
	*offset = address - entry->start;
	return true;
}
