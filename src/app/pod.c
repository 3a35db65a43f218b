/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding pods; see app/pod.h. */
#include "config.h"

#include "app/pod.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cgroup_list.h"
#include "base/alloc.h"
#include "base/text.h"
#include "proc/system.h"

/*
 * Roots below which files say what pods are called, in the order in which they are tried: of this
 * system; the node's, as kubectl debug mounts it; and that of the node's init, from a container
 * that shares its PIDs.
 */
static const char *const roots[] = {"", "/host", PROC_INIT_ROOT};

/* Whether the SIZE bytes at TEXT can be a UID: those of static pods have no dashes. */
static bool is_uid(const char *text, size_t size)
{
	return size > 0 && size < POD_UID_MAX && strspn(text, "0123456789abcdef-_") >= size;
}

bool pod_parse(const char *path, size_t size, char uid[POD_UID_MAX])
{
	static const char slice[] = ".slice", mark[] = "-pod";
	const char *name = path + size, *inner = NULL;
	while (name > path && name[-1] != '/')
		name--;
	size -= (size_t)(name - path);
	size_t suffix = strlen(slice);
	bool is_slice = size > suffix && memcmp(name + size - suffix, slice, suffix) == 0;
	if (is_slice)
		size -= suffix;
	/* systemd's slices have the names of those above in theirs: kubepods-burstable-pod… */
	if (!is_slice && size > 3 && strncmp(name, "pod", 3) == 0)
		inner = name + 3;
	else if (is_slice && (inner = memmem(name, size, mark, strlen(mark))) != NULL &&
		 memmem(name, (size_t)(inner - name), "kubepods", strlen("kubepods")))
		inner += strlen(mark);
	else
		return false;
	size_t length = size - (size_t)(inner - name);
	if (!is_uid(inner, length))
		return false;
	/* A dash is a separator there. */
	for (size_t i = 0; i < length; i++)
		uid[i] = inner[i] == '_' ? '-' : inner[i];
	uid[length] = '\0';
	return true;
}

/* Those that have processes. */

struct found {
	struct pod_name name;             /* only the UID, if nothing says more */
	const struct cgroup_entry *entry; /* not owned */
};

struct found_list {
	struct cgroup_list cgroups;
	struct found *found; /* owned */
	size_t count;
};

static bool is_pod(const char *path, size_t size)
{
	char uid[POD_UID_MAX];
	return pod_parse(path, size, uid);
}

/* Names those that the files below ROOT name. Returns whether all have names now. */
static bool name_all(struct found_list *list, const char *root)
{
	bool are_all_named = true;
	struct pod_name *names;
	size_t count = pod_names(root, &names);
	for (size_t i = 0; i < list->count; i++) {
		struct pod_name *name = &list->found[i].name;
		for (size_t at = 0; at < count && !name->name[0]; at++) {
			if (strcmp(name->uid, names[at].uid) == 0)
				*name = names[at];
		}
		are_all_named &= name->name[0] != '\0';
	}
	free(names);
	return are_all_named;
}

static int find_all(struct found_list *list)
{
	int result = cgroup_list_read(&list->cgroups, is_pod);
	list->found = xcalloc(list->cgroups.count + 1, sizeof(*list->found));
	for (size_t i = 0; i < list->cgroups.count; i++) {
		const struct cgroup_entry *entry = &list->cgroups.entry[i];
		struct found *found = &list->found[list->count++];
		found->entry = entry;
		pod_parse(entry->path, strlen(entry->path), found->name.uid);
	}
	bool are_all_named = list->count == 0;
	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots) && !are_all_named; i++)
		are_all_named = name_all(list, roots[i]);
	return result;
}

static void free_found(struct found_list *list)
{
	free(list->found);
	cgroup_list_clear(&list->cgroups);
}

/* How well a name fits: the greatest are taken. */
enum match {
	MATCH_NONE,
	MATCH_PREFIX,
	MATCH_WHOLE,
};

static enum match match_text(const char *text, const char *name)
{
	size_t length = strlen(name);
	if (strncmp(text, name, length) != 0)
		return MATCH_NONE;
	return text[length] ? MATCH_PREFIX : MATCH_WHOLE;
}

