/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a memory map in steps; see engine/ptrace/map_reader.h. */
#include "config.h"

#include "engine/ptrace/map_reader.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "engine/ptrace/world/world.h"

#define BYTES_PER_LINE 64 /* a short one: to filter takes as long as to read */

/* Ranges. */

/* There can be many, so lack of memory is an error, not the end. */
static bool add_range(struct code_ranges *ranges, const struct maps_line *line)
{
	if (ranges->count == ranges->capacity) {
		size_t capacity = ranges->capacity ? ranges->capacity * 2 : 32;
		struct code_range *range = reallocarray(ranges->range, capacity, sizeof(*range));
		if (!range)
			return false;
		ranges->range = range;
		ranges->capacity = capacity;
	}
	ranges->range[ranges->count++] = (struct code_range){
		line->start, line->end, line->executable};
	return true;
}

bool code_ranges_set(struct code_ranges *ranges, const struct maps_text *maps)
{
	struct maps_line line;
	const char *at = maps->text;
	ranges->count = 0;
	while (maps_next(&at, maps->text + maps->size, &line)) {
		if (line.inode && !add_range(ranges, &line))
			return false;
	}
	return true;
}

void code_ranges_clear(struct code_ranges *ranges)
{
	free(ranges->range);
	*ranges = (struct code_ranges){0};
}

/* Whether there is one in the SIZE bytes from START; EXECUTABLE: one with code. */
static bool overlaps(
	const struct code_ranges *ranges, uint64_t start, uint64_t size, bool executable)
{
	for (size_t i = 0; i < ranges->count; i++) {
		const struct code_range *range = &ranges->range[i];
		if (range->start < start + size && start < range->end &&
			(range->executable || !executable))
			return true;
	}
	return false;
}

bool code_ranges_are_changed(
	const struct code_ranges *ranges, uint32_t nr, const uint64_t args[CALL_MAX_ARGS])
{
	switch (nr) {
	case SYS_mmap:
		return ((args[2] & PROT_EXEC) && !(args[3] & MAP_ANONYMOUS)) ||
		       ((args[3] & MAP_FIXED) && overlaps(ranges, args[0], args[1], true));
	case SYS_munmap:
		return overlaps(ranges, args[0], args[1], true);
	case SYS_mremap:
		return overlaps(ranges, args[0], args[1], true) ||
		       ((args[3] & MREMAP_FIXED) && overlaps(ranges, args[4], args[2], true));
	case SYS_mprotect:
	case SYS_pkey_mprotect:
		return overlaps(ranges, args[0], args[1], !(args[2] & PROT_EXEC));
	default:
		return false;
	}
}

/* The reader. */

int map_reader_init(struct map_reader *reader, struct world *world, pid_t tid)
{
	/* Not that of the leader, which is empty if it has exited. */
	int handle = world->target->open_maps(world, tid);
	if (handle < 0)
		return handle;
	*reader = (struct map_reader){.world = world, .handle = handle};
	return 0;
}

static void close_handle(struct map_reader *reader)
{
	if (reader->handle >= 0)
		reader->world->target->close_maps(reader->world, reader->handle);
	reader->handle = -1;
}

void map_reader_clear(struct map_reader *reader)
{
	close_handle(reader);
	maps_clear(&reader->text);
	maps_filter_clear(&reader->filter);
}

int map_reader_step(struct map_reader *reader, size_t size)
{
	struct world *world = reader->world;
	if (reader->handle >= 0) {
		int result = world->target->read_maps(world, reader->handle, size, &reader->text);
		if (result == 0)
			close_handle(reader);
		return result < 0 ? result : 1;
	}
	reader->complete = reader->complete ||
	                   maps_filter_some(&reader->filter, size / BYTES_PER_LINE, &reader->text);
	return !reader->complete;
}

static bool may_change_mappings(uint32_t nr)
{
	return nr == SYS_mmap || nr == SYS_munmap || nr == SYS_mremap || nr == SYS_mprotect ||
	       nr == SYS_pkey_mprotect;
}

void map_reader_note_call(
	struct map_reader *reader, uint32_t nr, const uint64_t args[CALL_MAX_ARGS])
{
	static const struct code_ranges none;
	if (!may_change_mappings(nr))
		return;
	/* What it has mapped may be missing in the text. */
	if (reader->calls == MAP_READER_CALLS || code_ranges_are_changed(&none, nr, args)) {
		reader->outdated = true;
		return;
	}
	reader->call[reader->calls].nr = nr;
	memcpy(reader->call[reader->calls++].args, args, sizeof(reader->call[0].args));
}

bool map_reader_is_outdated(const struct map_reader *reader, const struct code_ranges *ranges)
{
	for (unsigned int i = 0; i < reader->calls && !reader->outdated; i++) {
		if (code_ranges_are_changed(ranges, reader->call[i].nr, reader->call[i].args))
			return true;
	}
	return reader->outdated;
}
