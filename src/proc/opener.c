/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening a target's files; see proc/opener.h. */
#include "config.h"

#include "proc/opener.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/file.h"
#include "proc/memory.h"
#include "proc/remote.h"
#include "proc/status.h"

/* How much of a file is compared with the mapping if the inode number is inconclusive. */
#define HEAD_SIZE     4096

/* A larger file is no program and no debug information, and would only take time. */
#define SIZE_MAX_READ ((off_t)8 << 30)

/* The error of an open: whether there is no file, or no descriptor for it. */
static int open_error(void)
{
	return errno == EMFILE || errno == ENFILE ? -errno : -ENOENT;
}

/* Opens NAME below DIRECTORY, to look at it only; RESOLVE has limits for the way there. */
static int find_below(int directory, const char *name, uint64_t flags, uint64_t resolve)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | flags,
		.resolve = resolve | RESOLVE_NO_MAGICLINKS,
	};
	while (*name == '/')
		name++;
	int fd = (int)syscall(SYS_openat2, directory, *name ? name : ".", &how, sizeof(how));
	return fd < 0 ? open_error() : fd;
}

/* The root directory of process PID, to look below; our own if PID is 0. */
static int open_root(pid_t pid)
{
	char path[PROC_PATH_MAX] = "/";
	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/root", proc_id(pid));
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? open_error() : fd;
}

/* Finds NAME in the root directory of process PID; 0: in ours. */
static int find_in_root(pid_t pid, const char *name)
{
	int root = open_root(pid);
	if (root < 0)
		return root;
	int fd = find_below(root, name, O_NOFOLLOW, RESOLVE_IN_ROOT);
	close(root);
	return fd;
}

/* Opens the file that FD was found as, which is closed, if it is a regular one. */
static int open_found(int fd, struct stat *identity)
{
	char path[PROC_PATH_MAX];
	int opened = -ENOENT;
	if (fd < 0)
		return fd;
	if (fstat(fd, identity) == 0 && S_ISREG(identity->st_mode) &&
		identity->st_size <= SIZE_MAX_READ) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (opened < 0)
			opened = open_error();
	}
	close(fd);
	return opened;
}

/* Mapped files. */

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

static bool has_identity(const struct stat *file, const struct maps_line *line)
{
	return file->st_ino == line->inode && major(file->st_dev) == line->major &&
	       minor(file->st_dev) == line->minor;
}

/*
 * Whether FD is the file in LINE. Device and inode decide; but overlays and some file systems show
 * others there than stat(2) does, so then the contents are compared.
 */
static bool is_mapped(int fd, const struct stat *file, pid_t pid, const struct maps_line *line)
{
	return has_identity(file, line) || begins_alike(fd, pid, line);
}

/* Whether LINK leads to a file with the name in LINE. */
static bool has_name(const char *link, const struct maps_line *line)
{
	char *wanted = maps_name(line), *name = xcalloc(line->name_size + 2, 1);
	ssize_t size = readlink(link, name, line->name_size + 1);
	bool is_same = size > 0 && strcmp(name, wanted) == 0;
	free(wanted);
	free(name);
	return is_same;
}

/*
 * The mapped file itself; only for those who may see all of the system. By now another one may be
 * mapped there: that has another inode or, where that says nothing, another name.
 */
static int find_mapping(pid_t pid, const struct maps_line *line)
{
	char path[2 * PROC_PATH_MAX];
	struct stat file;
	snprintf(path, sizeof(path), "/proc/%d/map_files/%llx-%llx", proc_id(pid),
		(unsigned long long)line->start, (unsigned long long)line->end);
	int fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return open_error();
	if (fstat(fd, &file) == 0 && (has_identity(&file, line) || has_name(path, line)))
		return fd;
	close(fd);
	return -ENOENT;
}

/* Finds NAME in our own root directory, if it is the file in LINE without any doubt. */
static int find_same(const char *name, const struct maps_line *line)
{
	struct stat file;
	int fd = find_in_root(0, name);
	if (fd < 0 || (fstat(fd, &file) == 0 && has_identity(&file, line)))
		return fd;
	close(fd);
	return -ENOENT;
}

/* Opens what was found as FD if it is the file in LINE of PID. */
static int open_if_mapped(int fd, pid_t pid, const struct maps_line *line, struct stat *identity)
{
	struct stat file;
	int opened = open_found(fd, &file);
	if (opened < 0)
		return opened;
	if (is_mapped(opened, &file, pid, line)) {
		*identity = file;
		return opened;
	}
	close(opened);
	return -ENOENT;
}

/* Whether the server of the file system that LINE's file is on does not answer. */
static bool is_silent(pid_t pid, const struct maps_line *line)
{
	if (!remote_has(pid, line->major, line->minor))
		return false;
	char *name = maps_name(line);
	char *paths[] = {
		xasprintf("/proc/%d/map_files/%llx-%llx", proc_id(pid),
			(unsigned long long)line->start, (unsigned long long)line->end),
		xasprintf("/proc/%d/root%s", proc_id(pid), name),
	};
	bool answers = remote_answers(paths[0]) && remote_answers(paths[1]);
	free(paths[0]);
	free(paths[1]);
	free(name);
	return !answers;
}

