/*
 * What the user has set up, in a file: $XDG_CONFIG_HOME/stop/stoprc, or ~/.config/stop/stoprc.
 * Lines of "name = value"; "#" begins a comment.
 */
#ifndef STOP_APP_CONFIG_H
#define STOP_APP_CONFIG_H

#include <stddef.h>
#include <stdio.h>

#include "ui/settings.h"

/* Longest message, and longest path, with the final NUL. */
#define CONFIG_ERROR_MAX 256
#define CONFIG_PATH_MAX  4096

/* The path of the file into PATH. 0, or -ENOENT where the environment names no place for it. */
int config_path(char path[CONFIG_PATH_MAX]);

/*
 * Reads PATH into *SETTINGS, over what is there. 0, also where there is no file; -errno; or -EINVAL
 * with one line in ERROR about the first line that is wrong, and the others are read.
 */
int config_read(const char *path, struct settings *settings, char error[CONFIG_ERROR_MAX]);

/* Writes SETTINGS to PATH, whole or not at all, and makes its folder. 0 or -errno. */
int config_write(const char *path, const struct settings *settings);

#endif
