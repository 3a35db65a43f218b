/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Views of the model: the mark, calls by thread, time shares, and tracing that was paused. */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "model/model.h"

static const struct call_filter everything;

static struct call native(uint32_t nr)
{
	return (struct call){nr, ABI_NATIVE};
}

static void announce(struct model *model, pid_t tid, uint64_t at_ns)
{
	struct event_task task = {.event = {EVENT_TASK, tid, at_ns}, .tgid = 1};
	model_apply(model, &task.event);
}

static void enter(struct model *model, pid_t tid, uint32_t nr, uint64_t at_ns)
{
	struct event_enter event = {.event = {EVENT_ENTER, tid, at_ns}, .call = native(nr)};
	model_apply(model, &event.event);
}

static void leave(
	struct model *model, pid_t tid, uint32_t nr, uint64_t at_ns, uint64_t took_ns, int err)
{
	struct event_exit event = {.event = {EVENT_EXIT, tid, at_ns},
		.call = native(nr),
		.outcome = {.duration_ns = took_ns, .err = err}};
	model_apply(model, &event.event);
}

/* The row of call NR as of NOW_NS; its `calls` are 0 if there is none. */
static struct call_row row_of(const struct model *model, uint32_t nr, uint64_t now_ns)
{
	struct call_row *rows, found = {0};
	size_t count = model_calls(model, &everything, now_ns, &rows);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].call.nr == nr)
			found = rows[i];
	}
	free(rows);
	return found;
}

static void the_mark_counts_from_now_without_losing_totals(void **state)
{
	struct model *model = model_new(100, NULL);
	struct model_totals totals;
	(void)state;
	announce(model, 7, 100);
	enter(model, 7, SYS_read, 200);
	leave(model, 7, SYS_read, 300, 100, 2);
	enter(model, 7, SYS_futex, 400);
	model_mark(model, 1000);
	assert_int_equal(row_of(model, SYS_read, 1500).calls, 0);
	assert_int_equal(row_of(model, SYS_futex, 1500).total_ns, 500);
	assert_int_equal(row_of(model, SYS_futex, 1500).max_ns, 500);
	leave(model, 7, SYS_futex, 2000, 1600, 0);
	assert_int_equal(row_of(model, SYS_futex, 2500).total_ns, 1000);
	assert_int_equal(row_of(model, SYS_futex, 2500).partial, 1);
	model_totals(model, 0, &totals);
	assert_int_equal(totals.calls, 1);
	assert_int_equal(totals.errors, 0);
	assert_int_equal(totals.mark_ns, 1000);
	model_unmark(model);
	model_totals(model, 0, &totals);
	assert_int_equal(totals.calls, 2);
	assert_int_equal(totals.errors, 1);
	assert_int_equal(totals.mark_ns, 0);
	assert_int_equal(row_of(model, SYS_futex, 2500).total_ns, 1600);
	assert_int_equal(row_of(model, SYS_read, 2500).calls, 1);
	model_free(model);
}

static void a_second_mark_starts_over(void **state)
{
	struct model *model = model_new(100, NULL);
	(void)state;
	enter(model, 7, SYS_futex, 400);
	model_mark(model, 1000);
	enter(model, 8, SYS_read, 1100);
	leave(model, 8, SYS_read, 1200, 100, 0);
	model_unmark(model);
	model_mark(model, 3000);
	assert_int_equal(row_of(model, SYS_read, 4000).calls, 0);
	assert_int_equal(row_of(model, SYS_futex, 4000).total_ns, 1000);
	model_free(model);
}

static void calls_are_counted_by_thread(void **state)
{
	struct model *model = model_new(100, NULL);
	struct thread_call_row *rows;
	(void)state;
	for (pid_t tid = 7; tid < 10; tid++) {
		announce(model, tid, 100);
		for (int i = 0; i < tid; i++)
			leave(model, tid, SYS_read, 200, 10, i == 0);
	}
	leave(model, 7, SYS_write, 300, 10, 0);
	enter(model, 9, SYS_futex, 400);
	assert_int_equal(model_thread_calls_of_call(model, native(SYS_read), 500, &rows), 3);
	assert_int_equal(rows[0].tid, 9);
	assert_int_equal(rows[0].calls, 9);
	assert_int_equal(rows[0].errors, 1);
	assert_int_equal(rows[2].tid, 7);
	free(rows);
	assert_int_equal(model_thread_calls_of_thread(model, 9, 500, &rows), 2);
	assert_string_equal(rows[0].name, "futex");
	assert_true(rows[0].in_progress);
	assert_int_equal(rows[0].total_ns, 100);
	assert_string_equal(rows[1].name, "read");
	free(rows);
	assert_int_equal(model_thread_calls_of_thread(model, 77, 500, &rows), 0);
	free(rows);
	model_free(model);
}

