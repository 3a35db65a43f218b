/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors; see proc/descriptors.h. */
#include "config.h"

#include "proc/descriptors.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc/file.h"

/* Limit on the part of an fdinfo that is read; more would take too long. */
#define TEXT_MAX (256 << 10)

#define ANON     "anon_inode:"

void proc_descriptor_parse(const char *text, struct proc_descriptor *descriptor)
{
	*descriptor = (struct proc_descriptor){.kind = PROC_DESCRIPTOR_FILE};
	if (sscanf(text, "socket:[%" SCNu64 "]", &descriptor->inode) == 1) {
		descriptor->kind = PROC_DESCRIPTOR_SOCKET;
	} else if (sscanf(text, "pipe:[%" SCNu64 "]", &descriptor->inode) == 1) {
		descriptor->kind = PROC_DESCRIPTOR_PIPE;
	} else if (strncmp(text, ANON, strlen(ANON)) == 0) {
		descriptor->kind = PROC_DESCRIPTOR_ANON;
		text += strlen(ANON);
	}
	snprintf(descriptor->name, sizeof(descriptor->name), "%s", text);
}

int proc_descriptor(pid_t pid, int fd, struct proc_descriptor *descriptor)
{
	char path[PROC_PATH_MAX], text[PROC_DESCRIPTOR_NAME_MAX + sizeof(ANON)];
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
	ssize_t size = readlink(path, text, sizeof(text) - 1);
	if (size < 0)
		return -errno;
	text[size] = '\0';
	proc_descriptor_parse(text, descriptor);
	return 0;
}

int proc_epoll_parse(const char *text, int *watched)
{
	int count = 0;
	/* One line each: "tfd:        5 events:       19 data:                5". */
	for (const char *line = text; line; line = proc_next_line(line))
		count += sscanf(line, "tfd: %d", watched) == 1;
	return count;
}

int proc_epoll(pid_t pid, int fd, int *watched)
{
	char *text = proc_read_all(TEXT_MAX, "/proc/%d/fdinfo/%d", (int)pid, fd);
	int count = text ? proc_epoll_parse(text, watched) : -ENOENT;
	free(text);
	return count;
}

char *proc_own_fd(int fd, char path[PROC_OWN_FD_MAX])
{
	snprintf(path, PROC_OWN_FD_MAX, "/proc/self/fd/%d", fd);
	return path;
}

bool proc_has_own_fds(void)
{
	return access("/proc/self/fd", X_OK) == 0;
}
