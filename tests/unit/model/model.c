/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model: what views show after events, without real processes. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "model/model.h"
#include "support/random.h"

/* Sending events. */

static struct call native(uint32_t nr)
{
	return (struct call){.nr = nr, .abi = ABI_NATIVE};
}

static struct event event_of(enum event_type type, pid_t tid, uint64_t time_ns)
{
	return (struct event){.type = type, .tid = tid, .time_ns = time_ns};
}

static void task(struct model *model, pid_t tid, pid_t pid, pid_t parent, const char *comm)
{
	struct event_task record = {
		.event = event_of(EVENT_TASK, tid, 0), .tgid = pid, .parent = parent};
	memcpy(record.comm, comm, strnlen(comm, sizeof(record.comm)));
	model_apply(model, &record.event);
}

static void enter_call(struct model *model, pid_t tid, struct call call, uint64_t time_ns)
{
	struct event_enter record = {.event = event_of(EVENT_ENTER, tid, time_ns), .call = call};
	model_apply(model, &record.event);
}

static void enter(struct model *model, pid_t tid, uint32_t nr, uint64_t time_ns)
{
	enter_call(model, tid, native(nr), time_ns);
}

static void leave_call(
	struct model *model, pid_t tid, struct call call, uint64_t time_ns, struct outcome outcome)
{
	struct event_exit record = {
		.event = event_of(EVENT_EXIT, tid, time_ns), .call = call, .outcome = outcome};
	model_apply(model, &record.event);
}

/* Sends the end of a call with ERR, of which DURATION_NS were observed. */
static void leave(struct model *model, pid_t tid, uint32_t nr, uint64_t time_ns,
	uint64_t duration_ns, int err)
{
	leave_call(model, tid, native(nr), time_ns,
		(struct outcome){.duration_ns = duration_ns, .err = err});
}

static void leave_partial(
	struct model *model, pid_t tid, uint32_t nr, uint64_t time_ns, uint64_t duration_ns)
{
	leave_call(model, tid, native(nr), time_ns,
		(struct outcome){.duration_ns = duration_ns, .partial = true});
}

static void change(
	struct model *model, pid_t tid, enum task_state state, bool in_call, uint64_t time_ns)
{
	struct event_state record = {
		.event = event_of(EVENT_STATE, tid, time_ns), .state = state, .in_call = in_call};
	model_apply(model, &record.event);
}

static void end(struct model *model, pid_t tid, int exit_code, int exit_signal, uint64_t time_ns)
{
	struct event_gone record = {
		.event = event_of(EVENT_GONE, tid, time_ns),
		.exit_code = exit_code,
		.exit_signal = exit_signal,
	};
	model_apply(model, &record.event);
}

/* Reading views. */

static const struct call_filter everything = {0};

/* The row of CALL as of NOW_NS; its calls are 0 if there is none. */
static struct call_row row_of(const struct model *model, struct call call, uint64_t now_ns)
{
	struct call_row *rows, found = {0};
	size_t count = model_calls(model, &everything, now_ns, &rows);
	for (size_t i = 0; i < count; i++) {
		if (call_equal(rows[i].call, call))
			found = rows[i];
	}
	free(rows);
	return found;
}

static size_t count_rows(const struct model *model, const struct call_filter *filter)
{
	struct call_row *rows;
	size_t count = model_calls(model, filter, 0, &rows);
	free(rows);
	return count;
}

static struct thread_row row_of_thread(const struct model *model, pid_t tid, uint64_t now_ns)
{
	struct thread_row *rows, found = {0};
	size_t count = model_threads(model, now_ns, &rows);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].tid == tid)
			found = rows[i];
	}
	free(rows);
	assert_int_equal(found.tid, tid);
	return found;
}

static struct model_totals totals_of(const struct model *model)
{
	struct model_totals totals;
	model_totals(model, 0, &totals);
	return totals;
}

static void assert_about(double got, double expected)
{
	if (fabs(got - expected) > 1e-9 * fabs(expected) + 1e-12)
		fail_msg("%.17g is not %.17g", got, expected);
}

/* Calls. */

static void a_new_model_is_empty(void **state)
{
	struct call_row *calls;
	struct thread_row *threads;
	struct process_row *processes;
	(void)state;
	struct model *model = model_new(77, NULL);
	assert_int_equal(model_calls(model, &everything, 100, &calls), 0);
	assert_int_equal(model_threads(model, 100, &threads), 0);
	assert_int_equal(model_processes(model, 0, &processes), 0);
	struct model_totals totals = totals_of(model);
	assert_int_equal(totals.start_ns, 77);
	assert_int_equal(totals.calls, 0);
	assert_false(totals.ended);
	free(calls);
	free(threads);
	free(processes);
	model_free(model);
	model_free(NULL);
}

