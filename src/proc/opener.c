/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening a target's files; see proc/opener.h. */
#include "config.h"

#include "proc/opener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/file.h"
#include "proc/memory.h"
#include "proc/remote.h"
#include "proc/status.h"

/* How much of a file is compared with the mapping if the inode number is inconclusive. */
#define HEAD_SIZE 4096

/* Whether the mapping at LINE and the file FD begin with the same bytes. */
static bool begins_alike(int fd, pid_t pid, const struct maps_line *line)
{
	unsigned char in_file[HEAD_SIZE], in_memory[HEAD_SIZE];
	size_t size = line->end - line->start < HEAD_SIZE ? (size_t)(line->end - line->start)
	                                                  : HEAD_SIZE;
	return !line->writable && pread(fd, in_file, size, (off_t)line->offset) == (ssize_t)size &&
	       memory_fetch(pid, line->start, in_memory, size) == size &&
	       memcmp(in_file, in_memory, size) == 0;
}

/*
 * Opens PATH if that is the file in LINE. The inode number decides; but overlays and some file
 * systems show another number there than stat(2) does, so then the contents are compared.
 */
static int open_if_same(const char *path, pid_t pid, const struct maps_line *line)
{
	struct stat stat;
	/* O_NONBLOCK: the path may now be a pipe. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno == EMFILE || errno == ENFILE ? -errno : -ENOENT;
	if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) &&
		(stat.st_ino == line->inode || begins_alike(fd, pid, line)))
		return fd;
	close(fd);
	return -ENOENT;
}

int proc_open_mapped(pid_t pid, const struct maps_line *line, char **opened)
{
	int name_size = (int)line->name_size;
	char *paths[] = {
		/* First, because it outlives the process and leads to adjacent files. */
		xasprintf("%.*s", name_size, line->name),
		xasprintf("/proc/%d/root%.*s", (int)pid, name_size, line->name),
		xasprintf("/proc/%d/map_files/%llx-%llx", (int)pid, (unsigned long long)line->start,
			(unsigned long long)line->end),
	};
	int fd = -ENOENT;
	bool is_remote = remote_has(pid, line->major, line->minor);
	bool is_silent = paths[0][0] != '/';
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		/* The name of a deleted file may be another file by now; the mapping is not. */
		bool is_name = i < 2,
		     is_tried = fd < 0 && !is_silent && !(is_name && line->deleted);
		is_silent |= is_tried && is_remote && !remote_answers(paths[i]);
		bool had_none = fd < 0;
		if (is_tried && !is_silent)
			fd = open_if_same(paths[i], pid, line);
		if (had_none && fd >= 0)
			*opened = paths[i];
		else
			free(paths[i]);
	}
	return fd;
}

/* Opens PATH if it is a file that only UID or root could have written. */
static int open_trusted(const char *path, uid_t uid)
{
	struct stat stat;
	/* /tmp is world-writable: follow no link, and do not block on a pipe. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &stat) == 0 && S_ISREG(stat.st_mode) &&
		(stat.st_uid == uid || stat.st_uid == 0))
		return fd;
	close(fd);
	return -EPERM;
}

int proc_open_perfmap(pid_t tgid)
{
	char path[2 * PROC_PATH_MAX];
	struct proc_status status;
	int error = proc_status(tgid, &status);
	if (error)
		return error;
	snprintf(path, sizeof(path), "/proc/%d/root/tmp/perf-%d.map", (int)tgid,
		(int)(status.ns_tid ? status.ns_tid : tgid));
	return open_trusted(path, status.uid[1]);
}
