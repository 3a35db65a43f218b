/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel settings, load, and users. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <unistd.h>

#include "proc/system.h"
#include "proc/users.h"

static void settings_are_read(void **state)
{
	(void)state;
	assert_true(proc_setting("kernel/pid_max") > 300);
	assert_int_equal(proc_setting("kernel/there_is_no_such_file"), -ENOENT);
}

static void runnable_tasks_are_counted(void **state)
{
	int fd = proc_load_open();
	(void)state;
	assert_true(fd >= 0);
	assert_true(proc_runnable(fd) >= 1); /* this one */
	assert_true(proc_runnable(fd) >= 1);
	close(fd);
	assert_int_equal(proc_runnable(-1), 0);
}

static void users_are_looked_up_in_the_map(void **state)
{
	static const char text[] =
		"         0       1000          1\n         1     100000      65536\n";
	(void)state;
	assert_true(proc_uid_map_has(text, 0));
	assert_true(proc_uid_map_has(text, 1));
	assert_true(proc_uid_map_has(text, 65536));
	assert_false(proc_uid_map_has(text, 65537));
	assert_false(proc_uid_map_has("", 0));
	assert_true(proc_has_user(getuid()));
}

static void this_process_is_ours(void **state)
{
	uint64_t ours, its;
	uid_t owner;
	(void)state;
	assert_int_equal(proc_user_namespace(0, &ours), 0);
	assert_int_equal(proc_user_namespace(getpid(), &its), 0);
	assert_int_equal(its, ours);
	assert_int_equal(proc_files_owner(getpid(), &owner), 0);
	assert_int_equal(owner, geteuid());
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_are_read),
		cmocka_unit_test(runnable_tasks_are_counted),
		cmocka_unit_test(users_are_looked_up_in_the_map),
		cmocka_unit_test(this_process_is_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
