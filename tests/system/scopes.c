/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cgroups of both versions, containers, PID namespaces and the whole machine as what is traced;
 * several stops at once on one target, and beside strace and gdb. With the engine bpf.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/pause.h"
#include "support/program.h"

#define THREADS 4
#define CALLS   10000

/* Moves of a process into and out of a cgroup. */
#define MOVES   40

#define ID      "5709a5f00d0123456789abcdef0123456789abcdef0123456789abcdef01234"

/* Where a hierarchy is mounted, of those that this machine may have. */
static const char *const unified[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup", NULL};
static const char *const version_1[] = {
	"/sys/fs/cgroup/freezer", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/cpuset", NULL};

/* The cgroups of the tests. */
static char made[8][256];
static size_t made_count;

static void need_bpf(void)
{
	struct program *stop = program_run("stop -V");
	bool has_bpf = strstr(stop->out.text, "engine: bpf,") != NULL;
	program_free(stop);
	if (!has_bpf)
		skip();
}

static const char *mount_of(const char *const points[])
{
	char path[256];
	for (; *points; points++) {
		snprintf(path, sizeof(path), "%s/cgroup.procs", *points);
		if (access(path, W_OK) == 0)
			return *points;
	}
	skip();
	return NULL;
}

/* Makes cgroup NAME at the first of POINTS that is mounted. */
static const char *make_cgroup(const char *const points[], const char *name)
{
	char *path = made[made_count];
	snprintf(path, sizeof(made[0]), "%s/%s", mount_of(points), name);
	if (mkdir(path, 0755) < 0 && errno != EEXIST)
		skip();
	made_count++;
	return path;
}

static void move(pid_t pid, const char *cgroup)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fprintf(file, "%d", (int)pid);
	assert_int_equal(fclose(file), 0);
}

static bool is_removed(void *context)
{
	const char *path = context;
	return rmdir(path) == 0 || errno == ENOENT;
}

/* Removes all, those below others first, as soon as they have no processes. */
static void remove_cgroups(void)
{
	while (made_count)
		await(is_removed, made[--made_count], "cgroup to be empty");
}

static int clean_up(void **state)
{
	(void)state;
	while (made_count)
		rmdir(made[--made_count]);
	return 0;
}

static struct program *start_loop(void)
{
	struct program *target = program_start("loop.tracee wait %d %d", THREADS, CALLS);
	program_ready(target);
	return target;
}

static void finish_loop(struct program *target)
{
	program_go(target);
	program_expect(target, "done");
	program_go(target);
	assert_int_equal(program_finish(target), 0);
}

static void assert_no_notes(json_t *root)
{
	json_t *notes = json_object_get(root, "notes");
	if (json_array_size(notes))
		fail_msg("%s", json_string_value(json_array_get(notes, 0)));
}

/* Cgroups. */

static void count_those_inside(const char *const points[])
{
	need_bpf();
	const char *cgroup = make_cgroup(points, "stop-test");
	const char *below = make_cgroup(points, "stop-test/below");
	struct program *inside = start_loop(), *outside = start_loop();
	move(inside->pid, below);
	struct program *stop = stop_start("-c --format=json --cgroup %s", cgroup);
	finish_loop(outside);
	finish_loop(inside);
	remove_cgroups();
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	assert_known(root, inside->out.text);
	assert_nothing_open(root);
	assert_no_notes(root);
	json_t *scope = json_object_get(root, "scope");
	assert_string_equal(json_text(scope, "kind"), "cgroup");
	assert_string_equal(json_text(scope, "cgroup"), "/stop-test");
	assert_true(json_is_null(json_object_get(root, "pid")));
	json_decref(root);
	program_free(inside);
	program_free(outside);
	program_free(stop);
}

static void processes_in_a_cgroup_are_counted(void **state)
{
	(void)state;
	count_those_inside(unified);
}

static void processes_in_a_cgroup_of_version_1_are_counted(void **state)
{
	(void)state;
	count_those_inside(version_1);
}

/* A process with several threads, which wait in calls, enters after the attach. */
static void count_those_that_enter(const char *const points[])
{
	need_bpf();
	const char *cgroup = make_cgroup(points, "stop-test");
	struct program *stop = stop_start("-c --format=json --cgroup %s", cgroup);
	struct program *target = start_loop();
	move(target->pid, cgroup);
	finish_loop(target);
	remove_cgroups();
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	assert_known(root, target->out.text);
	assert_nothing_open(root);
	assert_no_notes(root);
	assert_int_equal(
		json_number(json_object_get(root, "totals"), "ended_threads"), THREADS + 1);
	json_decref(root);
	program_free(target);
	program_free(stop);
}

static void a_process_that_enters_is_counted(void **state)
{
	(void)state;
	count_those_that_enter(unified);
}

static void a_process_that_enters_version_1_is_counted(void **state)
{
	(void)state;
	count_those_that_enter(version_1);
}

static bool waits_in_read(void *context)
{
	const struct program *stop = context;
	char *end = strrchr(stop->out.text, '\n');
	if (!end)
		return false;
	json_t *root = json_last(stop->out.text);
	bool found = json_number(json_call(root, "read"), "in_progress") == 1;
	json_decref(root);
	return found;
}

/* The call in which it is found is shown, with the time since then. */
static void a_call_in_which_a_process_enters_is_shown(void **state)
{
	(void)state;
	need_bpf();
	const char *cgroup = make_cgroup(unified, "stop-test");
	struct program *stop = stop_start("-b -d 0.05 --format=json --cgroup %s", cgroup);
	struct program *target = start_loop();
	move(target->pid, cgroup);
	for (bool found = false; !found;) {
		assert_non_null(program_line(stop));
		found = waits_in_read(stop);
	}
	finish_loop(target);
	remove_cgroups();
	assert_int_equal(program_finish(stop), 0);
	program_free(target);
	program_free(stop);
}

/* Calls after it has left are not counted; those of the one that stays are. */
static void count_until_it_leaves(const char *const points[])
{
	need_bpf();
	const char *cgroup = make_cgroup(points, "stop-test");
	struct program *stays = start_loop(), *leaves = start_loop();
	move(stays->pid, cgroup);
	move(leaves->pid, cgroup);
	struct program *stop = stop_start("-c --format=json --cgroup %s", cgroup);
	move(leaves->pid, mount_of(points));
	finish_loop(leaves);
	finish_loop(stays);
	remove_cgroups();
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	assert_known(root, stays->out.text);
	assert_nothing_open(root);
	json_t *thread = json_thread(root, leaves->pid);
	assert_string_equal(json_text(thread, "state"), "ended");
	assert_true(json_is_null(json_object_get(thread, "exit_code")));
	json_decref(root);
	program_free(stays);
	program_free(leaves);
	program_free(stop);
}

static void a_process_that_leaves_is_counted_until_then(void **state)
{
	(void)state;
	count_until_it_leaves(unified);
}

static void a_process_that_leaves_version_1_is_counted_until_then(void **state)
{
	(void)state;
	count_until_it_leaves(version_1);
}

/* Threads that make calls and are born all the time move again and again: none counts twice. */
static void moves_harm_no_count(void **state)
{
	(void)state;
	need_bpf();
	const char *cgroup = make_cgroup(unified, "stop-test"), *outside = mount_of(unified);
	struct program *stop = stop_start("-c --format=json --cgroup %s", cgroup);
	struct program *target = start_loop();
	program_go(target);
	for (int i = 0; i < MOVES; i++) {
		move(target->pid, cgroup);
		pause_pace(1000000);
		move(target->pid, outside);
	}
	program_expect(target, "done");
	/* What comes after all this is exact. */
	struct program *last = start_loop();
	move(last->pid, cgroup);
	finish_loop(last);
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	remove_cgroups();
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	uint64_t calls = json_number(json_call(root, "getppid"), "calls");
	uint64_t least = THREADS * CALLS / 10 * 9;
	assert_no_notes(root);
	if (calls < least || calls > 2 * least)
		fail_msg("%" PRIu64 " calls, not %" PRIu64 " to twice as many", calls, least);
	assert_nothing_open(root);
	json_decref(root);
	program_free(target);
	program_free(last);
	program_free(stop);
}

/* Containers. */

static void a_container_is_found_by_its_id(void **state)
{
	(void)state;
	need_bpf();
	const char *cgroup = make_cgroup(unified, "docker-" ID "0.scope");
	struct program *target = start_loop();
	move(target->pid, cgroup);
	struct program *stop = stop_start("-c --format=json --container %.12s", ID);
	finish_loop(target);
	remove_cgroups();
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	assert_known(root, target->out.text);
	json_t *scope = json_object_get(root, "scope");
	assert_string_equal(json_text(scope, "kind"), "container");
	assert_string_equal(json_text(scope, "name"), "container 5709a5f00d01 (docker)");
	json_decref(root);
	program_free(target);
	program_free(stop);
}

/* As a node has it: the kubelet's directory says what the pod is called. */
#define POD_LOGS "/var/log/pods/stop-test_web-" POD
#define POD      "5709a5f0"

static int remove_pod(void **state)
{
	rmdir(POD_LOGS "_" POD);
	return clean_up(state);
}

static void assert_scope(const char *options, const char *name, struct program *target)
{
	struct program *stop = stop_start("-c --format=json %s", options);
	finish_loop(target);
	remove_cgroups();
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	assert_known(root, target->out.text);
	json_t *scope = json_object_get(root, "scope");
	assert_string_equal(json_text(scope, "kind"), "pod");
	assert_string_equal(json_text(scope, "name"), name);
	json_decref(root);
	program_free(stop);
}

static void a_pod_is_found_by_its_name(void **state)
{
	(void)state;
	need_bpf();
	mkdir("/var/log/pods", 0755);
	if (mkdir(POD_LOGS "_" POD, 0755) < 0 && errno != EEXIST)
		skip();
	static const char *const options[] = {"--pod=web-" POD, "--pod=stop-test/web",
		"--pod=web --namespace=stop-test", "--namespace=stop-test --pod=" POD};
	for (size_t i = 0; i < COUNT_OF(options); i++) {
		make_cgroup(unified, "kubepods-burstable-pod" POD ".slice");
		const char *cgroup = make_cgroup(unified,
			"kubepods-burstable-pod" POD ".slice/cri-containerd-" ID "0.scope");
		struct program *target = start_loop();
		move(target->pid, cgroup);
		assert_scope(options[i], "pod stop-test/web-" POD, target);
		program_free(target);
	}
}

static void assert_refused(const char *options, const char *text)
{
	struct program *stop = program_run("stop -c %s", options);
	assert_int_equal(stop->status, 1);
	if (!strstr(stop->err.text, text))
		fail_msg("%s: %s", options, stop->err.text);
	program_free(stop);
}

static void an_ambiguous_container_is_refused_with_candidates(void **state)
{
	(void)state;
	need_bpf();
	struct program *first = start_loop(), *second = start_loop();
	move(first->pid, make_cgroup(unified, "docker-" ID "0.scope"));
	move(second->pid, make_cgroup(unified, "libpod-" ID "1.scope"));
	assert_refused("--container 5709a5f", "is ambiguous: ");
	assert_refused("--container 5709a5f", "podman 5709a5f00d01");
	assert_refused("--container stop-test-no-such", "no running container or unit");
	assert_refused("--pod stop-test-no-such", "no pod \"stop-test-no-such\"");
	assert_refused("--cgroup /stop-test-no-such", "cannot find /stop-test-no-such");
	assert_refused("--cgroup /tmp", "not the directory of a cgroup");
	assert_refused("--pidns 2147483647", "no such process");
	finish_loop(first);
	finish_loop(second);
	remove_cgroups();
	program_free(first);
	program_free(second);
}

static void a_systemd_unit_is_found_by_its_name(void **state)
{
	(void)state;
	need_bpf();
	const char *cgroup = make_cgroup(unified, "stop-test-unit.service");
	struct program *target = start_loop();
	move(target->pid, cgroup);
	struct program *stop = stop_start("-c --container stop-test-unit");
	finish_loop(target);
	remove_cgroups();
	assert_int_equal(program_finish(stop), 0);
	assert_non_null(strstr(stop->out.text, " unit stop-test-unit.service, bpf, "));
	program_free(target);
	program_free(stop);
}

/* Namespaces and the machine. */

static void tasks_of_a_pid_namespace_are_counted(void **state)
{
	pid_t children[2];
	(void)state;
	need_bpf();
	struct program *trial = program_run("unshare --pid --fork true");
	bool is_possible = trial->status == 0;
	program_free(trial);
	if (!is_possible)
		skip();
	struct program *target = program_start(
		"unshare --pid --fork loop.tracee wait %d %d", THREADS, CALLS);
	program_expect(target, "ready");
	assert_int_equal(task_children(target->pid, children, 2), 1);
	struct program *stop = stop_start("-c --format=json --pidns %d", (int)children[0]);
	finish_loop(target);
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	assert_known(root, target->out.text);
	assert_nothing_open(root);
	json_decref(root);
	program_free(target);
	program_free(stop);
}

/*
 * FIELD of the program of process PID, with its threads that have ended: of these, a list of
 * threads keeps the last 1024 of the whole machine.
 */
static uint64_t sum_of(json_t *root, pid_t pid, const char *field)
{
	uint64_t sum = 0;
	json_t *row;
	size_t i;
	json_array_foreach(json_object_get(root, "programs"), i, row)
	{
		if (json_number(row, "pid") == (uint64_t)pid)
			sum += json_number(row, field);
	}
	return sum;
}

static bool waits_for_byte(void *context)
{
	const struct program *target = context;
	return task_call(target->pid) == SYS_read;
}

/* Of the machine, and of the process, by several at once. */
static void several_stops_agree(void **state)
{
	json_t *roots[3];
	struct program *stops[3];
	(void)state;
	need_bpf();
	struct program *target = start_loop();
	stops[0] = stop_start("-c --format=json --processes --engine=bpf -p %d", (int)target->pid);
	stops[1] = stop_start("-c --format=json --processes --engine=bpf -p %d", (int)target->pid);
	stops[2] = stop_start("-c --format=json --processes --all");
	program_go(target);
	program_expect(target, "done");
	/* The call by which it has said so may not have ended, and the stops end one by one. */
	await(waits_for_byte, target, "the target makes no more calls");
	for (int i = 0; i < 3; i++) {
		stop_leave(stops[i]);
		roots[i] = json_last(stops[i]->out.text);
	}
	for (int i = 0; i < 2; i++)
		assert_known(roots[i], target->out.text);
	const char *fields[] = {"calls", "errors"};
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		uint64_t sum = sum_of(roots[0], target->pid, fields[i]);
		assert_true(sum > 0);
		assert_int_equal(sum_of(roots[1], target->pid, fields[i]), sum);
		assert_int_equal(sum_of(roots[2], target->pid, fields[i]), sum);
	}
	/* Its own are not there, those of the others are. */
	assert_null(json_thread(roots[2], stops[2]->pid));
	assert_non_null(json_thread(roots[2], stops[0]->pid));
	for (int i = 0; i < 3; i++) {
		json_decref(roots[i]);
		program_free(stops[i]);
	}
	program_go(target);
	program_finish(target);
	program_free(target);
}

