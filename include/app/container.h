/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Containers and systemd units: names of cgroups. They are found without asking any daemon: by the
 * cgroups that processes are in, whose names have the container's ID, and by files in which the
 * daemons keep the names of containers. For the main thread.
 */
#ifndef STOP_APP_CONTAINER_H
#define STOP_APP_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

#include "proc/cgroup.h"

/* Size of the longest ID or name, including the final NUL. */
#define CONTAINER_NAME_MAX  256

/* Size of the longest message of container_find(), including the final NUL. */
#define CONTAINER_ERROR_MAX 400

/* What the last component of a cgroup's path says. */
struct container_id {
	const char *kind;            /* "docker", "podman", …, "unit"; static */
	char id[CONTAINER_NAME_MAX]; /* 64 hexadecimal digits, or a name: "nginx.service" */
	bool has_hex_id;             /* the former */
};

/*
 * Parses the last component of the first SIZE bytes of PATH. Returns whether it is the cgroup of a
 * container or unit. Pure.
 */
bool container_parse(const char *path, size_t size, struct container_id *id);

/*
 * The IDs, of 64 digits each, of the containers that are called NAME according to the files of
 * docker, podman, nerdctl and Kubernetes below ROOT ("": those of this system). Returns their
 * number, and the IDs in *IDS, which the caller frees.
 */
size_t container_ids_of_name(const char *root, const char *name, char (**ids)[65]);

/* A container that has processes. */
struct container {
	struct container_id id;
	struct cgroup cgroup;
};

/*
 * Finds the container or unit that NAME means: a name, an ID, or a unique prefix of one; a unit's
 * name can lack the ".service". Returns 0 with *CONTAINER, or -errno with one line in ERROR that
 * lists candidates.
 */
int container_find(const char *name, struct container *container, char error[CONTAINER_ERROR_MAX]);

#endif
