/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Users of processes; see proc/users.h. */
#include "config.h"

#include "proc/users.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "proc/file.h"

/* At most 340 lines: user_namespaces(7). */
#define TEXT_MAX 16384

bool proc_uid_map_has(const char *text, uid_t uid)
{
	/* Lines of the first UID, the corresponding UID outside, and the count. */
	unsigned long first, count;
	for (const char *line = text; line; line = proc_next_line(line)) {
		if (sscanf(line, "%lu %*u %lu", &first, &count) == 2 && uid >= first &&
			uid - first < count)
			return true;
	}
	return false;
}

bool proc_has_user(uid_t uid)
{
	char text[TEXT_MAX];
	ssize_t size = proc_read(text, sizeof(text), "/proc/self/uid_map");
	return size < 0 || proc_uid_map_has(text, uid);
}

int proc_user_namespace(pid_t pid, uint64_t *namespace)
{
	char path[PROC_PATH_MAX] = "/proc/self/ns/user";
	struct stat stats;
	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/ns/user", proc_id(pid));
	if (stat(path, &stats) < 0)
		return -errno;
	*namespace = stats.st_ino;
	return 0;
}

int proc_files_owner(pid_t pid, uid_t *uid)
{
	char path[PROC_PATH_MAX];
	struct stat stats;
	/* Not the directory itself: that always belongs to the user. */
	snprintf(path, sizeof(path), "/proc/%d/stat", proc_id(pid));
	if (stat(path, &stats) < 0)
		return -errno;
	*uid = stats.st_uid;
	return 0;
}
