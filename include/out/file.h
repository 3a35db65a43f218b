/*
 * The file that the user names with -o: opened as every tool does. Any thread.
 */
#ifndef STOP_OUT_FILE_H
#define STOP_OUT_FILE_H

#include <stdio.h>

/*
 * Opens PATH for writing: "-" is standard output; what exists is truncated, also through a symbolic
 * link; devices and pipes work; what is new gets mode 0600. Stores a stream in *STREAM that the
 * caller closes with file_close(). Returns 0 or -errno.
 */
int file_open(const char *path, FILE **stream);

/*
 * Closes STREAM (NULL is allowed). Returns 0, or -errno where any of what was written since it was
 * opened did not arrive.
 */
int file_close(FILE *stream);

#endif
