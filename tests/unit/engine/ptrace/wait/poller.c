/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting: every thread gets its turn, however busy others are; a kick ends the wait.
 *
 * The tracees are children that make calls all the time, or wait. The tests do not depend on
 * timing: each waits for the expected result.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/ptrace/wait/kick.h"
#include "engine/ptrace/wait/poller.h"
#include "engine/ptrace/world/kernel.h"

#define MANY     200 /* tracees: enough for sleeps with the stop signal */
#define LIMIT_NS (60 * NS_PER_S)
#define LEADER   100 /* of a process that calls execve */

/* A traced child. */
struct child {
	pid_t pid;
	struct poller_entry entry;
	unsigned int reports;
};

struct fixture {
	struct poller poller;
	struct kick kick;
	struct child *children;
	size_t count;
};

static void run_child(bool busy)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		if (busy)
			syscall(SYS_getppid);
		else
			pause();
	}
}

/* Creates and seizes COUNT children; the first BUSY of them make calls. */
static void setup(struct fixture *fixture, size_t count, size_t busy)
{
	*fixture = (struct fixture){.count = count};
	struct world *world = world_kernel();
	kick_init(&fixture->kick, world);
	world->wait->setup_kick(world, kick_arrived, &fixture->kick);
	world->wait->setup_stop_signal(world);
	poller_init(&fixture->poller, world);
	fixture->children = calloc(count, sizeof(*fixture->children));
	assert_non_null(fixture->children);
	for (size_t i = 0; i < count; i++) {
		struct child *child = &fixture->children[i];
		child->pid = fork();
		if (child->pid == 0)
			run_child(i < busy);
		assert_true(child->pid > 0);
		assert_int_equal(world->trace->seize(world, child->pid, PTRACE_O_TRACESYSGOOD), 0);
		poller_join(&fixture->poller, &child->entry, child->pid);
		assert_int_equal(world->trace->interrupt(world, child->pid), 0);
	}
}

static void teardown(struct fixture *fixture)
{
	struct world *world = world_kernel();
	for (size_t i = 0; i < fixture->count; i++) {
		poller_forget(&fixture->poller, &fixture->children[i].entry);
		kill(fixture->children[i].pid, SIGKILL);
		world->wait->reap(world, fixture->children[i].pid);
	}
	poller_clear(&fixture->poller);
	free(fixture->children);
}

static struct child *child_of(struct fixture *fixture, pid_t pid)
{
	for (size_t i = 0; i < fixture->count; i++) {
		if (fixture->children[i].pid == pid)
			return &fixture->children[i];
	}
	return NULL;
}

/* Handles one report and resumes the child. */
static void handle_one(struct fixture *fixture)
{
	struct world *world = world_kernel();
	siginfo_t info;
	assert_int_equal(poller_next(&fixture->poller, &info), 1);
	struct child *child = child_of(fixture, info.si_pid);
	assert_non_null(child);
	child->reports++;
	assert_int_equal(world->trace->resume(world, child->pid, 0), 0);
	poller_expect(&fixture->poller, &child->entry, POLLER_SOON);
}

static bool all_have_reported(const struct fixture *fixture, unsigned int times)
{
	for (size_t i = 0; i < fixture->count; i++) {
		if (fixture->children[i].reports < times)
			return false;
	}
	return true;
}

static void run_until_all_have_reported(struct fixture *fixture, unsigned int times)
{
	uint64_t limit_ns = clock_now_ns() + LIMIT_NS;
	while (!all_have_reported(fixture, times)) {
		assert_true(clock_now_ns() < limit_ns);
		handle_one(fixture);
	}
}

static void each_of_many_busy_threads_gets_its_turn(void **state)
{
	struct fixture fixture;
	(void)state;
	setup(&fixture, 8, 8);
	run_until_all_have_reported(&fixture, 50);
	teardown(&fixture);
}

/* The kernel's list ends with the oldest threads: here the quiet ones, after the busy ones. */
static void busy_threads_do_not_delay_quiet_ones(void **state)
{
	struct fixture fixture;
	(void)state;
	setup(&fixture, 12, 4);
	run_until_all_have_reported(&fixture, 1);
	teardown(&fixture);
}

