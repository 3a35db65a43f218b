/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Allocation that never returns NULL, and running out of memory. */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"

/* By default, sanitizers end the program when malloc(3) would return NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void memory_is_zeroed(void **state)
{
	(void)state;
	for (size_t size = 1; size < 5000; size += 499) {
		unsigned char *memory = xcalloc(size, 3);
		for (size_t i = 0; i < size * 3; i++)
			assert_int_equal(memory[i], 0);
		memset(memory, 0xff, size * 3);
		free(memory);
	}
}

static void an_empty_allocation_is_not_null(void **state)
{
	(void)state;
	free(xcalloc(0, 8));
	free(xcalloc(8, 0));
	free(xreallocarray(NULL, 0, 8));
	free(xreallocarray(xcalloc(8, 1), 0, 0));
}

static void aligned_memory_is_aligned(void **state)
{
	(void)state;
	for (size_t alignment = 16; alignment <= 4096; alignment *= 2) {
		void *memory = xaligned_alloc(alignment, alignment * 2);
		assert_int_equal((uintptr_t)memory % alignment, 0);
		free(memory);
	}
}

static void growing_keeps_the_contents(void **state)
{
	(void)state;
	int *numbers = NULL;
	for (int count = 1; count < 1000; count++) {
		numbers = xreallocarray(numbers, (size_t)count, sizeof(*numbers));
		numbers[count - 1] = count;
		for (int i = 0; i < count; i += 97)
			assert_int_equal(numbers[i], i + 1);
	}
	free(numbers);
}

static void strings_are_copied_and_formatted(void **state)
{
	char original[] = "text";
	(void)state;
	char *copy = xstrdup(original);
	original[0] = 'n';
	assert_string_equal(copy, "text");
	free(copy);
	char *made = xasprintf("%s %d %*s", "a", 12, 5000, "wide");
	assert_int_equal(strlen(made), 5 + 5000);
	free(made);
}

/* Exits with 42 if WANTED is as expected. */
static size_t expected_size;

static void die(size_t wanted)
{
	_exit(wanted == expected_size ? 42 : 43);
}

static void calloc_too_much(void)
{
	expected_size = (size_t)PTRDIFF_MAX - 63;
	free(xcalloc(1, expected_size));
}

static void realloc_too_much(void)
{
	expected_size = (size_t)PTRDIFF_MAX - 63;
	free(xreallocarray(NULL, expected_size, 1));
}

static void align_too_much(void)
{
	expected_size = (size_t)PTRDIFF_MAX - 63;
	free(xaligned_alloc(64, expected_size));
}

/* The wait status of a child that calls FUNCTION. */
static int run(void (*function)(void), void (*on_failure)(size_t wanted))
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
		freopen("/dev/null", "w",
			stderr); /* sanitizers report the expected failure there */
		signal(SIGABRT, SIG_DFL);
		alloc_on_failure(on_failure);
		function();
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void out_of_memory_calls_the_handler_and_ends_the_program(void **state)
{
	static void (*const functions[])(void) = {
		calloc_too_much, realloc_too_much, align_too_much};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(functions); i++) {
		int status = run(functions[i], die);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), 42);
		status = run(functions[i], NULL);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGABRT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed),
		cmocka_unit_test(an_empty_allocation_is_not_null),
		cmocka_unit_test(aligned_memory_is_aligned),
		cmocka_unit_test(growing_keeps_the_contents),
		cmocka_unit_test(strings_are_copied_and_formatted),
		cmocka_unit_test(out_of_memory_calls_the_handler_and_ends_the_program),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
