/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Targets in a frozen cgroup, of both versions (`docker pause`): how they are shown, and that nobody
 * gives up threads that cannot run when they are left. Requires root, and a hierarchy that
 * can be mounted.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/program.h"

/* A version of cgroups. */
struct version {
	const char *type, *options;
	const char *file, *frozen, *thawed; /* what to write there */
	const char *report, *reported;      /* what is in that file when all are frozen */
	bool stops;                         /* frozen threads can be stopped by a tracer */
};

static const struct version versions[] = {
	{"cgroup", "freezer", "freezer.state", "FROZEN", "THAWED", "freezer.state", "FROZEN\n",
		false},
	{"cgroup2", NULL, "cgroup.freeze", "1", "0", "cgroup.events", "frozen 1\n", true},
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

static bool file_has(const char *name, const char *text)
{
	char path[128], buf[256];
	snprintf(path, sizeof(path), "%s/stop-test-%d/%s", mounted, (int)getpid(), name);
	int fd = open(path, O_RDONLY);
	ssize_t got = fd >= 0 ? read(fd, buf, sizeof(buf) - 1) : -1;
	if (fd >= 0)
		close(fd);
	buf[got > 0 ? got : 0] = '\0';
	return strstr(buf, text);
}

static char *directory(char path[128])
{
	snprintf(path, 128, "%s/stop-test-%d", mounted, (int)getpid());
	return path;
}

/* Makes an empty cgroup of VERSION. Returns false if that is not possible. */
static bool make_cgroup(const struct version *version)
{
	char path[128];
	if (geteuid() != 0 || mount("none", mounted, version->type, 0, version->options) < 0) {
		print_message("%s cannot be mounted here\n", version->type);
		return false;
	}
	if (mkdir(directory(path), 0700) < 0 || !write_file(version->file, version->thawed)) {
		rmdir(path);
		umount(mounted);
		print_message("%s has no freezer that can be used here\n", version->type);
		return false;
	}
	return true;
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
	bool tried = false;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		if (!make_cgroup(&versions[i]))
			continue;
		check(&versions[i], "sh -c 'while :; do :; done'");
		tried = true;
	}
	if (!tried)
		skip();
}

static void a_frozen_target_in_a_call_is_shown_as_frozen(void **state)
{
	bool tried = false;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		if (!make_cgroup(&versions[i]))
			continue;
		check(&versions[i], "sleep 1000");
		tried = true;
	}
	if (!tried)
		skip();
}

/* Leaving frozen targets. */

static bool is_frozen(void *context)
{
	const struct version *const *version = context;
	return file_has((*version)->report, (*version)->reported);
}

static bool is_gone(void *context)
{
	char state[32];
	return !task_status(*(pid_t *)context, "State", state, sizeof(state)) || *state == 'Z';
}

/* A target all of whose threads wait. It is frozen, and can be traced. */
static struct program *start_frozen(const struct version *version)
{
	char pid[16];
	struct program *target = program_start("lasting.tracee");
	program_expect(target, "ready");
	snprintf(pid, sizeof(pid), "%d", (int)target->pid);
	assert_true(write_file("cgroup.procs", pid));
	assert_true(write_file(version->file, version->frozen));
	await(is_frozen, &version, "it is frozen");
	return target;
}

static void thaw(const struct version *version)
{
	assert_true(write_file(version->file, version->thawed));
}

/*
 * Ends TARGET. All of its waits must have been whole, even those that fail with EINTR when they are
 * frozen and nobody watches; except one that a tracer must not interrupt either.
 */
static void finish(struct program *target)
{
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	for (const char *line = strtok(target->out.text, "\n"); line; line = strtok(NULL, "\n")) {
		if (strstr(line, "too soon") && strncmp(line, "io_getevents:", 13) != 0)
			fail_msg("%s", line);
	}
	program_free(target);
	await(cgroup_is_removed, NULL, "the cgroup is removed");
	umount(mounted);
}

