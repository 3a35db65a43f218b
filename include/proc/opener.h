/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens files named by a target. As this uses our privileges, it is done only here: only regular
 * files are opened, after checking that they are the mapped or trusted ones and not others of the
 * same name, and servers of file systems cannot block it. Any thread.
 */
#ifndef STOP_PROC_OPENER_H
#define STOP_PROC_OPENER_H

#include <sys/types.h>

#include "proc/maps.h"

/*
 * Opens the file in LINE of the memory map of thread PID, by a path that leads to what is actually
 * mapped: its name, the same below the process's root, or /proc/PID/map_files. Returns a descriptor
 * and stores the path in *OPENED (freed with free()); -ENOENT if each of these is another file by
 * now, or none.
 */
int proc_open_mapped(pid_t pid, const struct maps_line *line, char **opened);

/*
 * Opens /tmp/perf-PID.map of process TGID, below its root and with its PID in its own namespace, if
 * it was written by its user or by root. Returns a descriptor or -errno.
 */
int proc_open_perfmap(pid_t tgid);

#endif
