/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of generated code: /tmp/perf-PID.map, as written by Node.js, Java and Python. Each line is
 * an address, a size (both hexadecimal) and a name. Code is replaced: the last of the lines that
 * cover an address is that of the present, and as lines are appended, the size that the file had
 * stands for a time in the past. For the namer, which is a worker.
 */
#ifndef STOP_STACK_PERFMAP_H
#define STOP_STACK_PERFMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct perfmap;

/* Of a map, so much is read, and so many of its last lines are known. */
#define PERFMAP_SIZE_MAX  ((uint64_t)128 << 20)
#define PERFMAP_LINES_MAX ((size_t)1 << 20)

/* The longest name, including the final NUL; a longer one is cut. */
#define PERFMAP_NAME_MAX  1024

/* The map open as FD, which it takes; it is read as it grows, and again if it was rewritten. Freed
 * with perfmap_free(), which accepts NULL. */
struct perfmap *perfmap_new(int fd);
void perfmap_free(struct perfmap *map);

/*
 * Finds the name of ADDRESS, and its offset in what has the name, when the file had LIMIT bytes:
 * that of the last line before it or, if there was none yet, of the first one after. Returns false
 * if there is none.
 */
bool perfmap_find(struct perfmap *map, uint64_t address, uint64_t limit,
	char name[PERFMAP_NAME_MAX], uint64_t *offset);

#endif
