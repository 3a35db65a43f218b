/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file: $XDG_CONFIG_HOME/stop/stoprc, or ~/.config/stop/stoprc. Lines of
 * "name = value"; "#" begins a comment.
 */
#ifndef STOP_APP_CONFIG_H
#define STOP_APP_CONFIG_H

#include <stddef.h>
#include <stdio.h>

#include "ui/settings.h"

/* Size of the longest message, and of the longest path, including the final NUL. */
#define CONFIG_ERROR_MAX 256
#define CONFIG_PATH_MAX  4096

/* Stores the path of the file in PATH. Returns 0, or -ENOENT if the environment does not define
 * one. */
int config_path(char path[CONFIG_PATH_MAX]);

/*
 * Reads PATH into *SETTINGS, overriding what is there. Returns 0, also if there is no file; -errno;
 * or -EINVAL with one line in ERROR about the first invalid line, after reading the others.
 */
int config_read(const char *path, struct settings *settings, char error[CONFIG_ERROR_MAX]);

/* Writes SETTINGS to PATH, completely or not at all, and creates its directory. Returns 0 or
 * -errno. */
int config_write(const char *path, const struct settings *settings);

#endif
