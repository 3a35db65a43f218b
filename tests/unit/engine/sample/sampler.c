/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Samples of running code: of a child that runs one function for ever. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "engine/sample/sampler.h"

#define PATIENCE_NS (20 * NS_PER_S)
#define NOINLINE    __attribute__((noinline))

static volatile uint64_t sink;

static NOINLINE void spin(void)
{
	for (;;)
		sink++;
}

static pid_t start_child(bool spins)
{
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (spins)
			spin();
		for (;;)
			pause();
	}
	return child;
}

static void end_child(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* A sampler of TID; skips the test where sampling is refused. */
static struct sampler *new_sampler(pid_t tid, size_t stack_size)
{
	struct sampler *sampler = NULL;
	int error = sampler_new(tid, tid, stack_size, &sampler);
	if (error == -EACCES || error == -EPERM || error == -ENOSYS)
		skip();
	assert_int_equal(error, 0);
	return sampler;
}

static struct stack_copy *new_copy(void)
{
	return xcalloc(1, sizeof(struct stack_copy) + SAMPLER_STACK_MAX);
}

/* Waits for the next sample. */
static void await_sample(struct sampler *sampler, struct stack_copy *copy, uint64_t *time_ns)
{
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	while (!sampler_next(sampler, copy, time_ns)) {
		assert_true(clock_now_ns() < until_ns);
		pause_poll();
	}
}

static void test_a_running_thread_is_where_its_code_is(void **state)
{
	(void)state;
	struct stack_copy *copy = new_copy();
	uint64_t from_ns = clock_now_ns(), before_ns = 0, time_ns;
	pid_t child = start_child(true);
	struct sampler *sampler = new_sampler(child, 8 << 10);
	/* More than its buffer has room for. */
	for (int i = 0; i < 60; i++) {
		await_sample(sampler, copy, &time_ns);
		assert_int_equal(copy->record.tid, child);
		assert_int_equal(copy->record.tgid, child);
		assert_int_equal(copy->number, 0);
		assert_false(copy->in_call);
		assert_false(copy->compat);
		assert_false(copy->only_ip_sp);
		assert_in_range(time_ns, from_ns, clock_now_ns());
		assert_true(time_ns > before_ns);
		before_ns = time_ns;
		assert_int_equal(copy->base, unwind_sp(&copy->regs));
		assert_int_equal(copy->wanted, 8 << 10);
		assert_in_range(copy->size, 64, 8 << 10);
	}
	/* It is the same program: all but the first samples are in spin(). */
	assert_in_range(
		unwind_ip(&copy->regs), (uint64_t)(uintptr_t)spin, (uint64_t)(uintptr_t)spin + 128);
	/* The stack that was copied is the child's: above it, it still has what we had there. */
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	assert_in_range(frame, copy->base, copy->base + copy->size);
	sampler_free(sampler);
	end_child(child);
	free(copy);
}

static void test_the_stack_has_the_size_that_was_wanted_at_most(void **state)
{
	(void)state;
	struct stack_copy *copy = new_copy();
	uint64_t time_ns;
	pid_t child = start_child(true);
	struct sampler *sampler = new_sampler(child, 1024);
	await_sample(sampler, copy, &time_ns);
	assert_int_equal(copy->wanted, 1024);
	assert_int_equal(copy->size, 1024);
	sampler_free(sampler);
	sampler = new_sampler(child, SIZE_MAX);
	await_sample(sampler, copy, &time_ns);
	assert_int_equal(copy->wanted, SAMPLER_STACK_MAX);
	sampler_free(sampler);
	end_child(child);
	free(copy);
}

/* One that does not run has no samples; the same child is sampled as soon as it runs. */
static void test_a_thread_that_waits_has_no_samples(void **state)
{
	(void)state;
	struct stack_copy *copy = new_copy();
	uint64_t time_ns;
	pid_t waiting = start_child(false), spinning = start_child(true);
	struct sampler *none = new_sampler(waiting, 1024), *some = new_sampler(spinning, 1024);
	for (int i = 0; i < 5; i++)
		await_sample(some, copy, &time_ns);
	assert_false(sampler_next(none, copy, &time_ns));
	sampler_free(none);
	sampler_free(some);
	end_child(waiting);
	end_child(spinning);
	free(copy);
}

static void test_a_thread_that_has_ended_is_not_there(void **state)
{
	(void)state;
	struct sampler *sampler = new_sampler(getpid(), 1024);
	sampler_free(sampler);
	pid_t child = start_child(false);
	end_child(child);
	assert_int_equal(sampler_new(child, child, 1024, &sampler), -ESRCH);
	sampler_free(NULL);
}

static void assert_reason(int error, int paranoid, const char *what)
{
	char reason[SAMPLER_REASON_MAX];
	sampler_explain(error, paranoid, reason);
	if (!strstr(reason, what))
		fail_msg("\"%s\" does not say \"%s\"", reason, what);
}

static void test_a_refusal_says_why_and_what_helps(void **state)
{
	(void)state;
	assert_reason(-EACCES, 4, "kernel.perf_event_paranoid is 4");
	assert_reason(-EACCES, 3, "CAP_PERFMON");
	assert_reason(-EPERM, 3, "sysctl kernel.perf_event_paranoid=2");
	assert_reason(-EACCES, 2, "CAP_PERFMON");
	assert_reason(-EPERM, INT_MIN, "seccomp");
	assert_reason(-ENOSYS, 2, "no perf_event_open");
	assert_reason(-ENOBUFS, 2, "ulimit -l");
	assert_reason(-EMFILE, 2, "ulimit -n");
	assert_reason(-EINVAL, 2, "Invalid argument");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_running_thread_is_where_its_code_is),
		cmocka_unit_test(test_the_stack_has_the_size_that_was_wanted_at_most),
		cmocka_unit_test(test_a_thread_that_waits_has_no_samples),
		cmocka_unit_test(test_a_thread_that_has_ended_is_not_there),
		cmocka_unit_test(test_a_refusal_says_why_and_what_helps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
