/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls by stack: in whatever order ends and stacks arrive, the rows of a call add up to it.
 */
#include "config.h"

#include "support/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "event/stack_copy.h"
#include "model/model.h"
#include "model/sample_log.h"

#define NOW_NS 1000000

static const struct call call = {.nr = 0, .abi = ABI_NATIVE};
static const struct stack here = {.id = 1}, there = {.id = 2};

static const struct stack *find_stack(const void *context, uint32_t id)
{
	(void)context;
	return id == here.id ? &here : id == there.id ? &there : NULL;
}

static const struct stack_lookup lookup = {.find = find_stack};

/* Sends STACK for the copy with NUMBER. */
static void send_stack(struct model *model, uint32_t number, const struct stack *stack)
{
	struct event_stack event = {
		.event = {.type = EVENT_STACK}, .number = number, .stack = stack->id};
	model_apply(model, &event.event);
}

/* Sends that thread TID was observed at TIME_NS in call OF with STACK. */
static void send_seen(
	struct model *model, pid_t tid, struct call of, uint64_t time_ns, const struct stack *stack)
{
	struct event_stack event = {
		.event = {EVENT_STACK, tid, time_ns}, .stack = stack->id, .call = of};
	model_apply(model, &event.event);
}

static void send_enter(struct model *model, pid_t tid, uint32_t capture)
{
	struct event_enter enter = {
		.event = {EVENT_ENTER, tid, 0},
		.call = call,
		.capture = capture,
	};
	model_apply(model, &enter.event);
}

static void send_exit(struct model *model, pid_t tid, uint32_t capture, uint64_t duration_ns)
{
	struct event_exit exit = {
		.event = {EVENT_EXIT, tid, duration_ns},
		.call = call,
		.outcome = {.duration_ns = duration_ns},
		.capture = capture,
	};
	model_apply(model, &exit.event);
}

/* The row of STACK, which must exist. */
static struct stack_row row_of(const struct model *model, const struct stack *stack)
{
	struct call_filter filter = {0};
	struct stack_row *rows, found = {0};
	size_t count = model_stacks(model, &filter, NOW_NS, &rows);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].stack == stack)
			found = rows[i];
	}
	free(rows);
	assert_ptr_equal(found.stack, stack);
	return found;
}

static size_t count_rows(const struct model *model)
{
	struct call_filter filter = {0};
	struct stack_row *rows;
	size_t count = model_stacks(model, &filter, NOW_NS, &rows);
	free(rows);
	return count;
}

static void test_in_either_order(void **state)
{
	(void)state;
	struct model *model = model_new(0, &lookup);
	send_stack(model, 1, &here);
	send_exit(model, 5, 1, 10);
	send_exit(model, 5, 2, 30);
	send_stack(model, 2, &here);
	send_exit(model, 5, 3, 60);
	send_stack(model, 3, &there);
	assert_int_equal(row_of(model, &here).calls, 2);
	assert_int_equal(row_of(model, &here).total_ns, 40);
	assert_int_equal(row_of(model, &here).max_ns, 30);
	assert_int_equal(row_of(model, &there).calls, 1);
	assert_true(row_of(model, &there).share > 0.59 && row_of(model, &there).share < 0.61);
	assert_int_equal(count_rows(model), 2);
	model_free(model);
}

static void test_calls_that_were_not_captured_have_a_row(void **state)
{
	(void)state;
	struct model *model = model_new(0, &lookup);
	send_exit(model, 5, 0, 100);
	assert_int_equal(count_rows(model), 0);
	send_stack(model, 1, &here);
	send_exit(model, 5, 1, 10);
	send_exit(model, 5, 2, 7); /* its stack has not arrived yet */
	assert_int_equal(row_of(model, stack_special(STACK_NONE)).calls, 2);
	assert_int_equal(row_of(model, stack_special(STACK_NONE)).total_ns, 107);
	send_stack(model, 2, &here);
	assert_int_equal(row_of(model, stack_special(STACK_NONE)).calls, 1);
	assert_int_equal(row_of(model, &here).calls, 2);
	model_free(model);
}

