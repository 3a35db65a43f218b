/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interned modules, frames and stacks: each exists once, however often it occurs.
 *
 * The tables are bounded, so that a target cannot exhaust our memory; beyond the limits, modules
 * and frames are NULL, and stacks are the one that stands for all others. Entries are never removed
 * or changed, except for a frame's names. Functions are for the stack thread; results for any
 * thread.
 */
#ifndef STOP_STACK_INTERN_H
#define STOP_STACK_INTERN_H

#include <stdatomic.h>

#include "base/map.h"
#include "proc/maps.h"
#include "stack/frame.h"
#include "stack/image.h"

#define INTERN_MODULES 8192
#define INTERN_FRAMES  (128 << 10)
#define INTERN_STACKS  (32 << 10)
#define INTERN_DEPTHS  (2 << 20) /* total number of frames of all stacks */

/* Where the names of a module's frames come from. */
struct module_source {
	struct module module;
	struct image *image; /* owned; NULL: not a file, or it could not be opened */
	pid_t tgid;          /* for JIT-compiled code: its process */
	int map_fd; /* for JIT-compiled code: its perf map, from proc_open_perfmap(); owned, or < 0
	             */
	char *opened;               /* the path by which it was opened; owned, or NULL */
	void *names;                /* owned by the symbolizer */
	struct module_source *next; /* with the same key */
	unsigned int major, minor;
	uint64_t inode;
};

struct intern {
	struct map modules; /* chains of struct module_source; owned */
	struct map frames;  /* struct frame; owned */
	struct map stacks;  /* chains of struct stack; owned */
	uint32_t module_count, stack_count;
	_Atomic(const struct stack *) stack_by_id[INTERN_STACKS]; /* index is ID - 1; not owned */
	size_t depth;              /* total number of frames of all stacks */
	struct file_cache files;   /* those of modules */
	_Atomic uint64_t unopened; /* files that were not opened for want of descriptors */
};

/* Frees what INTERN owns; the zero value is empty. */
void intern_clear(struct intern *intern);

/* The module of the file that LINE shows as mapped by thread PID, or NULL if there are too many. */
struct module_source *intern_file(struct intern *intern, pid_t pid, const struct maps_line *line);

/* The module of the vdso in process PID, mapped as in LINE. */
struct module_source *intern_vdso(struct intern *intern, pid_t pid, const struct maps_line *line);

/* The module of the JIT-compiled code of process TGID. */
struct module_source *intern_generated(struct intern *intern, pid_t tgid);

/* Call this when process TGID is gone or another program: its JIT-compiled code no longer exists.
 */
void intern_forget_generated(struct intern *intern, pid_t tgid);

/* The frame at OFFSET of MODULE; *IS_NEW: it is new and has no names. */
struct frame *intern_frame(struct intern *intern, const struct module *module, uint64_t offset,
	uint64_t ip, bool exact, bool *is_new);

/* The stack with COUNT FRAMES. Never NULL. */
const struct stack *intern_stack(struct intern *intern, const struct frame *const *frames,
	size_t count, size_t guessed, enum stack_end end);

/* The stack with ID; NULL if there is none. Any thread. */
const struct stack *intern_stack_by_id(const struct intern *intern, uint32_t id);

#endif
