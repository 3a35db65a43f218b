/*
 * Waiting: every thread gets its turn, whoever else is busy; a kick ends the waiting.
 *
 * The tracees are children that make calls all the time, or wait. How long anything takes decides
 * nothing: each test waits for what has to come.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/ptrace/wait/poller.h"
#include "engine/ptrace/world/pt.h"

#define CROWD_SIZE 200 /* tracees: so many that a sleep is ended by the bell */
#define LIMIT_NS   (60 * NS_PER_S)

/* One traced child. */
struct child {
	pid_t pid;
	struct poller_entry seat;
	unsigned int reports;
};

struct world {
	struct poller poller;
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

/* Makes and seizes COUNT children; the first BUSY of them make calls. */
static void setup(struct world *world, size_t count, size_t busy)
{
	*world = (struct world){.count = count};
	pt_kick_setup();
	pt_bell_setup();
	poller_init(&world->poller);
	world->children = calloc(count, sizeof(*world->children));
	assert_non_null(world->children);
	for (size_t i = 0; i < count; i++) {
		struct child *child = &world->children[i];
		child->pid = fork();
		if (child->pid == 0)
			run_child(i < busy);
		assert_true(child->pid > 0);
		assert_int_equal(pt_seize(child->pid, PTRACE_O_TRACESYSGOOD), 0);
		poller_join(&world->poller, &child->seat, child->pid);
		assert_int_equal(pt_interrupt(child->pid), 0);
	}
}

static void teardown(struct world *world)
{
	for (size_t i = 0; i < world->count; i++) {
		poller_forget(&world->poller, &world->children[i].seat);
		kill(world->children[i].pid, SIGKILL);
		pt_reap(world->children[i].pid);
	}
	poller_clear(&world->poller);
	free(world->children);
}

static struct child *child_of(struct world *world, pid_t pid)
{
	for (size_t i = 0; i < world->count; i++) {
		if (world->children[i].pid == pid)
			return &world->children[i];
	}
	return NULL;
}

/* Takes one report and lets the child go. */
static void take_one(struct world *world)
{
	static const struct step step = {.resume = RESUME_SYSCALL};
	siginfo_t info;
	assert_int_equal(poller_next(&world->poller, &info), 1);
	struct child *child = child_of(world, info.si_pid);
	assert_non_null(child);
	child->reports++;
	assert_int_equal(pt_resume(child->pid, &step), 0);
	poller_expect(&world->poller, &child->seat, POLLER_SOON);
}

static bool all_have_reported(const struct world *world, unsigned int times)
{
	for (size_t i = 0; i < world->count; i++) {
		if (world->children[i].reports < times)
			return false;
	}
	return true;
}

static void take_until_all_have_reported(struct world *world, unsigned int times)
{
	uint64_t limit_ns = clock_now_ns() + LIMIT_NS;
	while (!all_have_reported(world, times)) {
		assert_true(clock_now_ns() < limit_ns);
		take_one(world);
	}
}

static void each_of_many_busy_ones_gets_its_turn(void **state)
{
	struct world world;
	(void)state;
	setup(&world, 8, 8);
	take_until_all_have_reported(&world, 50);
	teardown(&world);
}

/* The oldest are at the far end of the kernel's list: here the quiet ones, behind the busy. */
static void busy_ones_keep_no_quiet_one_waiting(void **state)
{
	struct world world;
	(void)state;
	setup(&world, 12, 4);
	take_until_all_have_reported(&world, 1);
	teardown(&world);
}

static void many_tracees_are_heard_by_the_bell(void **state)
{
	struct world world;
	(void)state;
	setup(&world, CROWD_SIZE, 2);
	assert_true(world.poller.bell);
	take_until_all_have_reported(&world, 1);
	teardown(&world);
}

static void a_kick_ends_the_polling_of_busy_ones(void **state)
{
	struct world world;
	siginfo_t info;
	(void)state;
	setup(&world, 2, 2);
	take_until_all_have_reported(&world, 4);
	raise(pt_kick_signal());
	uint64_t limit_ns = clock_now_ns() + LIMIT_NS;
	int result = poller_next(&world.poller, &info);
	/* Reports that a sweep had taken before come first. */
	while (result == 1 && clock_now_ns() < limit_ns)
		result = poller_next(&world.poller, &info);
	assert_int_equal(result, 0);
	teardown(&world);
}

static void without_tracees_there_is_nothing_to_wait_for(void **state)
{
	struct world world;
	siginfo_t info;
	(void)state;
	setup(&world, 0, 0);
	assert_int_equal(poller_next(&world.poller, &info), -ECHILD);
	teardown(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_of_many_busy_ones_gets_its_turn),
		cmocka_unit_test(busy_ones_keep_no_quiet_one_waiting),
		cmocka_unit_test(many_tracees_are_heard_by_the_bell),
		cmocka_unit_test(a_kick_ends_the_polling_of_busy_ones),
		cmocka_unit_test(without_tracees_there_is_nothing_to_wait_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
