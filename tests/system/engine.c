/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine without the rest, in situations that are rare in the whole program. */
#include "config.h"

#include "support/unit.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ring.h"
#include "engine/ptrace/world/kernel.h"
#include "engine/registry.h"
#include "event/event.h"
#include "event/interest.h"
#include "model/model.h"
#include "support/program.h"

#define THREADS 50
#define CALLS   40

/* An engine and its events. */
struct watch {
	const struct engine_class *class;
	struct engine *engine;
	struct engine_links links;
	struct interest interest;
	struct model *model;
};

static bool is_ptrace(void)
{
	return program_is_engine("ptrace");
}

static void prepare(struct watch *watch)
{
	*watch = (struct watch){.class = engine_by_name(is_ptrace() ? "ptrace" : "bpf"),
		.model = model_new(clock_now_ns(), NULL)};
	watch->links = (struct engine_links){
		.ring = ring_new(1 << 16),
		.interest = &watch->interest,
		.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
	};
}

static void clear(struct watch *watch)
{
	watch->class->free(watch->engine);
	model_free(watch->model);
	ring_free(watch->links.ring);
	close(watch->links.wake_fd);
}

static int start_all(
	struct watch *watch, const pid_t *targets, size_t count, char error[ENGINE_ERROR_MAX])
{
	const struct engine_request request = {
		.targets = targets, .target_count = count, .follow = FOLLOW_FORKS};
	return watch->class->start(&request, &watch->links, &watch->engine, error);
}

static int start(struct watch *watch, pid_t target, char error[ENGINE_ERROR_MAX])
{
	return start_all(watch, &target, 1, error);
}

/* Reads all events in the ring. */
static void pump(struct watch *watch)
{
	const struct event *event;
	while ((event = ring_peek(watch->links.ring))) {
		model_apply(watch->model, event);
		ring_pop(watch->links.ring);
	}
	watch->class->nudge(watch->engine);
}

static bool has_ended(void *context)
{
	struct watch *watch = context;
	struct model_totals totals;
	pump(watch);
	model_totals(watch->model, 0, &totals);
	return totals.ended;
}

/* The number of completed calls to NUMBER, and of those that failed. */
static uint64_t count_calls(const struct watch *watch, uint32_t number, uint64_t *errors)
{
	static const struct call_filter all = {0};
	struct call_row *rows;
	uint64_t calls = 0;
	size_t count = model_calls(watch->model, &all, clock_now_ns(), &rows);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].call.nr != number || rows[i].call.abi != ABI_NATIVE)
			continue;
		calls += rows[i].calls;
		*errors += rows[i].errors;
	}
	free(rows);
	return calls;
}

/* Makes TARGET make its calls and exit, and checks that all were reported. */
static void assert_counts(struct watch *watch, struct program *target)
{
	uint64_t errors = 0;
	program_go(target);
	program_expect(target, "done");
	program_go(target);
	await(has_ended, watch, "EVENT_END");
	watch->class->leave(watch->engine);
	program_finish(target);
	assert_int_equal(count_calls(watch, SYS_getppid, &errors), THREADS * (CALLS - CALLS / 10));
	assert_int_equal(count_calls(watch, SYS_dup, &errors), THREADS * CALLS / 10);
	assert_int_equal(errors, THREADS * CALLS / 10);
}

/* A thread that keeps sending kicks to the tracer. */
struct kicker {
	pthread_t thread;
	_Atomic bool over;
	unsigned int kicks;
};

static bool is_tracer(pid_t tid)
{
	char path[64], name[32] = "";
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)tid);
	FILE *file = fopen(path, "r");
	if (!file)
		return false;
	bool found = fgets(name, sizeof(name), file) && strcmp(name, TRACER_NAME "\n") == 0;
	fclose(file);
	return found;
}

/* A child of one of our threads. */
static pid_t find_tracer(void)
{
	pid_t tids[64];
	size_t count = task_threads(getpid(), tids, COUNT_OF(tids));
	for (size_t i = 0; i < count; i++) {
		char path[64];
		int child;
		snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)tids[i]);
		FILE *file = fopen(path, "r");
		pid_t found = 0;
		while (file && !found && fscanf(file, "%d", &child) == 1)
			found = is_tracer(child) ? child : 0;
		if (file)
			fclose(file);
		if (found)
			return found;
	}
	return 0;
}

static void send_kick(pid_t tracer)
{
	syscall(SYS_tgkill, tracer, tracer, kernel_kick_signal());
}

static void *kick(void *argument)
{
	struct kicker *kicker = argument;
	pid_t tracer = 0;
	while (!kicker->over) {
		if (!tracer)
			tracer = find_tracer();
		else
			send_kick(tracer), kicker->kicks++;
		/* At a higher rate, the tracer would only handle kicks. */
		pause_pace(20000);
	}
	return NULL;
}

/*
 * The attach timeout, which prevents a deadlock in PTRACE_SEIZE, is a signal whose handler jumps
 * out of it, even if it has just succeeded. Here many of these requests are interrupted.
 */
static void an_attach_timeout_that_fires_often_loses_no_thread(void **state)
{
	enum { TIMES = 30 };
	unsigned int kicks = 0;
	(void)state;
	for (int i = 0; i < TIMES; i++) {
		struct program *target = program_start("loop.tracee wait %d %d", THREADS, CALLS);
		struct kicker kicker = {0};
		char error[ENGINE_ERROR_MAX];
		struct watch watch;
		program_ready(target);
		prepare(&watch);
		assert_int_equal(pthread_create(&kicker.thread, NULL, kick, &kicker), 0);
		int result = start(&watch, target->pid, error);
		kicker.over = true;
		pthread_join(kicker.thread, NULL);
		kicks += kicker.kicks;
		assert_int_equal(result, 0);
		assert_counts(&watch, target);
		clear(&watch);
		program_free(target);
	}
	assert_true(kicks > 0);
}

