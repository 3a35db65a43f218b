/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding containers and units; see app/container.h. */
#include "config.h"

#include "app/container.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/cgroup_list.h"
#include "base/alloc.h"
#include "base/text.h"

/* Digits of an ID, and as many of them as are shown. */
#define ID_DIGITS    64
#define SHOWN_DIGITS 12

/*
 * How cgroups are named: PREFIX, an ID or name, SUFFIX. The first row that fits is taken.
 */
static const struct pattern {
	const char *kind, *prefix, *suffix;
	bool has_hex_id;
	bool keeps_suffix; /* it belongs to the name */
} patterns[] = {
	{"docker", "docker-", ".scope", .has_hex_id = true},
	{"podman", "libpod-", ".scope", .has_hex_id = true},
	{"podman", "libpod-", "", .has_hex_id = true},
	{"podman", "libpod-payload-", "", .has_hex_id = true},
	{"kubernetes", "cri-containerd-", ".scope", .has_hex_id = true},
	{"kubernetes", "crio-", ".scope", .has_hex_id = true},
	{"kubernetes", "crio-", "", .has_hex_id = true},
	{"nerdctl", "nerdctl-", ".scope", .has_hex_id = true},
	{"container", "", "", .has_hex_id = true},
	{"lxc", "lxc.payload.", "", .has_hex_id = false},
	{"machine", "machine-", ".scope", .has_hex_id = false},
	{"machine", "systemd-nspawn@", ".service", .has_hex_id = false},
	{"unit", "", ".service", .keeps_suffix = true},
	{"unit", "", ".scope", .keeps_suffix = true},
	{"unit", "", ".slice", .keeps_suffix = true},
};

/* What a cgroup is whose name is an ID alone, or any name, by the name of the one above it. */
static const struct {
	const char *above, *kind;
	bool has_hex_id;
} places[] = {
	{"docker", "docker", true},
	{"lxc", "lxc", false},
};

/* Decodes what systemd has escaped as "\x2d", in place. */
static void decode(char *name)
{
	char *end = name;
	while (*name) {
		unsigned int byte;
		if (sscanf(name, "\\x%2x", &byte) == 1 && byte) {
			*end++ = (char)byte;
			name += 4;
		} else {
			*end++ = *name++;
		}
	}
	*end = '\0';
}

static bool is_hex_id(const char *text, size_t size)
{
	return size == ID_DIGITS && strspn(text, "0123456789abcdef") >= ID_DIGITS;
}

/* Whether NAME, of SIZE bytes, is as PATTERN; stores what it says to *ID. */
static bool fits(
	const char *name, size_t size, const struct pattern *pattern, struct container_id *id)
{
	size_t prefix = strlen(pattern->prefix), suffix = strlen(pattern->suffix);
	if (size <= prefix + suffix || strncmp(name, pattern->prefix, prefix) != 0 ||
		memcmp(name + size - suffix, pattern->suffix, suffix) != 0)
		return false;
	const char *inner = name + prefix;
	size_t length = size - prefix - suffix;
	if (pattern->has_hex_id && !is_hex_id(inner, length))
		return false;
	if (pattern->keeps_suffix)
		length += suffix;
	if (length >= sizeof(id->id))
		return false;
	id->kind = pattern->kind;
	id->has_hex_id = pattern->has_hex_id;
	memcpy(id->id, inner, length);
	id->id[length] = '\0';
	if (!id->has_hex_id)
		decode(id->id);
	return true;
}

/* Whether the component before NAME in PATH is ABOVE. */
static bool is_below(const char *path, const char *name, const char *above)
{
	size_t length = strlen(above);
	return name > path + length + 1 && name[-2 - (ptrdiff_t)length] == '/' &&
	       strncmp(name - 1 - length, above, length) == 0;
}

/* Stores what the place of NAME, of SIZE bytes, in PATH says. */
static bool parse_place(const char *path, const char *name, size_t size, struct container_id *id)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		const struct pattern any = {
			places[i].kind, "", "", .has_hex_id = places[i].has_hex_id};
		if (is_below(path, name, places[i].above) && fits(name, size, &any, id))
			return true;
	}
	return false;
}

bool container_parse(const char *path, size_t size, struct container_id *id)
{
	const char *name = path + size;
	while (name > path && name[-1] != '/')
		name--;
	size -= (size_t)(name - path);
	if (parse_place(path, name, size, id))
		return true;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		if (fits(name, size, &patterns[i], id))
			return true;
	}
	return false;
}

/* All containers that have processes. */

struct found {
	struct container_id id;
	const struct cgroup_entry *entry; /* not owned */
};

struct found_list {
	struct cgroup_list cgroups;
	struct found *found; /* owned; one for each of these */
	size_t count;
};

static bool is_container(const char *path, size_t size)
{
	struct container_id id;
	return container_parse(path, size, &id);
}

