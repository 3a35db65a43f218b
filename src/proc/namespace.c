/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Namespaces; see proc/namespace.h. */
#include "config.h"

#include "proc/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "proc/file.h"

uint64_t proc_namespace(pid_t tid, const char *name)
{
	char path[PROC_PATH_MAX], text[64];
	uint64_t inode = 0;
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", proc_id(tid), name);
	ssize_t size = readlink(path, text, sizeof(text) - 1);
	text[size > 0 ? size : 0] = '\0';
	/* "net:[4026531840]" */
	sscanf(text, "%*[a-z_]:[%" SCNu64 "]", &inode);
	return inode;
}

int proc_namespace_open(pid_t tid, const char *name)
{
	char path[PROC_PATH_MAX];
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", proc_id(tid), name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

bool proc_is_in_our_namespace(pid_t tid, const char *name)
{
	uint64_t ours = proc_namespace(getpid(), name);
	return ours == 0 || proc_namespace(tid, name) == ours;
}

bool proc_is_in_nested_users(void)
{
	/* PROC_USER_INIT_INO of <linux/proc_ns.h>: the first one has it on every system. */
	const uint64_t first = 0xEFFFFFFD;
	uint64_t ours = proc_namespace(getpid(), "user");
	return ours && ours != first;
}
