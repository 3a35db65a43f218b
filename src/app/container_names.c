/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of containers, from the files of their daemons; see app/container.h. The files belong to
 * the daemons, which are trusted, but their format is theirs: what is not understood is skipped.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/container.h"
#include "base/alloc.h"

#define PATH_SIZE   4096

/* Maximum size of a file that is read. */
#define FILE_MAX    (4 << 20)

#define ID_SIZE     65

#define PODMAN_FILE "var/lib/containers/storage/overlay-containers/containers.json"

struct ids {
	char (*id)[ID_SIZE];
	size_t count;
};

/* Formats a path. Returns whether it is short enough. */
__attribute__((format(printf, 2, 3))) static bool make_path(
	char path[PATH_SIZE], const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int length = vsnprintf(path, PATH_SIZE, format, args);
	va_end(args);
	return length >= 0 && length < PATH_SIZE;
}

/* Adds the ID at TEXT, if it is one. */
static void add(struct ids *ids, const char *text)
{
	if (strspn(text, "0123456789abcdef") != ID_SIZE - 1)
		return;
	ids->id = xreallocarray(ids->id, ids->count + 1, sizeof(*ids->id));
	snprintf(ids->id[ids->count++], ID_SIZE, "%s", text);
}

/* The text of the regular file PATH, which the caller frees; NULL: it cannot be read. */
static char *read_text(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *text = NULL;
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		status.st_size < FILE_MAX) {
		text = xcalloc(1, (size_t)status.st_size + 1);
		ssize_t size = read(fd, text, (size_t)status.st_size);
		text[size > 0 ? size : 0] = '\0';
	}
	if (fd >= 0)
		close(fd);
	return text;
}

/* Calls TAKE with each name in the directory PATH. */
static void each_name(const char *path,
	void (*take)(const char *path, const char *entry, const char *name, struct ids *ids),
	const char *name, struct ids *ids)
{
	DIR *directory = opendir(path);
	if (!directory)
		return;
	for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		if (entry->d_name[0] != '.')
			take(path, entry->d_name, name, ids);
	}
	closedir(directory);
}

/* docker: ID/config.v2.json has "Name":"/NAME". */
static void take_docker(const char *path, const char *entry, const char *name, struct ids *ids)
{
	char file[PATH_SIZE], field[CONTAINER_NAME_MAX + 16];
	snprintf(field, sizeof(field), "\"Name\":\"/%s\"", name);
	char *text = make_path(file, "%s/%s/config.v2.json", path, entry) ? read_text(file) : NULL;
	if (text && strstr(text, field))
		add(ids, entry);
	free(text);
}

/* podman: containers.json is a list of {"id":"ID","names":["NAME"],…}. */
static void find_podman(const char *path, const char *name, struct ids *ids)
{
	static const char id_field[] = "\"id\":\"", names_field[] = "\"names\":[";
	char quoted[CONTAINER_NAME_MAX + 4];
	char *text = read_text(path);
	snprintf(quoted, sizeof(quoted), "\"%s\"", name);
	for (const char *id = text; id && (id = strstr(id, id_field)) != NULL;) {
		id += strlen(id_field);
		const char *next = strstr(id, id_field), *names = strstr(id, names_field);
		if (!names || (next && names > next))
			continue;
		const char *end = strchr(names, ']'), *found = strstr(names, quoted);
		if (end && found && found < end)
			add(ids, id);
	}
	free(text);
}

/* nerdctl: names/NAMESPACE/NAME has the ID. */
static void take_nerdctl_namespace(
	const char *path, const char *entry, const char *name, struct ids *ids)
{
	char file[PATH_SIZE];
	char *text = make_path(file, "%s/%s/%s", path, entry, name) ? read_text(file) : NULL;
	if (text)
		add(ids, text);
	free(text);
}

static void take_nerdctl(const char *path, const char *entry, const char *name, struct ids *ids)
{
	char names[PATH_SIZE];
	if (make_path(names, "%s/%s/names", path, entry))
		each_name(names, take_nerdctl_namespace, name, ids);
}

/* Kubernetes: links POD_NAMESPACE_CONTAINER-ID.log; NAME is that of a pod or of a container. */
static void take_kubernetes(const char *path, const char *entry, const char *name, struct ids *ids)
{
	size_t size = strlen(entry), length = strlen(name);
	const char *space = strchr(entry, '_'), *container = space ? strchr(space + 1, '_') : NULL;
	const char *id = size > ID_SIZE + 4 ? entry + size - (ID_SIZE - 1) - 4 : NULL;
	(void)path;
	if (!container || !id || id <= container + 1 || id[-1] != '-' ||
		strcmp(id + ID_SIZE - 1, ".log") != 0)
		return;
	container++;
	bool is_pod = (size_t)(space - entry) == length && strncmp(entry, name, length) == 0;
	bool is_container = (size_t)(id - 1 - container) == length &&
	                    strncmp(container, name, length) == 0;
	if (is_pod || is_container)
		add(ids, id);
}

size_t container_ids_of_name(const char *root, const char *name, char (**out)[ID_SIZE])
{
	struct ids ids = {0};
	char path[PATH_SIZE];
	/* A name of these is never a path, nor would it need to be escaped. */
	bool is_plain = *name && !strpbrk(name, "/\"\\") && name[0] != '.' &&
	                strlen(name) < CONTAINER_NAME_MAX;
	if (is_plain && make_path(path, "%s/var/lib/docker/containers", root))
		each_name(path, take_docker, name, &ids);
	if (is_plain && make_path(path, "%s/%s", root, PODMAN_FILE))
		find_podman(path, name, &ids);
	if (is_plain && make_path(path, "%s/var/lib/nerdctl", root))
		each_name(path, take_nerdctl, name, &ids);
	if (is_plain && make_path(path, "%s/var/log/containers", root))
		each_name(path, take_kubernetes, name, &ids);
	*out = ids.id;
	return ids.count;
}
