/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a task is frozen with its cgroup (`docker pause`, cgroups(7)): the kernel shows it as
 * sleeping. Any thread.
 */
#ifndef STOP_PROC_FREEZER_H
#define STOP_PROC_FREEZER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Whether thread TID of process TGID, whose STATE in /proc is 'S' or 'D', is frozen. False if that
 * cannot be determined.
 */
bool proc_is_frozen(pid_t tgid, pid_t tid, char state);

/* Whether NAME, the text of the file `wchan`, is where a task waits that is frozen. Pure. */
bool proc_wchan_is_freezer(const char *name);

/*
 * Writes the path, below the mounted hierarchy, of the cgroup of version 1 that freezes a task to
 * PATH, from TEXT of /proc/TID/cgroup. Returns whether there is one. Pure.
 */
bool proc_freezer_path(const char *text, char *path, size_t size);

/*
 * Writes where cgroup PATH of version 1 is mounted to DIRECTORY, from TEXT of
 * /proc/self/mountinfo. Returns whether it is mounted. Pure.
 */
bool proc_freezer_directory(const char *text, const char *path, char *directory, size_t size);

#endif