static bool is_traced(void *context)
{
	const struct program *target = context;
	return task_tracer(target->pid) > 0;
}

/* Counts beside a program that uses ptrace(2). */
static void count_beside(const char *tracer)
{
	need_bpf();
	struct program *target = start_loop();
	struct program *other = program_start("%s -p %d", tracer, (int)target->pid);
	await(is_traced, target, "the other tracer");
	struct program *stop = stop_start("-c --format=json --engine=bpf -p %d", (int)target->pid);
	finish_loop(target);
	assert_int_equal(program_finish(stop), 0);
	json_t *root = json_last(stop->out.text);
	assert_known(root, target->out.text);
	json_decref(root);
	program_finish(other);
	program_free(other);
	program_free(stop);
	program_free(target);
}

static void strace_beside_changes_no_count(void **state)
{
	(void)state;
	if (!program_exists("strace"))
		skip();
	count_beside("strace -f -c");
}

static void gdb_beside_changes_no_count(void **state)
{
	(void)state;
	if (!program_exists("gdb"))
		skip();
	count_beside("gdb -q -nx -batch -ex continue");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(processes_in_a_cgroup_are_counted, clean_up),
		cmocka_unit_test_teardown(processes_in_a_cgroup_of_version_1_are_counted, clean_up),
		cmocka_unit_test_teardown(a_process_that_enters_is_counted, clean_up),
		cmocka_unit_test_teardown(a_process_that_enters_version_1_is_counted, clean_up),
		cmocka_unit_test_teardown(a_call_in_which_a_process_enters_is_shown, clean_up),
		cmocka_unit_test_teardown(a_process_that_leaves_is_counted_until_then, clean_up),
		cmocka_unit_test_teardown(
			a_process_that_leaves_version_1_is_counted_until_then, clean_up),
		cmocka_unit_test_teardown(moves_harm_no_count, clean_up),
		cmocka_unit_test_teardown(a_container_is_found_by_its_id, clean_up),
		cmocka_unit_test_teardown(a_pod_is_found_by_its_name, remove_pod),
		cmocka_unit_test_teardown(
			an_ambiguous_container_is_refused_with_candidates, clean_up),
		cmocka_unit_test_teardown(a_systemd_unit_is_found_by_its_name, clean_up),
		cmocka_unit_test(tasks_of_a_pid_namespace_are_counted),
		cmocka_unit_test(several_stops_agree),
		cmocka_unit_test(strace_beside_changes_no_count),
		cmocka_unit_test(gdb_beside_changes_no_count),
	};
	setenv("ENGINE", "bpf", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
