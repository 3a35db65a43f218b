/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory map of a process, as the engine sent it at the last change, and which modules are
 * mapped there. For the stack thread.
 */
#ifndef STOP_STACK_PROCESS_MAPS_H
#define STOP_STACK_PROCESS_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proc/maps.h"

/* Memory that can be read, without a gap. */
struct process_area {
	uint64_t start, end;
};

struct process_maps {
	uint32_t number; /* of the map that the engine reported last; 0: none */
	pid_t tgid, tid; /* a thread that was alive when the map was read */
	char *text;      /* the map's text; owned */
	size_t text_size;
	uint64_t used;             /* time of last use, for eviction */
	uint64_t refresh_ns;       /* not before: reread the map because of an unknown address */
	uint32_t worker;           /* the unwinder that has it, by its number; 0: none */
	size_t sent;               /* bytes of the text that it has */
	struct process_area *area; /* what can be read; owned */
	size_t area_count;
	uint64_t area_ns;     /* when that has to be reread */
	bool has_interpreter; /* some of it is the code of one whose frames can be read */
};

/* The map of process TGID, empty. Freed with process_maps_free(), which accepts NULL. */
struct process_maps *process_maps_new(pid_t tgid);
void process_maps_free(struct process_maps *maps);

/*
 * Sets it to TEXT (copied), as read from thread TID. Returns false if it is the same as before;
 * otherwise, no unwinder has it.
 */
bool process_maps_set(struct process_maps *maps, pid_t tid, const char *text, size_t size);

/* Parses the next line at *AT of the text that unwinding needs, and moves *AT behind it. */
bool process_maps_next(const struct process_maps *maps, size_t *at, struct maps_line *line);

/* The line of the mapping that starts at START. False: there is none. */
bool process_maps_find(const struct process_maps *maps, uint64_t start, struct maps_line *line);

/*
 * Rereads the map from /proc for an address that is not in it: JIT-compiled code appears without
 * notice. Limited to once every few milliseconds. Returns whether the map has changed.
 */
bool process_maps_refresh(struct process_maps *maps, uint64_t now_ns);

/*
 * Whether there is memory that can be read from FROM to TO, without a gap: 1 or 0, or -1 if it is
 * unknown. As of a second ago at most, or more if there is much of it.
 */
int process_maps_joins(struct process_maps *maps, uint64_t from, uint64_t to, uint64_t now_ns);

/* The N of Python 3.N if LINE shows its code, by the name of the file; 0: it does not. */
unsigned int process_maps_python(const struct maps_line *line);

/* Whether what LINE shows has NAME. */
bool process_maps_is_named(const struct maps_line *line, const char *name);

#endif
