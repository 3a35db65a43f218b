/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cgroups of all processes, and those above them: what containers and pods are found in. For
 * the main thread.
 */
#ifndef STOP_APP_CGROUP_LIST_H
#define STOP_APP_CGROUP_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "proc/cgroup.h"

/* One that is in several hierarchies is there once, in the best of them. */
struct cgroup_entry {
	int rank; /* of its hierarchy; the least is taken */
	char controllers[CGROUP_CONTROLLERS_MAX];
	char *path; /* owned; in our cgroup namespace */
};

struct cgroup_list {
	struct cgroup_entry *entry; /* owned */
	size_t count;
};

/*
 * Reads those for which IS_WANTED returns true: it gets the first SIZE bytes of a path. Returns 0
 * with *LIST, which is cleared with cgroup_list_clear(), or -errno.
 */
int cgroup_list_read(struct cgroup_list *list, bool (*is_wanted)(const char *path, size_t size));
void cgroup_list_clear(struct cgroup_list *list);

/* Finds the cgroup that ENTRY is. Returns 0 with *CGROUP, or -errno. */
int cgroup_entry_find(const struct cgroup_entry *entry, struct cgroup *cgroup);

/* A list for an error message: "a, b and 7 more". Begins with the room and zeroes. */
struct candidates {
	char *buf; /* not owned */
	size_t size, used, count;
};

/* Adds TEXT, and ends the list, which is at least "" then. */
void candidates_add(struct candidates *candidates, const char *text);
void candidates_end(struct candidates *candidates);

#endif
