/*
 * Names of code that a program generates: /tmp/perf-PID.map, as Node.js, Java and Python write it.
 * Each line is an address, a size (both hexadecimal) and a name; a later line wins. PID is the
 * program's own number for itself, /tmp that of its own root. For the thread that names.
 */
#ifndef STOP_STACK_PERFMAP_H
#define STOP_STACK_PERFMAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct perfmap;

/* A descriptor of the map of process TGID, or -1. Any thread. */
int perfmap_open(pid_t tgid);

/*
 * The map of process TGID; it is read as it grows. FD is what perfmap_open() gave when the process
 * was met (copied), or -1: then it is looked for later. Freed with perfmap_free(), which takes
 * NULL.
 */
struct perfmap *perfmap_new(pid_t tgid, int fd);
void perfmap_free(struct perfmap *map);

/* The name of what covers ADDRESS, and how far into it that is; NULL: nothing does (yet). */
const char *perfmap_find(struct perfmap *map, uint64_t address, uint64_t *offset);

#endif