static void test_sums_count_as_not_captured(void **state)
{
	(void)state;
	struct model *model = model_new(0, &lookup);
	struct tally tally = {0};
	tally_add(&tally, &(struct outcome){.duration_ns = 50, .err = 2});
	union {
		struct event_sum sum;
		unsigned char bytes[SUM_SIZE_MAX];
	} record = {.sum = {.event = {EVENT_SUM, 5, 0}, .call = call}};
	assert_true(event_sum_next(&tally, &(struct sum_cursor){0}, &record.sum) > 0);
	tally_clear(&tally);
	send_stack(model, 1, &here);
	send_exit(model, 5, 1, 10);
	model_apply(model, &record.sum.event);
	assert_int_equal(row_of(model, stack_special(STACK_NONE)).calls, 1);
	assert_int_equal(row_of(model, stack_special(STACK_NONE)).errors, 1);
	assert_int_equal(row_of(model, stack_special(STACK_NONE)).total_ns, 50);
	model_free(model);
}

/* Sends a sum of two calls that took 10 and 30 ns and one that failed after 20, with CAPTURE. */
static void send_sum(struct model *model, pid_t tid, uint32_t capture, uint64_t end_ns)
{
	struct tally tally = {0};
	tally_add(&tally, &(struct outcome){.duration_ns = 10});
	tally_add(&tally, &(struct outcome){.duration_ns = 30});
	tally_add(&tally, &(struct outcome){.duration_ns = 20, .err = 2});
	union {
		struct event_sum sum;
		unsigned char bytes[SUM_SIZE_MAX];
	} record = {.sum = {.event = {EVENT_SUM, tid, end_ns},
			    .call = call,
			    .from_ns = end_ns - 30,
			    .capture = capture}};
	struct sum_cursor cursor = {0};
	while (event_sum_next(&tally, &cursor, &record.sum) > 0)
		model_apply(model, &record.sum.event);
	tally_clear(&tally);
}

static void test_sums_with_a_lasting_number_have_its_stack(void **state)
{
	(void)state;
	struct model *model = model_new(0, &lookup);
	send_sum(model, 5, STACK_COPY_LASTING | 7, 100);
	send_sum(model, 6, STACK_COPY_LASTING | 7, 101);
	assert_int_equal(count_rows(model), 0);
	send_stack(model, STACK_COPY_LASTING | 7, &here);
	assert_int_equal(row_of(model, &here).calls, 6);
	/* It stays known. */
	send_sum(model, 5, STACK_COPY_LASTING | 7, 200);
	assert_int_equal(row_of(model, &here).calls, 9);
	assert_int_equal(row_of(model, &here).errors, 3);
	assert_int_equal(row_of(model, &here).total_ns, 180);
	assert_int_equal(row_of(model, &here).max_ns, 30);
	assert_int_equal(count_rows(model), 1);
	/* Another number of the same stack, and none. */
	send_stack(model, STACK_COPY_LASTING | 8, &here);
	send_sum(model, 5, STACK_COPY_LASTING | 8, 300);
	send_sum(model, 5, STACK_COPY_MISSED, 400);
	assert_int_equal(row_of(model, &here).calls, 12);
	assert_int_equal(row_of(model, stack_special(STACK_MISSED)).calls, 3);
	assert_int_equal(count_rows(model), 2);
	model_free(model);
}

static void send_known(struct model *model, uint64_t until_ns)
{
	const struct event event = {EVENT_STACKS_KNOWN, 0, until_ns};
	model_apply(model, &event);
}

/* NUMBER has STACK: provisionally, or from FROM_NS on. */
static void send_lasting(struct model *model, uint32_t number, const struct stack *stack,
	bool is_provisional, uint64_t from_ns)
{
	const struct event_stack event = {
		.event = {EVENT_STACK, 0, from_ns},
		.number = number,
		.stack = stack->id,
		.is_provisional = is_provisional,
	};
	model_apply(model, &event.event);
}

static void test_sums_with_a_provisional_stack_wait_until_it_is_known(void **state)
{
	const uint32_t number = STACK_COPY_LASTING | 7;
	(void)state;
	struct model *model = model_new(0, &lookup);
	send_sum(model, 5, number, 100);
	send_lasting(model, number, &here, true, 0);
	send_sum(model, 5, number, 110);
	assert_int_equal(count_rows(model), 0);
	send_known(model, 100);
	assert_int_equal(row_of(model, &here).calls, 3);
	/* What comes late is of then, too. */
	send_sum(model, 6, number, 99);
	assert_int_equal(row_of(model, &here).calls, 6);
	send_known(model, 120);
	assert_int_equal(row_of(model, &here).calls, 9);
	assert_int_equal(count_rows(model), 1);
	/* From 120 on, it was another one. */
	send_sum(model, 5, number, 130);
	send_lasting(model, number, &there, false, 120);
	send_sum(model, 5, number, 140);
	send_sum(model, 5, number, 120);
	assert_int_equal(row_of(model, &here).calls, 12);
	assert_int_equal(row_of(model, &there).calls, 6);
	assert_int_equal(count_rows(model), 2);
	model_free(model);
}

