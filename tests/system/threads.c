/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What frames and summaries say about threads: what they wait for, also in state D. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/program.h"

/* Texts that are awaited in the output of stop. */
struct awaited {
	struct program *stop;
	const char *const *texts;
	size_t count;
};

static bool has_all(const char *output, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!strstr(output, texts[i]))
			return false;
	}
	return true;
}

static bool has_written(void *context)
{
	const struct awaited *awaited = context;
	program_line(awaited->stop);
	return has_all(awaited->stop->out.text, awaited->texts, awaited->count);
}

/* Runs stop with OPTIONS for TARGET until it has written each of TEXTS; a wait counts after a
 * while.
 */
static void assert_frames_have(
	const char *options, const struct program *target, const char *const *texts, size_t count)
{
	struct program *stop = stop_start("%s -p %d", options, (int)target->pid);
	struct awaited awaited = {stop, texts, count};
	await(has_written, &awaited, texts[0]);
	stop_leave(stop);
	program_free(stop);
}

static void frames_say_what_threads_wait_for(void **state)
{
	static const char *const text[] = {"WAITING ON", "0: pipe ↔ "};
	static const char *const json[] = {"\"waits_for\": \"0: pipe ↔ "};
	static const char *const compact[] = {"\"waits_for\":\"0: pipe ↔ "};
	(void)state;
	struct program *target = program_start("sh -c 'echo ready; read line'");
	program_ready(target);
	assert_frames_have("-b -d 0.2", target, text, COUNT_OF(text));
	assert_frames_have("-b -d 0.2 --format=json", target, compact, COUNT_OF(compact));
	bool has = false;
	for (int i = 0; i < 20 && !has; i++) {
		struct program *stop = stop_start("-c --format=json -p %d", (int)target->pid);
		/* It may take some time until it has begun. */
		for (int waited = 0; waited <= i; waited++)
			pause_moment(100000000);
		stop_leave(stop);
		has = has_all(stop->out.text, json, COUNT_OF(json));
		program_free(stop);
	}
	assert_true(has);
	program_free(target);
}

/* The parent of a vfork is in state D, and cannot be stopped. */
static void a_thread_in_state_d_is_explained(void **state)
{
	static const char *const frame[] = {"waiting D", "the exec or exit of ", ", in "};
	static const char *const stacks[] = {
		", in state D in vfork, waiting on the exec or exit of ", " [kernel]\n", "libc"};
	(void)state;
	struct program *target = program_start("vforker.tracee");
	program_ready(target);
	assert_frames_have("-b -d 0.2", target, frame, COUNT_OF(frame));
	assert_frames_have("-b -d 0.2 -k all", target, stacks, COUNT_OF(stacks));
	bool has = false;
	for (int i = 0; i < 20 && !has; i++) {
		struct program *stop = stop_start("-c -k all -p %d", (int)target->pid);
		/* It may take some time until it has begun. */
		for (int waited = 0; waited <= i; waited++)
			pause_moment(100000000);
		stop_leave(stop);
		has = has_all(stop->out.text, stacks, COUNT_OF(stacks));
		program_free(stop);
	}
	assert_true(has);
	program_free(target);
}

/* Kernel workers are threads of the process, although they make no calls. */
static void kernel_workers_and_rings_are_shown(void **state)
{
	static const char *const frame[] = {", 2 kernel workers, 1 io_uring\n", "iou-wrk-",
		" worker ", "io_openat", "io_splice, in "};
	static const char *const json[] = {"\"workers\":2,\"rings\":1", "\"state\":\"worker\""};
	(void)state;
	struct program *target = program_start("rings.tracee");
	if (strcmp(program_line(target), "ready") != 0) {
		program_free(target);
		skip();
	}
	/* Kernel stacks are for root. */
	assert_frames_have("-b -d 0.2", target, frame, geteuid() == 0 ? COUNT_OF(frame) : 3);
	assert_frames_have("-b -d 0.2 --format=json", target, json, COUNT_OF(json));
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	program_free(target);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_say_what_threads_wait_for),
		cmocka_unit_test(a_thread_in_state_d_is_explained),
		cmocka_unit_test(kernel_workers_and_rings_are_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
