/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of containers, from the files of their daemons; see app/container.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/container.h"
#include "app/state_file.h"
#include "base/alloc.h"

#define ID_SIZE     65

#define PODMAN_FILE "var/lib/containers/storage/overlay-containers/containers.json"

/* What is looked for, and found. */
struct ids {
	const char *name;
	char (*id)[ID_SIZE];
	size_t count;
};

/* Adds the ID at TEXT, if it is one. */
static void add(struct ids *ids, const char *text)
{
	if (strspn(text, "0123456789abcdef") != ID_SIZE - 1)
		return;
	ids->id = xreallocarray(ids->id, ids->count + 1, sizeof(*ids->id));
	snprintf(ids->id[ids->count++], ID_SIZE, "%s", text);
}

/* docker: ID/config.v2.json has "Name":"/NAME". */
static void take_docker(const char *path, const char *entry, void *context)
{
	struct ids *ids = context;
	char file[STATE_PATH_SIZE], field[CONTAINER_NAME_MAX + 16], *text = NULL;
	snprintf(field, sizeof(field), "\"Name\":\"/%s\"", ids->name);
	if (state_path(file, "%s/%s/config.v2.json", path, entry))
		text = state_file_read(file);
	if (text && strstr(text, field))
		add(ids, entry);
	free(text);
}

/* podman: containers.json is a list of {"id":"ID","names":["NAME"],…}. */
static void find_podman(const char *path, struct ids *ids)
{
	static const char id_field[] = "\"id\":\"", names_field[] = "\"names\":[";
	char quoted[CONTAINER_NAME_MAX + 4];
	char *text = state_file_read(path);
	snprintf(quoted, sizeof(quoted), "\"%s\"", ids->name);
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
static void take_nerdctl_namespace(const char *path, const char *entry, void *context)
{
	struct ids *ids = context;
	char file[STATE_PATH_SIZE], *text = NULL;
	if (state_path(file, "%s/%s/%s", path, entry, ids->name))
		text = state_file_read(file);
	if (text)
		add(ids, text);
	free(text);
}

static void take_nerdctl(const char *path, const char *entry, void *context)
{
	char names[STATE_PATH_SIZE];
	if (state_path(names, "%s/%s/names", path, entry))
		state_directory_each(names, take_nerdctl_namespace, context);
}

/* Kubernetes: links POD_NAMESPACE_CONTAINER-ID.log; NAME is that of a pod or of a container. */
static void take_kubernetes(const char *path, const char *entry, void *context)
{
	struct ids *ids = context;
	const char *name = ids->name;
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
	struct ids ids = {.name = name};
	char path[STATE_PATH_SIZE];
	bool is_plain = state_name_is_plain(name);
	if (is_plain && state_path(path, "%s/var/lib/docker/containers", root))
		state_directory_each(path, take_docker, &ids);
	if (is_plain && state_path(path, "%s/%s", root, PODMAN_FILE))
		find_podman(path, &ids);
	if (is_plain && state_path(path, "%s/var/lib/nerdctl", root))
		state_directory_each(path, take_nerdctl, &ids);
	if (is_plain && state_path(path, "%s/var/log/containers", root))
		state_directory_each(path, take_kubernetes, &ids);
	*out = ids.id;
	return ids.count;
}
