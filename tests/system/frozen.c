/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Targets in a frozen cgroup, of both versions: `docker pause`. Requires root, and a hierarchy that
 * can be mounted.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/program.h"

/* A version of cgroups. */
struct version {
	const char *type, *options;
	const char *file, *frozen, *thawed; /* what to write there */
};

static const struct version versions[] = {
	{"cgroup", "freezer", "freezer.state", "FROZEN", "THAWED"},
	{"cgroup2", NULL, "cgroup.freeze", "1", "0"},
};

static char mounted[] = "/tmp/stop-frozen-XXXXXX";

static bool write_file(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/stop-test-%d/%s", mounted, (int)getpid(), name);
	int fd = open(path, O_WRONLY);
	bool is_written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return is_written;
}

static char *directory(char path[128])
{
	snprintf(path, 128, "%s/stop-test-%d", mounted, (int)getpid());
	return path;
}

/* Makes an empty cgroup of VERSION, or skips the test. */
static void make_cgroup(const struct version *version)
{
	char path[128];
	if (geteuid() != 0 || mount("none", mounted, version->type, 0, version->options) < 0)
		skip();
	if (mkdir(directory(path), 0700) < 0 || !write_file(version->file, version->thawed)) {
		rmdir(path);
		umount(mounted);
		skip();
	}
}

static bool cgroup_is_removed(void *context)
{
	char path[128];
	(void)context;
	return rmdir(directory(path)) == 0 || errno == ENOENT;
}

struct watched {
	struct program *stop;
	pid_t tid;
	const char *state; /* to wait for */
	bool is_reached;
	json_t *frame; /* the last one */
};

/* Reads the next frame. Whether the thread is in the state wanted there. */
static bool is_in_state(void *context)
{
	struct watched *watched = context;
	const struct output *out = &watched->stop->out;
	size_t begin = out->seen;
	stop_await_frame(watched->stop);
	json_decref(watched->frame);
	watched->frame = json_loadb(
		out->text + begin, out->seen - begin, JSON_DISABLE_EOF_CHECK, NULL);
	json_t *row = json_thread(watched->frame, watched->tid);
	double share = json_number_value(
		json_object_get(json_object_get(row, "time_shares"), "frozen"));
	bool is_frozen = strcmp(json_text(row, "state"), "frozen") == 0;
	/* A frame later, the whole interval is. */
	if (watched->is_reached && share < 0.9)
		return false;
	return is_frozen == watched->is_reached;
}

static void check(const struct version *version, const char *command)
{
	char pid[16];
	make_cgroup(version);
	struct program *target = program_start("%s", command);
	snprintf(pid, sizeof(pid), "%d", (int)target->pid);
	assert_true(write_file("cgroup.procs", pid));
	struct watched watched = {.tid = target->pid,
		.stop = stop_start("-b -d 0.2 --format=json -p %d", (int)target->pid)};
	assert_true(write_file(version->file, version->frozen));
	watched.is_reached = true;
	await(is_in_state, &watched, "it is frozen");
	/* It goes on, and that is seen, too. */
	assert_true(write_file(version->file, version->thawed));
	watched.is_reached = false;
	await(is_in_state, &watched, "it is thawed");
	stop_leave(watched.stop);
	json_decref(watched.frame);
	program_free(watched.stop);
	program_free(target);
	await(cgroup_is_removed, NULL, "the cgroup is removed");
	umount(mounted);
}

static void a_frozen_target_in_its_own_code_is_shown_as_frozen(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++)
		check(&versions[i], "sh -c 'while :; do :; done'");
}

static void a_frozen_target_in_a_call_is_shown_as_frozen(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++)
		check(&versions[i], "sleep 1000");
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(mounted) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	umount(mounted);
	return rmdir(mounted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frozen_target_in_its_own_code_is_shown_as_frozen),
		cmocka_unit_test(a_frozen_target_in_a_call_is_shown_as_frozen),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
