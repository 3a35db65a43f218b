/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files in which daemons keep what their containers and pods are called. They belong to the
 * daemons, which are trusted, but their format is theirs: what is not understood is skipped.
 */
#ifndef STOP_APP_STATE_FILE_H
#define STOP_APP_STATE_FILE_H

#include <stdbool.h>

#define STATE_PATH_SIZE 4096

/* Formats a path. Returns whether it is short enough. */
__attribute__((format(printf, 2, 3))) bool state_path(
	char path[STATE_PATH_SIZE], const char *format, ...);

/* The text of the regular file PATH, at most 4 MiB, which the caller frees; NULL: none. */
char *state_file_read(const char *path);

/* Calls TAKE with CONTEXT and each name in the directory PATH, without those that begin with ".".
 */
void state_directory_each(const char *path,
	void (*take)(const char *path, const char *entry, void *context), void *context);

/* Whether NAME can be one of theirs: none is a path, nor would it need to be escaped. */
bool state_name_is_plain(const char *name);

#endif
