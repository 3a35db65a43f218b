/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frozen tasks; see proc/freezer.h. */
#include "config.h"

#include "proc/freezer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proc/file.h"
#include "proc/wait.h"

#define TEXT_MAX      4096
#define MOUNTS_MAX    (256 << 10)
#define DIRECTORY_MAX 4096

bool proc_wchan_is_freezer(const char *name)
{
	/*
	 * Version 1: kernel/freezer.c. Version 2: do_freezer_trap() of kernel/signal.c, which may
	 * be a part of its caller; that sleeps nowhere else in state S or D, only in T and t.
	 */
	static const char *const functions[] = {"__refrigerator", "do_freezer_trap", "get_signal"};
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		if (proc_wchan_is(name, functions[i]))
			return true;
	}
	return false;
}

/* Whether the list WORD,… of SIZE bytes has "freezer". */
static bool has_freezer(const char *list, size_t size)
{
	static const char name[] = "freezer";
	const size_t length = sizeof(name) - 1;
	for (const char *end = list + size; list < end;) {
		size_t word = strcspn(list, ",: \n");
		if (word == length && strncmp(list, name, length) == 0)
			return true;
		list += word + 1;
	}
	return false;
}

/* "7:freezer:/path", and other lines of hierarchies. */
bool proc_freezer_path(const char *text, char *path, size_t size)
{
	for (const char *line = text; line && *line; line = proc_next_line(line)) {
		const char *list = strchr(line, ':');
		const char *rest = list ? strchr(list + 1, ':') : NULL;
		if (!rest || !has_freezer(list + 1, (size_t)(rest - list - 1)))
			continue;
		int length = (int)strcspn(rest + 1, "\n");
		return snprintf(path, size, "%.*s", length, rest + 1) < (int)size;
	}
	return false;
}

/* "33 24 0:29 ROOT POINT OPTIONS [FIELD …] - cgroup SOURCE rw,freezer": proc_pid_mountinfo(5). */
static bool parse_mount(const char *line, const char *path, char *directory, size_t size)
{
	char root[DIRECTORY_MAX], point[DIRECTORY_MAX];
	const char *end = strchr(line, '\n');
	const char *type = strstr(line, " - cgroup ");
	if (!type || (end && type > end) ||
		sscanf(line, "%*s %*s %*s %4095s %4095s", root, point) != 2)
		return false;
	const char *options = strchr(type + strlen(" - cgroup "), ' ');
	if (!options || !has_freezer(options + 1, strcspn(options + 1, "\n")))
		return false;
	/* In a container, a part of the hierarchy is mounted. */
	size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(path, root, length) != 0)
		return false;
	return snprintf(directory, size, "%s%s", point, path + length) < (int)size;
}

bool proc_freezer_directory(const char *text, const char *path, char *directory, size_t size)
{
	for (const char *line = text; line && *line; line = proc_next_line(line)) {
		if (parse_mount(line, path, directory, size))
			return true;
	}
	return false;
}

/*
 * Whether the cgroup of version 1 is frozen. There, a task that sleeps where it can be frozen stays
 * there, in state D, as if it waited for a disk.
 */
static bool is_cgroup_frozen(pid_t tgid, pid_t tid)
{
	char text[TEXT_MAX], path[DIRECTORY_MAX], state[32];
	char directory[DIRECTORY_MAX], file[DIRECTORY_MAX + sizeof("/freezer.state")];
	if (proc_read(text, sizeof(text), "/proc/%d/task/%d/cgroup", proc_id(tgid), proc_id(tid)) <=
			0 ||
		!proc_freezer_path(text, path, sizeof(path)))
		return false;
	char *mounts = proc_read_all(MOUNTS_MAX, "/proc/self/mountinfo");
	bool is_mounted = mounts &&
	                  proc_freezer_directory(mounts, path, directory, sizeof(directory));
	free(mounts);
	if (!is_mounted)
		return false;
	snprintf(file, sizeof(file), "%s/freezer.state", directory);
	return proc_read_path(file, state, sizeof(state)) > 0 &&
	       strncmp(state, "FROZEN", strlen("FROZEN")) == 0;
}

bool proc_is_frozen(pid_t tgid, pid_t tid, char state)
{
	char name[PROC_WCHAN_MAX];
	if (proc_wchan(tgid, tid, name) && proc_wchan_is_freezer(name))
		return true;
	return state == 'D' && is_cgroup_frozen(tgid, tid);
}
