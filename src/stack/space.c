/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Address spaces; see stack/space.h. */
#include "config.h"

#include "stack/space.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "stack/walk.h"

/* Minimum interval between rereads of a map because of an unknown address. */
#define REFRESH_EVERY_NS (20 * NS_PER_MS)

/* A large map is reread more rarely: this multiple of the time that it takes. */
#define REFRESH_SHARE    16

/* Number of cached words of files: the unwinder keeps reading the same ones. */
#define WORDS            1024

struct space_word {
	uint64_t address; /* 0: none */
	uint64_t word;
};

struct space *space_new(struct intern *intern, pid_t tgid)
{
	struct space *space = xcalloc(1, sizeof(*space));
	space->intern = intern;
	space->words = xcalloc(WORDS, sizeof(*space->words));
	space->tgid = space->tid = tgid;
	return space;
}

void space_free(struct space *space)
{
	if (!space)
		return;
	walk_forget_space(space);
	map_clear(&space->frames);
	free(space->words);
	free(space->mappings);
	free(space->text);
	free(space);
}

static bool is_named(const struct maps_line *line, const char *name)
{
	return line->name_size == strlen(name) && memcmp(line->name, name, line->name_size) == 0;
}

static void add_mapping(struct space *space, const struct maps_line *line, size_t from, size_t to)
{
	if (space->count % 64 == 0)
		space->mappings = xreallocarray(
			space->mappings, space->count + 64, sizeof(*space->mappings));
	space->mappings[space->count++] = (struct mapping){
		.start = line->start,
		.end = line->end,
		.offset = line->offset,
		.writable = line->writable,
		.executable = line->executable,
		.line = from,
		.line_size = to - from,
	};
}

static void read_lines(struct space *space)
{
	const char *at = space->text, *end = space->text + space->text_size;
	struct maps_line line;
	space->count = space->last = 0;
	for (const char *from = at; maps_next(&at, end, &line); from = at) {
		bool is_code = line.executable;
		bool is_constant = line.inode && line.readable && !line.writable;
		/* The kernel lists them by address; other lines are invalid. */
		bool in_order = !space->count ||
		                space->mappings[space->count - 1].end <= line.start;
		if ((is_code || is_constant) && in_order)
			add_mapping(space, &line, (size_t)(from - space->text),
				(size_t)(at - space->text));
	}
}

bool space_set(struct space *space, pid_t tid, const char *text, size_t size)
{
	space->tid = tid;
	if (space->text_size == size && size && memcmp(space->text, text, size) == 0)
		return false;
	char *copy = xcalloc(size, 1);
	memcpy(copy, text, size);
	free(space->text);
	space->text = copy;
	space->text_size = size;
	read_lines(space);
	memset(space->words, 0, WORDS * sizeof(*space->words));
	map_clear(&space->frames);
	walk_flush_space(space);
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

struct module_source *space_source(struct space *space, struct mapping *mapping)
{
	struct maps_line line;
	const char *at = space->text + mapping->line;
	if (mapping->source || !maps_next(&at, at + mapping->line_size, &line))
		return mapping->source;
	if (line.inode)
		mapping->source = intern_file(space->intern, space->tid, &line);
	else if (is_named(&line, "[vdso]"))
		mapping->source = intern_vdso(space->intern, space->tid, &line);
	else
		mapping->source = intern_generated(space->intern, space->tgid);
	return mapping->source;
}

static bool read_word(struct space *space, uint64_t address, uint64_t *word)
{
	struct mapping *mapping = space_find(space, address);
	if (!mapping || mapping->writable || mapping->end - address < sizeof(*word))
		return false;
	struct module_source *source = space_source(space, mapping);
	uint64_t offset = address - mapping->start + mapping->offset;
	return source && source->image && image_read(source->image, offset, word, sizeof(*word));
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

/* Reads the map as the engine sends it. */
static int read_maps(pid_t tid, struct maps_text *maps)
{
	struct maps_filter filter = {0};
	int result = maps_read(tid, maps);
	if (result == 0)
		maps_filter_some(&filter, SIZE_MAX, maps);
	maps_filter_clear(&filter);
	return result;
}

bool space_refresh(struct space *space, uint64_t now_ns)
{
	if (now_ns < space->refresh_ns)
		return false;
	struct maps_text maps = {0};
	uint64_t begin_ns = clock_now_ns();
	bool is_other = read_maps(space->tid, &maps) == 0 &&
	                space_set(space, space->tid, maps.text, maps.size);
	maps_clear(&maps);
	uint64_t spent_ns = clock_now_ns() - begin_ns;
	space->refresh_ns = now_ns + REFRESH_EVERY_NS + spent_ns * REFRESH_SHARE;
	return is_other;
}
