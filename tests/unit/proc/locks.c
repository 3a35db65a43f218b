/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Locks on files. */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "proc/file.h"
#include "proc/locks.h"
#include "support/child.h"

/* The holder of the lock that PID is waiting for on INODE, in TEXT of the file. */
static pid_t holder_in(const char *text, pid_t pid, uint64_t inode)
{
	struct proc_lock_search search = {.pid = pid, .inode = inode};
	for (const char *line = text; line && proc_locks_parse(line, &search);)
		line = proc_next_line(line);
	return search.found ? search.holder : 0;
}

static void the_owner_of_a_lock_is_parsed(void **state)
{
	static const char text[] = "1: POSIX  ADVISORY  WRITE 700 00:14:1 0 EOF\n"
				   "1: -> POSIX  ADVISORY  WRITE 712 00:14:1 0 EOF\n"
				   "2: FLOCK  ADVISORY  WRITE 708 00:14:22671 0 EOF\n"
				   "2: -> FLOCK  ADVISORY  WRITE 709 00:14:22671 0 EOF\n"
				   "2:  -> FLOCK  ADVISORY  WRITE 710 00:14:22671 0 EOF\n"
				   "3: OFDLCK ADVISORY  READ  -1 00:14:2 0 EOF\n"
				   "3: -> OFDLCK ADVISORY  WRITE -1 00:14:2 0 EOF\n"
				   "4: POSIX  ADVISORY  WRITE 713 00:14:3 0 EOF\n"
				   "4: -> POSIX  ADVISORY  WRITE 712 00:14:3 0 EOF\n";
	(void)state;
	assert_int_equal(holder_in(text, 709, 0), 708);
	assert_int_equal(holder_in(text, 710, 0), 708);
	assert_int_equal(holder_in(text, PROC_LOCK_OF_FILE, 2), PROC_LOCK_OF_FILE);
	assert_int_equal(holder_in(text, PROC_LOCK_OF_FILE, 3), 0);
	assert_int_equal(holder_in(text, 708, 0), 0);
	/* Two threads of a process wait for two locks. */
	assert_int_equal(holder_in(text, 712, 1), 700);
	assert_int_equal(holder_in(text, 712, 3), 713);
	assert_int_equal(holder_in("", 1, 0), 0);
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
		holder = proc_lock_holder(child, 0);
	}
	assert_int_equal(holder, getpid());
	assert_int_equal(proc_lock_holder(getpid(), 0), 0);
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
