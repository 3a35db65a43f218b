/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files whose contents never arrive, and calls that wait for the server of a FUSE file system: they
 * block only the threads that need them, and a call that waits for them is not interrupted.
 */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/harass.h"

/* Limit on detaching while something does not stop: far more than stop waits for it. */

/* Starts the target of KIND, with its PID in *TARGET. Returns its server; skips if not possible. */
static struct program *start(const char *kind, pid_t *target)
{
	struct program *server = program_start("fused.tracee %s", kind);
	if (sscanf(program_line(server), "target %d", target) != 1) {
		program_free(server);
		skip();
	}
	program_expect(server, "ready");
	return server;
}

static void assert_alive(struct program *server)
{
	program_go(server);
	program_expect(server, "alive");
}

static bool shows(struct program *stop, const char *text)
{
	program_line(stop); /* a frame is longer than one line buffer */
	return strstr(stop->out.text, text) != NULL;
}

static bool shows_getppid(void *stop)
{
	return shows(stop, "\"getppid\"");
}

static bool shows_libc(void *stop)
{
	return shows(stop, "libc");
}

static bool shows_fused(void *stop)
{
	return shows(stop, "fused.tracee");
}

/* STOP, in batch mode, writes FRAMES frames while the target of SERVER is alive, and detaches. */
static void watch_frames(struct program *stop, struct program *server, int frames)
{
	for (int frame = 0; frame < frames; frame++) {
		stop_await_frame(stop);
		assert_alive(server);
	}
	stop_leave(stop);
}

/* Traces in each mode, with stacks of all calls, while pages of TARGET are unreadable. */
static void watch_in_every_way(struct program *server, pid_t target)
{
	struct program *stop = program_start(
		"stop -b -d 0.05 -k all --format=json -p %d", (int)target);
	watch_frames(stop, server, 10);
	program_free(stop);
	stop = stop_start("-c -k all --format=json -p %d", (int)target);
	assert_alive(server);
	stop_leave(stop);
	program_free(stop);
	struct harasser *harasser = harasser_start(target, "-k all");
	for (unsigned int i = 0; i < rounds(100); i++) {
		pause_pace(10000000);
		assert_alive(server);
	}
	harasser_stop(harasser);
	assert_alive(server);
}

static void absent_pages_block_nothing(void **state)
{
	static const char *const kinds[] = {"timeout", "descriptors", "stack", "map"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		pid_t target;
		struct program *server = start(kinds[i], &target);
		watch_in_every_way(server, target);
		program_free(server);
	}
}

/* A thread that cannot stop is shown with its call, and does not block the others. */
static void an_uninterruptible_call_is_shown_and_left_alone(void **state)
{
	static const char *const kinds[] = {"read", "stuck"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		pid_t target, tids[8];
		struct program *server = start(kinds[i], &target);
		size_t count = task_threads(target, tids, COUNT_OF(tids));
		assert_int_equal(count, 2);
		pid_t reader = tids[0] == target ? tids[1] : tids[0];
		struct program *stop = program_start(
			"stop -b -d 0.1 --format=json -p %d", (int)target);
		watch_frames(stop, server, 5);
		json_t *root = json_last(stop->out.text);
		assert_string_equal(json_text(json_thread(root, reader), "syscall"), "read");
		assert_string_equal(json_text(json_thread(root, reader), "state"), "in_call");
		assert_true(json_number(json_call(root, "write"), "calls") >= 4);
		json_decref(root);
		program_free(stop);
		program_free(server);
	}
}

/* Once it returns, it is traced like any other. */
static void a_thread_is_attached_when_its_uninterruptible_call_returns(void **state)
{
	static const char *const kinds[] = {"read", "stuck"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		pid_t target;
		struct program *server = start(kinds[i], &target);
		struct program *stop = program_start(
			"stop -b -d 0.05 --format=json -p %d", (int)target);
		stop_await_frame(stop);
		kill(server->pid, SIGUSR1);
		program_expect(server, "read returned 1");
		await(shows_getppid, stop, "stop shows the calls after the read");
		stop_leave(stop);
		program_free(stop);
		program_free(server);
	}
}

