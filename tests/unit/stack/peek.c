/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks of waiting threads, read without stopping them, including functions whose frame is found
 * only by the frame pointer, which only a tracer can read.
 */
#include "config.h"

#include "support/unit.h"

#include <alloca.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "event/stack_copy.h"
#include "proc/wait.h"
#include "stack/stacks.h"

static const struct stacks_config config = {
	.copy_limit = STACK_COPY_LIMIT,
	.memory = STACKS_MEMORY,
	.debug_directories = stacks_debug_directories,
};

#define PATIENCE_NS (20 * NS_PER_S)
#define NOINLINE    __attribute__((noinline))
#define STAY()      __asm__ volatile("" ::: "memory")

static NOINLINE void wait_forever(void)
{
	for (;;)
		poll(NULL, 0, -1);
}

static NOINLINE void through_alloca(size_t size)
{
	volatile char *room = alloca(size);
	room[0] = 1;
	wait_forever();
	room[1] = 0;
}

static void *forgotten;

static NOINLINE void called_before(void)
{
	forgotten = __builtin_return_address(0);
	STAY();
}

static NOINLINE void before(void)
{
	called_before();
	STAY();
}

/* Leaves the remains of frames of before() on the stack: saved frame pointers, return addresses. */
static NOINLINE void leave_remains(void)
{
	__attribute__((aligned(16))) void *volatile room[512];
	before();
	for (size_t i = 0; i < COUNT_OF(room); i += 2) {
		room[i] = (void *)(uintptr_t)&room[COUNT_OF(room) - 1];
		room[i + 1] = forgotten;
	}
	STAY();
}

static NOINLINE void plainly(void)
{
	wait_forever();
	STAY();
}

/* Starts a child that waits in poll(), called by a function with or without alloca(). */
static NOINLINE pid_t start_child(bool with_alloca)
{
	struct proc_wait wait;
	pid_t child = fork();
	if (child == 0) {
		/* A test that fails does not end it. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		leave_remains();
		if (with_alloca)
			through_alloca((size_t)getpid() % 64 + 200);
		else
			plainly();
		_exit(0);
	}
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	while (clock_now_ns() < until_ns && proc_waits(child, child, &wait) != 1)
		pause_poll();
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
	const struct frame_names *names;
	while (!(names = frame_found(stack->frame[at])) && clock_now_ns() < until_ns)
		pause_poll();
	return names ? names->name[names->count - 1].symbol : NULL;
}

/* The index of the frame whose symbol begins with SYMBOL; the number of frames if there is none. */
static size_t find_symbol(const struct stack *stack, const char *symbol)
{
	for (size_t i = 0; i < stack->count; i++) {
		const char *name = symbol_of(stack, i);
		if (name && strncmp(name, symbol, strlen(symbol)) == 0)
			return i;
	}
	return stack->count;
}

/* Expects SYMBOLS, which end with a NULL, in consecutive frames, and then, anywhere, main(). */
static void expect_symbols(const struct stack *stack, const char *const *symbols)
{
	size_t at = find_symbol(stack, symbols[0]);
	for (; *symbols; symbols++, at++) {
		if (at >= stack->count || find_symbol(stack, *symbols) != at)
			fail_msg("%s is not frame %zu of %zu", *symbols, at, stack->count);
	}
	assert_true(find_symbol(stack, "main") < stack->count);
	assert_int_equal(stack->end, STACK_WHOLE);
}

/* Requests the stack of CHILD in call NR until there is an answer. */
static bool peek_until_result(
	struct stacks *stacks, pid_t child, uint32_t nr, struct stack_result *result)
{
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	while (clock_now_ns() < until_ns) {
		stacks_peek(stacks, child, child, nr);
		for (int i = 0; i < 50; i++) {
			if (stacks_next(stacks, result))
				return true;
			pause_poll();
		}
	}
	return false;
}

static void test_waiting_thread_has_its_stack(void **state)
{
	(void)state;
	for (int with_alloca = 0; with_alloca < 2; with_alloca++) {
		struct stacks *stacks;
		struct stack_result result;
		uint64_t from_ns = clock_now_ns();
		pid_t child = start_child(with_alloca);
		assert_int_equal(stacks_new(&config, &stacks), 0);
		assert_true(peek_until_result(stacks, child, SYS_poll, &result));
		assert_int_equal(result.number, 0);
		assert_int_equal(result.tid, child);
		assert_int_equal(result.nr, SYS_poll);
		assert_true(result.time_ns >= from_ns && result.time_ns <= clock_now_ns());
		/* The room of alloca() has remains of frames, which are not taken for frames. */
		expect_symbols(result.stack,
			(const char *const[]){"wait_forever",
				with_alloca ? "through_alloca" : "plainly", "start_child",
				"test_waiting_thread_has_its_stack", NULL});
		end_child(child);
		stacks_free(stacks);
	}
}

/* A thread in another call, or gone, gets no answer: a later request is answered first. */
static void test_a_thread_that_does_not_wait_gets_no_answer(void **state)
{
	(void)state;
	struct stacks *stacks;
	struct stack_result result;
	pid_t child = start_child(false), gone = start_child(false);
	end_child(gone);
	assert_int_equal(stacks_new(&config, &stacks), 0);
	stacks_peek(stacks, child, child, SYS_read);
	stacks_peek(stacks, gone, gone, SYS_poll);
	assert_true(peek_until_result(stacks, child, SYS_poll, &result));
	assert_int_equal(result.nr, SYS_poll);
	assert_int_equal(result.tid, child);
	end_child(child);
	stacks_free(stacks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_waiting_thread_has_its_stack),
		cmocka_unit_test(test_a_thread_that_does_not_wait_gets_no_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