static void calls_of_a_thread_are_bounded(void **state)
{
	struct model *model = model_new(0, NULL);
	struct thread_call_row *rows;
	uint64_t calls = 0;
	(void)state;
	for (uint32_t nr = 0; nr < 1000; nr++)
		leave(model, 7, nr, 200, 10, 0);
	size_t count = model_thread_calls_of_thread(model, 7, 500, &rows);
	assert_int_equal(count, THREAD_CALLS_MAX + 1);
	for (size_t i = 0; i < count; i++)
		calls += rows[i].calls;
	assert_int_equal(calls, 1000);
	free(rows);
	model_free(model);
}

/* By TIME_NS, thread TID has used CPU_NS, of which a quarter in user mode; it sleeps. */
static void read_times(struct model *model, pid_t tid, uint64_t time_ns, uint64_t cpu_ns)
{
	const struct event_observed event = {
		.event = {EVENT_OBSERVED, tid, time_ns},
		.has_cpu = true,
		.state = 'S',
		.times = {.is_exact = true,
			.cpu_ns = cpu_ns,
			.user_ns = cpu_ns / 4,
			.system_ns = cpu_ns - cpu_ns / 4,
			.runs = 1},
	};
	model_apply(model, &event.event);
}

static double share_of(const struct model *model, enum time_class class)
{
	struct model_totals totals;
	double share[TIME_COUNT];
	model_totals(model, NS_PER_S, &totals);
	model_time_shares(totals.time.last_ns, share);
	return share[class];
}

static void time_is_attributed_to_classes(void **state)
{
	struct model *model = model_new(0, NULL);
	struct thread_row row;
	(void)state;
	announce(model, 7, 0);
	announce(model, 8, 0);
	enter(model, 7, SYS_futex, 0);
	read_times(model, 7, 0, 0);
	read_times(model, 8, 0, 0);
	enter(model, 8, SYS_sendto, 0);
	leave(model, 8, SYS_sendto, NS_PER_S / 2, NS_PER_S / 2, 0);
	read_times(model, 7, NS_PER_S, 0);
	read_times(model, 8, NS_PER_S, NS_PER_S / 2);
	model_tick(model, NS_PER_S);
	assert_float_equal(share_of(model, TIME_WAIT), 0.5, 1e-9);
	assert_float_equal(share_of(model, TIME_NETWORK), 0.25, 1e-9);
	assert_float_equal(share_of(model, TIME_USER), 0.0625, 1e-9);
	assert_float_equal(share_of(model, TIME_KERNEL), 0.1875, 1e-9);
	assert_true(model_thread(model, 7, NS_PER_S, &row));
	assert_int_equal(row.time.ns[TIME_WAIT], NS_PER_S);
	/* In the next second, 7 sleeps on in its call; about 8, nothing is read. */
	model_tick(model, 2 * NS_PER_S);
	assert_float_equal(share_of(model, TIME_WAIT), 0.5, 1e-9);
	assert_float_equal(share_of(model, TIME_UNKNOWN), 0.5, 1e-9);
	/* What was unknown is replaced by what is read later. */
	read_times(model, 8, 3 * NS_PER_S, 2 * NS_PER_S + NS_PER_S / 2);
	model_tick(model, 3 * NS_PER_S);
	assert_true(model_thread(model, 8, 3 * NS_PER_S, &row));
	assert_int_equal(row.time.ns[TIME_UNKNOWN], 0);
	assert_int_equal(
		row.time.ns[TIME_USER] + row.time.ns[TIME_KERNEL], 2 * NS_PER_S + NS_PER_S / 2);
	assert_int_equal(row.time.ns[TIME_NETWORK], NS_PER_S / 2);
	model_free(model);
}