static void calls_errors_and_times_are_counted(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	task(model, 10, 10, 1, "target");
	for (uint64_t i = 1; i <= 100; i++) {
		enter(model, 10, SYS_read, i * 1000);
		leave(model, 10, SYS_read, i * 1000 + i, i, i % 10 ? 0 : EAGAIN);
	}
	leave(model, 10, SYS_write, 0, 4000, EPIPE);
	struct call_row row = row_of(model, native(SYS_read), 200000);
	assert_string_equal(row.name, "read");
	assert_int_equal(row.classes, 1U << CLASS_DESC);
	assert_int_equal(row.calls, 100);
	assert_int_equal(row.errors, 10);
	assert_int_equal(row.in_progress, 0);
	assert_int_equal(row.total_ns, 5050);
	assert_int_equal(row.min_ns, 1);
	assert_int_equal(row.max_ns, 100);
	assert_int_equal(row.timed, 100);
	assert_about(row.avg_ns, 50.5);
	assert_true(fabs(row.stddev_ns - sqrt(9999.0 / 12)) < 1e-6);
	assert_int_equal(row.p50_ns, 50);
	assert_in_range(row.p90_ns, 89, 91);
	assert_in_range(row.p99_ns, 98, 100);
	assert_int_equal(row.partial, 0);
	assert_false(row.marked);
	struct model_totals totals = totals_of(model);
	assert_int_equal(totals.calls, 101);
	assert_int_equal(totals.errors, 11);
	model_free(model);
}

static void errors_are_counted_by_number(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	leave(model, 10, SYS_openat, 1, 1, ENOENT);
	leave(model, 10, SYS_openat, 2, 1, EACCES);
	leave(model, 10, SYS_openat, 3, 1, ENOENT);
	leave(model, 10, SYS_openat, 4, 1, 0);
	leave(model, 10, SYS_read, 5, 1, EIO);
	struct call_row row = row_of(model, native(SYS_openat), 10);
	assert_int_equal(row.tally->error_kinds, 2);
	assert_int_equal(row.tally->error[0].err, ENOENT);
	assert_int_equal(row.tally->error[0].count, 2);
	assert_int_equal(row.tally->error[1].err, EACCES);
	assert_int_equal(row.tally->error[1].count, 1);
	model_free(model);
}

static void the_same_number_of_another_abi_is_another_call(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	for (uint32_t abi = 0; abi < ABI_COUNT; abi++) {
		struct call call = {.nr = 1, .abi = abi};
		for (uint32_t i = 0; i <= abi; i++)
			leave_call(model, 10, call, 1, (struct outcome){.duration_ns = 1});
	}
	for (uint32_t abi = 0; abi < ABI_COUNT; abi++)
		assert_int_equal(row_of(model, (struct call){1, abi}, 5).calls, abi + 1);
	assert_string_equal(row_of(model, (struct call){1, ABI_COMPAT}, 5).name, "exit@32");
	model_free(model);
}

static void calls_in_progress_show_their_time_so_far(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	enter(model, 10, SYS_futex, 100);
	enter(model, 11, SYS_futex, 300);
	enter(model, 12, SYS_read, 500);
	struct call_row row = row_of(model, native(SYS_futex), 1000);
	assert_int_equal(row.calls, 0);
	assert_int_equal(row.in_progress, 2);
	assert_int_equal(row.total_ns, 900 + 700);
	assert_int_equal(row.longest_ns, 900);
	assert_int_equal(row.max_ns, 900);
	assert_int_equal(row.timed, 0);
	assert_about(row.avg_ns, 800);
	assert_int_equal(totals_of(model).in_progress, 3);

	leave(model, 10, SYS_futex, 1500, 1400, 0);
	row = row_of(model, native(SYS_futex), 2000);
	assert_int_equal(row.calls, 1);
	assert_int_equal(row.in_progress, 1);
	assert_int_equal(row.total_ns, 1400 + 1700);
	assert_int_equal(row.longest_ns, 1700);
	assert_int_equal(row.max_ns, 1700);
	assert_about(row.avg_ns, 1550);
	model_free(model);
}

static void a_view_of_the_past_has_no_negative_times(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	enter(model, 10, SYS_futex, 5000);
	struct call_row row = row_of(model, native(SYS_futex), 1000);
	assert_int_equal(row.in_progress, 1);
	assert_int_equal(row.total_ns, 0);
	assert_int_equal(row.longest_ns, 0);
	assert_int_equal(row_of_thread(model, 10, 1000).total_ns, 0);
	model_free(model);
}

static void a_task_is_in_one_call_at_most(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	enter(model, 10, SYS_read, 100);
	enter(model, 10, SYS_write, 200); /* as after a sum that includes the exit */
	assert_int_equal(row_of(model, native(SYS_read), 300).in_progress, 0);
	assert_int_equal(row_of(model, native(SYS_write), 300).in_progress, 1);
	enter(model, 10, SYS_write, 250);
	assert_int_equal(row_of(model, native(SYS_write), 300).in_progress, 1);
	assert_int_equal(row_of(model, native(SYS_write), 300).total_ns, 50);
	/* A call that has neither completed nor is in progress has no row. */
	assert_int_equal(count_rows(model, &everything), 1);
	end(model, 10, 0, 0, 400);
	assert_int_equal(count_rows(model, &everything), 0);
	assert_int_equal(totals_of(model).in_progress, 0);
	model_free(model);
}

static void partial_times_are_marked_from_one_percent(void **state)
{
	static const struct {
		uint64_t partial_ns, whole_ns;
		bool marked;
	} cases[] = {
		{0, 1000, false},
		{10, 990, true},
		{9, 991, false},
		{1000, 0, true},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct model *model = model_new(0, NULL);
		leave(model, 10, SYS_read, 1, cases[i].whole_ns, 0);
		leave_partial(model, 10, SYS_read, 2, cases[i].partial_ns);
		struct call_row row = row_of(model, native(SYS_read), 10);
		assert_int_equal(row.partial, 1);
		assert_int_equal(row.timed, 1);
		assert_int_equal(row.marked, cases[i].marked);
		assert_int_equal(row.total_ns, 1000);
		assert_int_equal(row.min_ns, cases[i].whole_ns);
		model_free(model);
	}
}

