/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of pods, from files of the kubelet and of runtimes; see app/pod.h. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/pod.h"
#include "app/state_file.h"
#include "base/alloc.h"

/* Where the kubelet has a directory NAMESPACE_NAME_UID for the logs of each pod. */
#define LOGS      "var/log/pods"

/* A node has up to 110 pods by default, and keeps files of ended ones for a while. */
#define NAMES_MAX 10000

/*
 * Where runtimes have a directory for each container, with a file of the OCI runtime specification
 * (config.json), and the annotations in it: of containerd (annotations.go of its CRI plugin), and
 * of CRI-O, which passes on the kubelet's labels.
 */
static const struct runtime {
	const char *directory, *file;
	const char *name, *space, *uid;
} runtimes[] = {
	{"run/containerd/io.containerd.runtime.v2.task/k8s.io", "config.json",
		"io.kubernetes.cri.sandbox-name", "io.kubernetes.cri.sandbox-namespace",
		"io.kubernetes.cri.sandbox-uid"},
	{"run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io", "config.json",
		"io.kubernetes.cri.sandbox-name", "io.kubernetes.cri.sandbox-namespace",
		"io.kubernetes.cri.sandbox-uid"},
	{"run/containers/storage/overlay-containers", "userdata/config.json",
		"io.kubernetes.pod.name", "io.kubernetes.pod.namespace", "io.kubernetes.pod.uid"},
};

struct names {
	struct pod_name *name;
	size_t count;
	const struct runtime *runtime; /* whose files are read */
};

/* Adds a pod, unless something is missing or too long, or it is there already. */
static void add(struct names *names, const char *uid, const char *space, size_t space_size,
	const char *name, size_t name_size)
{
	size_t uid_size = strlen(uid);
	if (!uid_size || uid_size >= POD_UID_MAX || !space_size || space_size >= POD_NAME_MAX ||
		!name_size || name_size >= POD_NAME_MAX || names->count >= NAMES_MAX)
		return;
	for (size_t i = 0; i < names->count; i++) {
		if (strcmp(names->name[i].uid, uid) == 0)
			return;
	}
	names->name = xreallocarray(names->name, names->count + 1, sizeof(*names->name));
	struct pod_name *added = &names->name[names->count++];
	*added = (struct pod_name){0};
	memcpy(added->uid, uid, uid_size);
	memcpy(added->space, space, space_size);
	memcpy(added->name, name, name_size);
}

/* No name has a "_". */
static void take_logs(const char *path, const char *entry, void *context)
{
	const char *name = strchr(entry, '_'), *uid = name ? strchr(name + 1, '_') : NULL;
	(void)path;
	if (!uid || strchr(uid + 1, '_'))
		return;
	name++;
	add(context, uid + 1, entry, (size_t)(name - 1 - entry), name, (size_t)(uid - name));
}

/*
 * Reads the annotation KEY of the JSON at TEXT: "KEY":"VALUE", where a value is a name, which has
 * nothing to escape. Returns its size, and it in *VALUE; 0: there is none.
 */
static size_t find_annotation(const char *text, const char *key, const char **value)
{
	char quoted[64];
	snprintf(quoted, sizeof(quoted), "\"%s\"", key);
	const char *at = strstr(text, quoted);
	if (!at)
		return 0;
	at += strlen(quoted);
	at += strspn(at, " \t\n:");
	if (*at != '"')
		return 0;
	*value = at + 1;
	return strcspn(at + 1, "\"\\");
}

static void take_container(const char *path, const char *entry, void *context)
{
	struct names *names = context;
	const struct runtime *runtime = names->runtime;
	char file[STATE_PATH_SIZE], uid[POD_UID_MAX], *text = NULL;
	const char *name, *space, *found;
	if (state_path(file, "%s/%s/%s", path, entry, runtime->file))
		text = state_file_read(file);
	size_t name_size = text ? find_annotation(text, runtime->name, &name) : 0;
	size_t space_size = text ? find_annotation(text, runtime->space, &space) : 0;
	size_t uid_size = text ? find_annotation(text, runtime->uid, &found) : 0;
	if (name_size && space_size && uid_size && uid_size < sizeof(uid)) {
		memcpy(uid, found, uid_size);
		uid[uid_size] = '\0';
		add(names, uid, space, space_size, name, name_size);
	}
	free(text);
}

size_t pod_names(const char *root, struct pod_name **out)
{
	struct names names = {0};
	char path[STATE_PATH_SIZE];
	if (state_path(path, "%s/%s", root, LOGS))
		state_directory_each(path, take_logs, &names);
	for (size_t i = 0; i < sizeof(runtimes) / sizeof(*runtimes); i++) {
		names.runtime = &runtimes[i];
		if (state_path(path, "%s/%s", root, runtimes[i].directory))
			state_directory_each(path, take_container, &names);
	}
	*out = names.name;
	return names.count;
}
