/*
 * Opening files that a target names. They are opened with our rights, so it is decided here what
 * may be opened: regular files alone, that are what the kernel says and not just of that name, and
 * that do not make us wait for a server. Any thread.
 */
#ifndef STOP_PROC_OPENER_H
#define STOP_PROC_OPENER_H

#include <sys/types.h>

#include "proc/maps.h"

/*
 * Opens the file that LINE, of the memory map of thread PID, shows, by one of the ways that lead to
 * what is really mapped: its name, the same in the process's own root, /proc/PID/map_files. Returns
 * a descriptor with that path in *OPENED, for free(); -ENOENT where each way leads to another file
 * by now, or to none.
 */
int proc_open_mapped(pid_t pid, const struct maps_line *line, char **opened);

/*
 * Opens /tmp/perf-PID.map of process TGID: of its own root, by its own number for itself, written
 * by its user or by root. Returns a descriptor or -errno.
 */
int proc_open_perfmap(pid_t tgid);

#endif