static void percentiles_are_between_minimum_and_maximum(void **state)
{
	uint64_t seed = 18;
	(void)state;
	for (int i = 0; i < 300; i++) {
		struct model *model = model_new(0, NULL);
		for (uint64_t n = random_below(&seed, 20); n < 20; n++)
			leave(model, 10, SYS_read, n, random_magnitude(&seed) >> 8, 0);
		struct call_row row = row_of(model, native(SYS_read), 100);
		assert_true(row.min_ns <= row.p50_ns && row.p50_ns <= row.p90_ns);
		assert_true(row.p90_ns <= row.p99_ns && row.p99_ns <= row.max_ns);
		model_free(model);
	}
}

static void shares_are_relative_to_the_rows_shown(void **state)
{
	const struct call_filter files = {.classes = 1U << CLASS_FILE};
	struct call_row *rows;
	(void)state;
	struct model *model = model_new(0, NULL);
	leave(model, 10, SYS_read, 1, 600, 0);
	leave(model, 10, SYS_openat, 2, 300, 0);
	leave(model, 10, SYS_unlink, 3, 50, 0);
	enter(model, 10, SYS_openat, 950);
	assert_about(row_of(model, native(SYS_read), 1000).share, 0.6);
	assert_about(row_of(model, native(SYS_openat), 1000).share, 0.35);
	assert_about(row_of(model, native(SYS_unlink), 1000).share, 0.05);
	assert_int_equal(model_calls(model, &files, 1000, &rows), 2);
	for (size_t i = 0; i < 2; i++)
		assert_about(rows[i].share, rows[i].call.nr == SYS_openat ? 0.875 : 0.125);
	free(rows);
	model_free(model);
}

static void shares_are_zero_without_any_time(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	leave(model, 10, SYS_read, 1, 0, 0);
	assert_about(row_of(model, native(SYS_read), 10).share, 0);
	model_free(model);
}

static void rates_are_those_of_the_last_interval(void **state)
{
	(void)state;
	struct model *model = model_new(1 * NS_PER_S, NULL);
	for (uint64_t i = 0; i < 30; i++)
		leave(model, 10, SYS_read, i, 1, i < 6 ? EAGAIN : 0);
	leave(model, 11, SYS_write, 1, 1, 0);
	assert_true(isnan(row_of(model, native(SYS_read), 0).rate)); /* there was no interval yet */
	assert_true(isnan(row_of_thread(model, 10, 0).rate));
	assert_true(isnan(totals_of(model).call_rate));
	model_tick(model, 3 * NS_PER_S);
	assert_about(row_of(model, native(SYS_read), 0).rate, 15);
	assert_about(row_of(model, native(SYS_write), 0).rate, 0.5);
	assert_about(totals_of(model).call_rate, 15.5);
	assert_about(totals_of(model).error_rate, 3);
	assert_about(row_of_thread(model, 10, 0).rate, 15);
	assert_about(row_of_thread(model, 11, 0).rate, 0.5);

	leave(model, 11, SYS_write, 2, 1, EIO);
	assert_about(row_of(model, native(SYS_write), 0).rate, 0.5); /* until the interval ends */
	model_tick(model, 3 * NS_PER_S);                             /* no time has passed */
	assert_about(row_of(model, native(SYS_write), 0).rate, 0.5);
	model_tick(model, 3 * NS_PER_S + NS_PER_S / 2);
	assert_about(row_of(model, native(SYS_read), 0).rate, 0);
	assert_about(row_of(model, native(SYS_write), 0).rate, 2);
	assert_about(totals_of(model).call_rate, 2);
	assert_about(totals_of(model).error_rate, 2);
	end(model, 11, 0, 0, 5);
	assert_about(row_of_thread(model, 11, 0).rate, 0);
	model_free(model);
}

/* At the end of a target, or after a key, there may be a tick at once: one call in it is no rate.
 */
static void a_short_interval_becomes_part_of_the_last_one(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	model_tick(model, NS_PER_S);
	for (uint64_t i = 0; i < 30; i++)
		leave(model, 10, SYS_read, i, 1, i < 6 ? EAGAIN : 0);
	model_tick(model, 2 * NS_PER_S);
	leave(model, 10, SYS_read, 1, 1, 0);
	model_tick(model, 2 * NS_PER_S + NS_PER_MS);
	const double expected = 31 / 1.001;
	assert_about(totals_of(model).call_rate, expected);
	assert_about(row_of(model, native(SYS_read), 0).rate, expected);
	assert_about(row_of_thread(model, 10, 0).rate, expected);
	assert_about(history_at(totals_of(model).history, 0), (double)(float)expected);
	assert_about(history_at(totals_of(model).history, 1), 0);
	assert_int_equal(totals_of(model).history->count, 2);
	/* The next ones have the new length, unless they are hardly there at all. */
	leave(model, 10, SYS_read, 1, 1, 0);
	model_tick(model, 2 * NS_PER_S + 11 * NS_PER_MS);
	assert_about(totals_of(model).call_rate, 100);
	leave(model, 10, SYS_read, 1, 1, 0);
	model_tick(model, 2 * NS_PER_S + 13 * NS_PER_MS);
	assert_about(totals_of(model).call_rate, 2 / 0.012);
	model_free(model);
}

