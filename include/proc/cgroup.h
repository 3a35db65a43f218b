/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cgroups, of version 2 and of the hierarchies of version 1: which ones processes are in, and where
 * they are mounted. Any thread.
 */
#ifndef STOP_PROC_CGROUP_H
#define STOP_PROC_CGROUP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Sizes of the longest path, and of the longest list of controllers, including the final NUL. */
#define CGROUP_PATH_MAX        4096
#define CGROUP_CONTROLLERS_MAX 128

/* A cgroup. The kernel tells it from others by its hierarchy and inode. */
struct cgroup {
	int hierarchy;                            /* its number; 0: version 2 */
	uint64_t inode;                           /* of its directory */
	char controllers[CGROUP_CONTROLLERS_MAX]; /* "cpu,cpuacct", "name=systemd"; "": version 2 */
	char path[CGROUP_PATH_MAX];               /* in its hierarchy, as in /proc/PID/cgroup */
	char directory[CGROUP_PATH_MAX];
};

/*
 * Finds the cgroup NAME: its directory; or its path in a hierarchy, with or without the first "/",
 * after "CONTROLLER:" for a certain one, otherwise in version 2, that of systemd, or the first that
 * has it. Returns 0 with *CGROUP, or -errno: -ENOENT, or -ENOTDIR if NAME is a file or directory,
 * but no cgroup.
 */
int cgroup_find(const char *name, struct cgroup *cgroup);

/* Whether CGROUP has not been removed. */
bool cgroup_exists(const struct cgroup *cgroup);

/* A line of /proc/PID/cgroup. */
struct cgroup_line {
	int hierarchy;
	char controllers[CGROUP_CONTROLLERS_MAX];
	char path[CGROUP_PATH_MAX]; /* below the root of our cgroup namespace */
};

/* Parses the line at TEXT. Returns whether it is valid. Pure. */
bool cgroup_parse_line(const char *text, struct cgroup_line *line);

/* Where a hierarchy, or a part of it, is mounted. */
struct cgroup_mount {
	char root[CGROUP_PATH_MAX]; /* the path of the cgroup that is at `point` */
	char point[CGROUP_PATH_MAX];
	bool is_unified;               /* version 2 */
	char options[CGROUP_PATH_MAX]; /* of the file system: "rw,cpu,cpuacct" */
};

/* Parses the line at TEXT of /proc/PID/mountinfo. Returns whether it mounts cgroups. Pure. */
bool cgroup_parse_mount(const char *text, struct cgroup_mount *mount);

/* Whether MOUNT is of the hierarchy of CONTROLLERS (as in struct cgroup). Pure. */
bool cgroup_mount_has(const struct cgroup_mount *mount, const char *controllers);

/*
 * Passes the lines of /proc/PID/cgroup of all processes to TAKE, with CONTEXT: those of a process
 * follow each other. Returns 0 or -errno.
 */
typedef void cgroup_take_line(pid_t pid, const struct cgroup_line *line, void *context);
int cgroup_each_process(cgroup_take_line *take, void *context);

#endif
