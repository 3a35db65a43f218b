/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Idle waits: whose time is no part of the work, and which calls are nothing else. */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/time.h"
#include "model/model.h"

#define S NS_PER_S

static struct event event_of(enum event_type type, pid_t tid, uint64_t time_ns)
{
	return (struct event){.type = type, .tid = tid, .time_ns = time_ns};
}

static void enter(struct model *model, pid_t tid, uint32_t nr, uint64_t time_ns)
{
	struct event_task task = {.event = event_of(EVENT_TASK, tid, time_ns), .tgid = 10};
	struct event_enter record = {
		.event = event_of(EVENT_ENTER, tid, time_ns), .call = {.nr = nr}};
	model_apply(model, &task.event);
	model_apply(model, &record.event);
}

static void leave(
	struct model *model, pid_t tid, uint32_t nr, uint64_t time_ns, uint64_t duration_ns)
{
	struct event_exit record = {.event = event_of(EVENT_EXIT, tid, time_ns),
		.call = {.nr = nr},
		.outcome = {.duration_ns = duration_ns}};
	model_apply(model, &record.event);
}

/* /proc says about TID, in the call it entered at SINCE_NS, that it is in STATE and waits for
 * OWNER. */
static void observe(struct model *model, pid_t tid, uint64_t since_ns, uint64_t time_ns, char state,
	pid_t owner, bool is_held)
{
	struct event_observed record = {.event = event_of(EVENT_OBSERVED, tid, time_ns),
		.has_cpu = true,
		.state = state,
		.has_wait = true,
		.lasts = true,
		.since_ns = since_ns,
		.owner = owner,
		.is_held = is_held,
		.reason = "something"};
	model_apply(model, &record.event);
}

static struct call_row row_of(const struct model *model, uint32_t nr, uint64_t now_ns)
{
	struct call_row *rows, found = {.calls = UINT64_MAX};
	size_t count = model_calls(model, &(struct call_filter){0}, now_ns, &rows);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].call.nr == nr)
			found = rows[i];
	}
	free(rows);
	assert_true(found.calls != UINT64_MAX);
	return found;
}

/* A thread that only waits is idle from IDLE_NS on, and all of its time in that call is. */
static void time_of_idle_waits_is_no_work(void **state)
{
	struct model *model = model_new(0, NULL);
	(void)state;
	enter(model, 11, SYS_futex, 0);
	enter(model, 12, SYS_write, 0);
	leave(model, 12, SYS_write, S / 2, S / 2);
	model_tick(model, S / 2);
	assert_false(row_of(model, SYS_futex, S / 2).is_idle);
	assert_int_equal(row_of(model, SYS_futex, S / 2).idle_ns, 0);
	model_tick(model, 2 * S);
	struct call_row row = row_of(model, SYS_futex, 2 * S);
	assert_true(row.is_idle);
	assert_int_equal(row.idle_ns, 2 * S);
	assert_true(row.work_share == 0 && row.share > 0.79 && row.share < 0.81);
	assert_true(row_of(model, SYS_write, 2 * S).work_share == 1);
	/* What has been idle stays so; the rest of the call is short. */
	leave(model, 11, SYS_futex, 2 * S + 10, 2 * S + 10);
	model_tick(model, 3 * S);
	row = row_of(model, SYS_futex, 3 * S);
	assert_false(row.is_idle);
	assert_int_equal(row.total_ns - row.idle_ns, 10);
	model_free(model);
}

/* Calls that other threads make all the time are no idle ones, however long one waits in them. */
static void a_call_is_idle_only_if_all_its_threads_are(void **state)
{
	struct model *model = model_new(0, NULL);
	(void)state;
	enter(model, 11, SYS_futex, 0);
	enter(model, 12, SYS_futex, 3 * S - 10);
	model_tick(model, 3 * S);
	struct call_row row = row_of(model, SYS_futex, 3 * S);
	assert_false(row.is_idle);
	assert_int_equal(row.idle_ns, 3 * S);
	model_tick(model, 5 * S);
	assert_true(row_of(model, SYS_futex, 5 * S).is_idle);
	/* One has ended since the last tick: it is made. */
	leave(model, 12, SYS_futex, 5 * S + 1, 2 * S);
	model_tick(model, 6 * S);
	assert_false(row_of(model, SYS_futex, 6 * S).is_idle);
	model_free(model);
}

static bool is_idle(const struct model *model, pid_t tid, uint64_t now_ns)
{
	struct thread_row row;
	assert_true(model_thread(model, tid, now_ns, &row));
	return row.is_idle;
}

/* Locks that somebody holds, disks, deadlocks, and calls that do not wait for something to do. */
static void waits_that_hold_somebody_up_are_not_idle(void **state)
{
	struct model *model = model_new(0, NULL);
	(void)state;
	enter(model, 11, SYS_futex, 0); /* held by 12 */
	enter(model, 12, SYS_wait4, 0); /* for a child */
	enter(model, 13, SYS_read, 0);  /* from a disk */
	enter(model, 14, SYS_read, 0);  /* from a terminal */
	enter(model, 15, SYS_connect, 0);
	enter(model, 16, SYS_futex, 0); /* joins 11 */
	enter(model, 17, SYS_read, 0);  /* from 18 */
	enter(model, 18, SYS_read, 0);  /* from 17 */
	observe(model, 11, 0, S, 'S', 12, true);
	observe(model, 12, 0, S, 'S', 99, false);
	observe(model, 13, 0, S, 'D', 0, false);
	observe(model, 14, 0, S, 'S', 0, false);
	observe(model, 16, 0, S, 'S', 11, false);
	observe(model, 17, 0, S, 'S', 18, false);
	observe(model, 18, 0, S, 'S', 17, false);
	model_tick(model, 2 * S);
	static const bool expected[] = {false, true, false, true, false, true, false, false};
	for (pid_t tid = 11; tid <= 18; tid++) {
		if (is_idle(model, tid, 2 * S) != expected[tid - 11])
			fail_msg("%d", (int)tid);
	}
	/* Whose lock is free now waits for something else. */
	observe(model, 11, 0, 3 * S, 'S', 0, false);
	model_tick(model, 4 * S);
	assert_true(is_idle(model, 11, 4 * S));
	model_free(model);
}

static void the_mark_counts_idle_time_from_then_on(void **state)
{
	struct model *model = model_new(0, NULL);
	(void)state;
	enter(model, 11, SYS_epoll_wait, 0);
	model_tick(model, 2 * S);
	model_mark(model, 3 * S);
	model_tick(model, 5 * S);
	struct call_row row = row_of(model, SYS_epoll_wait, 5 * S);
	assert_int_equal(row.total_ns, 2 * S);
	assert_int_equal(row.idle_ns, 2 * S);
	model_unmark(model);
	assert_int_equal(row_of(model, SYS_epoll_wait, 5 * S).idle_ns, 5 * S);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_of_idle_waits_is_no_work),
		cmocka_unit_test(a_call_is_idle_only_if_all_its_threads_are),
		cmocka_unit_test(waits_that_hold_somebody_up_are_not_idle),
		cmocka_unit_test(the_mark_counts_idle_time_from_then_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
