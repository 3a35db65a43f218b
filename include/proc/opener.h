/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens files that a target names: its program and libraries, its perf map, its debug files. As
 * this uses our privileges, it is done only here, and a name alone opens nothing:
 *
 *     name ──▶ O_PATH: no driver, FIFO or server is asked ──▶ a regular file, and the right one?
 *                                                                        └──▶ open it for reading
 *
 * A name is looked up in the root directory of the target, below which no link leads out. Servers
 * of file systems cannot block it for more than a second. Any thread.
 */
#ifndef STOP_PROC_OPENER_H
#define STOP_PROC_OPENER_H

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "proc/maps.h"

/*
 * Opens the file in LINE of the memory map of thread PID: the mapped one itself, or one of that
 * name with the same device and inode, or, where file systems tell those differently, the same
 * beginning. Returns a descriptor and stores what fstat(2) says of it in *IDENTITY; -ENOENT if
 * there is none by now, -EMFILE, -ENFILE.
 */
int proc_open_mapped(pid_t pid, const struct maps_line *line, struct stat *identity);

/*
 * Opens a file again that was opened by proc_open_mapped() for PID, which may have ended since, if
 * it still has its NAME and IDENTITY: device, inode, size and time of change. Returns a descriptor
 * or -errno.
 */
int proc_open_again(pid_t pid, const char *name, const struct stat *identity);

/* Where the perf map of a process is, also when that has ended: some write it last of all. */
struct perfmap_place {
	int root;     /* its root directory; owned */
	pid_t number; /* the process, in its own namespace */
	uid_t uid;
};

/* Finds that of process TGID. Returns 0 or -errno. */
int proc_find_perfmap(pid_t tgid, struct perfmap_place *place);

/*
 * Opens /tmp/perf-PID.map of the process, below its root and with its PID in its own namespace, if
 * it was written by its user or by root. Returns a descriptor or -errno.
 */
int proc_open_perfmap(const struct perfmap_place *place);

/* Size of the longest name of a debug file, including the final NUL. */
#define DEBUG_NAME_MAX 256

/* A debug file, as a file names it. */
struct debug_file {
	const char *build_id; /* hexadecimal, lower case; "": unknown */
	const char *name;     /* without a directory, as in .gnu_debuglink; "": unknown */
	const char *beside;   /* absolute name of the file that it belongs to; "": unknown */
};

/*
 * Opens debug file FILE of process PID below one of DIRECTORIES, which are absolute and end with a
 * NULL: of our own root, and of that of PID. Returns a descriptor; -ENOENT if there is none. What
 * it contains has to be checked: that it has this build ID, or the right checksum.
 */
int proc_open_debug(pid_t pid, const struct debug_file *file, const char *const *directories);

#endif