/* Its times come with its end, and before its birth it had used none. */
/* What it has waited for a CPU counts once, also if the kernel books it later. */
static void time_that_is_booked_later_counts_once(void **state)
{
	struct model *model = model_new(0, NULL);
	struct thread_row row;
	struct event_observed event = {
		.event = {EVENT_OBSERVED, 7, 0},
		.has_cpu = true,
		.state = 'R',
		.times = {.is_exact = true, .cpu_ns = 1, .runs = 1},
	};
	(void)state;
	announce(model, 7, 0);
	model_apply(model, &event.event);
	event.event.time_ns = NS_PER_S; /* it has not run yet */
	model_apply(model, &event.event);
	event.event.time_ns = 2 * NS_PER_S; /* it has waited for 1.2 s, and then slept for 0.8 s */
	event.state = 'S';
	event.times.queued_ns = NS_PER_S * 12 / 10;
	event.times.runs = 2;
	model_apply(model, &event.event);
	assert_true(model_thread(model, 7, 2 * NS_PER_S, &row));
	assert_int_equal(row.time.ns[TIME_RUNNABLE], NS_PER_S * 12 / 10);
	assert_int_equal(row.time.ns[TIME_ASLEEP], NS_PER_S * 8 / 10);
	model_free(model);
}

static void a_short_life_is_known(void **state)
{
	struct model *model = model_new(0, NULL);
	(void)state;
	const struct event_task task = {
		.event = {EVENT_TASK, 9, NS_PER_S / 2}, .tgid = 9, .is_new = true};
	const struct event_gone gone = {
		.event = {EVENT_GONE, 9, NS_PER_S * 3 / 4},
		.has_times = true,
		.times = {.is_exact = true,
			.cpu_ns = NS_PER_S / 8,
			.user_ns = NS_PER_S / 8,
			.queued_ns = NS_PER_S / 8,
			.runs = 1},
	};
	model_apply(model, &task.event);
	model_apply(model, &gone.event);
	model_tick(model, NS_PER_S);
	assert_float_equal(share_of(model, TIME_USER), 0.5, 1e-9);
	assert_float_equal(share_of(model, TIME_RUNNABLE), 0.5, 1e-9);
	model_free(model);
}

static void rates_are_kept_for_graphs(void **state)
{
	struct model *model = model_new(0, NULL);
	struct model_totals totals;
	(void)state;
	for (unsigned int i = 1; i <= 3; i++) {
		for (unsigned int j = 0; j < i; j++)
			leave(model, 7, SYS_read, i * NS_PER_S - 1, 10, 0);
		model_tick(model, i * NS_PER_S);
	}
	model_totals(model, 0, &totals);
	assert_float_equal(history_at(totals.history, 0), 3, 1e-6);
	assert_float_equal(history_at(totals.history, 2), 1, 1e-6);
	assert_float_equal(history_at(totals.history, 3), 0, 1e-6);
	assert_float_equal(history_at(row_of(model, SYS_read, 5 * NS_PER_S).history, 0), 3, 1e-6);
	model_free(model);
}

static void the_filter_can_select_failed_calls(void **state)
{
	const struct call_filter failed = {.errors = true};
	struct model *model = model_new(0, NULL);
	struct call_row *rows;
	(void)state;
	leave(model, 7, SYS_read, 200, 10, 0);
	leave(model, 7, SYS_write, 200, 10, 32);
	assert_int_equal(model_calls(model, &failed, 500, &rows), 1);
	assert_string_equal(rows[0].name, "write");
	free(rows);
	model_free(model);
}

static void tracing_continues_after_a_pause(void **state)
{
	struct event_end end = {.event = {EVENT_END, 0, 500}};
	struct model *model = model_new(0, NULL);
	struct model_totals totals;
	(void)state;
	announce(model, 7, 100);
	announce(model, 8, 100);
	leave(model, 7, SYS_read, 200, 10, 0);
	enter(model, 7, SYS_futex, 300);
	model_apply(model, &end.event);
	model_apply(model, &(struct event){EVENT_RESUMED, 0, 1000});
	model_totals(model, 0, &totals);
	assert_false(totals.ended);
	assert_int_equal(totals.in_progress, 0);
	announce(model, 7, 1000);
	model_apply(model, &(struct event){EVENT_ATTACHED, 0, 1100});
	model_totals(model, 0, &totals);
	assert_int_equal(totals.threads, 1);
	assert_int_equal(totals.ended_threads, 1);
	assert_int_equal(totals.calls, 1);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mark_counts_from_now_without_losing_totals),
		cmocka_unit_test(a_second_mark_starts_over),
		cmocka_unit_test(calls_are_counted_by_thread),
		cmocka_unit_test(calls_of_a_thread_are_bounded),
		cmocka_unit_test(time_is_attributed_to_classes),
		cmocka_unit_test(time_that_is_booked_later_counts_once),
		cmocka_unit_test(a_short_life_is_known),
		cmocka_unit_test(rates_are_kept_for_graphs),
		cmocka_unit_test(the_filter_can_select_failed_calls),
		cmocka_unit_test(tracing_continues_after_a_pause),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
