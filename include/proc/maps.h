/*
 * The memory map of a process: the text of /proc/PID/maps, and its lines as values. Any thread.
 */
#ifndef STOP_PROC_MAPS_H
#define STOP_PROC_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Longest text that is read: some 50,000 mappings. */
#define MAPS_TEXT_MAX (4 << 20)

/* A text that was read; the zero value is an empty one. */
struct maps_text {
	char *text;  /* owned */
	size_t size; /* bytes of it */
	size_t room; /* bytes that are allocated */
};

/*
 * Reads the memory map of thread TID into MAPS, whose room is used again. Of a leader that has
 * ended it is empty: use a living thread. 0 or -errno: -ESRCH where it is empty, -EFBIG.
 */
int maps_read(pid_t tid, struct maps_text *maps);

/* Frees what MAPS owns. */
void maps_clear(struct maps_text *maps);

/* One mapping. */
struct maps_line {
	uint64_t start, end; /* addresses: the first one, and the one after the last */
	uint64_t offset;     /* into the file */
	unsigned int major, minor;
	uint64_t inode; /* 0: not of a file */
	bool readable, writable, executable;
	bool deleted;     /* the file has been deleted */
	const char *name; /* "/path", "[stack]", or ""; part of the text, not ended by a NUL */
	size_t name_size; /* bytes of it, without the kernel's mark of a deleted file */
};

/*
 * Parses the line at *AT, which ends before END, into *LINE, and moves *AT to the next one. Returns
 * whether there was a line; one that cannot be parsed is skipped. Pure.
 */
bool maps_next(const char **at, const char *end, struct maps_line *line);

#endif
