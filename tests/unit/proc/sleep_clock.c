/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a thread went to sleep. */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "proc/sleep_clock.h"
#include "proc/stat.h"

/* More than a busy machine needs to let the child sleep and to move us to its CPU. */
#define BOUND_NS (2 * NS_PER_S)

static pid_t start_sleeper(void)
{
	pid_t pid = fork();
	if (pid == 0) {
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	while (proc_state(pid) != 'S')
		;
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void the_start_of_a_sleep_is_known(void **state)
{
	static struct sleep_clock asleep;
	uint64_t before_ns = clock_now_ns();
	(void)state;
	pid_t pid = start_sleeper();
	uint64_t asleep_ns = clock_now_ns();
	pause_moment(20000000);
	uint64_t since_ns = sleep_clock_since(&asleep, pid);
	pause_moment(20000000);
	uint64_t again_ns = sleep_clock_since(&asleep, pid);
	end(pid);
	if (since_ns == 0)
		skip(); /* the kernel does not provide it */
	assert_in_range(since_ns, before_ns, asleep_ns + BOUND_NS);
	/* Both queries return the same time. */
	assert_int_equal(since_ns, again_ns);
}

/* The affinity of the caller is unchanged. */
static void the_affinity_of_the_caller_is_unchanged(void **state)
{
	static struct sleep_clock asleep;
	cpu_set_t before, after;
	(void)state;
	pid_t pid = start_sleeper();
	sched_getaffinity(0, sizeof(before), &before);
	sleep_clock_since(&asleep, pid);
	sched_getaffinity(0, sizeof(after), &after);
	end(pid);
	assert_true(CPU_EQUAL(&before, &after));
}

static void nothing_is_known_about_a_task_that_is_gone(void **state)
{
	static struct sleep_clock asleep;
	(void)state;
	pid_t pid = start_sleeper();
	end(pid);
	assert_int_equal(sleep_clock_since(&asleep, pid), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_start_of_a_sleep_is_known),
		cmocka_unit_test(the_affinity_of_the_caller_is_unchanged),
		cmocka_unit_test(nothing_is_known_about_a_task_that_is_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
