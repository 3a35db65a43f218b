/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Environments; see proc/environ.h. */
#include "config.h"

#include "proc/environ.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/comm.h"
#include "proc/file.h"

/* A larger environment is not searched. */
#define ENVIRON_MAX (256 << 10)

/* A longer chain of parents is not followed. */
#define PARENTS_MAX 16

char *proc_variable(pid_t pid, const char *name)
{
	char *text = xcalloc(ENVIRON_MAX, 1), *value = NULL;
	size_t length = strlen(name);
	ssize_t size = proc_read(text, ENVIRON_MAX, "/proc/%d/environ", (int)pid);
	for (const char *at = text; size > 0 && at < text + size; at += strlen(at) + 1) {
		if (strncmp(at, name, length) == 0 && at[length] == '=') {
			value = xstrdup(at + length + 1);
			break;
		}
	}
	free(text);
	return value;
}

static pid_t parent_of(pid_t pid)
{
	char text[4096];
	const char *line;
	int parent = 0;
	if (proc_read(text, sizeof(text), "/proc/%d/status", (int)pid) < 0 ||
		!(line = strstr(text, "\nPPid:")) || sscanf(line, "\nPPid: %d", &parent) != 1)
		return 0;
	return parent;
}

pid_t proc_ancestor(const char *comm)
{
	char name[TASK_COMM_SIZE];
	pid_t pid = getppid();
	for (int i = 0; i < PARENTS_MAX && pid > 0; i++, pid = parent_of(pid)) {
		if (proc_comm(pid, name) == 0 && strcmp(name, comm) == 0)
			return pid;
	}
	return 0;
}
