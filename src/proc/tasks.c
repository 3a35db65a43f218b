/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of tasks; see proc/tasks.h. */
#include "config.h"

#include "proc/tasks.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/file.h"
#include "proc/status.h"

/* Bytes of a directory entry whose name is a number. */
#define ENTRY_SIZE 32

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
	/* No signal is sent. Whether it may be is looked at last (do_send_specific()). */
	return syscall(SYS_tgkill, tgid, tid, 0) == 0 || errno == EPERM;
}

/* Breaks: the number of tasks since the last one. */
struct pace {
	const struct proc_break *breaks;
	unsigned int tasks;
};

/* Counts a task, and takes a break after EVERY. */
static void count_task(struct pace *pace, unsigned int every)
{
	if (++pace->tasks < every)
		return;
	pace->tasks = 0;
	if (pace->breaks)
		pace->breaks->take(pace->breaks->argument);
}

/* Directories. Read by getdents64(2), because readdir(3) asks for 32 KiB at once: 2 ms of /proc. */

struct directory {
	int fd;
	size_t at, size; /* the next entry, and the end of them */
	_Alignas(struct dirent64) char entries[PROC_BREAK_LISTED * ENTRY_SIZE];
};

/* The number in ENTRY's name, or 0 for other names. */
static pid_t entry_number(const struct dirent64 *entry)
{
	return isdigit((unsigned char)entry->d_name[0]) ? (pid_t)strtol(entry->d_name, NULL, 10)
	                                                : 0;
}

/* Opens the directory PATH. Returns 0 or -errno. */
static int open_directory(struct directory *directory, const char *path)
{
	directory->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	directory->at = directory->size = 0;
	return directory->fd < 0 ? -errno : 0;
}

static const struct dirent64 *next_entry(struct directory *directory)
{
	if (directory->at == directory->size) {
		long size = syscall(SYS_getdents64, directory->fd, directory->entries,
			sizeof(directory->entries));
		directory->at = 0;
		directory->size = size > 0 ? (size_t)size : 0;
	}
	if (directory->at == directory->size)
		return NULL;
	const struct dirent64 *entry = (const void *)(directory->entries + directory->at);
	directory->at += entry->d_reclen;
	return entry;
}

/* The next number among the names in DIRECTORY; 0: there are no more. */
static pid_t next_number(struct directory *directory, struct pace *pace)
{
	const struct dirent64 *entry;
	while ((entry = next_entry(directory))) {
		count_task(pace, PROC_BREAK_LISTED);
		if (entry_number(entry))
			return entry_number(entry);
	}
	return 0;
}

/* The number of threads of the process whose task directory is FD. */
static size_t count_threads(int fd)
{
	struct stat status;
	/* One link per thread, plus those of every directory (the kernel's proc_task_getattr()).
	 */
	return fstat(fd, &status) == 0 ? status.st_nlink - 2 : 0;
}

static bool is_alive(pid_t tgid, pid_t tid)
{
	return syscall(SYS_tgkill, tgid, tid, 0) == 0 || errno != ESRCH;
}

