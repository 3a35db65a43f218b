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
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/map.h"
#include "proc/maps.h"
#include "stack/file_cache.h"
#include "stack/frame.h"

#define INTERN_MODULES 8192
#define INTERN_FRAMES  (128 << 10)
#define INTERN_STACKS  (32 << 10)
#define INTERN_DEPTHS  (2 << 20) /* total number of frames of all stacks */

/* Where what is known of a module comes from. */
struct module_source {
	struct module module;
	struct cached_file *file;     /* owned; NULL: not a file, or it could not be opened */
	pid_t pid;                    /* a thread that had mapped it, or whose code it is */
	bool is_generated;            /* code of process `pid`, named by its perf map */
	struct perfmap_file *map;     /* that map; owned; NULL: `code` has it */
	struct module_source *code;   /* the module of all generated code of the process, or NULL */
	struct module_source *mapped; /* the file that this one is mapped from, or NULL */
	struct stat identity;         /* of the file */
	char *name;                   /* as in memory maps; owned */
	size_t name_size;
	enum {
		DEBUG_UNASKED, /* no server was asked for its debug file */
		DEBUG_ASKED,
		DEBUG_ANSWERED,
	} debug;
	int debug_fd;               /* if answered: the file; owned; or negative */
	bool is_described;          /* an unwinder has said what is in it */
	uint32_t unwinder;          /* the one that has the file, by its number; 0: none */
	unsigned int unwind_deaths; /* unwinders that ended while they read it */
	struct module_source *next; /* with the same key */
	unsigned int major, minor;
	uint64_t inode;
};

struct intern {
	struct map modules; /* chains of struct module_source; owned */
	struct map frames;  /* struct frame; owned */
	struct map stacks;  /* chains of struct stack; owned */
	struct module_source *module_by_id[INTERN_MODULES]; /* index is ID - 1; not owned */
	uint32_t module_count, stack_count, frame_count;
	_Atomic(const struct stack *) stack_by_id[INTERN_STACKS]; /* index is ID - 1; not owned */
	size_t depth;              /* total number of frames of all stacks */
	size_t renewed;            /* frames that have taken the place of others */
	struct file_cache files;   /* those of modules */
	_Atomic uint64_t unopened; /* files that were not opened for want of descriptors */
};

/* Frees what INTERN owns; the zero value is empty. */
void intern_clear(struct intern *intern);

/* The module of the file that LINE shows as mapped by thread PID, or NULL if there are too many. */
struct module_source *intern_file(struct intern *intern, pid_t pid, const struct maps_line *line);

/* The module of the vdso in process PID, mapped as in LINE. */
struct module_source *intern_vdso(struct intern *intern, pid_t pid, const struct maps_line *line);

/* The module of what the kernel has mapped as NAME into any process, of which nothing is known. */
struct module_source *intern_area(struct intern *intern, const char *name);

/* The module of a script, of which only the PATH is known. */
struct module_source *intern_script(struct intern *intern, const char *path);

/*
 * The module of generated code of process TGID: what is in the file MAPPED, which is no program, or
 * NULL: what is in no file. NULL if there are too many.
 */
struct module_source *intern_generated(
	struct intern *intern, pid_t tgid, struct module_source *mapped);

/* The module by which the namer knows SOURCE: all generated code of a process has one map. */
static inline struct module_source *intern_namesake(struct module_source *source)
{
	return source->code ? source->code : source;
}

/* The perf map of SOURCE, which is generated code. */
static inline struct perfmap_file *intern_perfmap(const struct module_source *source)
{
	return source->code ? source->code->map : source->map;
}

/* The module that stands for code of which it is not known whether it was replaced before a call;
 * NULL if there are too many. */
struct module_source *intern_replaced(struct intern *intern);

/* Call this when process TGID is gone or another program: its generated code no longer exists. */
void intern_forget_generated(struct intern *intern, pid_t tgid);

/* The frame at OFFSET of MODULE, which is address IP; *IS_NEW: it is new and has no names. */
struct frame *intern_frame(struct intern *intern, const struct module *module, uint64_t offset,
	uint64_t ip, bool exact, bool *is_new);

/* A new frame without names that takes the place of FRAME, which is of generated code; NULL if
 * there are too many. */
struct frame *intern_renewed(struct intern *intern, struct frame *frame);

/* The module with ID; NULL if there is none. */
struct module_source *intern_module(const struct intern *intern, uint32_t id);

/* The stack with COUNT FRAMES. Never NULL. */
const struct stack *intern_stack(struct intern *intern, const struct frame *const *frames,
	size_t count, size_t guessed, enum stack_end end);

/* The stack with ID; NULL if there is none. Any thread. */
const struct stack *intern_stack_by_id(const struct intern *intern, uint32_t id);

#endif
