/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of daemons; see app/state_file.h. */
#include "config.h"

#include "app/state_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

/* Maximum size of a file that is read. */
#define FILE_MAX      (4 << 20)

/* Entries of a directory that are read: nodes have thousands of containers at most. */
#define ENTRIES_MAX   100000

/* Size of the longest name, including the final NUL. */
#define NAME_MAX_SIZE 256

bool state_path(char path[STATE_PATH_SIZE], const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int length = vsnprintf(path, STATE_PATH_SIZE, format, args);
	va_end(args);
	return length >= 0 && length < STATE_PATH_SIZE;
}

char *state_file_read(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *text = NULL;
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		status.st_size < FILE_MAX) {
		text = xcalloc(1, (size_t)status.st_size + 1);
		ssize_t size = read(fd, text, (size_t)status.st_size);
		text[size > 0 ? size : 0] = '\0';
	}
	if (fd >= 0)
		close(fd);
	return text;
}

void state_directory_each(const char *path,
	void (*take)(const char *path, const char *entry, void *context), void *context)
{
	DIR *directory = opendir(path);
	if (!directory)
		return;
	const struct dirent *entry;
	for (int left = ENTRIES_MAX; left && (entry = readdir(directory)) != NULL; left--) {
		if (entry->d_name[0] != '.')
			take(path, entry->d_name, context);
	}
	closedir(directory);
}

bool state_name_is_plain(const char *name)
{
	return *name && !strpbrk(name, "/\"\\") && name[0] != '.' && strlen(name) < NAME_MAX_SIZE;
}
