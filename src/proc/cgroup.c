/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cgroups; see proc/cgroup.h. */
#include "config.h"

#include "proc/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/file.h"

/* Maximum sizes of the files that are read: a line for each hierarchy; for each mount. */
#define CGROUP_FILE_MAX (64 << 10)
#define MOUNTS_MAX      (4 << 20)

/* Lines. */

bool cgroup_parse_line(const char *text, struct cgroup_line *line)
{
	/* "4:cpu,cpuacct:/path"; a path can have colons. */
	const char *controllers = strchr(text, ':');
	const char *path = controllers ? strchr(controllers + 1, ':') : NULL;
	if (!path || sscanf(text, "%d", &line->hierarchy) != 1)
		return false;
	int named = (int)(path - controllers - 1), length = (int)strcspn(path + 1, "\n");
	return snprintf(line->controllers, sizeof(line->controllers), "%.*s", named,
		       controllers + 1) < (int)sizeof(line->controllers) &&
	       snprintf(line->path, sizeof(line->path), "%.*s", length, path + 1) <
	               (int)sizeof(line->path) &&
	       line->path[0] == '/';
}

/* Whether the list "WORD,…" has the word of SIZE bytes. */
static bool has_word(const char *list, const char *word, size_t size)
{
	for (;;) {
		size_t length = strcspn(list, ",");
		if (length == size && memcmp(list, word, size) == 0)
			return true;
		if (!list[length])
			return false;
		list += length + 1;
	}
}

bool cgroup_mount_has(const struct cgroup_mount *mount, const char *controllers)
{
	if (mount->is_unified || !*controllers)
		return mount->is_unified && !*controllers;
	for (const char *word = controllers;; word++) {
		size_t length = strcspn(word, ",");
		if (!has_word(mount->options, word, length))
			return false;
		word += length;
		if (!*word)
			return true;
	}
}

/* Copies the word at TEXT, in which the kernel escapes blanks as "\040". */
static bool unescape(const char *text, char *buf, size_t size)
{
	size_t used = 0;
	for (; *text && *text != ' ' && *text != '\n' && used + 1 < size; used++) {
		unsigned int octal;
		if (*text == '\\' && sscanf(text + 1, "%3o", &octal) == 1) {
			buf[used] = (char)octal;
			text += 4;
		} else {
			buf[used] = *text++;
		}
	}
	buf[used] = '\0';
	return *text == ' ' || *text == '\n' || !*text;
}

/* The start of word NUMBER of the line at TEXT, counted from 0; NULL: it has fewer. */
static const char *word_at(const char *text, int number)
{
	for (; number > 0; number--) {
		text += strcspn(text, " \n");
		if (*text != ' ')
			return NULL;
		text++;
	}
	return text;
}

bool cgroup_parse_mount(const char *text, struct cgroup_mount *mount)
{
	/* "33 24 0:29 ROOT POINT OPTIONS [FIELD …] - cgroup SOURCE rw,freezer" */
	const char *root = word_at(text, 3), *end = strchr(text, '\n');
	const char *type = strstr(text, " - cgroup");
	if (!root || !type || (end && type > end))
		return false;
	type += strlen(" - ");
	mount->is_unified = strncmp(type, "cgroup2 ", strlen("cgroup2 ")) == 0;
	if (!mount->is_unified && strncmp(type, "cgroup ", strlen("cgroup ")) != 0)
		return false;
	const char *point = word_at(root, 1), *options = word_at(type, 2);
	return point && options && unescape(root, mount->root, sizeof(mount->root)) &&
	       unescape(point, mount->point, sizeof(mount->point)) &&
	       unescape(options, mount->options, sizeof(mount->options));
}

/* Hierarchies. */

/* How soon a hierarchy is searched: lower is sooner. */
static int rank_of(const struct cgroup_line *line)
{
	if (line->hierarchy == 0)
		return 0;
	return strcmp(line->controllers, "name=systemd") == 0 ? 1 : 2;
}

/* A mounted hierarchy. */
struct hierarchy {
	struct cgroup_line line;
	struct cgroup_mount mount;
};

static int compare_ranks(const void *left, const void *right)
{
	const struct hierarchy *a = left, *b = right;
	int order = rank_of(&a->line) - rank_of(&b->line);
	return order ? order : b->line.hierarchy - a->line.hierarchy;
}

/* Finds where LINE's hierarchy is mounted, in TEXT of /proc/self/mountinfo: its widest part. */
static bool find_mount(
	const char *text, const struct cgroup_line *line, struct cgroup_mount *widest)
{
	struct cgroup_mount mount;
	bool found = false;
	for (; text && *text; text = proc_next_line(text)) {
		if (!cgroup_parse_mount(text, &mount) ||
			!cgroup_mount_has(&mount, line->controllers) ||
			(found && strlen(mount.root) >= strlen(widest->root)))
			continue;
		*widest = mount;
		found = true;
	}
	return found;
}

/* All mounted hierarchies, in the order in which they are searched. The caller frees *LIST. */
static size_t list_hierarchies(struct hierarchy **list)
{
	char *lines = proc_read_all(CGROUP_FILE_MAX, "/proc/self/cgroup");
	char *mounts = proc_read_all(MOUNTS_MAX, "/proc/self/mountinfo");
	size_t count = 0;
	*list = NULL;
	for (const char *text = mounts ? lines : NULL; text && *text; text = proc_next_line(text)) {
		*list = xreallocarray(*list, count + 1, sizeof(**list));
		struct hierarchy *next = &(*list)[count];
		count += cgroup_parse_line(text, &next->line) &&
		         find_mount(mounts, &next->line, &next->mount);
	}
	free(lines);
	free(mounts);
	if (count)
		qsort(*list, count, sizeof(**list), compare_ranks);
	return count;
}

