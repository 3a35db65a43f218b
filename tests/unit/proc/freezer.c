/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frozen tasks: where they wait, and where their cgroups are. */
#include "config.h"

#include "support/unit.h"

#include <unistd.h>

#include "proc/freezer.h"

static void the_freezers_functions_are_recognized(void **state)
{
	(void)state;
	assert_true(proc_wchan_is_freezer("__refrigerator"));
	assert_true(proc_wchan_is_freezer("do_freezer_trap"));
	assert_true(proc_wchan_is_freezer("get_signal")); /* Linux 6.18 */
	assert_true(proc_wchan_is_freezer("do_freezer_trap.isra.0"));
	assert_false(proc_wchan_is_freezer("hrtimer_nanosleep"));
	assert_false(proc_wchan_is_freezer("get_signal_to_deliver"));
	assert_false(proc_wchan_is_freezer("0"));
}

static void the_cgroup_is_that_of_the_freezer(void **state)
{
	char path[64], small[8];
	(void)state;
	assert_true(proc_freezer_path("9:cpu,cpuacct:/a\n7:freezer:/docker/12\n0::/b\n", path, 64));
	assert_string_equal(path, "/docker/12");
	assert_true(proc_freezer_path("9:memory,freezer:/x y\n", path, 64));
	assert_string_equal(path, "/x y");
	assert_true(proc_freezer_path("1:freezer:/", path, 64));
	assert_string_equal(path, "/");
	assert_false(proc_freezer_path("0::/a:freezer\n", path, 64));
	assert_false(proc_freezer_path("3:name=freezers:/a\n", path, 64));
	assert_false(proc_freezer_path("", path, 64));
	assert_false(proc_freezer_path("7:freezer", path, 64));
	assert_false(proc_freezer_path("7:freezer:/docker/12\n", small, sizeof(small)));
}

static void the_cgroup_is_found_where_it_is_mounted(void **state)
{
	static const char host[] =
		"25 1 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
		"30 25 0:27 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu\n"
		"31 25 0:28 / /sys/fs/cgroup/freezer rw,relatime shared:9 - cgroup cgroup rw,freezer\n";
	static const char container[] =
		"31 25 0:28 /docker/12 /sys/fs/cgroup/freezer ro - cgroup freezer rw,freezer\n";
	char path[64];
	(void)state;
	assert_true(proc_freezer_directory(host, "/docker/12", path, sizeof(path)));
	assert_string_equal(path, "/sys/fs/cgroup/freezer/docker/12");
	assert_true(proc_freezer_directory(container, "/docker/12", path, sizeof(path)));
	assert_string_equal(path, "/sys/fs/cgroup/freezer");
	assert_true(proc_freezer_directory(container, "/docker/12/in", path, sizeof(path)));
	assert_string_equal(path, "/sys/fs/cgroup/freezer/in");
	assert_false(proc_freezer_directory(container, "/other", path, sizeof(path)));
	assert_false(proc_freezer_directory("", "/a", path, sizeof(path)));
	assert_false(proc_freezer_directory("31 25 - cgroup freezer", "/a", path, sizeof(path)));
}

static void this_process_is_not_frozen(void **state)
{
	(void)state;
	assert_false(proc_is_frozen(getpid(), getpid(), 'S'));
	assert_false(proc_is_frozen(getpid(), getpid(), 'D'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_freezers_functions_are_recognized),
		cmocka_unit_test(the_cgroup_is_that_of_the_freezer),
		cmocka_unit_test(the_cgroup_is_found_where_it_is_mounted),
		cmocka_unit_test(this_process_is_not_frozen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
