/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the memory map of a process in steps, because one of 60,000 mappings takes 30 ms, and the
 * process runs meanwhile. Of the text only what stacks need is kept; see maps_filter_some().
 *
 * Calls that change mappings of code may end in between: these are noted, and make the text
 * outdated if they have changed what it shows.
 *
 * Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_MAP_READER_H
#define STOP_ENGINE_PTRACE_MAP_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"
#include "proc/maps.h"

struct world;

/* A mapping of a file. */
struct code_range {
	uint64_t start, end;
	bool executable;
};

/* Those of a process, by address. The zero value is empty. */
struct code_ranges {
	struct code_range *range; /* owned */
	size_t count, capacity;
};

/* Sets RANGES to the file mappings in MAPS, in order. Returns false if memory was refused. */
bool code_ranges_set(struct code_ranges *ranges, const struct maps_text *maps);
void code_ranges_clear(struct code_ranges *ranges);

/*
 * Whether call number NR of 64-bit code, which has succeeded, has changed mappings of code from
 * files, of which RANGES existed before. JIT-compiled code has no unwind tables, so nothing cached
 * depends on it.
 */
bool code_ranges_are_changed(
	const struct code_ranges *ranges, uint32_t nr, const uint64_t args[CALL_MAX_ARGS]);

/* Number of calls that may have changed mappings while one map is read. */
#define MAP_READER_CALLS 32

struct map_reader {
	struct world *world;
	int handle; /* see world_target.open_maps(); -1: closed, as all was read */
	struct maps_text text;
	struct maps_filter filter;
	bool complete; /* read and filtered */
	bool outdated; /* it has to be read again */
	unsigned int calls;
	struct {
		uint32_t nr;
		uint64_t args[CALL_MAX_ARGS];
	} call[MAP_READER_CALLS];
};

/* Begins to read the map of thread TID. Returns 0 or -errno; then there is nothing to clear. */
int map_reader_init(struct map_reader *reader, struct world *world, pid_t tid);
void map_reader_clear(struct map_reader *reader);

/*
 * Reads about SIZE bytes more, or filters as many. Returns 1 if there is more to do, 0 if `text` is
 * complete, -errno if the map cannot be read.
 */
int map_reader_step(struct map_reader *reader, size_t size);

/* Notes call number NR, which has succeeded: it may have changed mappings of code. */
void map_reader_note_call(
	struct map_reader *reader, uint32_t nr, const uint64_t args[CALL_MAX_ARGS]);

/* Whether noted calls may have changed RANGES, those of the complete text. */
bool map_reader_is_outdated(const struct map_reader *reader, const struct code_ranges *ranges);

#endif
