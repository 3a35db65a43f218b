/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing for a limited time: to a fast, a slow, a stuck and a vanished reader. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/timed_write.h"

/* More than the capacity of a pipe, and not a multiple of anything. */
#define SIZE ((1 << 21) + 77)

static char data[SIZE];

static int fill_data(void **state)
{
	(void)state;
	memset(data, 'x', sizeof(data));
	return 0;
}

static void a_pipe_without_a_reader_times_out(void **state)
{
	size_t done;
	int fds[2];
	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(timed_write(fds[1], data, SIZE, 20, &done), -EAGAIN);
	assert_in_range(done, 4096, SIZE - 1);
	/* And again, with no room from the start. */
	assert_int_equal(timed_write(fds[1], data, SIZE, 0, &done), -EAGAIN);
	assert_int_equal(done, 0);
	close(fds[0]);
	close(fds[1]);
}

/* A terminal accepts less than poll(2) suggests: a plain write(2) would block. */
static void a_terminal_without_a_reader_times_out(void **state)
{
	size_t done;
	(void)state;
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	assert_int_equal(timed_write(slave, data, SIZE, 20, &done), -EAGAIN);
	assert_in_range(done, 1, SIZE - 1);
	close(slave);
	close(master);
}

static void a_slow_reader_gets_everything(void **state)
{
	size_t done;
	int fds[2], status;
	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	if (child == 0) {
		char buf[1000];
		size_t got = 0;
		ssize_t n;
		close(fds[1]);
		while ((n = read(fds[0], buf, sizeof(buf))) > 0)
			got += (size_t)n;
		_exit(got != SIZE);
	}
	close(fds[0]);
	assert_int_equal(timed_write(fds[1], data, SIZE, 60000, &done), 0);
	assert_int_equal(done, SIZE);
	close(fds[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void errors_differ_from_timeouts(void **state)
{
	size_t done;
	int fds[2];
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	assert_int_equal(timed_write(fds[1], data, 10, 1000, &done), -EPIPE);
	close(fds[1]);
	assert_int_equal(timed_write(fds[1], data, 10, 1000, &done), -EBADF);
	int full = open("/dev/full", O_WRONLY);
	assert_int_equal(timed_write(full, data, 10, 1000, &done), -ENOSPC);
	assert_int_equal(done, 0);
	close(full);
}

static void an_alarm_of_the_program_is_restored(void **state)
{
	struct itimerval timer = {.it_value.tv_sec = 3000};
	struct sigaction action;
	size_t done;
	sigset_t mask;
	(void)state;
	signal(SIGALRM, SIG_IGN);
	sigemptyset(&mask);
	sigaddset(&mask, SIGALRM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	int null = open("/dev/null", O_WRONLY);
	assert_int_equal(timed_write(null, data, SIZE, 1000, &done), 0);
	close(null);
	sigaction(SIGALRM, NULL, &action);
	assert_ptr_equal(action.sa_handler, SIG_IGN);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	assert_int_equal(sigismember(&mask, SIGALRM), 1);
	getitimer(ITIMER_REAL, &timer);
	assert_in_range(timer.it_value.tv_sec, 2000, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipe_without_a_reader_times_out),
		cmocka_unit_test(a_terminal_without_a_reader_times_out),
		cmocka_unit_test(a_slow_reader_gets_everything),
		cmocka_unit_test(errors_differ_from_timeouts),
		cmocka_unit_test(an_alarm_of_the_program_is_restored),
	};
	return cmocka_run_group_tests(tests, fill_data, NULL);
}
