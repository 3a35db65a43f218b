/*
 * What a process has mapped where, as the tracer told it at the last change.
 *
 * A space belongs to one process and owns the memory of the unwinder for it: what was learnt of an
 * address is forgotten when the map changes. For the stack thread.
 */
#ifndef STOP_STACK_SPACE_H
#define STOP_STACK_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"
#include "stack/intern.h"

/* One mapping of a space; those that can be written and have no code are left out. */
struct mapping {
	uint64_t start, end, offset;
	bool writable, executable;
	struct module_source *source; /* NULL: unknown; set at the first use, see space_source() */
	size_t line, line_size;       /* where its line is in the text */
};

struct space {
	uint32_t number;       /* of the map as the tracer told it last; 0: it has not */
	pid_t tgid, tid;       /* a thread that lived when the map was read */
	struct intern *intern; /* not owned */
	char *text;            /* the map as it was told; owned */
	size_t text_size;
	struct mapping *mappings; /* by address; owned */
	size_t count;
	size_t last;              /* the mapping that was found last */
	struct space_word *words; /* what space_read_word() remembers; owned */
	struct map frames;        /* frames by address and exactness; not owned */
	void *unwinder;           /* the address space of libunwind; the walk's */
	uint64_t used;            /* when it was used last, for who has to make room */
	uint64_t refreshed_ns;    /* when an unknown address last had the map read again */
};

/* A space of process TGID with the map TEXT (copied). Freed with space_free(), which takes NULL. */
struct space *space_new(struct intern *intern, pid_t tgid);
void space_free(struct space *space);

/*
 * Makes TEXT (copied) the map of SPACE, as read of thread TID, and forgets what it knew. Returns
 * false, and forgets nothing, where it is the same as before.
 */
bool space_set(struct space *space, pid_t tid, const char *text, size_t size);

/* The mapping with ADDRESS, or NULL. */
struct mapping *space_find(struct space *space, uint64_t address);

/* The module of MAPPING, or NULL where there are too many. */
struct module_source *space_source(struct space *space, struct mapping *mapping);

/* Reads the word at ADDRESS, of what a file says and the process cannot have changed. */
bool space_read_word(struct space *space, uint64_t address, uint64_t *word);

/*
 * Reads the map again from /proc, for an address that is not in it: code that a program generates
 * comes without notice. Not more often than every few milliseconds. Returns whether it is another.
 */
bool space_refresh(struct space *space, uint64_t now_ns);

#endif
