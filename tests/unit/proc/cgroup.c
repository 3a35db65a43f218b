/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of /proc/PID/cgroup and of mountinfo; cgroups by name. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "proc/cgroup.h"

static void a_line_has_hierarchy_controllers_and_path(void **state)
{
	struct cgroup_line line;
	(void)state;
	assert_true(cgroup_parse_line("4:cpu,cpuacct:/a b:c\n3:x:/y\n", &line));
	assert_int_equal(line.hierarchy, 4);
	assert_string_equal(line.controllers, "cpu,cpuacct");
	assert_string_equal(line.path, "/a b:c");
	assert_true(cgroup_parse_line("0::/system.slice/nginx.service", &line));
	assert_int_equal(line.hierarchy, 0);
	assert_string_equal(line.controllers, "");
	assert_string_equal(line.path, "/system.slice/nginx.service");
	assert_false(cgroup_parse_line("", &line));
	assert_false(cgroup_parse_line("4:cpu", &line));
	assert_false(cgroup_parse_line("x:cpu:/", &line));
	assert_false(cgroup_parse_line("4:cpu:", &line));
}

static void a_line_that_is_too_long_is_invalid(void **state)
{
	static char text[2 * CGROUP_PATH_MAX];
	struct cgroup_line line;
	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "0::/", 4);
	assert_false(cgroup_parse_line(text, &line));
	memset(text, 'a', sizeof(text) - 1);
	memcpy(text, "1:", 2);
	text[500] = ':';
	text[501] = '/';
	text[502] = '\0';
	assert_false(cgroup_parse_line(text, &line));
}

static void a_mount_has_root_point_and_controllers(void **state)
{
	struct cgroup_mount mount;
	(void)state;
	assert_true(cgroup_parse_mount(
		"30 25 0:27 /docker/12 /sys/fs/my\\040cgroup rw shared:9 - cgroup cg rw,cpu,cpuacct\n",
		&mount));
	assert_false(mount.is_unified);
	assert_string_equal(mount.root, "/docker/12");
	assert_string_equal(mount.point, "/sys/fs/my cgroup");
	assert_true(cgroup_mount_has(&mount, "cpu,cpuacct"));
	assert_true(cgroup_mount_has(&mount, "cpu"));
	assert_false(cgroup_mount_has(&mount, "cpuset"));
	assert_false(cgroup_mount_has(&mount, "cpu,memory"));
	assert_false(cgroup_mount_has(&mount, ""));
	assert_true(cgroup_parse_mount(
		"41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n", &mount));
	assert_true(mount.is_unified);
	assert_true(cgroup_mount_has(&mount, ""));
	assert_false(cgroup_mount_has(&mount, "cpu"));
	assert_true(cgroup_parse_mount("37 31 0:37 / /x rw - cgroup c rw,name=systemd", &mount));
	assert_true(cgroup_mount_has(&mount, "name=systemd"));
}

static void other_mounts_are_none(void **state)
{
	struct cgroup_mount mount;
	(void)state;
	assert_false(cgroup_parse_mount("22 27 0:21 / /proc rw - proc proc rw\n", &mount));
	assert_false(
		cgroup_parse_mount("22 27 0:21 / /p rw - ext4 d rw\n30 - cgroup c rw", &mount));
	assert_false(cgroup_parse_mount("30 25 - cgroup", &mount));
	assert_false(cgroup_parse_mount("", &mount));
}

static void what_is_no_cgroup_is_not_found(void **state)
{
	struct cgroup cgroup;
	(void)state;
	assert_int_equal(cgroup_find("/stop-no-such-directory", &cgroup), -ENOENT);
	assert_int_equal(cgroup_find("stop-no-such-directory", &cgroup), -ENOENT);
	assert_int_equal(cgroup_find("memory:/stop-no-such-directory", &cgroup), -ENOENT);
	assert_int_equal(cgroup_find("/tmp", &cgroup), -ENOTDIR);
	assert_true(cgroup_find("../../../tmp", &cgroup) < 0);
	assert_true(cgroup_find("/a/../../tmp", &cgroup) < 0);
}

static void take_own(pid_t pid, const struct cgroup_line *line, void *context)
{
	int *count = context;
	if (pid == getpid() && line->path[0] == '/')
		++*count;
}

static void the_cgroups_of_all_processes_are_listed(void **state)
{
	int count = 0;
	(void)state;
	if (access("/proc/self/cgroup", R_OK) < 0)
		skip();
	assert_int_equal(cgroup_each_process(take_own, &count), 0);
	assert_true(count > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_hierarchy_controllers_and_path),
		cmocka_unit_test(a_line_that_is_too_long_is_invalid),
		cmocka_unit_test(a_mount_has_root_point_and_controllers),
		cmocka_unit_test(other_mounts_are_none),
		cmocka_unit_test(what_is_no_cgroup_is_not_found),
		cmocka_unit_test(the_cgroups_of_all_processes_are_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
