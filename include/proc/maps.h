/*
 * The lines of /proc/PID/maps, as values. Pure; any thread.
 */
#ifndef STOP_PROC_MAPS_H
#define STOP_PROC_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One mapping. */
struct maps_line {
	uint64_t start, end; /* addresses: the first one, and the one behind the last */
	uint64_t offset;     /* into the file */
	unsigned int major, minor;
	uint64_t inode; /* 0: not of a file */
	bool readable, writable, executable;
	bool deleted;     /* the file has lost its name */
	const char *name; /* "/path", "[stack]", or ""; part of the text, not ended by a NUL */
	size_t name_size; /* bytes of it; the mark of a deleted file is not among them */
};

/*
 * Reads the line at *AT, which ends before END, into *LINE, and moves *AT behind it. Returns
 * whether there was one; a line that makes no sense is left out.
 */
bool maps_next(const char **at, const char *end, struct maps_line *line);

#endif
