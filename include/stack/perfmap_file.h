/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The perf map of a process, as its owner sees it: which file it is, and whether that has changed.
 * Programs write it when they start or minutes later, append to it, and replace it. What is in it
 * only the namer reads. Any thread.
 */
#ifndef STOP_STACK_PERFMAP_FILE_H
#define STOP_STACK_PERFMAP_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct perfmap_file;

/* How a map is. */
struct perfmap_state {
	uint64_t changes; /* number of times that it was seen to have changed, in any way */
	uint64_t version; /* of the file, which is another one by now; 0: there is none */
	uint64_t size;    /* in bytes */
};

/* That of process PID, which need not have one yet. Freed with perfmap_file_free(), which accepts
 * NULL. */
struct perfmap_file *perfmap_file_new(pid_t pid);

/* That which is open as FD, which it takes, and stays so. */
struct perfmap_file *perfmap_file_of(int fd);
void perfmap_file_free(struct perfmap_file *file);

/* How it is. IS_SEARCHED: if its name leads to another file by now, that one, which is looked for
 * twenty times a second at most. */
struct perfmap_state perfmap_file_state(struct perfmap_file *file, bool is_searched);

/* Whether CHANGES differ from those of the last time that this was called. */
bool perfmap_file_note(struct perfmap_file *file, uint64_t changes);

/* A new descriptor, or -errno. */
int perfmap_file_dup(struct perfmap_file *file);

/* The process is gone, or is another program: its name may be another's by now. */
void perfmap_file_end(struct perfmap_file *file);

#endif