/* Sends kicks while the tracer gets no CPU: many more than would fit on its stack. */
static void many_pending_kicks_do_not_harm_the_tracer(void **state)
{
	enum { KICKS = 5000 };
	char error[ENGINE_ERROR_MAX];
	struct watch watch;
	(void)state;
	struct program *target = program_start("loop.tracee wait %d %d", THREADS, CALLS);
	program_ready(target);
	prepare(&watch);
	assert_int_equal(start(&watch, target->pid, error), 0);
	pid_t tracer = find_tracer();
	assert_true(tracer > 0);
	kill(tracer, SIGSTOP);
	for (int i = 0; i < KICKS; i++)
		send_kick(tracer);
	kill(tracer, SIGCONT);
	assert_counts(&watch, target);
	clear(&watch);
	program_free(target);
}

static void leaving_twice_and_after_the_end_is_harmless(void **state)
{
	char error[ENGINE_ERROR_MAX];
	struct watch watch;
	(void)state;
	struct program *target = program_start("loop.tracee wait %d %d", THREADS, CALLS);
	program_ready(target);
	prepare(&watch);
	assert_int_equal(start(&watch, target->pid, error), 0);
	assert_counts(&watch, target);
	watch.class->leave(watch.engine);
	watch.class->nudge(watch.engine);
	assert_int_equal(watch.class->drain(watch.engine), 0);
	assert_int_equal(watch.class->state(watch.engine), ENGINE_ENDED);
	struct model_cost cost;
	watch.class->collect(watch.engine, clock_now_ns(), model_sink(watch.model));
	model_cost(watch.model, clock_now_ns(), &cost);
	assert_true(!is_ptrace() || cost.stops > 2 * THREADS * CALLS);
	assert_true(cost.cpu_ns > 0);
	clear(&watch);
	program_free(target);
}

static void a_refusal_has_a_reason(void **state)
{
	char error[ENGINE_ERROR_MAX];
	struct watch watch;
	(void)state;
	struct program *target = program_start("true");
	assert_int_equal(program_finish(target), 0);
	prepare(&watch);
	assert_true(start(&watch, target->pid, error) < 0);
	assert_null(watch.engine);
	assert_non_null(strstr(error, "no such process"));
	assert_true(start(&watch, getpid(), error) < 0);
	assert_non_null(strstr(error, "it is stop itself"));
	clear(&watch);
	program_free(target);
}

static bool is_past(void *context)
{
	return clock_now_ns() > *(const uint64_t *)context;
}

/*
 * The ring is not read, so that most calls arrive in sums: those of one process were made before
 * the mark, those of the other after it.
 */
static void counting_from_a_mark_is_exact_for_sums(void **state)
{
	enum { MADE = THREADS * CALLS, OK = MADE - MADE / 10 };
	(void)state;
	struct program *before = program_start("loop.tracee wait %d %d", THREADS, CALLS);
	struct program *after = program_start("loop.tracee wait %d %d", THREADS, 3 * CALLS);
	char error[ENGINE_ERROR_MAX];
	struct watch watch;
	uint64_t errors = 0;
	program_ready(before);
	program_ready(after);
	prepare(&watch);
	assert_int_equal(start_all(&watch, (const pid_t[]){before->pid, after->pid}, 2, error), 0);
	program_go(before);
	program_expect(before, "done");
	uint64_t mark_ns = watch.class->divide(watch.engine, model_sink(watch.model));
	model_mark(watch.model, mark_ns);
	await(is_past, &mark_ns, "the mark has come");
	program_go(after);
	program_expect(after, "done");
	program_go(before);
	program_go(after);
	await(has_ended, &watch, "the engine says that it has ended");
	watch.class->leave(watch.engine);
	struct model_cost cost;
	watch.class->collect(watch.engine, clock_now_ns(), model_sink(watch.model));
	model_cost(watch.model, clock_now_ns(), &cost);
	assert_true(!is_ptrace() || cost.details_lost > 0);
	assert_int_equal(count_calls(&watch, SYS_getppid, &errors), 3 * OK);
	assert_int_equal(count_calls(&watch, SYS_dup, &errors), 3 * MADE / 10);
	model_unmark(watch.model);
	assert_int_equal(count_calls(&watch, SYS_getppid, &errors), 4 * OK);
	program_finish(before);
	program_finish(after);
	clear(&watch);
	program_free(before);
	program_free(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_attach_timeout_that_fires_often_loses_no_thread),
		cmocka_unit_test(counting_from_a_mark_is_exact_for_sums),
		cmocka_unit_test(many_pending_kicks_do_not_harm_the_tracer),
		cmocka_unit_test(leaving_twice_and_after_the_end_is_harmless),
		cmocka_unit_test(a_refusal_has_a_reason),
	};
	const struct CMUnitTest of_bpf[] = {
		cmocka_unit_test(counting_from_a_mark_is_exact_for_sums),
		cmocka_unit_test(leaving_twice_and_after_the_end_is_harmless),
		cmocka_unit_test(a_refusal_has_a_reason),
	};
	if (is_ptrace())
		return cmocka_run_group_tests(tests, NULL, NULL);
	return cmocka_run_group_tests(of_bpf, NULL, NULL);
}