static void test_sums_that_wait_are_added_up(void **state)
{
	const uint32_t number = STACK_COPY_LASTING | 7;
	(void)state;
	struct model *model = model_new(0, &lookup);
	for (uint64_t i = 0; i < 1000; i++)
		send_sum(model, 5, number, 100 + i);
	send_lasting(model, number, &here, true, 0);
	send_known(model, 100);
	assert_int_equal(row_of(model, &here).calls, 3);
	send_known(model, 2000);
	assert_int_equal(row_of(model, &here).calls, 3000);
	model_free(model);
}

static void test_sums_are_marked_by_stack(void **state)
{
	(void)state;
	struct model *model = model_new(0, &lookup);
	send_sum(model, 5, STACK_COPY_LASTING | 7, 100);
	model_mark(model, 150);
	send_sum(model, 5, STACK_COPY_LASTING | 7, 200);
	send_stack(model, STACK_COPY_LASTING | 7, &here);
	assert_int_equal(row_of(model, &here).calls, 3);
	model_unmark(model);
	assert_int_equal(row_of(model, &here).calls, 6);
	model_free(model);
}

static void test_calls_in_progress_have_a_lasting_stack(void **state)
{
	(void)state;
	struct model *model = model_new(0, &lookup);
	struct thread_row *threads;
	send_stack(model, STACK_COPY_LASTING | 7, &here);
	for (int i = 0; i < 2; i++) {
		send_enter(model, 5, STACK_COPY_LASTING | 7);
		assert_int_equal(row_of(model, &here).in_progress, 1);
		send_sum(model, 5, STACK_COPY_LASTING | 7, 100);
	}
	assert_int_equal(model_threads(model, NOW_NS, &threads), 1);
	assert_ptr_equal(threads[0].stack, &here);
	free(threads);
	model_free(model);
}

static void test_calls_in_progress_have_their_stack(void **state)
{
	(void)state;
	struct model *model = model_new(0, &lookup);
	struct thread_row *threads;
	send_enter(model, 5, 1);
	send_stack(model, 1, &here);
	assert_int_equal(row_of(model, &here).calls, 0);
	assert_int_equal(row_of(model, &here).in_progress, 1);
	assert_int_equal(row_of(model, &here).total_ns, NOW_NS);
	assert_int_equal(model_threads(model, NOW_NS, &threads), 1);
	assert_ptr_equal(threads[0].stack, &here);
	free(threads);
	send_exit(model, 5, 1, 10);
	assert_int_equal(row_of(model, &here).calls, 1);
	assert_int_equal(row_of(model, &here).in_progress, 0);
	model_free(model);
}

static struct thread_row only_thread(const struct model *model)
{
	struct thread_row *threads, thread;
	assert_int_equal(model_threads(model, NOW_NS, &threads), 1);
	thread = threads[0];
	free(threads);
	return thread;
}

/* A stack read while the thread waited is valid until that call ends. */
static void test_an_observed_stack_belongs_to_its_call(void **state)
{
	(void)state;
	struct model *model = model_new(0, &lookup);
	send_enter(model, 5, 0);
	send_seen(model, 5, (struct call){.nr = 1, .abi = ABI_NATIVE}, 10, &there);
	assert_null(only_thread(model).stack);
	send_seen(model, 5, call, 10, &here);
	assert_ptr_equal(only_thread(model).stack, &here);
	assert_int_equal(row_of(model, &here).in_progress, 1);
	send_exit(model, 5, 0, 100);
	assert_int_equal(row_of(model, &here).calls, 1);
	assert_null(only_thread(model).stack);
	assert_ptr_equal(only_thread(model).last, &here);
	struct event_enter later = {.event = {EVENT_ENTER, 5, 200}, .call = call};
	model_apply(model, &later.event);
	assert_null(only_thread(model).stack);
	struct event_exit exit = {
		.event = {EVENT_EXIT, 5, 300}, .call = call, .outcome = {.duration_ns = 100}};
	model_apply(model, &exit.event);
	assert_int_equal(row_of(model, &here).calls, 1);
	assert_int_equal(row_of(model, stack_special(STACK_NONE)).calls, 1);
	model_free(model);
}

