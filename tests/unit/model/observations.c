/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc says about threads, as events: CPU time, wait reasons, deadlocks. */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/time.h"
#include "model/model.h"

#define S NS_PER_S

static void enter(struct model *model, pid_t tid, uint64_t time_ns)
{
	struct event_enter event = {
		.event = {EVENT_ENTER, tid, time_ns}, .call = {SYS_futex, ABI_NATIVE}};
	model_apply(model, &event.event);
}

static void leave(struct model *model, pid_t tid, uint64_t time_ns)
{
	struct event_exit event = {
		.event = {EVENT_EXIT, tid, time_ns}, .call = {SYS_futex, ABI_NATIVE}};
	model_apply(model, &event.event);
}

/* Thread TID has used CPU_NS of CPU time by TIME_NS, and is in STATE. */
static void see_cpu(struct model *model, pid_t tid, uint64_t time_ns, uint64_t cpu_ns, char state)
{
	struct event_observed event = {
		.event = {EVENT_OBSERVED, tid, time_ns},
		.has_cpu = true,
		.times.cpu_ns = cpu_ns,
		.state = state,
	};
	model_apply(model, &event.event);
}

/* Thread TID waits for OWNER, in the call that began at SINCE_NS. */
static void see_wait(struct model *model, pid_t tid, uint64_t time_ns, uint64_t since_ns,
	pid_t owner, bool lasts)
{
	struct event_observed event = {
		.event = {EVENT_OBSERVED, tid, time_ns},
		.has_wait = true,
		.since_ns = since_ns,
		.owner = owner,
		.lasts = lasts,
		.reason = "a lock",
	};
	model_apply(model, &event.event);
}

static void see_kernel(struct model *model, pid_t tid, uint64_t time_ns, const char *text)
{
	union {
		struct event_kernel_stack event;
		char room[sizeof(struct event_kernel_stack) + 64];
	} record = {.event = {.event = {EVENT_KERNEL_STACK, tid, time_ns}}};
	strcpy(record.event.text, text);
	record.event.size = (uint32_t)strlen(text) + 1;
	model_apply(model, &record.event.event);
}

static struct thread_row row_of(const struct model *model, pid_t tid, uint64_t now_ns)
{
	struct thread_row row = {0};
	assert_true(model_thread(model, tid, now_ns, &row));
	return row;
}

static void two_observations_give_a_cpu_share(void **state)
{
	struct model *model = model_new(1, NULL);
	(void)state;
	enter(model, 7, 1 * S);
	assert_false(row_of(model, 7, 2 * S).is_observed);
	see_cpu(model, 7, 2 * S, 5 * S, 'S');
	assert_true(row_of(model, 7, 2 * S).is_observed);
	assert_false(row_of(model, 7, 2 * S).has_cpu);
	see_cpu(model, 7, 4 * S, 6 * S, 'D');
	assert_true(row_of(model, 7, 4 * S).has_cpu);
	assert_true(row_of(model, 7, 4 * S).cpu_share == 0.5);
	assert_int_equal(row_of(model, 7, 4 * S).proc_state, 'D');
	model_free(model);
}

/* Thread TID is in STATE at TIME_NS, and maybe frozen. */
static void see_state(struct model *model, pid_t tid, uint64_t time_ns, char state, bool is_frozen)
{
	struct event_observed event = {
		.event = {EVENT_OBSERVED, tid, time_ns},
		.has_cpu = true,
		.state = state,
		.is_frozen = is_frozen,
	};
	model_apply(model, &event.event);
}

/* No event of the engine says so: the thread makes none. */
static void states_that_only_proc_knows_are_shown(void **state)
{
	static const struct {
		char state;
		bool is_frozen;
		enum thread_state outside, in_call;
	} cases[] = {
		{'R', false, THREAD_RUNNING, THREAD_IN_CALL},
		{'t', false, THREAD_RUNNING, THREAD_IN_CALL},
		{'S', false, THREAD_ASLEEP, THREAD_IN_CALL},
		{'D', false, THREAD_ASLEEP, THREAD_IN_CALL},
		{'I', false, THREAD_ASLEEP, THREAD_IN_CALL},
		{'P', false, THREAD_ASLEEP, THREAD_IN_CALL},
		{'S', true, THREAD_FROZEN, THREAD_FROZEN},
		{'D', true, THREAD_FROZEN, THREAD_FROZEN},
		{'T', false, THREAD_STOPPED, THREAD_STOPPED},
		{'Z', false, THREAD_EXITING, THREAD_EXITING},
		{'X', false, THREAD_EXITING, THREAD_EXITING},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct model *model = model_new(1, NULL);
		leave(model, 7, 1 * S);
		see_state(model, 7, 2 * S, cases[i].state, cases[i].is_frozen);
		struct thread_row row = row_of(model, 7, 3 * S);
		assert_int_equal(row.state, cases[i].outside);
		assert_int_equal(row.proc_state, cases[i].state);
		/* What was seen before a call says nothing about it. */
		enter(model, 7, 3 * S);
		assert_int_equal(row_of(model, 7, 3 * S).state, THREAD_IN_CALL);
		see_state(model, 7, 4 * S, cases[i].state, cases[i].is_frozen);
		row = row_of(model, 7, 5 * S);
		assert_int_equal(row.state, cases[i].in_call);
		assert_true(row.in_call);
		model_free(model);
	}
}