/* The part of PATH after DIRECTORY, "" or with a "/"; NULL: it is not below it. */
static const char *below(const char *path, const char *directory)
{
	size_t length = strcmp(directory, "/") == 0 ? 0 : strlen(directory);
	if (strncmp(path, directory, length) != 0 || (path[length] && path[length] != '/'))
		return NULL;
	return strcmp(path + length, "/") == 0 ? "" : path + length;
}

static bool join(char *buf, size_t size, const char *first, const char *second)
{
	bool is_root = strcmp(first, "/") == 0;
	const char *head = is_root && *second ? "" : first;
	return snprintf(buf, size, "%s%s", head, second) < (int)size;
}

/* Stores the cgroup at REST, "" or with a "/", below the mount of HIERARCHY. Returns 0 or -errno.
 */
static int find_below(const struct hierarchy *hierarchy, const char *rest, struct cgroup *cgroup)
{
	struct stat status;
	if (!join(cgroup->directory, sizeof(cgroup->directory), hierarchy->mount.point, rest) ||
		!join(cgroup->path, sizeof(cgroup->path), hierarchy->mount.root, rest))
		return -ENAMETOOLONG;
	if (stat(cgroup->directory, &status) < 0)
		return -errno;
	if (!S_ISDIR(status.st_mode))
		return -ENOTDIR;
	cgroup->hierarchy = hierarchy->line.hierarchy;
	memcpy(cgroup->controllers, hierarchy->line.controllers, sizeof(cgroup->controllers));
	cgroup->inode = status.st_ino;
	return 0;
}

/* Finds the cgroup with directory NAME. Like cgroup_find(). */
static int find_directory(
	const struct hierarchy *list, size_t count, const char *name, struct cgroup *cgroup)
{
	struct statfs system;
	int result = -ENOTDIR;
	char *path = realpath(name, NULL);
	if (!path)
		return -errno;
	bool is_cgroup = statfs(path, &system) == 0 && (system.f_type == CGROUP2_SUPER_MAGIC ||
							       system.f_type == CGROUP_SUPER_MAGIC);
	for (size_t i = 0; is_cgroup && i < count && result < 0; i++) {
		const char *rest = below(path, list[i].mount.point);
		if (rest)
			result = find_below(&list[i], rest, cgroup);
	}
	free(path);
	return result;
}

/* Whether the hierarchy has the controller with NAME of SIZE bytes, or is "name=NAME". */
static bool has_controller(const struct cgroup_line *line, const char *name, size_t size)
{
	const char *own = strncmp(line->controllers, "name=", 5) == 0 ? line->controllers + 5 : "";
	return has_word(line->controllers, name, size) ||
	       (size && strlen(own) == size && memcmp(own, name, size) == 0);
}

/* Finds the cgroup with path NAME in a hierarchy. Like cgroup_find(). */
static int find_path(
	const struct hierarchy *list, size_t count, const char *name, struct cgroup *cgroup)
{
	char path[CGROUP_PATH_MAX];
	size_t prefix = strcspn(name, ":/");
	bool has_prefix = name[prefix] == ':';
	const char *rest = has_prefix ? name + prefix + 1 : name;
	int result = -ENOENT;
	while (*rest == '/')
		rest++;
	if (snprintf(path, sizeof(path), "%s%s", *rest ? "/" : "", rest) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	for (size_t length = strlen(path); length && path[length - 1] == '/';)
		path[--length] = '\0';
	if (strstr(path, "/../") || (strlen(path) >= 3 && !strcmp(path + strlen(path) - 3, "/..")))
		return -ENOENT;
	for (size_t i = 0; i < count && result < 0; i++) {
		/* As /proc/PID/cgroup has it, or below what is mounted. */
		const char *inside = below(path, list[i].mount.root);
		if (has_prefix && !has_controller(&list[i].line, name, prefix))
			continue;
		result = inside ? find_below(&list[i], inside, cgroup) : -ENOENT;
		if (result < 0)
			result = find_below(&list[i], path, cgroup);
	}
	return result;
}

int cgroup_find(const char *name, struct cgroup *cgroup)
{
	struct hierarchy *list;
	struct cgroup found;
	size_t count = list_hierarchies(&list);
	int result = name[0] == '/' ? find_directory(list, count, name, &found) : -ENOENT;
	/* Not a directory of cgroups: a path in a hierarchy. */
	int in_hierarchy = result < 0 ? find_path(list, count, name, &found) : result;
	if (in_hierarchy == 0 || name[0] != '/')
		result = in_hierarchy;
	free(list);
	if (result == 0)
		*cgroup = found;
	return result;
}

bool cgroup_exists(const struct cgroup *cgroup)
{
	struct stat status;
	return stat(cgroup->directory, &status) == 0 && status.st_ino == cgroup->inode;
}

/* Processes. */

static void take_lines(pid_t pid, cgroup_take_line *take, void *context)
{
	struct cgroup_line line;
	char *text = proc_read_all(CGROUP_FILE_MAX, "/proc/%d/cgroup", proc_id(pid));
	for (const char *next = text; next && *next; next = proc_next_line(next)) {
		if (cgroup_parse_line(next, &line))
			take(pid, &line, context);
	}
	free(text);
}

int cgroup_each_process(cgroup_take_line *take, void *context)
{
	DIR *directory = opendir("/proc");
	if (!directory)
		return -errno;
	for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		int pid;
		if (sscanf(entry->d_name, "%d", &pid) == 1)
			take_lines(pid, take, context);
	}
	closedir(directory);
	return 0;
}