static unsigned long count_interrupted_calls(void)
{
	enum { ROUNDS = 40, CALLS = 5 };
	int target, failed[CALLS];
	unsigned long sum = 0;
	struct program *server = program_start("fused.tracee slow %d", ROUNDS);
	if (sscanf(program_line(server), "target %d", &target) != 1) {
		program_free(server);
		skip();
	}
	struct harasser *harasser = harasser_start(target, "");
	assert_int_equal(program_finish(server), 0);
	print_message("slow: watched %u times\n", harasser_stop(harasser).cycles);
	const char *line = strstr(server->out.text, "failed: ");
	if (!line || sscanf(line, "failed: stat %d, open %d, read %d, touch %d, close %d",
			     &failed[0], &failed[1], &failed[2], &failed[3], &failed[4]) != CALLS)
		fail_msg("the target does not say what failed: %s", server->out.text);
	print_message("%s", line);
	for (size_t i = 0; i < CALLS; i++)
		sum += (unsigned long)failed[i];
	program_free(server);
	return sum;
}

/*
 * The kernel sends the server an interrupt, and the call returns the server's reply. As with
 * transfers, a thread can enter the call just as it is stopped.
 */
static void a_call_that_waits_for_a_server_is_rarely_interrupted(void **state)
{
	(void)state;
	assert_rare(count_interrupted_calls, "calls were interrupted");
}

/*
 * The server of the file system may be traced itself and wait for the tracer, which therefore must
 * not request anything from it. AppImages do this: a program runs from a file system served by its
 * child.
 */
static void a_program_on_a_file_system_whose_server_is_traced_too(void **state)
{
	pid_t target;
	(void)state;
	struct program *server = start("program", &target);
	struct program *stop = program_start(
		"stop -b -d 0.05 -k all --format=json --follow=tree -p %d", (int)server->pid);
	await(shows_fused, stop, "stop shows where calls come from");
	watch_frames(stop, server, 10);
	program_free(stop);
	assert_alive(server);
	program_free(server);
	stop = program_start("stop -c -k all -o /dev/null -- fused.tracee program");
	program_expect(stop, "ready");
	for (int i = 0; i < 10; i++)
		assert_alive(stop);
	program_free(stop);
}

/* The program's own file cannot be read; it is traced, with symbols from other files. */
static void a_program_whose_file_can_no_longer_be_read(void **state)
{
	pid_t target;
	(void)state;
	struct program *server = start("program", &target);
	kill(server->pid, SIGUSR1);
	watch_in_every_way(server, target);
	struct program *stop = program_start(
		"stop -b -d 0.05 -k read --format=json -p %d", (int)target);
	assert_alive(server);
	await(shows_libc, stop, "stop shows where calls come from");
	watch_frames(stop, server, 1);
	program_free(stop);
	assert_alive(server);
	program_free(server);
}

/*
 * A page fault in a call cannot be interrupted: once a signal or a tracer wants the thread to stop,
 * the kernel tries it over and over, at 100 % of a processor, until the page is served.
 */
static void a_thread_that_waits_for_a_page_is_left_alone(void **state)
{
	int tid;
	char thread_state[32] = "";
	(void)state;
	struct program *target = program_start("unserved.tracee");
	if (sscanf(program_line(target), "ready %d", &tid) != 1) {
		program_free(target);
		skip();
	}
	for (int i = 0; i < 2; i++) {
		struct program *stop = stop_start("-c -o /dev/null -p %d", target->pid);
		assert_true(task_status(tid, "State", thread_state, sizeof(thread_state)));
		assert_int_equal(*thread_state, 'S');
		/* The second time it is there when the page is. */
		if (i == 1) {
			program_go(target);
			program_expect(target, "served");
		}
		stop_leave(stop);
		assert_string_equal(stop->err.text, "");
		program_free(stop);
	}
	program_go(target);
	assert_int_equal(program_finish(target), 0);
	assert_non_null(strstr(target->out.text, "semop: 0, no error\n"));
	program_free(target);
}

int main(void)
{
	/* A thread of stop may be blocked in the kernel until the end, and the leak checker would
	 * wait.
	 */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_pages_block_nothing),
		cmocka_unit_test(an_uninterruptible_call_is_shown_and_left_alone),
		cmocka_unit_test(a_thread_is_attached_when_its_uninterruptible_call_returns),
		cmocka_unit_test(a_program_on_a_file_system_whose_server_is_traced_too),
		cmocka_unit_test(a_program_whose_file_can_no_longer_be_read),
		cmocka_unit_test(a_call_that_waits_for_a_server_is_rarely_interrupted),
		cmocka_unit_test(a_thread_that_waits_for_a_page_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