int proc_threads(pid_t tgid, struct tid_list *list, const struct proc_break *breaks)
{
	struct pace pace = {.breaks = breaks};
	struct directory directory;
	size_t before = list->count, alive = 0;
	char path[PROC_PATH_MAX];
	pid_t tid;
	snprintf(path, sizeof(path), "/proc/%d/task", proc_id(tgid));
	int result = open_directory(&directory, path);
	if (result < 0)
		return result;
	while ((tid = next_number(&directory, &pace)))
		tid_list_add(list, tid);
	/* First the number: threads that are alive after that were alive before. */
	size_t threads = count_threads(directory.fd);
	close(directory.fd);
	for (size_t i = before; i < list->count; i++) {
		alive += is_alive(tgid, list->tid[i]);
		count_task(&pace, PROC_BREAK_LISTED);
	}
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

/* Where the kernel does not list children: scans all processes. */
static int scan_children(struct tid_list *list, bool *incomplete, const struct proc_break *breaks)
{
	struct pace listed = {.breaks = breaks}, read = {.breaks = breaks};
	struct directory directory;
	int result = open_directory(&directory, "/proc"), added = 0;
	pid_t pid;
	if (result < 0)
		return result;
	*incomplete = false;
	while ((pid = next_number(&directory, &listed))) {
		struct proc_status status;
		if (contains(list, pid))
			continue;
		bool here = proc_status(pid, &status) == 0;
		count_task(&read, PROC_BREAK_READ);
		*incomplete |= !here;
		if (!here || !contains(list, status.parent))
			continue;
		tid_list_add(list, pid);
		added++;
	}
	close(directory.fd);
	return added;
}

/* The lists of children. */

/* Bytes of such a list to read at once: some hundred children. */
#define CHILDREN_SIZE  4096

/* How often a list is read that changes all the time. */
#define CHILDREN_TRIES 20

/* Adds the numbers in TEXT, "123 124 ", to LIST. Returns its rest: a number that is cut off. */
static char *add_numbers(char *text, struct tid_list *list)
{
	char *at = text, *end;
	for (long pid; (pid = strtol(at, &end, 10)) > 0 && *end == ' '; at = end + 1)
		tid_list_add(list, (pid_t)pid);
	return at;
}

static int open_children(pid_t tgid, pid_t tid)
{
	char path[PROC_PATH_MAX];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", proc_id(tgid), proc_id(tid));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Adds the children of thread TID of process TGID to LIST. Returns 0 or -errno. */
static int read_children(pid_t tgid, pid_t tid, struct tid_list *list, struct pace *pace)
{
	char text[CHILDREN_SIZE + 1];
	size_t kept = 0;
	ssize_t size;
	int fd = open_children(tgid, tid);
	if (fd < 0)
		return fd;
	while ((size = read(fd, text + kept, CHILDREN_SIZE - kept)) > 0) {
		text[kept + (size_t)size] = '\0';
		const char *rest = add_numbers(text, list);
		kept = strlen(rest);
		memmove(text, rest, kept);
		count_task(pace, PROC_BREAK_READ);
	}
	int error = errno;
	close(fd);
	count_task(pace, PROC_BREAK_READ);
	return size < 0 ? -error : 0;
}

static bool is_equal(const struct tid_list *left, const struct tid_list *right)
{
	return left->count == right->count &&
	       (left->count == 0 ||
		       memcmp(left->tid, right->tid, left->count * sizeof(*left->tid)) == 0);
}

/*
 * The same, until the list is complete: the kernel skips others if the child that it has listed
 * last is reaped just then (children_seq_next()); so no listed one may have gone. Returns 0, 1 if
 * that was not achieved, or -errno.
 */
static int read_all_children(pid_t tgid, pid_t tid, struct tid_list *list, struct pace *pace)
{
	struct tid_list last = {0};
	bool same = false;
	int result = 0;
	for (int left = CHILDREN_TRIES; left && !same && result == 0; left--) {
		struct tid_list next = {0};
		result = read_children(tgid, tid, &next, pace);
		same = next.count == 0 || is_equal(&last, &next);
		tid_list_clear(&last);
		last = next;
	}
	for (size_t i = 0; i < last.count; i++) {
		if (!contains(list, last.tid[i]))
			tid_list_add(list, last.tid[i]);
		count_task(pace, PROC_BREAK_LISTED);
	}
	tid_list_clear(&last);
	return result < 0 ? result : !same;
}

/* Adds the children of process TGID to LIST. Returns as above. */
static int add_children(pid_t tgid, struct tid_list *list, struct pace *pace)
{
	struct tid_list threads = {0};
	int result = proc_threads(tgid, &threads, pace->breaks);
	for (size_t i = 0; i < threads.count && result >= 0; i++) {
		/* The children of a thread that has ended are those of another by now. */
		if (read_all_children(tgid, threads.tid[i], list, pace) != 0)
			result = 1;
	}
	tid_list_clear(&threads);
	return result;
}

int proc_children(struct tid_list *list, bool *incomplete, const struct proc_break *breaks)
{
	struct pace pace = {.breaks = breaks};
	size_t known = list->count;
	int fd = open_children(getpid(), getpid());
	if (fd < 0)
		return scan_children(list, incomplete, breaks);
	close(fd);
	*incomplete = false;
	for (size_t i = 0; i < list->count; i++) {
		int result = add_children(list->tid[i], list, &pace);
		/* What has ended since the caller has added it has no children any more. */
		*incomplete |= result == 1 || (result < 0 && i >= known);
	}
	return (int)(list->count - known);
}

int proc_children_of(pid_t tgid, pid_t tid, struct tid_list *list)
{
	char text[CHILDREN_SIZE];
	ssize_t size = proc_read(
		text, sizeof(text), "/proc/%d/task/%d/children", proc_id(tgid), proc_id(tid));
	if (size < 0)
		return (int)size;
	add_numbers(text, list);
	return 0;
}
