/*
 * The tables of what was met: modules, frames and stacks, each once, however often it is met.
 *
 * All have a bound, so that a target cannot fill our memory; behind it, modules and frames are
 * NULL and stacks are the one that stands for the others. What is in the tables stays there and
 * does not change (but for a frame's names). For the stack thread; what it gives out is anybody's.
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
#define INTERN_DEPTHS  (2 << 20) /* frames of all stacks together */

/* What names a module's frames. */
struct module_source {
	struct module module;
	struct image *image; /* owned; NULL: the file could not be opened, or it is no file */
	pid_t tgid;          /* of code that a process generates: whose */
	int map_fd;   /* of such code: what names it, as perfmap_open() found it; owned, or -1 */
	char *opened; /* the path that it was opened by; owned, or NULL */
	void *names;  /* the symbolizer's */
	struct module_source *next; /* of the same key */
	unsigned int major, minor;
	uint64_t inode;
};

struct intern {
	struct map modules; /* chains of struct module_source; owned */
	struct map frames;  /* struct frame; owned */
	struct map stacks;  /* chains of struct stack; owned */
	uint32_t module_count, stack_count;
	_Atomic(const struct stack *) stack_by_id[INTERN_STACKS]; /* from 1 on; not owned */
	size_t depth;                                             /* frames of all stacks */
};

/* Frees what INTERN owns; the zero value is an empty one. */
void intern_clear(struct intern *intern);

/*
 * The module of a file that LINE shows as mapped by thread PID, or NULL where there are too many.
 * The file is opened by the ways that lead to what is really mapped: its name, the same in the
 * process's own root, /proc/PID/map_files; and not at all where each of these is another file by
 * now.
 */
struct module_source *intern_file(struct intern *intern, pid_t pid, const struct maps_line *line);

/* The module of the kernel's page of code in process PID, mapped as LINE says. */
struct module_source *intern_vdso(struct intern *intern, pid_t pid, const struct maps_line *line);

/* The module of the code that process TGID generates. */
struct module_source *intern_generated(struct intern *intern, pid_t tgid);

/* Process TGID is gone, or another program: the code that it generated is nobody's any more. */
void intern_forget_generated(struct intern *intern, pid_t tgid);

/* The frame at OFFSET of MODULE; *IS_NEW: it was not met before, and has no names. */
struct frame *intern_frame(struct intern *intern, const struct module *module, uint64_t offset,
	uint64_t ip, bool exact, bool *is_new);

/* The stack of COUNT FRAMES. Never NULL. */
const struct stack *intern_stack(struct intern *intern, const struct frame *const *frames,
	size_t count, size_t guessed, enum stack_end end);

/* The stack with ID; NULL: there is none. Any thread. */
const struct stack *intern_stack_by_id(const struct intern *intern, uint32_t id);

#endif
