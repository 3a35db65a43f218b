/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address space of a process: its mappings, as the tracer reported them at the last change.
 *
 * A space belongs to one process and owns the unwinder's cache for it, which is flushed when the
 * map changes. For the stack thread.
 */
#ifndef STOP_STACK_SPACE_H
#define STOP_STACK_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"
#include "stack/intern.h"

/* One mapping of a space; writable mappings without code are omitted. */
struct mapping {
	uint64_t start, end, offset;
	bool writable, executable;
	struct module_source *source; /* NULL: unknown; set on first use, see space_source() */
	size_t line, line_size;       /* position of its line in the text */
};

struct space {
	uint32_t number;       /* of the map that the tracer reported last; 0: none */
	pid_t tgid, tid;       /* a thread that was alive when the map was read */
	struct intern *intern; /* not owned */
	char *text;            /* the map's text; owned */
	size_t text_size;
	struct mapping *mappings; /* by address; owned */
	size_t count;
	size_t last;              /* index of the last mapping found */
	struct space_word *words; /* cache of space_read_word(); owned */
	struct map frames;        /* frames by address and exactness; not owned */
	void *unwinder;           /* libunwind's address space; owned by the walk */
	uint64_t used;            /* time of last use, for eviction */
	uint64_t refresh_ns;      /* not before: reread the map because of an unknown address */
};

/* A space of process TGID. Freed with space_free(), which accepts NULL. */
struct space *space_new(struct intern *intern, pid_t tgid);
void space_free(struct space *space);

/*
 * Sets the map of SPACE to TEXT (copied), as read from thread TID, and flushes its caches. Returns
 * false, and flushes nothing, if it is the same as before.
 */
bool space_set(struct space *space, pid_t tid, const char *text, size_t size);

/* The mapping with ADDRESS, or NULL. */
struct mapping *space_find(struct space *space, uint64_t address);

/* The module of MAPPING, or NULL if there are too many. */
struct module_source *space_source(struct space *space, struct mapping *mapping);

/* Reads the word at ADDRESS from the mapped file, if the process cannot have changed it. */
bool space_read_word(struct space *space, uint64_t address, uint64_t *word);

/*
 * Rereads the map from /proc for an address that is not in it: JIT-compiled code appears without
 * notice. Limited to once every few milliseconds. Returns whether the map has changed.
 */
bool space_refresh(struct space *space, uint64_t now_ns);

#endif
