/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * More tasks, cells and rows than the kernel's arrays have room for when they are made: they grow;
 * if that is refused, stop says what it has not counted. With the engine bpf.
 */
#include "config.h"

#include "support/unit.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "engine/bpf/records.h"
#include "support/program.h"

/* More than there is room for at first; each makes five kinds of calls, and some of its own. */
#define THREADS ((2 << BPF_TASKS_SHIFT) + 500)
#define KINDS   5
#define ROUNDS  3

static_assert(THREADS * KINDS > 1 << BPF_CELLS_SHIFT, "more than a chunk");

static bool can_have_threads(void)
{
	struct rlimit limit;
	return getrlimit(RLIMIT_NPROC, &limit) == 0 && limit.rlim_cur >= 3 * THREADS / 2;
}

/* Lets TARGET, a crowd that STOP has attached to, make its calls. Returns the summary. */
static json_t *watch(struct program *target, struct program *stop)
{
	program_go(target);
	program_expect(target, "done");
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	assert_int_equal(program_finish(stop), 0);
	return json_last(stop->out.text);
}

static void arrays_grow(void **state)
{
	(void)state;
	if (!program_is_engine("bpf") || !can_have_threads())
		skip();
	struct program *target = program_start("crowd.tracee %d %d", THREADS, ROUNDS);
	program_ready(target);
	struct program *stop = stop_start("-c --format=json -p %d", (int)target->pid);
	json_t *root = watch(target, stop);
	assert_known(root, target->out.text);
	assert_int_equal(
		json_number(json_object_get(root, "totals"), "ended_threads"), THREADS + 1);
	assert_int_equal(json_array_size(json_object_get(root, "notes")), 0);
	json_decref(root);
	program_free(stop);
	program_free(target);
}

/*
 * From now on, PID gets no new descriptor, and each chunk of an array needs one. The limit is also
 * that of poll(2).
 */
static void refuse_descriptors(pid_t pid)
{
	const struct rlimit few = {.rlim_cur = 16, .rlim_max = 16};
	assert_int_equal(prlimit(pid, RLIMIT_NOFILE, &few, NULL), 0);
}

/* The number of the note in ROOT with TEXT; 0: there is none. */
static uint64_t noted(json_t *root, const char *text)
{
	size_t at;
	json_t *note;
	json_array_foreach(json_object_get(root, "notes"), at, note)
	{
		if (strstr(json_string_value(note), text))
			return strtoull(json_string_value(note), NULL, 10);
	}
	return 0;
}

static void what_has_no_room_is_noted(void **state)
{
	static const char *const names[KINDS] = {
		"getppid", "getpgrp", "getuid", "getegid", "fchdir"};
	uint64_t counted = 0;
	(void)state;
	if (!program_is_engine("bpf") || !can_have_threads())
		skip();
	struct program *target = program_start("crowd.tracee %d %d", THREADS, ROUNDS);
	program_ready(target);
	struct program *stop = stop_start("-c --format=json -p %d", (int)target->pid);
	refuse_descriptors(stop->pid);
	json_t *root = watch(target, stop);
	for (size_t i = 0; i < KINDS; i++)
		counted += json_number(json_call(root, names[i]), "calls");
	uint64_t untraced = noted(root, "not traced: there was no room for them");
	uint64_t uncounted = noted(root, "not counted: there was no room for them");
	print_message("       %llu counted, %llu not counted, %llu tasks not traced\n",
		(unsigned long long)counted, (unsigned long long)uncounted,
		(unsigned long long)untraced);
	assert_true(untraced > 0);
	/* What is not counted includes calls of other kinds. */
	assert_true(counted <= (uint64_t)(THREADS - untraced) * KINDS * ROUNDS);
	assert_true(counted + uncounted >= (uint64_t)(THREADS - untraced) * KINDS * ROUNDS);
	json_decref(root);
	program_free(stop);
	program_free(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrays_grow),
		cmocka_unit_test(what_has_no_room_is_noted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
