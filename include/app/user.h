/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user that a command is run as. Main thread only.
 */
#ifndef STOP_APP_USER_H
#define STOP_APP_USER_H

#include <stddef.h>
#include <sys/types.h>

struct user {
	uid_t uid;
	gid_t gid;
	gid_t *group; /* supplementary groups; owned */
	size_t group_count;
};

/*
 * Finds the user called NAME, or with that number, into *USER, which is freed with user_clear().
 * Returns 0, or -errno with one line for the user in ERROR of SIZE bytes.
 */
int user_find(const char *name, struct user *user, char *error, size_t size);
void user_clear(struct user *user);

/* Gives the calling process the rights of USER, and no others. Returns 0 or -errno. */
int user_become(const struct user *user);

#endif
