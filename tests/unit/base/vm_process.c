/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "base/vm_process.h"

#define PATIENCE_S 60
#define FRAME_SIZE 1024

/* Much more than its stack has. */
#define FRAMES     100000

/* What the process and its reaper thread tell the test. */
struct seen {
	_Atomic bool has_run, has_ended;
	pid_t pid;
};

static void note_run(void *argument)
{
	struct seen *seen = argument;
	seen->pid = getpid();
	seen->has_run = true;
}

static void note_end(void *argument)
{
	struct seen *seen = argument;
	seen->has_ended = true;
}

/* Runs RUN in a process to its end. */
static struct seen run_process(void (*run)(void *argument))
{
	struct seen seen = {0};
	struct vm_process process = {
		.run = run, .after = note_end, .argument = &seen, .name = "test"};
	time_t until = time(NULL) + PATIENCE_S;
	assert_int_equal(vm_process_start(&process, SIGRTMIN + 6), 0);
	assert_int_not_equal(process.pid, getpid());
	while (!vm_process_join(&process, NS_PER_MS))
		assert_true(time(NULL) < until);
	vm_process_clear(&process);
	return seen;
}

static void it_shares_our_memory(void **state)
{
	(void)state;
	struct seen seen = run_process(note_run);
	assert_true(seen.has_run && seen.has_ended);
	assert_int_not_equal(seen.pid, getpid());
}

static unsigned int descend(unsigned int left)
{
	volatile unsigned char frame[FRAME_SIZE];
	for (size_t i = 0; i < FRAME_SIZE; i++)
		frame[i] = 0xa5;
	return left ? descend(left - 1) + frame[0] : frame[FRAME_SIZE - 1];
}

static void overflow(void *argument)
{
	note_run(argument);
	/* Not to be reached. */
	((struct seen *)argument)->pid = (pid_t)descend(FRAMES);
}

/* Below its stack is that of its reaper thread. */
static void an_overflow_of_its_stack_ends_it_alone(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		struct seen seen = run_process(overflow);
		assert_true(seen.has_run && seen.has_ended);
	}
}

/* The C library gives the memory of a thread's stack to the next one. */
static void its_stack_can_be_used_again(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		struct seen seen = run_process(note_run);
		assert_true(seen.has_ended);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_shares_our_memory),
		cmocka_unit_test(an_overflow_of_its_stack_ends_it_alone),
		cmocka_unit_test(its_stack_can_be_used_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