/* When tracing has ended, time stands still: nothing is known about what follows. */
static void an_ended_target_stands_still(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	enter(model, 10, SYS_read, 0);
	leave(model, 11, SYS_read, 0, 1, 0);
	model_tick(model, NS_PER_S);
	leave(model, 11, SYS_read, 0, 1, 0);
	const struct event_end end = {.event = {EVENT_END, 0, 1500 * NS_PER_MS}};
	model_apply(model, &end.event);
	assert_int_equal(model_time(model, NS_PER_S), NS_PER_S);
	assert_int_equal(model_time(model, 9 * NS_PER_S), 1500 * NS_PER_MS);
	for (uint64_t i = 2; i < 9; i++)
		model_tick(model, i * NS_PER_S);
	assert_about(totals_of(model).call_rate, 2);
	assert_int_equal(totals_of(model).history->count, 2);
	/* It goes on when tracing does; the time in between is in no interval. */
	model_apply(model, &(struct event){EVENT_RESUMED, 0, 10 * NS_PER_S});
	assert_int_equal(model_time(model, 11 * NS_PER_S), 11 * NS_PER_S);
	assert_true(isnan(totals_of(model).call_rate));
	leave(model, 11, SYS_read, 0, 1, 0);
	model_tick(model, 10 * NS_PER_S + 100 * NS_PER_MS);
	assert_about(totals_of(model).call_rate, 10);
	model_free(model);
}

/* Sends TALLY, of calls by thread TID that began at FROM_NS or later and ended by END_NS. */
static void send_sum(struct model *model, pid_t tid, struct call call, uint64_t from_ns,
	uint64_t end_ns, const struct tally *tally)
{
	union {
		struct event_sum sum;
		unsigned char bytes[SUM_SIZE_MAX];
	} record;
	struct sum_cursor cursor = {0};
	record.sum.event = event_of(EVENT_SUM, tid, end_ns);
	record.sum.call = call;
	record.sum.from_ns = from_ns;
	while (event_sum_next(tally, &cursor, &record.sum))
		model_apply(model, &record.sum.event);
}

static void send_sum_of(struct model *model, pid_t tid, uint64_t from_ns, uint64_t end_ns,
	unsigned int calls, uint64_t duration_ns)
{
	struct tally tally = {0};
	for (unsigned int i = 0; i < calls; i++)
		tally_add(&tally, &(struct outcome){.duration_ns = duration_ns, .err = EIO});
	tally.usage = (struct usage){.calls = calls, .voluntary = 2 * calls};
	tally.split = (struct split){
		.calls = calls, .total_ns = duration_ns * calls, .blocked_ns = calls};
	send_sum(model, tid, native(SYS_read), from_ns, end_ns, &tally);
	tally_clear(&tally);
}

/* Also of what the engine has aggregated: a call in progress at the mark counts from the mark. */
static void a_mark_splits_sums(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	task(model, 10, 10, 1, "busy");
	send_sum_of(model, 10, 100, 900, 7, 5);
	model_mark(model, 1000);
	send_sum_of(model, 10, 900, 1000, 3, 5);   /* arrived late, but ended before */
	send_sum_of(model, 10, 800, 1100, 1, 300); /* was in progress */
	send_sum_of(model, 10, 1100, 1200, 4, 10);
	struct call_row row = row_of(model, native(SYS_read), 1200);
	assert_int_equal(row.calls, 5);
	assert_int_equal(row.errors, 5);
	assert_int_equal(row.partial, 1);
	assert_int_equal(row.total_ns, 100 + 4 * 10);
	assert_int_equal(row.timed, 4);
	/* What the call in progress used since the mark is not known. */
	assert_int_equal(row.usage.calls, 4);
	assert_int_equal(row.usage.voluntary, 8);
	assert_int_equal(row.split.total_ns, 40);
	assert_int_equal(row.split.blocked_ns, 4);
	model_unmark(model);
	row = row_of(model, native(SYS_read), 1200);
	assert_int_equal(row.calls, 15);
	assert_int_equal(row.total_ns, 10 * 5 + 300 + 4 * 10);
	assert_int_equal(row.usage.calls, 15);
	assert_int_equal(row.split.total_ns, 10 * 5 + 300 + 4 * 10);
	assert_int_equal(row.partial, 0);
	model_free(model);
}

/* The time before the attach counts for what is shown as the time so far, until there is a mark. */
static void a_call_may_have_begun_before_the_attach(void **state)
{
	(void)state;
	struct model *model = model_new(1000, NULL);
	struct event_enter record = {.event = event_of(EVENT_ENTER, 10, 1000),
		.call = native(SYS_read),
		.partial = true,
		.before_ns = 500};
	struct thread_row thread;
	task(model, 10, 10, 1, "asleep");
	model_apply(model, &record.event);
	struct call_row row = row_of(model, native(SYS_read), 1100);
	assert_int_equal(row.longest_ns, 600);
	assert_int_equal(row.max_ns, 600);
	assert_int_equal(row.total_ns, 100);
	assert_true(model_thread(model, 10, 1100, &thread));
	assert_int_equal(thread_row_age_ns(&thread, 1100), 600);
	model_mark(model, 1050);
	row = row_of(model, native(SYS_read), 1100);
	assert_int_equal(row.longest_ns, 50);
	model_free(model);
}

static void send_cost(struct model *model, uint64_t stops, uint64_t time_ns)
{
	const struct event_cost cost = {.event = {.type = EVENT_COST, .time_ns = time_ns},
		.stops = stops,
		.cpu_ns = stops * 2,
		.processors = 4,
		.call_ns = 10,
		.lost_ns = stops * 5,
		.user = "the tracer"};
	event_send(model_sink(model), &cost.event);
}