/* Missed calls are distinguished from calls that were not requested. */
static void test_missed_calls_have_a_row(void **state)
{
	(void)state;
	struct model *model = model_new(0, &lookup);
	send_exit(model, 5, 0, 100);
	send_stack(model, 1, &here);
	send_exit(model, 5, 1, 10);
	send_exit(model, 5, STACK_COPY_MISSED, 7);
	assert_int_equal(row_of(model, stack_special(STACK_MISSED)).calls, 1);
	assert_int_equal(row_of(model, stack_special(STACK_MISSED)).total_ns, 7);
	assert_int_equal(row_of(model, stack_special(STACK_NONE)).calls, 1);
	assert_ptr_equal(only_thread(model).last, &here);
	model_free(model);
}

static void test_last_stack_of_a_thread(void **state)
{
	(void)state;
	struct model *model = model_new(0, &lookup);
	send_exit(model, 5, 1, 10);
	send_exit(model, 5, 2, 10);
	send_stack(model, 2, &there);
	send_stack(model, 1, &here); /* of an earlier call, and late */
	assert_ptr_equal(only_thread(model).last, &there);
	assert_true(call_equal(only_thread(model).last_call, call));
	model_free(model);
}

/* If the end of a call was aggregated, its stack is dropped, and not used for another call. */
static void test_the_stack_of_an_aggregated_call_is_dropped(void **state)
{
	(void)state;
	struct model *model = model_new(0, &lookup);
	send_enter(model, 5, 1);
	send_stack(model, 1, &here);
	send_enter(model, 5, 2);
	send_stack(model, 2, &there);
	assert_int_equal(row_of(model, &there).in_progress, 1);
	assert_int_equal(count_rows(model), 1);
	model_free(model);
}

/* Sends a call with stack HERE that ended at END_NS after DURATION_NS. */
static void send_exit_at(
	struct model *model, uint32_t capture, uint64_t end_ns, uint64_t duration_ns)
{
	struct event_exit exit = {
		.event = {EVENT_EXIT, 5, end_ns},
		.call = call,
		.outcome = {.duration_ns = duration_ns},
		.capture = capture,
	};
	send_stack(model, capture, &here);
	model_apply(model, &exit.event);
}

static void test_a_mark_resets_the_counts_of_stacks(void **state)
{
	(void)state;
	struct model *model = model_new(1, &lookup);
	send_exit_at(model, 1, 100, 50);
	model_mark(model, 200);
	assert_int_equal(count_rows(model), 0);
	send_exit_at(model, 2, 250, 10);
	send_exit_at(model, 3, 300, 150); /* the mark is in the middle of it */
	assert_int_equal(row_of(model, &here).calls, 2);
	assert_int_equal(row_of(model, &here).total_ns, 110);
	assert_int_equal(row_of(model, &here).partial, 1);
	assert_int_equal(count_rows(model), 1);
	model_unmark(model);
	assert_int_equal(row_of(model, &here).calls, 3);
	assert_int_equal(row_of(model, &here).total_ns, 210);
	model_mark(model, 400);
	assert_int_equal(count_rows(model), 0);
	model_free(model);
}

/* The copy was made before the mark, and its stack arrives after it. */
static void test_a_late_stack_of_a_call_before_the_mark_is_not_counted(void **state)
{
	(void)state;
	struct model *model = model_new(1, &lookup);
	struct event_exit exit = {.event = {EVENT_EXIT, 5, 100},
		.call = call,
		.outcome = {.duration_ns = 50},
		.capture = 1};
	model_apply(model, &exit.event);
	model_mark(model, 200);
	send_stack(model, 1, &here);
	assert_int_equal(count_rows(model), 0);
	model_unmark(model);
	assert_int_equal(row_of(model, &here).calls, 1);
	model_free(model);
}

/* A thread that is known to run at 0. */
static void send_task(struct model *model, pid_t tid)
{
	struct event_task task = {.event = {EVENT_TASK, tid, 0}, .tgid = tid};
	model_apply(model, &task.event);
}

static void send_sample(struct model *model, pid_t tid, uint64_t time_ns, uint32_t stack)
{
	struct event_sample sample = {.event = {EVENT_SAMPLE, tid, time_ns}, .stack = stack};
	model_apply(model, &sample.event);
}