/* An engine that does not stop threads does not see that they are stopped. */
static void the_time_of_a_stop_that_only_proc_knows_is_shown(void **state)
{
	struct model *model = model_new(1, NULL);
	const struct event_cost cost = {
		.event = {.type = EVENT_COST, .time_ns = 1 * S}, .never_stops = true};
	(void)state;
	model_apply(model, &cost.event);
	leave(model, 7, 1 * S);
	see_cpu(model, 7, 1 * S, 0, 'R');
	see_cpu(model, 7, 2 * S, 0, 'T');
	see_cpu(model, 7, 4 * S, 0, 'R');
	see_cpu(model, 7, 5 * S, 1 * S, 'R');
	struct thread_row row = row_of(model, 7, 5 * S);
	assert_int_equal(row.time.ns[TIME_STOPPED], 3 * S);
	assert_int_equal(row.time.ns[TIME_ASLEEP], 0);
	model_free(model);
}

static void an_old_share_is_unknown(void **state)
{
	struct model *model = model_new(1, NULL);
	(void)state;
	enter(model, 7, 1 * S);
	see_cpu(model, 7, 2 * S, 0, 'S');
	see_cpu(model, 7, 3 * S, 1 * S, 'S');
	assert_false(row_of(model, 7, 60 * S).has_cpu);
	/* Nor is the average over a long time. */
	see_cpu(model, 7, 60 * S, 50 * S, 'S');
	assert_false(row_of(model, 7, 60 * S).has_cpu);
	model_free(model);
}

static void a_wait_reason_ends_with_its_call(void **state)
{
	struct model *model = model_new(1, NULL);
	(void)state;
	enter(model, 7, 1 * S);
	see_cpu(model, 7, 2 * S, 0, 'S');
	see_wait(model, 7, 2 * S, 1 * S, 8, false);
	see_kernel(model, 7, 2 * S, "futex_wait_queue\ndo_futex\n");
	struct thread_row row = row_of(model, 7, 2 * S);
	assert_string_equal(row.waits_for, "a lock");
	assert_int_equal(row.owner, 8);
	assert_string_equal(row.kernel, "futex_wait_queue\ndo_futex\n");
	leave(model, 7, 3 * S);
	row = row_of(model, 7, 3 * S);
	assert_null(row.waits_for);
	assert_null(row.kernel);
	assert_int_equal(row.proc_state, 0);
	enter(model, 7, 4 * S);
	row = row_of(model, 7, 5 * S);
	assert_null(row.waits_for);
	assert_null(row.kernel);
	assert_int_equal(row.owner, 0);
	assert_int_equal(row.proc_state, 0);
	model_free(model);
}

/* It was read during the call, and arrives after the next one has begun. */
static void a_late_observation_does_not_apply_to_another_call(void **state)
{
	struct model *model = model_new(1, NULL);
	(void)state;
	enter(model, 7, 1 * S);
	leave(model, 7, 3 * S);
	enter(model, 7, 4 * S);
	see_wait(model, 7, 2 * S, 1 * S, 8, true);
	see_kernel(model, 7, 2 * S, "futex_wait_queue\n");
	assert_null(row_of(model, 7, 5 * S).waits_for);
	assert_null(row_of(model, 7, 5 * S).kernel);
	model_free(model);
}

static void a_thread_that_is_not_waiting_has_no_kernel_stack(void **state)
{
	struct model *model = model_new(1, NULL);
	(void)state;
	enter(model, 7, 1 * S);
	see_kernel(model, 7, 2 * S, "futex_wait_queue\n");
	see_kernel(model, 7, 3 * S, "");
	assert_null(row_of(model, 7, 3 * S).kernel);
	model_free(model);
}

/* 7 waits for 8, 8 for 9, 9 for 7; 6 waits for one of them and 10 for none. */
static void make_circle(struct model *model, uint64_t time_ns, bool lasts)
{
	for (pid_t tid = 6; tid <= 10; tid++)
		enter(model, tid, 1 * S);
	see_wait(model, 6, time_ns, 1 * S, 7, lasts);
	see_wait(model, 7, time_ns, 1 * S, 8, lasts);
	see_wait(model, 8, time_ns, 1 * S, 9, lasts);
	see_wait(model, 9, time_ns, 1 * S, 7, lasts);
}

