/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks on files. */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "proc/locks.h"
#include "support/child.h"

static void the_owner_of_a_lock_is_parsed(void **state)
{
	static const char text[] = "1: POSIX  ADVISORY  WRITE 700 00:14:1 0 EOF\n"
				   "2: FLOCK  ADVISORY  WRITE 708 00:14:22671 0 EOF\n"
				   "2: -> FLOCK  ADVISORY  WRITE 709 00:14:22671 0 EOF\n"
				   "2: -> FLOCK  ADVISORY  WRITE 710 00:14:22671 0 EOF\n"
				   "3: OFDLCK ADVISORY  READ  -1 00:14:2 0 EOF\n"
				   "3: -> OFDLCK ADVISORY  WRITE 711 00:14:2 0 EOF\n";
	(void)state;
	assert_int_equal(proc_locks_parse(text, 709), 708);
	assert_int_equal(proc_locks_parse(text, 710), 708);
	assert_int_equal(proc_locks_parse(text, 711), -1);
	assert_int_equal(proc_locks_parse(text, 708), 0);
	assert_int_equal(proc_locks_parse("", 1), 0);
}

/* A child waits for a lock that this process holds. */
static void the_owner_of_a_real_lock_is_found(void **state)
{
	char path[] = "/tmp/stop-locks-XXXXXX";
	int fd = mkstemp(path);
	pid_t holder = 0;
	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(flock(open(path, O_RDWR), LOCK_EX));
	}
	for (int i = 0; i < PATIENCE_MS && !holder; i++) {
		pause_poll();
		holder = proc_lock_holder(child);
	}
	assert_int_equal(holder, getpid());
	assert_int_equal(proc_lock_holder(getpid()), 0);
	end_child(child);
	close(fd);
	unlink(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_owner_of_a_lock_is_parsed),
		cmocka_unit_test(the_owner_of_a_real_lock_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