/* The rows of thread TID at NOW_NS are of the stacks IDS with as many samples as COUNTS. */
static void expect_samples(const struct model *model, pid_t tid, uint64_t now_ns,
	const uint32_t *ids, const uint64_t *counts, size_t count)
{
	struct stack_row *rows;
	uint64_t samples = 0;
	assert_int_equal(model_samples(model, tid, now_ns, &rows), count);
	for (size_t i = 0; i < count; i++)
		samples += counts[i];
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(rows[i].stack->id, ids[i]);
		assert_int_equal(rows[i].calls, counts[i]);
		assert_true(fabs(rows[i].share - (double)counts[i] / (double)samples) < 1e-9);
	}
	free(rows);
}

/* Each thread has its own samples, of the last seconds; those that cannot be found count nowhere.
 */
static void test_samples_are_of_a_thread_and_recent(void **state)
{
	(void)state;
	const uint64_t late_ns = 60 * NS_PER_S;
	struct model *model = model_new(0, &lookup);
	uint64_t time_ns = 0;
	send_task(model, 1);
	send_task(model, 2);
	expect_samples(model, 1, late_ns, NULL, NULL, 0);
	send_sample(model, 1, late_ns - SAMPLE_LOG_SPAN_NS, here.id);
	for (int i = 0; i < 3; i++)
		send_sample(model, 1, late_ns - 1000 + (uint64_t)i, there.id);
	send_sample(model, 1, late_ns - 500, here.id);
	send_sample(model, 1, late_ns - 400, 77);
	send_sample(model, 2, late_ns - 300, here.id);
	send_sample(model, 3, late_ns - 200, here.id);
	expect_samples(model, 1, late_ns, (uint32_t[]){2, 1}, (uint64_t[]){3, 1}, 2);
	expect_samples(model, 2, late_ns, (uint32_t[]){1}, (uint64_t[]){1}, 1);
	expect_samples(model, 3, late_ns, NULL, NULL, 0);
	assert_ptr_equal(model_last_sample(model, 2, late_ns, &time_ns), &here);
	assert_int_equal(time_ns, late_ns - 300);
	assert_null(model_last_sample(model, 3, late_ns, &time_ns));
	model_mark(model, late_ns - 600);
	expect_samples(model, 1, late_ns, (uint32_t[]){1}, (uint64_t[]){1}, 1);
	model_free(model);
}

/* However many there are, memory is bounded, and the last ones are kept. */
static void test_only_the_last_samples_are_kept(void **state)
{
	(void)state;
	struct model *model = model_new(0, &lookup);
	send_task(model, 1);
	for (uint64_t i = 0; i < 100; i++)
		send_sample(model, 1, 1 + i, here.id);
	for (uint64_t i = 0; i < SAMPLE_LOG_MAX - 10; i++)
		send_sample(model, 1, 1000 + i, there.id);
	expect_samples(
		model, 1, 100000, (uint32_t[]){2, 1}, (uint64_t[]){SAMPLE_LOG_MAX - 10, 10}, 2);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_either_order),
		cmocka_unit_test(test_calls_that_were_not_captured_have_a_row),
		cmocka_unit_test(test_sums_count_as_not_captured),
		cmocka_unit_test(test_sums_with_a_lasting_number_have_its_stack),
		cmocka_unit_test(test_sums_with_a_provisional_stack_wait_until_it_is_known),
		cmocka_unit_test(test_sums_that_wait_are_added_up),
		cmocka_unit_test(test_sums_are_marked_by_stack),
		cmocka_unit_test(test_calls_in_progress_have_a_lasting_stack),
		cmocka_unit_test(test_calls_in_progress_have_their_stack),
		cmocka_unit_test(test_an_observed_stack_belongs_to_its_call),
		cmocka_unit_test(test_missed_calls_have_a_row),
		cmocka_unit_test(test_last_stack_of_a_thread),
		cmocka_unit_test(test_the_stack_of_an_aggregated_call_is_dropped),
		cmocka_unit_test(test_a_mark_resets_the_counts_of_stacks),
		cmocka_unit_test(test_a_late_stack_of_a_call_before_the_mark_is_not_counted),
		cmocka_unit_test(test_samples_are_of_a_thread_and_recent),
		cmocka_unit_test(test_only_the_last_samples_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