/* Each engine counts from its own start; earlier counts are not lost. */
static void costs_of_engines_add_up(void **state)
{
	struct model_cost cost;
	(void)state;
	struct model *model = model_new(0, NULL);
	model_cost(model, 10, &cost);
	assert_true(cost.share < 0);
	assert_int_equal(cost.minimum, MINIMUM_UNKNOWN);
	task(model, 10, 10, 1, "busy");
	model_tick(model, NS_PER_S);
	send_cost(model, 100, NS_PER_S);
	send_cost(model, 300, 2 * NS_PER_S);
	model_tick(model, 2 * NS_PER_S);
	model_cost(model, 2 * NS_PER_S, &cost);
	assert_int_equal(cost.stops, 300);
	assert_about(cost.stop_rate, 300);
	assert_about(cost.share * 2e9, 1500);
	model_apply(model, &(struct event){EVENT_RESUMED, 0, 2 * NS_PER_S});
	send_cost(model, 50, 3 * NS_PER_S);
	model_cost(model, 3 * NS_PER_S, &cost);
	assert_int_equal(cost.stops, 350);
	assert_int_equal(cost.cpu_ns, 700);
	assert_string_equal(cost.user, "the tracer");
	/* One that does not know what it cost makes the sum unknown. */
	const struct event_cost unknown = {.event = {.type = EVENT_COST, .time_ns = 4 * NS_PER_S},
		.stops = 60,
		.processors = 4};
	model_apply(model, &unknown.event);
	model_apply(model, &(struct event){EVENT_RESUMED, 0, 4 * NS_PER_S});
	send_cost(model, 10, 5 * NS_PER_S);
	model_cost(model, 5 * NS_PER_S, &cost);
	assert_int_equal(cost.call_ns, 10);
	assert_true(cost.share < 0);
	model_free(model);
}

static void send_note(struct model *model, uint32_t id, uint64_t count, const char *text)
{
	struct event_note note = {.event = {.type = EVENT_NOTE}, .id = id, .count = count};
	strcpy(note.text, text);
	event_send(model_sink(model), &note.event);
}

static void notes_are_kept_by_id_while_they_apply(void **state)
{
	struct model_note *notes;
	(void)state;
	struct model *model = model_new(0, NULL);
	send_note(model, NOTE_SESSION, 1, "the session's");
	send_note(model, 3, 1, "1 of three");
	send_note(model, 0, 2, "2 of none");
	send_note(model, 3, 4, "4 of three");
	send_note(model, 0, 0, "0 of none");
	assert_int_equal(model_notes(model, &notes), 2);
	assert_string_equal(notes[0].text, "4 of three");
	assert_int_equal(notes[0].count, 4);
	assert_string_equal(notes[1].text, "the session's");
	free(notes);
	model_apply(model,
		&(struct event){EVENT_RESUMED, 0, 5}); /* the next engine has its own notes */
	assert_int_equal(model_notes(model, &notes), 1);
	free(notes);
	model_free(model);
}

static void sums_count_like_their_calls(void **state)
{
	uint64_t seed = 19;
	(void)state;
	struct model *one_by_one = model_new(0, NULL), *summed = model_new(0, NULL);
	struct tally tally = {0};
	for (int i = 0; i < 1000; i++) {
		struct outcome outcome = {
			.duration_ns = random_below(&seed, 100000),
			.partial = i % 100 == 0,
			.err = i % 7 ? 0 : EAGAIN,
		};
		leave_call(one_by_one, 10, native(SYS_read), 5, outcome);
		tally_add(&tally, &outcome);
	}
	send_sum(summed, 10, native(SYS_read), 0, 5, &tally);
	tally_clear(&tally);
	struct call_row a = row_of(one_by_one, native(SYS_read), 10);
	struct call_row b = row_of(summed, native(SYS_read), 10);
	assert_int_equal(a.calls, b.calls);
	assert_int_equal(a.errors, b.errors);
	assert_int_equal(a.partial, b.partial);
	assert_int_equal(a.total_ns, b.total_ns);
	assert_int_equal(a.min_ns, b.min_ns);
	assert_int_equal(a.max_ns, b.max_ns);
	assert_int_equal(a.p99_ns, b.p99_ns);
	assert_about(a.stddev_ns, b.stddev_ns);
	assert_int_equal(totals_of(one_by_one).errors, totals_of(summed).errors);
	struct thread_row thread = row_of_thread(summed, 10, 10);
	assert_int_equal(thread.calls, 1000);
	assert_int_equal(thread.errors, a.errors);
	assert_int_equal(thread.total_ns, a.total_ns);
	model_free(one_by_one);
	model_free(summed);
}

static void invalid_numbers_take_bounded_memory(void **state)
{
	enum { FLOOD = 10000, FIRST = 5000 };
	struct call_row *rows;
	uint64_t calls = 0;
	size_t others = 0;
	(void)state;
	struct model *model = model_new(0, NULL);
	for (uint32_t nr = FIRST; nr < FIRST + FLOOD; nr++) {
		enter(model, 10, nr, nr);
		leave(model, 10, nr, nr + 1, 1, ENOSYS);
	}
	leave(model, 10, SYS_read, 1, 1, 0); /* a number with a name always has its own entry */
	enter(model, 10, 4000000000, 20000);
	size_t count = model_calls(model, &everything, 20001, &rows);
	assert_in_range(count, MODEL_UNKNOWN_CALLS + 2, MODEL_UNKNOWN_CALLS + 2);
	for (size_t i = 0; i < count; i++) {
		calls += rows[i].calls;
		if (rows[i].call.nr != MODEL_OTHER_NR)
			continue;
		others++;
		assert_string_equal(rows[i].name, "syscall_other");
		assert_int_equal(rows[i].calls, FLOOD - MODEL_UNKNOWN_CALLS);
		assert_int_equal(rows[i].errors, rows[i].calls);
		assert_int_equal(rows[i].in_progress, 1);
	}
	assert_int_equal(others, 1);
	assert_int_equal(calls, FLOOD + 1);
	assert_string_equal(row_of(model, native(FIRST), 1).name, "syscall_5000");
	free(rows);
	model_free(model);
}