/* The tracer that STOP, which has ended, has left behind for TARGET. */
static pid_t left_behind(const struct program *stop, const struct program *target)
{
	static const char text[] = "not run yet; leaving goes on (";
	char name[32] = "";
	const char *found = strstr(stop->err.text, text);
	if (!found)
		fail_msg("no tracer was left behind: %s", stop->err.text);
	pid_t tracer = atoi(found + strlen(text));
	assert_true(task_status(tracer, "Name", name, sizeof(name)));
	assert_string_equal(name, "tracer-leaving");
	assert_int_equal(task_tracer(target->pid), tracer);
	return tracer;
}

/* Another stop waits for TRACER, which has left TARGET if that runs soon, and then names it. */
static void assert_named(pid_t tracer, const struct program *target)
{
	struct timespec begin, end;
	char name[64];
	clock_gettime(CLOCK_MONOTONIC, &begin);
	struct program *stop = program_run("stop -c -o /dev/null -p %d", target->pid);
	clock_gettime(CLOCK_MONOTONIC, &end);
	snprintf(name, sizeof(name), "tracer-leaving (%d)", (int)tracer);
	assert_int_equal(stop->status, 1);
	if (!strstr(stop->err.text, name))
		fail_msg("%s is not named: %s", name, stop->err.text);
	assert_true(end.tv_sec - begin.tv_sec >= 4);
	program_free(stop);
}

/* A tracer stays behind until the threads have run again. */
static void leave_frozen(const struct version *version)
{
	struct program *target = start_frozen(version);
	struct program *stop = stop_start("-c -o /dev/null -p %d", (int)target->pid);
	stop_leave(stop);
	pid_t tracer = version->stops ? 0 : left_behind(stop, target);
	if (tracer)
		assert_named(tracer, target);
	else
		assert_string_equal(stop->err.text, "");
	thaw(version);
	if (tracer)
		await(is_gone, &tracer, "the tracer has left");
	finish(target);
	program_free(stop);
}

/* The same, but it still has a report to write. */
static void leave_frozen_killed(const struct version *version)
{
	struct program *target = start_frozen(version);
	struct program *stop = stop_start("-c -p %d", (int)target->pid);
	siginfo_t info;
	kill(stop->pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)stop->pid, &info, WEXITED | WNOWAIT), 0);
	if (!version->stops)
		assert_named(task_tracer(target->pid), target);
	thaw(version);
	assert_int_equal(program_finish(stop), 128 + SIGKILL);
	assert_non_null(strstr(stop->out.text, "epoll_wait"));
	finish(target);
	program_free(stop);
}

static void frozen_threads_are_left_when_they_have_run(void **state)
{
	bool tried = false;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		if (!make_cgroup(&versions[i]))
			continue;
		leave_frozen(&versions[i]);
		tried = true;
	}
	if (!tried)
		skip();
}

static void a_killed_stop_leaves_frozen_threads_when_they_have_run(void **state)
{
	bool tried = false;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++) {
		if (!make_cgroup(&versions[i]))
			continue;
		leave_frozen_killed(&versions[i]);
		tried = true;
	}
	if (!tried)
		skip();
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(mounted) ? 0 : -1;
}

/* What a test that has failed leaves frozen cannot be killed. */
static int clean_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(versions); i++)
		write_file(versions[i].file, versions[i].thawed);
	umount2(mounted, MNT_DETACH);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(mounted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			a_frozen_target_in_its_own_code_is_shown_as_frozen, clean_up),
		cmocka_unit_test_teardown(a_frozen_target_in_a_call_is_shown_as_frozen, clean_up),
		cmocka_unit_test_teardown(frozen_threads_are_left_when_they_have_run, clean_up),
		cmocka_unit_test_teardown(
			a_killed_stop_leaves_frozen_threads_when_they_have_run, clean_up),
	};
	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
