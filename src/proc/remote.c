/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File systems with a server; see proc/remote.h. */
#include "config.h"

#include "proc/remote.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/subprocess.h"
#include "proc/file.h"

/* Long enough for a server on another continent. */
#define ANSWER_MS 1000

/* Containers have some hundred mounts; those listed beyond this size count as local. */
#define TEXT_MAX  (1 << 20)

/* Prefixes of types with a server: fuse.sshfs, fuseblk, nfs4, smb3, ... */
static const char *const types[] = {
	"fuse", "virtiofs", "nfs", "cifs", "smb", "9p", "ceph", "afs", "lustre", "gfs", "ocfs"};

static bool is_served(const char *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strncmp(type, types[i], strlen(types[i])) == 0)
			return true;
	}
	return false;
}

bool remote_lists(const char *text, unsigned int major, unsigned int minor)
{
	/* "36 35 98:0 / /mnt rw,noatime master:1 - ext3 /dev/root rw": proc_pid_mountinfo(5). */
	for (const char *line = text; *line;) {
		const char *end = line + strcspn(line, "\n"), *dash = strstr(line, " - ");
		unsigned int its_major, its_minor;
		if (sscanf(line, "%*u %*u %u:%u", &its_major, &its_minor) == 2 &&
			its_major == major && its_minor == minor && dash && dash < end)
			return is_served(dash + strlen(" - "));
		line = *end ? end + 1 : end;
	}
	return false;
}

bool remote_has(pid_t pid, unsigned int major, unsigned int minor)
{
	/* A file system on its own device has no server. */
	if (major)
		return false;
	char *text = proc_read_all(TEXT_MAX, "/proc/%d/mountinfo", proc_id(pid));
	bool result = text && remote_lists(text, major, minor);
	free(text);
	return result;
}

/* Runs in a child process, which may outlive us. Only regular files are opened. */
static void try_open(const void *argument)
{
	const char *path = argument;
	char byte, again[PROC_PATH_MAX];
	struct stat file;
	int found = (int)syscall(SYS_openat, AT_FDCWD, path, O_PATH | O_CLOEXEC);
	if (found < 0 || fstat(found, &file) < 0 || !S_ISREG(file.st_mode))
		return;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", found);
	int fd = (int)syscall(
		SYS_openat, AT_FDCWD, again, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0)
		syscall(SYS_pread64, fd, &byte, sizeof(byte), 0L);
}

bool remote_answers(const char *path)
{
	return subprocess_finishes(try_open, path, ANSWER_MS);
}
