/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of JIT-compiled code: /tmp/perf-PID.map, as written by Node.js, Java and Python. Each line
 * is an address, a size (both hexadecimal) and a name; a later line wins. PID is the process's ID
 * in its own PID namespace, /tmp that of its own root. For the namer, which is a worker.
 */
#ifndef STOP_STACK_PERFMAP_H
#define STOP_STACK_PERFMAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct perfmap;

/* The map open as FD, which it takes; it is read as it grows. Freed with perfmap_free(), which
 * accepts NULL. */
struct perfmap *perfmap_new(int fd);
void perfmap_free(struct perfmap *map);

/* The name of the entry that covers ADDRESS, and the offset in it; NULL: none (yet). */
const char *perfmap_find(struct perfmap *map, uint64_t address, uint64_t *offset);

#endif
