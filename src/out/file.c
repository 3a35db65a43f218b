/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User-named output files; see out/file.h. */
#include "config.h"

#include "out/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define MODE 0600

int file_open_descriptor(const char *path)
{
	bool is_stdout = strcmp(path, "-") == 0;
	int fd = is_stdout ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
	                   : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, MODE);
	return fd < 0 ? -errno : fd;
}

int file_open(const char *path, FILE **stream)
{
	int fd = file_open_descriptor(path);
	if (fd < 0)
		return fd;
	FILE *opened = fdopen(fd, "w");
	if (!opened) {
		int error = errno;
		close(fd);
		return -error;
	}
	*stream = opened;
	return 0;
}

int file_close(FILE *stream)
{
	if (!stream)
		return 0;
	bool failed = ferror(stream);
	errno = 0;
	if (fclose(stream) == EOF)
		return errno ? -errno : -EIO;
	return failed ? -EIO : 0;
}
