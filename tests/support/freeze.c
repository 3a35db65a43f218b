/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frozen cgroups; see freeze.h. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/freeze.h"
#include "support/program.h"

const struct freezer freezers[FREEZERS] = {
	{"cgroup", "freezer", "freezer.state", "FROZEN", "THAWED", "freezer.state", "FROZEN\n",
		false},
	{"cgroup2", NULL, "cgroup.freeze", "1", "0", "cgroup.events", "frozen 1\n", true},
};

static char mounted[32]; /* where the hierarchy is */

/* The path of file NAME of the cgroup. */
static char *path_of(const char *name, char path[128])
{
	snprintf(path, 128, "%s/stop-test-%d/%s", mounted, (int)getpid(), name);
	return path;
}

static bool write_file(const char *name, const char *text)
{
	char path[128];
	int fd = open(path_of(name, path), O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool is_written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return is_written;
}

static bool file_has(const char *name, const char *text)
{
	char path[128], buf[256];
	int fd = open(path_of(name, path), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t got = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	buf[got > 0 ? got : 0] = '\0';
	return strstr(buf, text);
}

static void unmount(void)
{
	umount2(mounted, MNT_DETACH);
	rmdir(mounted);
}

bool freeze_make(const struct freezer *freezer)
{
	char path[128];
	strcpy(mounted, "/tmp/stop-frozen-XXXXXX");
	assert_non_null(mkdtemp(mounted));
	if (geteuid() != 0 || mount("none", mounted, freezer->type, 0, freezer->options) < 0) {
		print_message("%s cannot be mounted here\n", freezer->type);
		rmdir(mounted);
		return false;
	}
	if (mkdir(path_of("", path), 0700) == 0 && write_file(freezer->file, freezer->thawed))
		return true;
	print_message("%s has no freezer that can be used here\n", freezer->type);
	rmdir(path);
	unmount();
	return false;
}

void freeze_add(pid_t pid)
{
	char text[16];
	snprintf(text, sizeof(text), "%d", (int)pid);
	assert_true(write_file("cgroup.procs", text));
}

static bool is_frozen(void *context)
{
	const struct freezer *const *freezer = context;
	return file_has((*freezer)->report, (*freezer)->reported);
}

void freeze(const struct freezer *freezer)
{
	assert_true(write_file(freezer->file, freezer->frozen));
	await(is_frozen, &freezer, "the cgroup is frozen");
}

void freeze_thaw(const struct freezer *freezer)
{
	assert_true(write_file(freezer->file, freezer->thawed));
}

static bool is_removed(void *context)
{
	char path[128];
	(void)context;
	return rmdir(path_of("", path)) == 0 || errno == ENOENT;
}

void freeze_remove(void)
{
	await(is_removed, NULL, "the cgroup is removed");
	unmount();
}

int freeze_clean_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < FREEZERS; i++)
		write_file(freezers[i].file, freezers[i].thawed);
	unmount();
	return 0;
}
