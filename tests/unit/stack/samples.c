/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stacks of running code, with and without frame pointers. */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "stack/stacks.h"

static const struct stacks_config config = {
	.copy_limit = STACK_COPY_LIMIT,
	.memory = STACKS_MEMORY,
	.debug_directories = stacks_debug_directories,
};

#define PATIENCE_NS (30 * NS_PER_S)
#define NOINLINE    __attribute__((noinline))
#define STAY()      __asm__ volatile("" ::: "memory")

static volatile uint64_t sink;

static NOINLINE void spin_plainly(void)
{
	for (;;)
		sink++;
}

/* Who asks for the frame's address has a frame pointer. */
static NOINLINE void spin_framed(void)
{
	sink = (uint64_t)(uintptr_t)__builtin_frame_address(0);
	for (;;)
		sink++;
}

static NOINLINE void calls_it(void (*spin)(void))
{
	spin();
	STAY();
}

static NOINLINE pid_t start_child(void (*spin)(void))
{
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		calls_it(spin);
		_exit(0);
	}
	return child;
}

static void end_child(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* The symbol of frame AT of STACK, once it is known; NULL: none. */
static const char *symbol_of(const struct stack *stack, size_t at)
{
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	const struct frame_names *names = NULL;
	while (at < stack->count && !(names = frame_found(stack->frame[at])) &&
		clock_now_ns() < until_ns)
		pause_poll();
	return names ? names->name[names->count - 1].symbol : NULL;
}

static bool is_symbol(const struct stack *stack, size_t at, const char *symbol)
{
	const char *name = symbol_of(stack, at);
	return name && strncmp(name, symbol, strlen(symbol)) == 0;
}

/* Waits for the next sample. Skips the test where sampling is refused. */
static struct stack_result next_sample(struct stacks *stacks)
{
	struct stack_result result;
	struct stacks_stats stats;
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	while (!stacks_next(stacks, &result)) {
		stacks_stats(stacks, &stats);
		if (stats.unsampled[0])
			skip();
		assert_true(clock_now_ns() < until_ns);
		pause_poll();
	}
	assert_true(result.is_sample);
	assert_int_equal(result.number, 0);
	return result;
}

/* Waits for a sample of CHILD. */
static struct stack_result await_sample(struct stacks *stacks, pid_t child)
{
	struct stack_result result;
	do
		result = next_sample(stacks);
	while (result.tid != child);
	return result;
}

static void test_running_threads_have_their_stacks(void **state)
{
	(void)state;
	static const struct {
		void (*spin)(void);
		const char *name;
	} kinds[] = {{spin_plainly, "spin_plainly"}, {spin_framed, "spin_framed"}};
	struct samples_thread threads[COUNT_OF(kinds)];
	struct stacks *stacks;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		pid_t child = start_child(kinds[i].spin);
		threads[i] = (struct samples_thread){child, child};
	}
	assert_int_equal(stacks_new(&config, &stacks), 0);
	stacks_sample(stacks, threads, COUNT_OF(threads));
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		/* The first samples may be of the way there. */
		struct stack_result result = await_sample(stacks, threads[i].tid);
		while (!is_symbol(result.stack, 0, kinds[i].name))
			result = await_sample(stacks, threads[i].tid);
		assert_true(is_symbol(result.stack, 1, "calls_it"));
		assert_true(is_symbol(result.stack, 2, "start_child"));
		assert_int_equal(result.stack->end, STACK_WHOLE);
		assert_true(result.stack->frame[0]->exact);
	}
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		end_child(threads[i].tid);
	stacks_free(stacks);
}

/* Once nobody looks at a thread, it has no more samples, while others do. */
static void test_threads_are_sampled_while_they_are_requested(void **state)
{
	(void)state;
	struct stacks *stacks;
	struct stack_result result;
	pid_t first = start_child(spin_plainly), second = start_child(spin_plainly);
	const struct samples_thread both[] = {{first, first}, {second, second}};
	assert_int_equal(stacks_new(&config, &stacks), 0);
	stacks_sample(stacks, both, 2);
	await_sample(stacks, first);
	await_sample(stacks, second);
	stacks_sample(stacks, both + 1, 1);
	/* What was on its way arrives before this one, which is later. */
	uint64_t from_ns = clock_now_ns();
	do
		result = await_sample(stacks, second);
	while (result.time_ns < from_ns + NS_PER_S / 2);
	for (int i = 0; i < 10; i++)
		assert_int_equal(next_sample(stacks).tid, second);
	end_child(first);
	end_child(second);
	stacks_free(stacks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_running_threads_have_their_stacks),
		cmocka_unit_test(test_threads_are_sampled_while_they_are_requested),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