/* Tasks. */

static void the_last_reported_state_of_a_thread_is_shown(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	task(model, 10, 10, 1, "target");
	change(model, 10, TASK_RUNNING, false, 100);
	struct thread_row row = row_of_thread(model, 10, 1000);
	assert_int_equal(row.state, THREAD_RUNNING);
	assert_false(row.in_call);

	enter(model, 10, SYS_read, 200);
	row = row_of_thread(model, 10, 1000);
	assert_int_equal(row.state, THREAD_IN_CALL);
	assert_true(row.in_call);
	assert_int_equal(row.call.nr, SYS_read);
	assert_int_equal(row.since_ns, 200);
	assert_int_equal(row.total_ns, 800);
	assert_int_equal(row.calls, 0);

	change(model, 10, TASK_STOPPED, true, 300);
	row = row_of_thread(model, 10, 1000);
	assert_int_equal(row.state, THREAD_STOPPED);
	assert_true(row.in_call);
	assert_int_equal(row.since_ns, 200);

	change(model, 10, TASK_RUNNING, true, 400);
	assert_int_equal(row_of_thread(model, 10, 1000).state, THREAD_IN_CALL);

	leave(model, 10, SYS_read, 500, 300, EINTR);
	row = row_of_thread(model, 10, 1000);
	assert_int_equal(row.state, THREAD_RUNNING);
	assert_int_equal(row.since_ns, 500);
	assert_int_equal(row.calls, 1);
	assert_int_equal(row.errors, 1);
	assert_int_equal(row.total_ns, 300);

	change(model, 10, TASK_STOPPED, false, 600);
	row = row_of_thread(model, 10, 1000);
	assert_int_equal(row.state, THREAD_STOPPED);
	assert_false(row.in_call);
	assert_int_equal(row.since_ns, 600);

	change(model, 10, TASK_EXITING, false, 700);
	assert_int_equal(row_of_thread(model, 10, 1000).state, THREAD_EXITING);
	end(model, 10, 3, 0, 800);
	row = row_of_thread(model, 10, 1000);
	assert_int_equal(row.state, THREAD_ENDED);
	assert_int_equal(row.since_ns, 800);
	assert_int_equal(row.exit_code, 3);
	assert_int_equal(row.exit_signal, 0);
	assert_int_equal(row.calls, 1);
	model_free(model);
}

static void a_running_task_is_no_longer_in_a_call(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	enter(model, 10, SYS_read, 100);
	change(model, 10, TASK_RUNNING, false, 200); /* as after a flush */
	assert_int_equal(row_of_thread(model, 10, 300).state, THREAD_RUNNING);
	assert_int_equal(row_of(model, native(SYS_read), 300).in_progress, 0);
	model_free(model);
}

static void a_running_task_has_just_left_a_call_if_that_is_reported_again(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	task(model, 10, 10, 1, "target");
	change(model, 10, TASK_RUNNING, false, 100);
	change(model, 10, TASK_RUNNING, false, 200);
	assert_int_equal(row_of_thread(model, 10, 300).since_ns, 200);
	change(model, 10, TASK_STOPPED, false, 300);
	change(model, 10, TASK_STOPPED, false, 400);
	assert_int_equal(row_of_thread(model, 10, 500).since_ns, 300);
	model_free(model);
}

static void arguments_and_a_partial_start_are_shown(void **state)
{
	struct event_enter record = {
		.event = event_of(EVENT_ENTER, 10, 5),
		.call = native(SYS_read),
		.args = {1, 2, 3, 4, 5, UINT64_MAX},
		.has_args = true,
		.partial = true,
	};
	(void)state;
	struct model *model = model_new(0, NULL);
	model_apply(model, &record.event);
	struct thread_row row = row_of_thread(model, 10, 10);
	assert_true(row.has_args && row.partial);
	assert_memory_equal(row.args, record.args, sizeof(row.args));
	leave(model, 10, SYS_read, 6, 1, 0);
	enter(model, 10, SYS_read, 7);
	row = row_of_thread(model, 10, 10);
	assert_false(row.has_args || row.partial);
	model_free(model);
}

static void threads_are_listed_by_process_and_number(void **state)
{
	static const struct {
		pid_t tid, pid;
	} tasks[] = {{31, 30}, {12, 10}, {30, 30}, {10, 10}, {20, 20}, {5, 10}};
	static const pid_t expected[] = {5, 10, 12, 20, 30, 31};
	struct thread_row *rows;
	(void)state;
	struct model *model = model_new(0, NULL);
	for (size_t i = 0; i < COUNT_OF(tasks); i++)
		task(model, tasks[i].tid, tasks[i].pid, 1, "x");
	end(model, 12, 0, 0, 5);
	assert_int_equal(model_threads(model, 10, &rows), COUNT_OF(expected));
	for (size_t i = 0; i < COUNT_OF(expected); i++)
		assert_int_equal(rows[i].tid, expected[i]);
	free(rows);
	model_free(model);
}