static enum match match(const struct found *found, const char *name, const char *space)
{
	if (space && strcmp(found->name.space, space) != 0)
		return MATCH_NONE;
	enum match by_name = match_text(found->name.name, name);
	enum match by_uid = match_text(found->name.uid, name);
	return by_name > by_uid ? by_name : by_uid;
}

/* "default/web-5d8f", or a UID */
static void describe(const struct found *found, char *buf, size_t size)
{
	const struct pod_name *name = &found->name;
	char text[2 * POD_NAME_MAX];
	int length = name->name[0] ? snprintf(text, sizeof(text), "%s/%s", name->space, name->name)
	                           : snprintf(text, sizeof(text), "%s", name->uid);
	text_escape(text, (size_t)length, buf, size);
}

/* Writes a list of those that match as well as LEAST to BUF. */
static void list_candidates(const struct found_list *list, const enum match *matches,
	enum match least, char *buf, size_t size)
{
	struct candidates candidates = {.buf = buf, .size = size};
	for (size_t i = 0; i < list->count; i++) {
		char text[72];
		if (matches[i] < least)
			continue;
		describe(&list->found[i], text, sizeof(text));
		candidates_add(&candidates, text);
	}
	candidates_end(&candidates);
}

static int refuse(const struct found_list *list, const enum match *matches, enum match best,
	const char *name, char error[POD_ERROR_MAX])
{
	char candidates[256], shown[64];
	text_escape(name, strlen(name), shown, sizeof(shown));
	list_candidates(list, matches, best, candidates, sizeof(candidates));
	if (best != MATCH_NONE)
		snprintf(error, POD_ERROR_MAX, "pod \"%s\" is ambiguous: %s; see --namespace",
			shown, candidates);
	else if (list->count)
		snprintf(error, POD_ERROR_MAX, "no pod \"%s\" runs here; there are %s", shown,
			candidates);
	else
		snprintf(error, POD_ERROR_MAX,
			"no pod \"%s\": no process here is in the cgroup of a pod; run stop on its "
			"node, with the node's PIDs and cgroups",
			shown);
	return best != MATCH_NONE ? -ENOTUNIQ : -ENOENT;
}

/* The one of LIST that fits best; MATCHES is room for as many. Returns NULL if it is not just one.
 */
static const struct found *choose(const struct found_list *list, const char *name,
	const char *space, enum match *matches, enum match *best)
{
	const struct found *chosen = NULL;
	size_t count = 0;
	*best = MATCH_NONE;
	for (size_t i = 0; i < list->count; i++) {
		matches[i] = match(&list->found[i], name, space);
		if (matches[i] < *best || matches[i] == MATCH_NONE)
			continue;
		count = matches[i] == *best ? count + 1 : 1;
		*best = matches[i];
		chosen = &list->found[i];
	}
	return count == 1 ? chosen : NULL;
}

/* Like pod_find(), where the namespace is no part of NAME. */
static int find_in(struct found_list *list, const char *name, const char *space, struct pod *pod,
	char error[POD_ERROR_MAX])
{
	enum match best, *matches = xcalloc(list->count + 1, sizeof(*matches));
	const struct found *chosen = choose(list, name, space, matches, &best);
	int result = chosen ? 0 : refuse(list, matches, best, name, error);
	free(matches);
	if (!chosen)
		return result;
	pod->name = chosen->name;
	result = cgroup_entry_find(chosen->entry, &pod->cgroup);
	if (result < 0)
		snprintf(error, POD_ERROR_MAX,
			"the cgroup of pod \"%.64s\" cannot be read: %s; is it mounted below "
			"/sys/fs/cgroup?",
			name, strerrordesc_np(-result));
	return result;
}

int pod_find(const char *name, const char *space, struct pod *pod, char error[POD_ERROR_MAX])
{
	struct found_list list = {0};
	const char *slash = strchr(name, '/');
	char *own_space = slash ? xstrdup(name) : NULL;
	if (slash) {
		own_space[slash - name] = '\0';
		space = own_space;
		name = slash + 1;
	}
	int result = find_all(&list);
	if (result < 0)
		snprintf(error, POD_ERROR_MAX, "cannot list processes: %s",
			strerrordesc_np(-result));
	else
		result = find_in(&list, name, space, pod, error);
	free_found(&list);
	free(own_space);
	return result;
}