static void assert_deadlocked(const struct model *model, uint64_t now_ns, bool expected)
{
	for (pid_t tid = 7; tid <= 9; tid++)
		assert_int_equal(row_of(model, tid, now_ns).deadlocked, expected);
	assert_false(row_of(model, 6, now_ns).deadlocked);
	assert_false(row_of(model, 10, now_ns).deadlocked);
}

static void threads_that_wait_for_each_other_are_deadlocked(void **state)
{
	struct model *model = model_new(1, NULL);
	(void)state;
	make_circle(model, 2 * S, true);
	assert_deadlocked(model, 2 * S, true);
	leave(model, 8, 3 * S);
	assert_deadlocked(model, 3 * S, false);
	model_free(model);
}

static void a_cycle_has_to_be_observed_at_one_time(void **state)
{
	struct model *model = model_new(1, NULL);
	(void)state;
	make_circle(model, 2 * S, false);
	assert_deadlocked(model, 2 * S, true);
	model_tick(model, 3 * S);
	assert_deadlocked(model, 3 * S, false);
	see_wait(model, 7, 3 * S, 1 * S, 8, false);
	see_wait(model, 8, 3 * S, 1 * S, 9, false);
	assert_deadlocked(model, 3 * S, false);
	see_wait(model, 9, 3 * S, 1 * S, 7, false);
	assert_deadlocked(model, 3 * S, true);
	model_free(model);
}

static void a_thread_that_waits_for_itself_is_deadlocked(void **state)
{
	struct model *model = model_new(1, NULL);
	(void)state;
	enter(model, 7, 1 * S);
	see_wait(model, 7, 2 * S, 1 * S, 7, true);
	assert_true(row_of(model, 7, 2 * S).deadlocked);
	model_free(model);
}

static void an_observation_creates_no_thread(void **state)
{
	struct model *model = model_new(1, NULL);
	struct thread_row *rows;
	(void)state;
	see_cpu(model, 7, 2 * S, 0, 'S');
	see_wait(model, 7, 2 * S, 1 * S, 8, true);
	see_kernel(model, 7, 2 * S, "futex_wait_queue\n");
	assert_int_equal(model_threads(model, 2 * S, &rows), 0);
	free(rows);
	model_free(model);
}

static void observations_end_with_the_thread(void **state)
{
	struct model *model = model_new(1, NULL);
	struct thread_row *rows;
	struct event_gone gone = {.event = {EVENT_GONE, 7, 3 * S}};
	(void)state;
	enter(model, 7, 1 * S);
	see_cpu(model, 7, 1 * S, 0, 'S');
	see_cpu(model, 7, 2 * S, 1 * S, 'S');
	see_kernel(model, 7, 2 * S, "futex_wait_queue\n");
	model_apply(model, &gone.event);
	assert_int_equal(model_threads(model, 3 * S, &rows), 1);
	assert_false(rows[0].is_observed);
	assert_false(rows[0].has_cpu);
	assert_null(rows[0].kernel);
	free(rows);
	model_free(model);
}

static void threads_in_long_calls_count_as_waiting(void **state)
{
	struct model *model = model_new(1, NULL);
	pid_t *tids;
	(void)state;
	enter(model, 9, 1 * S);
	enter(model, 7, 2 * S);
	enter(model, 8, 3 * S);
	enter(model, 6, 1 * S);
	leave(model, 6, 2 * S);
	assert_int_equal(model_waiting(model, 2 * S, &tids), 2);
	assert_int_equal(tids[0], 9);
	assert_int_equal(tids[1], 7);
	free(tids);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_observations_give_a_cpu_share),
		cmocka_unit_test(states_that_only_proc_knows_are_shown),
		cmocka_unit_test(the_time_of_a_stop_that_only_proc_knows_is_shown),
		cmocka_unit_test(an_old_share_is_unknown),
		cmocka_unit_test(a_wait_reason_ends_with_its_call),
		cmocka_unit_test(a_late_observation_does_not_apply_to_another_call),
		cmocka_unit_test(a_thread_that_is_not_waiting_has_no_kernel_stack),
		cmocka_unit_test(threads_that_wait_for_each_other_are_deadlocked),
		cmocka_unit_test(a_cycle_has_to_be_observed_at_one_time),
		cmocka_unit_test(a_thread_that_waits_for_itself_is_deadlocked),
		cmocka_unit_test(an_observation_creates_no_thread),
		cmocka_unit_test(observations_end_with_the_thread),
		cmocka_unit_test(threads_in_long_calls_count_as_waiting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
