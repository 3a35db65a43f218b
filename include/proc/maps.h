/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory map of a process: the text of /proc/PID/maps, and its parsed lines. Any thread.
 */
#ifndef STOP_PROC_MAPS_H
#define STOP_PROC_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"

/* Maximum size of the text: the 65,530 mappings that the kernel allows by default, of long names.
 */
#define MAPS_TEXT_MAX (32 << 20)

/* The text; the zero value is empty. */
struct maps_text {
	char *text;  /* owned */
	size_t size; /* bytes in text */
	size_t room; /* bytes allocated */
};

/*
 * Reads the memory map of thread TID into MAPS, reusing its memory. The map of a leader that has
 * exited is empty: use a living thread. Returns 0 or -errno: -ESRCH if it is empty, -EFBIG.
 */
int maps_read(pid_t tid, struct maps_text *maps);

/*
 * The same in steps, because a large map takes tens of milliseconds: opens it, returning a
 * descriptor for close(2), or -errno; and adds up to about SIZE bytes of it to MAPS, which has to
 * be empty at first. Returns 1 if there may be more, 0 if it is complete, or -errno as above.
 */
int maps_open(pid_t tid);
int maps_read_some(int fd, size_t size, struct maps_text *maps);

/* Frees what MAPS owns. */
void maps_clear(struct maps_text *maps);

/* One mapping. */
struct maps_line {
	uint64_t start, end; /* the first address, and the one after the last */
	uint64_t offset;     /* into the file */
	unsigned int major, minor;
	uint64_t inode; /* 0: not a file mapping */
	bool readable, writable, executable;
	bool deleted;     /* the file has been deleted */
	const char *name; /* "/path", "[stack]", or ""; part of the text, not NUL-terminated */
	size_t name_size; /* its size, without the kernel's " (deleted)" */
};

/* The name in LINE with each newline, for which the text has "\012". Freed with free(). */
char *maps_name(const struct maps_line *line);

/*
 * Parses the line at *AT, which ends before END, into *LINE, and moves *AT to the next one. Returns
 * whether there was a line; invalid lines are skipped. Pure.
 */
bool maps_next(const char **at, const char *end, struct maps_line *line);

/* Whether LINE is of executable memory that is not of a file. */
bool maps_is_anonymous_code(const struct maps_line *line);

/*
 * Reduces a text to what stacks need: executable mappings, and of the files that have some the
 * constant ones, also if the code itself was moved to anonymous memory between them. A program can
 * map another file 60,000 times. In steps, too. Zero at first.
 */
struct maps_filter {
	struct map files;      /* those with executable mappings */
	bool files_known;      /* all lines were looked at for these */
	size_t done, kept;     /* bytes of the text: looked at, and kept */
	struct maps_line last; /* the line before, without its name … */
	bool follows_code;     /* … and whether that is anonymous code */
};

/* Looks at up to LINES lines of the complete text MAPS. Returns whether MAPS is reduced now. */
bool maps_filter_some(struct maps_filter *filter, size_t lines, struct maps_text *maps);
void maps_filter_clear(struct maps_filter *filter);

#endif
