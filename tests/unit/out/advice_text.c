/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advice: which of the rules hold, for whom, and how many are given. tests/system/advice.c has a
 * program for each. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/time.h"
#include "model/model.h"
#include "out/advice_text.h"

#define S NS_PER_S

static void begin(struct model *model, pid_t tgid, pid_t tid, const char *comm)
{
	struct event_task task = {
		.event = {.type = EVENT_TASK, .tid = tid, .time_ns = 1}, .tgid = tgid};
	snprintf(task.comm, sizeof(task.comm), "%s", comm);
	model_apply(model, &task.event);
}

/* Makes COUNT calls of NR that take 1 µs each. */
static void make(struct model *model, pid_t tid, uint32_t nr, size_t count, int err, uint64_t bytes)
{
	for (size_t i = 0; i < count; i++) {
		struct event_exit record = {.event = {.type = EVENT_EXIT, .tid = tid, .time_ns = S},
			.call = {.nr = nr},
			.outcome = {.duration_ns = NS_PER_US, .err = err, .bytes = bytes}};
		model_apply(model, &record.event);
	}
}

static void at_most_two_are_given_and_each_can_be_dismissed(void **state)
{
	struct model *model = model_new(0, NULL);
	struct advice advice[ADVICE_MAX];
	(void)state;
	begin(model, 10, 11, "busy");
	make(model, 11, SYS_sched_yield, 5000, 0, 0);
	make(model, 11, SYS_write, 5000, 0, 10);
	make(model, 11, SYS_close, 1500, EBADF, 0);
	assert_int_equal(advice_find(model, S, 0, advice), 2);
	assert_int_equal(advice[0].kind, ADVICE_YIELD);
	assert_int_equal(advice[1].kind, ADVICE_SMALL_WRITES);
	uint32_t dismissed = 1U << ADVICE_YIELD;
	assert_int_equal(advice_find(model, S, dismissed, advice), 2);
	assert_int_equal(advice[0].kind, ADVICE_SMALL_WRITES);
	assert_int_equal(advice[1].kind, ADVICE_CLOSES);
	dismissed |= 1U << ADVICE_SMALL_WRITES | 1U << ADVICE_CLOSES;
	assert_int_equal(advice_find(model, S, dismissed, advice), 0);
	model_free(model);
}

static void the_one_with_the_most_calls_is_named(void **state)
{
	struct model *model = model_new(0, NULL);
	struct advice advice[ADVICE_MAX];
	char text[ADVICE_TEXT_MAX];
	(void)state;
	begin(model, 10, 10, "few");
	begin(model, 10, 11, "most\n");
	begin(model, 10, 12, "others");
	make(model, 10, SYS_sched_yield, 1000, 0, 0);
	make(model, 11, SYS_sched_yield, 3000, 0, 0);
	make(model, 12, SYS_sched_yield, 999, 0, 0);
	assert_int_equal(advice_find(model, S, 0, advice), 1);
	assert_int_equal(advice[0].tid, 11);
	assert_int_equal(advice[0].subjects, 2);
	assert_int_equal(advice[0].calls, 3000);
	assert_string_equal(advice_seen(&advice[0], text),
		"11 most\\n: 3,000 sched_yield; 100 % of its calls, 100 % of their time; 1 more thread");
	model_free(model);
}

/* A pool of threads that each do a little of it. */
static void a_process_is_what_its_threads_are(void **state)
{
	struct model *model = model_new(0, NULL);
	struct advice advice[ADVICE_MAX];
	(void)state;
	for (pid_t tid = 20; tid < 30; tid++) {
		begin(model, 20, tid, tid == 20 ? "pool" : "worker");
		make(model, tid, SYS_close, 150, EBADF, 0);
	}
	begin(model, 30, 30, "other");
	make(model, 30, SYS_close, 800, EBADF, 0);
	assert_int_equal(advice_find(model, S, 0, advice), 1);
	assert_int_equal(advice[0].pid, 20);
	assert_int_equal(advice[0].tid, 0);
	assert_int_equal(advice[0].calls, 1500);
	assert_string_equal(advice[0].comm, "pool");
	model_free(model);
}

static void the_mark_counts_from_then_on(void **state)
{
	struct model *model = model_new(0, NULL);
	struct advice advice[ADVICE_MAX];
	(void)state;
	begin(model, 10, 11, "busy");
	make(model, 11, SYS_sched_yield, 5000, 0, 0);
	model_mark(model, S);
	assert_int_equal(advice_find(model, 2 * S, 0, advice), 0);
	model_unmark(model);
	assert_int_equal(advice_find(model, 2 * S, 0, advice), 1);
	model_free(model);
}

/* Wake-ups of event loops are no small writes, and another error is no spinning. */
static void what_only_looks_like_it_is_left_out(void **state)
{
	struct model *model = model_new(0, NULL);
	struct advice advice[ADVICE_MAX];
	(void)state;
	begin(model, 10, 11, "loop");
	make(model, 11, SYS_write, 5000, 0, 8);
	begin(model, 12, 13, "broken");
	make(model, 13, SYS_read, 5000, EIO, 0);
	assert_int_equal(advice_find(model, S, 0, advice), 0);
	model_free(model);
}

static void each_kind_is_complete(void **state)
{
	(void)state;
	for (enum advice_kind kind = 0; kind < ADVICE_KINDS; kind++) {
		struct advice advice = {.kind = kind,
			.tid = 7,
			.subjects = 3,
			.calls = 2000,
			.others = 4000,
			.bytes = 9};
		char text[ADVICE_TEXT_MAX];
		memset(advice.object, 0x1b, sizeof(advice.object));
		memset(advice.comm, 0x1b, sizeof(advice.comm));
		advice.object_size = ADVICE_OBJECT_MAX - 1;
		assert_non_null(strstr(advice_seen(&advice, text), "2 more threads"));
		assert_null(strchr(text, 0x1b));
		assert_true(strlen(advice_rule(kind)) > 20 && strlen(advice_name(kind)) > 4);
		assert_true(advice_remedy(kind)[strlen(advice_remedy(kind)) - 1] == '.');
		for (enum advice_kind other = 0; other < kind; other++)
			assert_string_not_equal(advice_name(kind), advice_name(other));
	}
	assert_true(advice_is_about(ADVICE_MAPS, (struct call){.nr = SYS_munmap}));
	assert_false(advice_is_about(ADVICE_MAPS, (struct call){.nr = SYS_read}));
	/* The first and the last of the table, which is searched. */
	assert_int_equal(advice_group_of((struct call){.nr = SYS_accept}), GROUP_ACCEPT);
	assert_int_equal(advice_group_of((struct call){.nr = SYS_writev}), GROUP_WRITE);
	assert_int_equal(advice_group_of((struct call){.nr = 99999}), GROUP_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_most_two_are_given_and_each_can_be_dismissed),
		cmocka_unit_test(the_one_with_the_most_calls_is_named),
		cmocka_unit_test(a_process_is_what_its_threads_are),
		cmocka_unit_test(the_mark_counts_from_then_on),
		cmocka_unit_test(what_only_looks_like_it_is_left_out),
		cmocka_unit_test(each_kind_is_complete),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
