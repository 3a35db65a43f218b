/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file that the user names with -o, opened as by other tools. Any thread.
 */
#ifndef STOP_OUT_FILE_H
#define STOP_OUT_FILE_H

#include <stdio.h>

/*
 * Opens PATH for writing: "-" is standard output; an existing file is truncated, symbolic links are
 * followed; devices and pipes work; a new file gets mode 0600. Stores a stream in *STREAM that the
 * caller closes with file_close(). Returns 0 or -errno.
 */
int file_open(const char *path, FILE **stream);

/* The same; returns a descriptor that the caller closes, or -errno. */
int file_open_descriptor(const char *path);

/*
 * Replaces the contents of the file PATH by the SIZE bytes of TEXT, at once: who reads it sees the
 * old or the new ones. Its mode and owner stay; what is no regular file is written to. A file with
 * the name PATH.new must not exist. Returns 0 or -errno.
 */
int file_replace(const char *path, const char *text, size_t size);

/*
 * Closes STREAM (NULL is allowed). Returns 0, or -errno if any write since it was opened failed.
 */
int file_close(FILE *stream);

#endif