static void ended_tasks_are_kept_up_to_a_limit(void **state)
{
	enum { ENDED = MODEL_ENDED_TASKS + 500 };
	struct thread_row *rows;
	(void)state;
	struct model *model = model_new(0, NULL);
	for (pid_t tid = 1; tid <= ENDED; tid++) {
		task(model, tid, tid, 1, "short");
		leave(model, tid, SYS_read, 1, 10, tid % 2 ? EIO : 0);
		end(model, tid, -1, 9, 2);
	}
	task(model, ENDED + 1, ENDED + 1, 1, "living");
	size_t count = model_threads(model, 10, &rows);
	assert_int_equal(count, MODEL_ENDED_TASKS + 1);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(rows[i].tid, ENDED - MODEL_ENDED_TASKS + 1 + (int)i);
	assert_int_equal(rows[0].exit_signal, 9);
	free(rows);
	/* What the dropped ones have added remains. */
	struct model_totals totals = totals_of(model);
	assert_int_equal(totals.calls, ENDED);
	assert_int_equal(totals.errors, ENDED / 2);
	assert_int_equal(totals.ended_threads, ENDED);
	assert_int_equal(totals.threads, 1);
	assert_int_equal(row_of(model, native(SYS_read), 10).calls, ENDED);
	model_free(model);
}

static void a_reused_tid_is_another_task(void **state)
{
	struct thread_row *rows;
	(void)state;
	struct model *model = model_new(0, NULL);
	task(model, 10, 10, 1, "first");
	leave(model, 10, SYS_read, 1, 10, 0);
	end(model, 10, 0, 0, 2);
	task(model, 10, 10, 1, "second");
	leave(model, 10, SYS_read, 3, 10, 0);
	assert_int_equal(model_threads(model, 10, &rows), 2);
	for (size_t i = 0; i < 2; i++) {
		bool ended = rows[i].state == THREAD_ENDED;
		assert_string_equal(rows[i].comm, ended ? "first" : "second");
		assert_int_equal(rows[i].calls, 1);
	}
	free(rows);
	assert_int_equal(totals_of(model).calls, 2);
	model_free(model);
}

static void a_task_that_was_not_reported_counts_too(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	leave(model, 10, SYS_read, 1, 10, 0);
	struct thread_row row = row_of_thread(model, 10, 10);
	assert_int_equal(row.pid, 10);
	assert_int_equal(row.calls, 1);
	task(model, 10, 7, 1, "known");
	row = row_of_thread(model, 10, 10);
	assert_int_equal(row.pid, 7);
	assert_string_equal(row.comm, "known");
	assert_int_equal(row.calls, 1);
	model_free(model);
}

static void a_name_without_a_nul_is_truncated(void **state)
{
	(void)state;
	struct model *model = model_new(0, NULL);
	task(model, 10, 10, 1, "sixteen letters and more");
	assert_string_equal(row_of_thread(model, 10, 10).comm, "sixteen letters");
	model_free(model);
}

static void processes_are_those_of_living_threads(void **state)
{
	struct process_row *rows;
	(void)state;
	struct model *model = model_new(0, NULL);
	task(model, 31, 30, 20, "worker");
	task(model, 32, 30, 20, "worker");
	task(model, 30, 30, 20, "leader");
	task(model, 33, 30, 20, "worker");
	task(model, 21, 20, 1, "lonely thread");
	task(model, 40, 40, 20, "gone");
	end(model, 40, 0, 0, 5);
	end(model, 33, 0, 0, 6);
	assert_int_equal(model_processes(model, 0, &rows), 2);
	assert_int_equal(rows[0].pid, 20);
	assert_int_equal(rows[0].parent, 1);
	assert_int_equal(rows[0].threads, 1);
	assert_string_equal(rows[0].comm, "lonely thread");
	assert_int_equal(rows[1].pid, 30);
	assert_int_equal(rows[1].parent, 20);
	assert_int_equal(rows[1].threads, 3);
	assert_string_equal(rows[1].comm, "leader");
	free(rows);
	assert_int_equal(totals_of(model).processes, 2);
	assert_int_equal(totals_of(model).threads, 4);
	model_free(model);
}

/* Filters and the end. */

static void filters_select_calls(void **state)
{
	static const struct {
		const char *set; /* NULL: none */
		uint32_t classes;
		size_t rows;
	} cases[] = {
		{NULL, 0, 5}, {NULL, 1U << CLASS_FILE, 2}, /* openat, execve */
		{NULL, 1U << CLASS_DESC, 2},               /* openat, read */
		{NULL, 1U << CLASS_DESC | 1U << CLASS_FILE, 3}, {"read,futex", 0, 2},
		{"!read,futex", 0, 3}, {"none", 0, 0}, {"syscall_999", 0, 1},
		{"!none", 1U << CLASS_FILE, 2}, /* no unknown number is in a class */
		{"%file", 1U << CLASS_DESC, 1}, /* both have to match */
	};
	static const uint32_t numbers[] = {SYS_read, SYS_openat, SYS_execve, SYS_futex, 999};
	(void)state;
	struct model *model = model_new(0, NULL);
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		leave(model, 10, numbers[i], 1, 10, 0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct callset *set = NULL;
		struct callset_error error;
		if (cases[i].set && callset_parse(cases[i].set, &set, &error) < 0)
			fail_msg("%s: %s", cases[i].set, error.message);
		struct call_filter filter = {.set = set, .classes = cases[i].classes};
		if (count_rows(model, &filter) != cases[i].rows)
			fail_msg(
				"filter %zu lets %zu calls through", i, count_rows(model, &filter));
		callset_free(set);
	}
	assert_int_equal(totals_of(model).calls, COUNT_OF(numbers));
	model_free(model);
}

