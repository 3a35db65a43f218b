/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the kernel's small text files. For src/proc only; any thread.
 */
#ifndef STOP_PROC_FILE_H
#define STOP_PROC_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Size of the longest path: more than "/proc/4194304/task/4194304/syscall". */
#define PROC_PATH_MAX 64

/*
 * The number of task TID in paths below /proc. If /proc is of another PID namespace (unshare -p
 * without --mount-proc, nsenter -m), TID is somebody else's number there: then it is one that
 * nobody has, so that nothing is found, as without any /proc.
 */
int proc_id(pid_t tid);

/*
 * Reads up to SIZE - 1 bytes of the file whose path is given by FORMAT into BUF, and terminates
 * them with a NUL. Returns their number, or -errno.
 */
__attribute__((format(printf, 3, 4))) ssize_t proc_read(
	char *buf, size_t size, const char *format, ...);

/* The same for the file PATH. */
ssize_t proc_read_path(const char *path, char *buf, size_t size);

/* The first MAX bytes of the file whose path is given by FORMAT, freed with free(); NULL if it
 * cannot be read. */
__attribute__((format(printf, 2, 3))) char *proc_read_all(size_t max, const char *format, ...);

/*
 * Passes each line of the file whose path is given by FORMAT to TAKE, without its end and with
 * CONTEXT, until TAKE returns false. Needs no more memory for long files; a line of more than
 * PROC_LINE_MAX bytes is truncated. Returns 0 or -errno.
 */
#define PROC_LINE_MAX 4096
typedef bool proc_take_line(const char *line, void *context);
__attribute__((format(printf, 3, 4))) int proc_each_line(
	proc_take_line *take, void *context, const char *format, ...);

/* The line after the one that TEXT points into; NULL if there is none. */
const char *proc_next_line(const char *text);

#endif