static int find_all(struct found_list *list)
{
	int result = cgroup_list_read(&list->cgroups, is_container);
	list->count = list->cgroups.count;
	list->found = xcalloc(list->count + 1, sizeof(*list->found));
	for (size_t i = 0; i < list->count; i++) {
		const struct cgroup_entry *entry = &list->cgroups.entry[i];
		list->found[i].entry = entry;
		container_parse(entry->path, strlen(entry->path), &list->found[i].id);
	}
	return result;
}

static void free_found(struct found_list *list)
{
	free(list->found);
	cgroup_list_clear(&list->cgroups);
}

/* Matching. */

/* How well a name fits: the greatest are taken. */
enum match {
	MATCH_NONE,
	MATCH_PREFIX, /* it is the beginning of the ID */
	MATCH_NAME,   /* it is the name without ".service"; or the name that a file has */
	MATCH_ID,     /* it is the ID, or the whole name */
};

static bool is_one_of(const char *id, const char (*ids)[65], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(ids[i], id) == 0)
			return true;
	}
	return false;
}

static enum match match(
	const struct found *found, const char *name, const char (*ids)[65], size_t id_count)
{
	const char *id = found->id.id, *last = strrchr(found->entry->path, '/') + 1;
	size_t length = strlen(name);
	if (strcmp(id, name) == 0 || strcmp(last, name) == 0)
		return MATCH_ID;
	if (found->id.has_hex_id && is_one_of(id, ids, id_count))
		return MATCH_NAME;
	if (strncmp(id, name, length) != 0)
		return MATCH_NONE;
	if (strcmp(found->id.kind, "unit") == 0 && strcmp(id + length, ".service") == 0)
		return MATCH_NAME;
	return MATCH_PREFIX;
}

/* "docker 0123456789ab", "unit nginx.service" */
static void describe(const struct found *found, char *buf, size_t size)
{
	char name[CONTAINER_NAME_MAX];
	const char *id = found->id.id;
	size_t length = found->id.has_hex_id ? SHOWN_DIGITS : strlen(id);
	text_escape(id, length, name, sizeof(name));
	snprintf(buf, size, "%s %.64s", found->id.kind, name);
}

/* Writes a list of those that match as well as LEAST to BUF. */
static void list_candidates(const struct found_list *list, const enum match *matches,
	enum match least, char *buf, size_t size)
{
	struct candidates candidates = {.buf = buf, .size = size};
	for (size_t i = 0; i < list->count; i++) {
		char text[96];
		if (matches[i] < least)
			continue;
		describe(&list->found[i], text, sizeof(text));
		candidates_add(&candidates, text);
	}
	candidates_end(&candidates);
}

static int refuse(const struct found_list *list, const enum match *matches, enum match best,
	const char *name, char error[CONTAINER_ERROR_MAX])
{
	char candidates[256], shown[64];
	text_escape(name, strlen(name), shown, sizeof(shown));
	list_candidates(list, matches, best, candidates, sizeof(candidates));
	if (best != MATCH_NONE)
		snprintf(error, CONTAINER_ERROR_MAX, "container \"%s\" is ambiguous: %s", shown,
			candidates);
	else
		snprintf(error, CONTAINER_ERROR_MAX,
			"no running container or unit \"%s\"%s%s; name its cgroup with --cgroup",
			shown, list->count ? "; there are " : "", candidates);
	return best != MATCH_NONE ? -ENOTUNIQ : -ENOENT;
}

/* Takes the one of LIST that fits NAME best. Like container_find(). */
static int choose(const struct found_list *list, const char *name, struct container *container,
	char error[CONTAINER_ERROR_MAX])
{
	enum match *matches = xcalloc(list->count + 1, sizeof(*matches)), best = MATCH_NONE;
	const struct found *chosen = NULL;
	char(*ids)[65];
	size_t id_count = container_ids_of_name("", name, &ids), count = 0;
	for (size_t i = 0; i < list->count; i++) {
		matches[i] = match(&list->found[i], name, ids, id_count);
		if (matches[i] < best || matches[i] == MATCH_NONE)
			continue;
		count = matches[i] == best ? count + 1 : 1;
		best = matches[i];
		chosen = &list->found[i];
	}
	free(ids);
	int result = count == 1 ? 0 : refuse(list, matches, best, name, error);
	free(matches);
	if (result < 0)
		return result;
	container->id = chosen->id;
	result = cgroup_entry_find(chosen->entry, &container->cgroup);
	if (result < 0)
		snprintf(error, CONTAINER_ERROR_MAX,
			"the cgroup of container \"%.64s\" cannot be read: %s; is it mounted below "
			"/sys/fs/cgroup?",
			name, strerrordesc_np(-result));
	return result;
}

int container_find(const char *name, struct container *container, char error[CONTAINER_ERROR_MAX])
{
	struct found_list list = {0};
	int result = find_all(&list);
	if (result == 0)
		result = choose(&list, name, container, error);
	else
		snprintf(error, CONTAINER_ERROR_MAX, "cannot list processes: %s",
			strerrordesc_np(-result));
	free_found(&list);
	return result;
}