static void the_end_is_recorded(void **state)
{
	static const int errors[] = {0, -EIO};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(errors); i++) {
		struct model *model = model_new(0, NULL);
		struct event_end record = {.event = event_of(EVENT_END, 0, 5), .error = errors[i]};
		model_apply(model, &record.event);
		assert_true(totals_of(model).ended);
		assert_int_equal(totals_of(model).end_error, errors[i]);
		assert_int_equal(totals_of(model).threads, 0);
		model_free(model);
	}
}

static void see_worker(struct model *model, pid_t tid, pid_t pid, uint64_t time_ns)
{
	struct event_worker record = {
		.event = event_of(EVENT_WORKER, tid, time_ns), .tgid = pid, .comm = "iou-wrk-7"};
	model_apply(model, &record.event);
}

static void see_rings(struct model *model, pid_t pid, uint32_t rings)
{
	struct event_process record = {.event = event_of(EVENT_PROCESS, pid, 1), .rings = rings};
	model_apply(model, &record.event);
}

/* Workers are no tasks: they are in no count of these. */
static void kernel_workers_are_rows_of_their_own(void **state)
{
	struct model *model = model_new(0, NULL);
	struct thread_row *rows;
	(void)state;
	task(model, 7, 7, 1, "main");
	see_worker(model, 8, 7, 3);
	see_rings(model, 7, 2);
	assert_int_equal(model_threads(model, 5, &rows), 2);
	assert_int_equal(rows[1].tid, 8);
	assert_int_equal(rows[1].state, THREAD_WORKER);
	assert_int_equal(rows[1].since_ns, 3);
	assert_string_equal(rows[1].comm, "iou-wrk-7");
	free(rows);
	assert_int_equal(totals_of(model).threads, 1);
	assert_int_equal(totals_of(model).workers, 1);
	assert_int_equal(totals_of(model).rings, 2);
	end(model, 8, 0, 0, 9);
	assert_int_equal(totals_of(model).workers, 0);
	assert_int_equal(totals_of(model).ended_threads, 0);
	/* Its number is that of a task now. */
	see_worker(model, 8, 7, 3);
	task(model, 8, 7, 1, "thread");
	assert_int_equal(totals_of(model).workers, 0);
	assert_int_equal(totals_of(model).threads, 2);
	/* They end with their process. */
	see_worker(model, 9, 7, 3);
	end(model, 7, 0, 0, 9);
	end(model, 8, 0, 0, 9);
	assert_int_equal(totals_of(model).workers, 0);
	assert_int_equal(totals_of(model).rings, 0);
	assert_int_equal(model_threads(model, 9, &rows), 2);
	assert_int_equal(rows[0].state, THREAD_ENDED);
	assert_int_equal(rows[1].state, THREAD_ENDED);
	free(rows);
	see_rings(model, 7, 0);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_model_is_empty),
		cmocka_unit_test(kernel_workers_are_rows_of_their_own),
		cmocka_unit_test(calls_errors_and_times_are_counted),
		cmocka_unit_test(errors_are_counted_by_number),
		cmocka_unit_test(the_same_number_of_another_abi_is_another_call),
		cmocka_unit_test(calls_in_progress_show_their_time_so_far),
		cmocka_unit_test(a_view_of_the_past_has_no_negative_times),
		cmocka_unit_test(a_task_is_in_one_call_at_most),
		cmocka_unit_test(partial_times_are_marked_from_one_percent),
		cmocka_unit_test(percentiles_are_between_minimum_and_maximum),
		cmocka_unit_test(shares_are_relative_to_the_rows_shown),
		cmocka_unit_test(shares_are_zero_without_any_time),
		cmocka_unit_test(rates_are_those_of_the_last_interval),
		cmocka_unit_test(a_short_interval_becomes_part_of_the_last_one),
		cmocka_unit_test(an_ended_target_stands_still),
		cmocka_unit_test(sums_count_like_their_calls),
		cmocka_unit_test(a_mark_splits_sums),
		cmocka_unit_test(a_call_may_have_begun_before_the_attach),
		cmocka_unit_test(costs_of_engines_add_up),
		cmocka_unit_test(notes_are_kept_by_id_while_they_apply),
		cmocka_unit_test(invalid_numbers_take_bounded_memory),
		cmocka_unit_test(the_last_reported_state_of_a_thread_is_shown),
		cmocka_unit_test(a_running_task_is_no_longer_in_a_call),
		cmocka_unit_test(a_running_task_has_just_left_a_call_if_that_is_reported_again),
		cmocka_unit_test(arguments_and_a_partial_start_are_shown),
		cmocka_unit_test(threads_are_listed_by_process_and_number),
		cmocka_unit_test(ended_tasks_are_kept_up_to_a_limit),
		cmocka_unit_test(a_reused_tid_is_another_task),
		cmocka_unit_test(a_task_that_was_not_reported_counts_too),
		cmocka_unit_test(a_name_without_a_nul_is_truncated),
		cmocka_unit_test(processes_are_those_of_living_threads),
		cmocka_unit_test(filters_select_calls),
		cmocka_unit_test(the_end_is_recorded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
