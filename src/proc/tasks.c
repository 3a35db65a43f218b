/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of tasks; see proc/tasks.h. */
#include "config.h"

#include "proc/tasks.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/file.h"
#include "proc/status.h"

void tid_list_add(struct tid_list *list, pid_t tid)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 16;
		list->tid = xreallocarray(list->tid, list->capacity, sizeof(*list->tid));
	}
	list->tid[list->count++] = tid;
}

void tid_list_clear(struct tid_list *list)
{
	xfree(list->tid);
	*list = (struct tid_list){0};
}

bool proc_is_thread_of(pid_t tid, pid_t tgid)
{
	char path[PROC_PATH_MAX];
	snprintf(path, sizeof(path), "/proc/%d/task/%d", (int)tgid, (int)tid);
	return access(path, F_OK) == 0;
}

/* The number in ENTRY's name, or 0 for other names. */
static pid_t entry_number(const struct dirent *entry)
{
	return isdigit((unsigned char)entry->d_name[0]) ? (pid_t)strtol(entry->d_name, NULL, 10)
	                                                : 0;
}

/* The number of threads of the process whose task directory is DIR. */
static size_t count_threads(DIR *dir)
{
	struct stat status;
	/* One link per thread, plus those of every directory (the kernel's proc_task_getattr()).
	 */
	return fstat(dirfd(dir), &status) == 0 ? status.st_nlink - 2 : 0;
}

static bool is_alive(pid_t tgid, pid_t tid)
{
	return syscall(SYS_tgkill, tgid, tid, 0) == 0 || errno != ESRCH;
}

int proc_threads(pid_t tgid, struct tid_list *list)
{
	size_t before = list->count, alive = 0;
	char path[PROC_PATH_MAX];
	snprintf(path, sizeof(path), "/proc/%d/task", (int)tgid);
	DIR *dir = opendir(path);
	if (!dir)
		return -errno;
	struct dirent *entry;
	while ((entry = readdir(dir))) {
		if (entry_number(entry))
			tid_list_add(list, entry_number(entry));
	}
	/* First the number: threads that are alive after that were alive before. */
	size_t threads = count_threads(dir);
	closedir(dir);
	for (size_t i = before; i < list->count; i++)
		alive += is_alive(tgid, list->tid[i]);
	return alive < threads ? 1 : 0;
}

static bool contains(const struct tid_list *list, pid_t tid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->tid[i] == tid)
			return true;
	}
	return false;
}

int proc_children(struct tid_list *list, bool *incomplete)
{
	DIR *dir = opendir("/proc");
	if (!dir)
		return -errno;
	int added = 0;
	struct dirent *entry;
	*incomplete = false;
	while ((entry = readdir(dir))) {
		struct proc_status status;
		pid_t pid = entry_number(entry);
		if (!pid || contains(list, pid))
			continue;
		bool here = proc_status(pid, &status) == 0;
		*incomplete |= !here;
		if (!here || !contains(list, status.parent))
			continue;
		tid_list_add(list, pid);
		added++;
	}
	closedir(dir);
	return added;
}

int proc_children_of(pid_t tgid, pid_t tid, struct tid_list *list)
{
	char text[4096];
	ssize_t size = proc_read(
		text, sizeof(text), "/proc/%d/task/%d/children", (int)tgid, (int)tid);
	if (size < 0)
		return (int)size;
	/* "123 124 ": the last number may be cut off. */
	char *at = text, *end;
	for (long pid; (pid = strtol(at, &end, 10)) > 0 && *end == ' '; at = end)
		tid_list_add(list, (pid_t)pid);
	return 0;
}
