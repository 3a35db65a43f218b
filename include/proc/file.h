/*
 * Reading the kernel's small files as texts. For src/proc alone; any thread.
 */
#ifndef STOP_PROC_FILE_H
#define STOP_PROC_FILE_H

#include <stddef.h>
#include <sys/types.h>

/* Longest path that these functions make: "/proc/4194304/task/4194304/syscall" and then some. */
#define PROC_PATH_MAX 64

/*
 * Reads up to SIZE - 1 bytes of the file whose path FORMAT makes, and ends them with a NUL. Returns
 * their number, or -errno.
 */
__attribute__((format(printf, 3, 4))) ssize_t proc_read(
	char *buf, size_t size, const char *format, ...);

/* The first MAX bytes of the file whose path FORMAT makes, for free(); NULL: it cannot be read. */
__attribute__((format(printf, 2, 3))) char *proc_read_all(size_t max, const char *format, ...);

/* The line after the one that TEXT points into; NULL where there is none. */
const char *proc_next_line(const char *text);

#endif
