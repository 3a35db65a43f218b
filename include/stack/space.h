/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address space of a process, as far as unwinding needs it: its mappings, and what is in the
 * files that are mapped. It owns the unwinder's cache for it. For the unwinder, which is a worker.
 */
#ifndef STOP_STACK_SPACE_H
#define STOP_STACK_SPACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct image;

/* What is mapped. Owned by whoever finds it. */
struct walk_module {
	uint32_t id;         /* its number */
	bool is_generated;   /* code of the process: offsets are addresses */
	bool is_complete;    /* `image` is what it will be */
	struct image *image; /* owned; NULL: no ELF file */
};

/* One mapping of a space; writable mappings without code are omitted. */
struct mapping {
	uint64_t start, end, offset;
	bool writable, executable;
	bool is_anonymous;          /* code that is not of a file; unless that was moved there */
	bool is_probe;              /* the kernel's code of return probes (uprobes) */
	bool is_known;              /* `module` is set */
	struct walk_module *module; /* NULL: none; set on first use, see space_module() */
};

/* Finds the module that is mapped at START of process TGID, or completes it, KNOWN; NULL: none. */
typedef struct walk_module *space_find_module(
	void *context, pid_t tgid, uint64_t start, struct walk_module *known);

/* Bits of a filter of addresses, a power of two; each is of 64 KiB, by a hash. */
#define SPACE_FILTER (1 << 16)

struct space {
	pid_t tgid;
	space_find_module *find_module;
	void *context;            /* of find_module() */
	struct mapping *mappings; /* by address; owned */
	size_t count;
	size_t last;               /* index of the last mapping found */
	struct space_word *words;  /* cache of space_read_word(); owned */
	void *unwinder;            /* libunwind's address space; owned by the walk */
	_Atomic uint32_t *reading; /* where the number of the module being read is noted, or NULL */
	uint64_t code[SPACE_FILTER / 64]; /* where there may be code; see space_may_have_code() */
};

/* An empty space of process TGID. Freed with space_free(), which accepts NULL. */
struct space *space_new(pid_t tgid, space_find_module *find_module, void *context);
void space_free(struct space *space);

/* Removes all mappings, and flushes the caches. */
void space_reset(struct space *space);

/* Adds a mapping; false if it is not behind those that are there. */
bool space_add(struct space *space, const struct mapping *mapping);

/* Whether there may be code at ADDRESS; false: there is none. Faster than space_find(). */
bool space_may_have_code(const struct space *space, uint64_t address);

/* The mapping with ADDRESS, or NULL. */
struct mapping *space_find(struct space *space, uint64_t address);

/* Whether ADDRESS is in the kernel's code of return probes. */
bool space_is_probe(struct space *space, uint64_t address);

/* Where the function begins that has ADDRESS, by the symbols of its file; 0: unknown. */
uint64_t space_function(struct space *space, uint64_t address);

/* Whether ADDRESS is in the first instructions of the program or loader. */
bool space_is_entry(struct space *space, uint64_t address);

/* The module of MAPPING, or NULL. */
struct walk_module *space_module(struct space *space, struct mapping *mapping);

/* Reads the word at ADDRESS from the mapped file, if the process cannot have changed it. */
bool space_read_word(struct space *space, uint64_t address, uint64_t *word);

#endif
