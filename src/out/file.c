/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User-named output files; see out/file.h. */
#include "config.h"

#include "out/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

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

static int write_whole(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t done = write(fd, text, size);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		text += done;
		size -= (size_t)done;
	}
	return 0;
}

/* Writes TEXT to a new file beside PATH, with the mode and owner of STATUS, and renames it. */
static int replace(const char *path, const struct stat *status, const char *text, size_t size)
{
	char *beside = xasprintf("%s.new", path);
	int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE);
	int result = fd < 0 ? -errno : write_whole(fd, text, size);
	if (fd < 0)
		goto out;
	/* Only root can keep another's; the mode is set last: a change of owners resets bits. */
	if (result == 0 && (status->st_uid != geteuid() || status->st_gid != getegid()) &&
		fchown(fd, status->st_uid, status->st_gid) < 0)
		result = -errno;
	if (result == 0 && fchmod(fd, status->st_mode & 0777) < 0)
		result = -errno;
	close(fd);
	if (result == 0 && rename(beside, path) < 0)
		result = -errno;
	if (result < 0)
		unlink(beside);
out:
	free(beside);
	return result;
}

int file_replace(const char *path, const char *text, size_t size)
{
	struct stat status;
	if (stat(path, &status) < 0)
		return -errno;
	if (S_ISREG(status.st_mode))
		return replace(path, &status, text, size);
	int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int result = fd < 0 ? -errno : write_whole(fd, text, size);
	if (fd >= 0)
		close(fd);
	return result;
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
