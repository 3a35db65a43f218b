/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frozen cgroups, of both versions. Requires root, and a hierarchy that can be mounted. One at a
 * time.
 */
#ifndef STOP_TESTS_SUPPORT_FREEZE_H
#define STOP_TESTS_SUPPORT_FREEZE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A version of cgroups. */
struct freezer {
	const char *type, *options;
	const char *file, *frozen, *thawed; /* what to write there */
	const char *report, *reported;      /* what is in that file when all are frozen */
	bool stops;                         /* frozen threads can be stopped by a tracer */
};

#define FREEZERS 2

extern const struct freezer freezers[FREEZERS];

/* Makes an empty cgroup. Prints why if that is not possible, and returns false. */
bool freeze_make(const struct freezer *freezer);

/* Adds process PID. */
void freeze_add(pid_t pid);

/* Freezes all, and waits until they are. */
void freeze(const struct freezer *freezer);
void freeze_thaw(const struct freezer *freezer);

/* Removes it when the last process in it is gone. */
void freeze_remove(void);

/* A teardown: what a test that has failed leaves frozen cannot be killed. */
int freeze_clean_up(void **state);

#endif
