/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user that a command is run as; see app/user.h. */
#include "config.h"

#include "app/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"

/* The entry of NAME, or NULL. */
static const struct passwd *lookup(const char *name)
{
	char *end;
	const struct passwd *entry = getpwnam(name);
	if (entry || !*name || name[strspn(name, "0123456789")])
		return entry;
	errno = 0;
	unsigned long uid = strtoul(name, &end, 10);
	return errno || uid >= (uid_t)-1 ? NULL : getpwuid((uid_t)uid);
}

int user_find(const char *name, struct user *user, char *error, size_t size)
{
	char shown[64];
	const struct passwd *entry = lookup(name);
	int count = 0;
	text_escape(name, strlen(name), shown, sizeof(shown));
	if (!entry) {
		snprintf(error, size, "-u: there is no user \"%s\"", shown);
		return -ENOENT;
	}
	if (geteuid() != 0) {
		snprintf(error, size, "-u: only root can run a command as another user");
		return -EPERM;
	}
	*user = (struct user){.uid = entry->pw_uid, .gid = entry->pw_gid};
	char *own_name = xstrdup(entry->pw_name);
	/* The first call says how many there are. */
	getgrouplist(own_name, user->gid, NULL, &count);
	user->group = xcalloc((size_t)count + 1, sizeof(*user->group));
	if (getgrouplist(own_name, user->gid, user->group, &count) < 0)
		count = 0;
	user->group_count = (size_t)count;
	free(own_name);
	return 0;
}

void user_clear(struct user *user)
{
	free(user->group);
	*user = (struct user){0};
}

int user_become(const struct user *user)
{
	if (setgroups(user->group_count, user->group) < 0 ||
		setresgid(user->gid, user->gid, user->gid) < 0 ||
		setresuid(user->uid, user->uid, user->uid) < 0)
		return -errno;
	return 0;
}
