/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which file systems have a server, and checks of whether it responds. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/remote.h"

static void remote_file_systems_are_recognized_by_type(void **state)
{
	static const char text[] =
		"21 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n"
		"22 21 0:20 / /proc rw shared:2 master:3 - proc proc rw\n"
		"40 21 0:41 / /home/with\\040-\\040dash rw - fuse.sshfs host:/ rw,user_id=0\n"
		"41 21 0:42 /sub /mnt/a rw - nfs4 server:/export rw\n"
		"42 21 0:43 / /mnt/b rw - fuseblk /dev/sdb1 rw\n"
		"43 21 0:44 / / rw - overlay overlay rw,lowerdir=/fuse\n"
		"44 21 0:45 / /mnt/last rw - 9p share rw";
	static const struct {
		unsigned int minor;
		bool is_remote;
	} cases[] = {{20, false}, {41, true}, {42, true}, {43, true}, {44, false}, {45, true},
		{4, false}, {99, false}};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(remote_lists(text, 0, cases[i].minor), cases[i].is_remote);
	assert_false(remote_lists(text, 254, 0));
	assert_false(remote_lists("", 0, 41));
	assert_false(remote_lists("41 21 0:42\n42 21 0:42 / / rw - nfs x rw\n", 0, 41));
}

static void existing_and_missing_files_both_count_as_a_response(void **state)
{
	(void)state;
	assert_true(remote_answers("/proc/self/exe"));
	assert_true(remote_answers("/nonexistent/file"));
	/* No child is left. */
	assert_int_equal(waitpid(-1, NULL, __WALL | WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void local_files_have_no_server(void **state)
{
	(void)state;
	assert_false(remote_has(getpid(), 254, 0));
	assert_false(remote_has(getpid(), 0, 0xfffff));
	assert_false(remote_has(-1, 0, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remote_file_systems_are_recognized_by_type),
		cmocka_unit_test(existing_and_missing_files_both_count_as_a_response),
		cmocka_unit_test(local_files_have_no_server),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
