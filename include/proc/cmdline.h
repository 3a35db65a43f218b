/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the command line of another process. For this the kernel takes the lock of the process's
 * memory map; if one of its threads holds it while waiting for a page that never arrives, the
 * reader can only be killed. So a separate thread reads.
 */
#ifndef STOP_PROC_CMDLINE_H
#define STOP_PROC_CMDLINE_H

#include <stddef.h>
#include <sys/types.h>

/* Room for one where many are kept. */
#define CMDLINE_MAX       256

/* A longer one is truncated. */
#define CMDLINE_WORDS_MAX 4096

/*
 * Reads the command line of PID into TEXT, of SIZE bytes, with blanks instead of NULs between
 * words. It is "" if there is none, or if reading takes longer than a fifth of a second: then the
 * thread is abandoned. Any thread.
 */
void cmdline_read(pid_t pid, char *text, size_t size);

/*
 * The same with the words as they are, each with its NUL; a final NUL is added. Returns the size
 * without that; 0: there are none, or reading takes too long.
 */
size_t cmdline_words(pid_t pid, char *text, size_t size);

#endif
