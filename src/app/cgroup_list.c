/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cgroups of all processes; see app/cgroup_list.h. */
#include "config.h"

#include "app/cgroup_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Candidates that an error lists. */
#define LISTED_MAX 4

/* What reading needs. */
struct reading {
	struct cgroup_list *list;
	bool (*is_wanted)(const char *path, size_t size);
};

static int rank_of(const struct cgroup_line *line)
{
	if (line->hierarchy == 0)
		return 0;
	return strcmp(line->controllers, "name=systemd") == 0 ? 1 : 1 + line->hierarchy;
}

/* Adds the cgroup at the first SIZE bytes of LINE's path. */
static void add(struct cgroup_list *list, const struct cgroup_line *line, size_t size)
{
	struct cgroup_entry *same = NULL;
	for (size_t i = 0; i < list->count && !same; i++) {
		if (strlen(list->entry[i].path) == size &&
			memcmp(list->entry[i].path, line->path, size) == 0)
			same = &list->entry[i];
	}
	if (same && same->rank <= rank_of(line))
		return;
	if (!same) {
		list->entry = xreallocarray(list->entry, list->count + 1, sizeof(*list->entry));
		same = &list->entry[list->count++];
		same->path = xstrdup(line->path);
		same->path[size] = '\0';
	}
	same->rank = rank_of(line);
	memcpy(same->controllers, line->controllers, sizeof(same->controllers));
}

/* Adds what the components of a path are. */
static void take_line(pid_t pid, const struct cgroup_line *line, void *context)
{
	const struct reading *reading = context;
	(void)pid;
	/* Outside of our cgroup namespace. */
	if (strncmp(line->path, "/..", 3) == 0)
		return;
	for (size_t size = 1; line->path[size - 1]; size++) {
		size += strcspn(line->path + size, "/");
		if (reading->is_wanted(line->path, size))
			add(reading->list, line, size);
		if (!line->path[size])
			break;
	}
}

int cgroup_list_read(struct cgroup_list *list, bool (*is_wanted)(const char *path, size_t size))
{
	struct reading reading = {list, is_wanted};
	*list = (struct cgroup_list){0};
	int result = cgroup_each_process(take_line, &reading);
	if (result < 0)
		cgroup_list_clear(list);
	return result;
}

void cgroup_list_clear(struct cgroup_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->entry[i].path);
	free(list->entry);
	*list = (struct cgroup_list){0};
}

int cgroup_entry_find(const struct cgroup_entry *entry, struct cgroup *cgroup)
{
	char path[CGROUP_PATH_MAX + CGROUP_CONTROLLERS_MAX];
	const char *controllers = entry->controllers;
	snprintf(path, sizeof(path), "%s%s%s", controllers, *controllers ? ":" : "", entry->path);
	return cgroup_find(path, cgroup);
}

void candidates_add(struct candidates *candidates, const char *text)
{
	if (++candidates->count > LISTED_MAX || candidates->used >= candidates->size)
		return;
	candidates->used += (size_t)snprintf(candidates->buf + candidates->used,
		candidates->size - candidates->used, "%s%s", candidates->used ? ", " : "", text);
}

void candidates_end(struct candidates *candidates)
{
	if (candidates->count == 0)
		candidates->buf[0] = '\0';
	else if (candidates->count > LISTED_MAX && candidates->used < candidates->size)
		snprintf(candidates->buf + candidates->used, candidates->size - candidates->used,
			" and %zu more", candidates->count - LISTED_MAX);
}