int proc_open_mapped(pid_t pid, const struct maps_line *line, struct stat *identity)
{
	if (line->name_size == 0 || is_silent(pid, line))
		return -ENOENT;
	int fd = open_if_mapped(find_mapping(pid, line), pid, line, identity);
	/* The name of a deleted file may be another file by now; the mapping is not. */
	if (fd != -ENOENT || line->deleted || line->name[0] != '/')
		return fd;
	char *name = maps_name(line);
	fd = open_if_mapped(find_in_root(pid, name), pid, line, identity);
	/* A process that has ended has no root any more; usually it had ours. */
	if (fd == -ENOENT)
		fd = open_if_mapped(find_same(name, line), pid, line, identity);
	free(name);
	return fd;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

int proc_open_again(pid_t pid, const char *name, const struct stat *identity)
{
	/* A process that has ended has no root any more; usually it had ours. */
	const pid_t roots[] = {pid, 0};
	struct stat file;
	int fd = -ENOENT;
	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots) && fd == -ENOENT; i++) {
		int found = find_in_root(roots[i], name);
		if (found >= 0 && (fstat(found, &file) < 0 || !is_same(&file, identity))) {
			close(found);
			continue;
		}
		fd = open_found(found, &file);
	}
	return fd;
}

/* Perf maps. */

int proc_find_perfmap(pid_t tgid, struct perfmap_place *place)
{
	struct proc_status status;
	int error = proc_status(tgid, &status);
	int root = error ? error : open_root(tgid);
	if (root < 0)
		return root;
	*place = (struct perfmap_place){
		.root = root,
		.number = status.ns_tid ? status.ns_tid : tgid,
		.uid = status.uid[1],
	};
	return 0;
}

int proc_open_perfmap(const struct perfmap_place *place)
{
	char name[PROC_PATH_MAX];
	struct stat file;
	snprintf(name, sizeof(name), "/tmp/perf-%d.map", (int)place->number);
	int fd = open_found(find_below(place->root, name, O_NOFOLLOW, RESOLVE_IN_ROOT), &file);
	/* /tmp is world-writable: only its user or root can have written it. */
	if (fd < 0 || file.st_uid == place->uid || file.st_uid == 0)
		return fd;
	close(fd);
	return -EPERM;
}

/* Debug files. */

static bool is_build_id(const char *text)
{
	size_t digits = strspn(text, "0123456789abcdef");
	return digits >= 4 && text[digits] == '\0';
}

/* Whether NAME is that of a file in a directory, and of no other one. */
static bool is_plain_name(const char *name)
{
	return *name && strlen(name) < DEBUG_NAME_MAX && !strchr(name, '/') &&
	       strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Finds NAME below DIRECTORY, open as FD; frees NAME. Links may lead elsewhere below it. */
static int find_debug(int fd, char *name)
{
	int found = find_below(fd, name, 0, RESOLVE_BENEATH);
	free(name);
	return found;
}

/* Opens the first of the places below DIRECTORY where gdb looks for FILE. */
static int open_in_directory(int directory, const struct debug_file *file)
{
	struct stat identity;
	int fd = -ENOENT;
	if (is_build_id(file->build_id))
		fd = open_found(find_debug(directory, xasprintf(".build-id/%.2s/%s.debug",
							      file->build_id, file->build_id + 2)),
			&identity);
	if (fd != -ENOENT || !is_plain_name(file->name))
		return fd;
	const char *slash = strrchr(file->beside, '/');
	if (slash)
		fd = open_found(
			find_debug(directory, xasprintf("%.*s/%s", (int)(slash - file->beside),
						      file->beside, file->name)),
			&identity);
	if (fd == -ENOENT)
		fd = open_found(find_debug(directory, xstrdup(file->name)), &identity);
	/* dwz(1) puts what several files share there. */
	if (fd == -ENOENT)
		fd = open_found(find_debug(directory, xasprintf(".dwz/%s", file->name)), &identity);
	return fd;
}

/* Whether process PID has another root directory than we. */
static bool has_other_root(pid_t pid)
{
	struct stat ours, its;
	int fd = open_root(pid);
	bool is_other = fd >= 0 && fstat(fd, &its) == 0 && stat("/", &ours) == 0 &&
	                (its.st_dev != ours.st_dev || its.st_ino != ours.st_ino);
	if (fd >= 0)
		close(fd);
	return is_other;
}

int proc_open_debug(pid_t pid, const struct debug_file *file, const char *const *directories)
{
	int fd = -ENOENT;
	const pid_t roots[] = {0, pid};
	size_t count = pid && has_other_root(pid) ? 2 : 1;
	for (size_t i = 0; i < count; i++) {
		int root = open_root(roots[i]);
		if (root < 0)
			continue;
		for (size_t at = 0; directories[at] && fd == -ENOENT; at++) {
			int directory = find_below(
				root, directories[at], O_DIRECTORY, RESOLVE_IN_ROOT);
			if (directory < 0)
				continue;
			fd = open_in_directory(directory, file);
			close(directory);
		}
		close(root);
	}
	return fd;
}