static void many_tracees_are_found_by_the_stop_signal(void **state)
{
	struct fixture fixture;
	(void)state;
	setup(&fixture, MANY, 2);
	assert_true(fixture.poller.stop_signal);
	run_until_all_have_reported(&fixture, 1);
	teardown(&fixture);
}

static void a_kick_ends_polling_of_busy_threads(void **state)
{
	struct fixture fixture;
	siginfo_t info;
	(void)state;
	setup(&fixture, 2, 2);
	run_until_all_have_reported(&fixture, 4);
	raise(kernel_kick_signal());
	uint64_t limit_ns = clock_now_ns() + LIMIT_NS;
	int result = poller_next(&fixture.poller, &info);
	/* Reports from an earlier sweep come first. */
	while (result == 1 && clock_now_ns() < limit_ns)
		result = poller_next(&fixture.poller, &info);
	assert_int_equal(result, 0);
	teardown(&fixture);
}

/* A sweep consumes the reports of stops: the thread may have been killed meanwhile. */
static void a_death_is_not_consumed_with_a_stop(void **state)
{
	struct fixture fixture;
	struct world *world = world_kernel();
	siginfo_t info, exit;
	(void)state;
	setup(&fixture, 1, 0);
	pid_t pid = fixture.children[0].pid;
	assert_int_equal(poller_next(&fixture.poller, &info), 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitid(P_PID, (id_t)pid, &exit, WEXITED | WNOWAIT), 0);
	assert_false(world->wait->consume(world, pid, &info));
	assert_int_equal(world->wait->next(world, pid, false, &info), 1);
	assert_int_equal(info.si_code, CLD_KILLED);
	world->wait->consume_end(world, pid);
	assert_int_equal(world->wait->next(world, pid, false, &info), -ECHILD);
	fixture.count = 0;
	poller_forget(&fixture.poller, &fixture.children[0].entry);
	teardown(&fixture);
}

/* A world in which a thread calls execve between two requests, and gets the number of its leader.
 */

static int find_leader(struct world *world, pid_t tid, bool block, siginfo_t *info)
{
	(void)world, (void)tid, (void)block;
	*info = (siginfo_t){.si_code = CLD_TRAPPED};
	info->si_pid = LEADER;
	info->si_status = SIGTRAP | 0x80;
	return 1;
}

static bool consume_execve(struct world *world, pid_t tid, siginfo_t *info)
{
	find_leader(world, tid, false, info);
	info->si_status = SIGTRAP | PTRACE_EVENT_EXEC << 8;
	return true;
}

static void an_execve_that_is_consumed_is_reported(void **state)
{
	struct world world = *world_kernel();
	struct world_wait wait = *world.wait;
	struct poller poller;
	siginfo_t info;
	(void)state;
	wait.next = find_leader;
	wait.consume = consume_execve;
	world.wait = &wait;
	poller_init(&poller, &world);
	assert_int_equal(poller_poll_briefly(&poller, &info), 1);
	assert_int_equal(info.si_pid, LEADER);
	assert_int_equal(info.si_status, SIGTRAP | PTRACE_EVENT_EXEC << 8);
	poller_clear(&poller);
}

static void without_tracees_the_wait_fails(void **state)
{
	struct fixture fixture;
	siginfo_t info;
	(void)state;
	setup(&fixture, 0, 0);
	assert_int_equal(poller_next(&fixture.poller, &info), -ECHILD);
	teardown(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_many_busy_threads_gets_its_turn),
		cmocka_unit_test(busy_threads_do_not_delay_quiet_ones),
		cmocka_unit_test(many_tracees_are_found_by_the_stop_signal),
		cmocka_unit_test(a_kick_ends_polling_of_busy_threads),
		cmocka_unit_test(a_death_is_not_consumed_with_a_stop),
		cmocka_unit_test(an_execve_that_is_consumed_is_reported),
		cmocka_unit_test(without_tracees_the_wait_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
