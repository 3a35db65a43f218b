/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which calls filters select: one by one, with details, aggregated, and since when. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "event/detail.h"
#include "model/selection.h"

/* Thread 11 of process 10, called "worker". */
#define PID  10
#define TID  11

#define READ ((struct call){.nr = SYS_read, .abi = ABI_NATIVE})

/* A selection of calls, with the model of all calls. */
struct fixture {
	struct filter_objects objects; /* first */
	struct filter_object object;   /* what every detail is about */
	struct filter *filter;
	struct model *all;
	struct selection *selection;
	uint16_t gate;     /* of the events that are sent … */
	uint64_t rejected; /* … and of so many calls in sums */
};

static void find(
	struct filter_objects *objects, const struct event_detail *detail, struct filter_call *call)
{
	const struct fixture *fixture = (const struct fixture *)objects;
	(void)detail;
	call->object = &fixture->object;
	call->object_count = 1;
	call->has_fds = call->has_names = true;
}

static struct event event_of(enum event_type type, uint64_t time_ns)
{
	return (struct event){.type = type, .tid = TID, .time_ns = time_ns};
}

static void begin(struct fixture *fixture, const char *text, uint64_t from_ns)
{
	struct event_task task = {.event = event_of(EVENT_TASK, 1), .tgid = PID, .comm = "worker"};
	*fixture = (struct fixture){.objects = {.find = find},
		.object = {.fd = 3, .is_named = true, .name = "/etc/passwd"}};
	assert_int_equal(filter_parse(text, &fixture->filter, NULL), 0);
	fixture->all = model_new(1, NULL);
	model_apply(fixture->all, &task.event);
	if (from_ns)
		fixture->selection = selection_new(
			fixture->filter, from_ns, fixture->all, &fixture->objects, NULL);
}

static void end(struct fixture *fixture)
{
	selection_free(fixture->selection);
	model_free(fixture->all);
	filter_free(fixture->filter);
}

static void send(struct fixture *fixture, const struct event *event)
{
	event_send(selection_sink(fixture->selection), event);
}

static void enter(struct fixture *fixture, uint64_t time_ns)
{
	struct event_enter record = {.event = event_of(EVENT_ENTER, time_ns), .call = READ};
	send(fixture, &record.event);
}

/* The end at TIME_NS of a read that took DURATION_NS. */
static void leave(struct fixture *fixture, uint64_t time_ns, uint64_t duration_ns, int err)
{
	struct event_exit record = {
		.event = event_of(EVENT_EXIT, time_ns),
		.call = READ,
		.outcome = {.duration_ns = duration_ns, .err = err, .bytes = err ? 0 : 100},
		.result = 100,
		.gate = fixture->gate,
	};
	send(fixture, &record.event);
}

static void detail(struct fixture *fixture, uint64_t time_ns)
{
	struct event_detail record = {
		.event = event_of(EVENT_DETAIL, time_ns),
		.call = READ,
		.tgid = PID,
	};
	send(fixture, &record.event);
}

/* Sends the sum of TALLY, which is cleared, from FROM_NS to TIME_NS. */
static void sum(struct fixture *fixture, struct tally *tally, uint64_t from_ns, uint64_t time_ns)
{
	union {
		struct event_sum record;
		unsigned char bytes[SUM_SIZE_MAX];
	} room;
	struct sum_cursor cursor = {0};
	for (;;) {
		room.record = (struct event_sum){
			.event = event_of(EVENT_SUM, time_ns), .call = READ, .from_ns = from_ns};
		if (!event_sum_next(tally, &cursor, &room.record))
			break;
		send(fixture, &room.record.event);
	}
	tally_clear(tally);
}

/* The row of read among the selected calls; zero if there is none. */
static struct call_row row_of(const struct fixture *fixture)
{
	struct call_row *rows, row = {0};
	size_t count = model_calls(selection_calls(fixture->selection), &(struct call_filter){0},
		UINT64_C(1) << 40, &rows);
	assert_true(count <= 1);
	if (count)
		row = rows[0];
	free(rows);
	row.tally = NULL;
	return row;
}

static void assert_counts(const struct fixture *fixture, uint64_t calls, uint64_t selected,
	uint64_t asked, uint64_t unknown)
{
	const struct match_counts *counts = selection_counts(fixture->selection);
	assert_int_equal(counts->calls, calls);
	assert_int_equal(counts->selected, selected);
	assert_int_equal(counts->asked, asked);
	assert_int_equal(counts->unknown, unknown);
}

static void numbers_select_at_once(void **state)
{
	struct fixture fixture;
	(void)state;
	begin(&fixture, "errno:EAGAIN and comm:work* and pid:10 and time>10ns", 1000);
	enter(&fixture, 1100);
	assert_int_equal(row_of(&fixture).in_progress, 1);
	leave(&fixture, 1200, 100, EAGAIN);
	leave(&fixture, 1205, 5, EAGAIN);
	leave(&fixture, 1300, 50, 0);
	leave(&fixture, 1400, 50, EAGAIN);
	struct call_row row = row_of(&fixture);
	assert_int_equal(row.calls, 2);
	assert_int_equal(row.errors, 2);
	assert_int_equal(row.total_ns, 150);
	assert_int_equal(row.in_progress, 0);
	assert_counts(&fixture, 4, 2, 0, 0);
	end(&fixture);
}

/* Then it is not known how the call will end. */
static void calls_in_progress_are_shown_if_they_may_be_selected(void **state)
{
	struct fixture fixture;
	(void)state;
	begin(&fixture, "read and errno:EAGAIN", 1000);
	enter(&fixture, 1100);
	assert_int_equal(row_of(&fixture).in_progress, 1);
	leave(&fixture, 1200, 100, 0);
	assert_int_equal(row_of(&fixture).in_progress, 0);
	end(&fixture);
	begin(&fixture, "write and errno:EAGAIN", 1000);
	enter(&fixture, 1100);
	assert_int_equal(row_of(&fixture).in_progress, 0);
	end(&fixture);
}

/* A detail at TIME_NS of a read of 50 ns that is counted in a sum. */
static void summed_detail(struct fixture *fixture, uint64_t time_ns, int err)
{
	struct event_detail record = {
		.event = event_of(EVENT_DETAIL, time_ns),
		.call = READ,
		.tgid = PID,
		.start_ns = time_ns - 50,
		.result = 100,
		.err = err,
		.is_summed = true,
	};
	send(fixture, &record.event);
}

/* A sum of COUNT reads, ERRORS of which have failed with EAGAIN, whose details are events. */
static void sum_with_details(
	struct fixture *fixture, uint64_t time_ns, uint64_t count, uint64_t errors)
{
	union {
		struct event_sum record;
		unsigned char bytes[SUM_SIZE_MAX];
	} room;
	struct sum_cursor cursor = {0};
	struct tally tally = {0};
	for (uint64_t i = 0; i < count; i++) {
		const struct outcome outcome = {
			.duration_ns = 50,
			.err = i < errors ? EAGAIN : 0,
			.bytes = i < errors ? 0 : 100,
		};
		tally_add(&tally, &outcome);
	}
	for (;;) {
		room.record = (struct event_sum){.event = event_of(EVENT_SUM, time_ns),
			.call = READ,
			.from_ns = 1100,
			.has_details = true,
			.gate = fixture->gate,
			.rejected = fixture->rejected};
		if (!event_sum_next(&tally, &cursor, &room.record))
			break;
		send(fixture, &room.record.event);
	}
	tally_clear(&tally);
}

/* Of an engine that sends no exits: the details may come before the sum, after it, or not. */
static void details_decide_on_the_calls_of_sums(void **state)
{
	struct fixture fixture;
	(void)state;
	begin(&fixture, "path:/etc/** and result:ok", 1000);
	summed_detail(&fixture, 1200, 0);
	summed_detail(&fixture, 1300, EAGAIN);
	assert_counts(&fixture, 2, 1, 2, 0);
	sum_with_details(&fixture, 1500, 4, 2);
	assert_counts(&fixture, 4, 1, 4, 2);
	fixture.object.name = "/usr/lib";
	summed_detail(&fixture, 1450, 0);
	assert_counts(&fixture, 4, 1, 4, 1);
	assert_int_equal(row_of(&fixture).calls, 1);
	assert_int_equal(row_of(&fixture).bytes, 100);
	assert_int_equal(row_of(&fixture).total_ns, 50);
	/* Calls that have ended before do not count. */
	fixture.object.name = "/etc/passwd";
	summed_detail(&fixture, 900, 0);
	assert_counts(&fixture, 4, 1, 4, 1);
	end(&fixture);
}

/* Calls that the engine's gates have rejected are waited for no more, if these knew the filter. */
static void what_gates_reject_is_not_selected(void **state)
{
	struct fixture fixture;
	(void)state;
	begin(&fixture, "path:/etc/** and result:ok", 1000);
	selection_set_gates(fixture.selection, 7);
	fixture.gate = 7;
	fixture.rejected = 3;
	summed_detail(&fixture, 1200, 0);
	sum_with_details(&fixture, 1500, 5, 2);
	assert_counts(&fixture, 5, 1, 2, 1);
	fixture.gate = 6;
	sum_with_details(&fixture, 1600, 5, 2);
	assert_counts(&fixture, 10, 1, 7, 6);
	end(&fixture);
	begin(&fixture, "path:/etc/** and result:ok", 1000);
	fixture.gate = 8;
	leave(&fixture, 1200, 50, 0);
	leave(&fixture, 1300, 50, 0);
	assert_counts(&fixture, 2, 0, 2, 1);
	selection_set_gates(fixture.selection, 8);
	/* Of what it was set to first, later gates do not change anything. */
	selection_set_gates(fixture.selection, 9);
	leave(&fixture, 1400, 50, 0);
	assert_counts(&fixture, 3, 0, 2, 2);
	/* Nor do so many that numbers begin anew. */
	for (unsigned int i = 0; i < 70000; i += 1000)
		selection_set_gates(fixture.selection, (uint16_t)(9 + i));
	fixture.gate = (uint16_t)(9 + 69000);
	leave(&fixture, 1500, 50, 0);
	assert_counts(&fixture, 4, 0, 2, 2);
	end(&fixture);
}

/* Sums tell how calls have failed: details add nothing. */
static void errors_in_sums_need_no_details(void **state)
{
	struct fixture fixture;
	(void)state;
	begin(&fixture, "errno:EAGAIN", 1000);
	summed_detail(&fixture, 1200, EAGAIN);
	assert_counts(&fixture, 0, 0, 0, 0);
	sum_with_details(&fixture, 1500, 5, 2);
	assert_counts(&fixture, 5, 2, 5, 0);
	assert_int_equal(row_of(&fixture).calls, 2);
	end(&fixture);
}

static void objects_are_told_by_details(void **state)
{
	struct fixture fixture;
	(void)state;
	begin(&fixture, "path:/etc/**", 1000);
	enter(&fixture, 1100);
	leave(&fixture, 1200, 100, 0);
	assert_int_equal(row_of(&fixture).calls, 0);
	detail(&fixture, 1200);
	assert_int_equal(row_of(&fixture).calls, 1);
	assert_int_equal(row_of(&fixture).bytes, 100);
	/* A second one is about nothing. */
	detail(&fixture, 1200);
	assert_counts(&fixture, 1, 1, 1, 0);
	fixture.object.name = "/usr/lib";
	leave(&fixture, 1300, 50, 0);
	detail(&fixture, 1300);
	assert_counts(&fixture, 2, 1, 2, 0);
	/* That of another call. */
	fixture.object.name = "/etc/passwd";
	leave(&fixture, 1400, 50, 0);
	detail(&fixture, 1399);
	assert_counts(&fixture, 3, 1, 3, 0);
	/* No detail comes: then it is not known. */
	leave(&fixture, 1500, 50, 0);
	assert_counts(&fixture, 4, 1, 4, 1);
	enter(&fixture, 1550);
	assert_counts(&fixture, 4, 1, 4, 2);
	leave(&fixture, 1600, 50, 0);
	send(&fixture, &(struct event_end){.event = {.type = EVENT_END}}.event);
	assert_counts(&fixture, 5, 1, 5, 3);
	/* What is known may be enough. */
	end(&fixture);
	begin(&fixture, "path:/etc/** or time>40ns", 1000);
	leave(&fixture, 1500, 50, 0);
	assert_counts(&fixture, 1, 1, 0, 0);
	end(&fixture);
}

static void counting_begins_when_it_was_set(void **state)
{
	struct fixture fixture;
	struct tally tally = {0};
	(void)state;
	begin(&fixture, "result:ok", 1000);
	leave(&fixture, 1000, 500, 0);
	assert_counts(&fixture, 0, 0, 0, 0);
	/* Of one that was in progress, only what is after it. */
	leave(&fixture, 1010, 500, 0);
	assert_counts(&fixture, 1, 1, 0, 0);
	assert_int_equal(row_of(&fixture).total_ns, 10);
	assert_int_equal(row_of(&fixture).partial, 1);
	tally_add(&tally, &(struct outcome){.duration_ns = 500});
	sum(&fixture, &tally, 400, 900);
	assert_counts(&fixture, 1, 1, 0, 0);
	tally_add(&tally, &(struct outcome){.duration_ns = 500});
	sum(&fixture, &tally, 520, 1020);
	assert_counts(&fixture, 2, 2, 0, 0);
	assert_int_equal(row_of(&fixture).total_ns, 30);
	end(&fixture);
}

/* Threads that were in a call when the filter was set. */
static void what_there_is_already_is_known(void **state)
{
	struct fixture fixture;
	struct event_enter record = {.event = event_of(EVENT_ENTER, 500), .call = READ};
	(void)state;
	begin(&fixture, "comm:worker and pid:10", 0);
	model_apply(fixture.all, &record.event);
	fixture.selection = selection_new(fixture.filter, 1000, fixture.all, NULL, NULL);
	assert_int_equal(row_of(&fixture).in_progress, 1);
	leave(&fixture, 1100, 600, 0);
	assert_counts(&fixture, 1, 1, 0, 0);
	assert_int_equal(row_of(&fixture).in_progress, 0);
	end(&fixture);
}

static void names_change(void **state)
{
	struct fixture fixture;
	struct event_observed observed = {
		.event = event_of(EVENT_OBSERVED, 1100), .has_name = true, .comm = "other"};
	struct event_gone gone = {.event = event_of(EVENT_GONE, 1200)};
	(void)state;
	begin(&fixture, "comm:worker", 1000);
	leave(&fixture, 1050, 1, 0);
	send(&fixture, &observed.event);
	leave(&fixture, 1150, 1, 0);
	assert_counts(&fixture, 2, 1, 0, 0);
	/* Of a task that was never announced, nothing is known. */
	send(&fixture, &gone.event);
	leave(&fixture, 1250, 1, 0);
	send(&fixture, &gone.event);
	assert_counts(&fixture, 3, 1, 1, 1);
	end(&fixture);
}

static void sums_that_are_alike_are_selected_whole(void **state)
{
	struct fixture fixture;
	struct tally tally = {0};
	(void)state;
	begin(&fixture, "errno:EAGAIN", 1000);
	/* Of so many different times that it takes several records. */
	for (uint64_t i = 0; i < 100; i++)
		tally_add(&tally, &(struct outcome){.duration_ns = 1 << i % 30, .err = EAGAIN});
	uint64_t total_ns = tally.total_ns;
	sum(&fixture, &tally, 1100, 1200);
	assert_counts(&fixture, 100, 100, 0, 0);
	struct call_row row = row_of(&fixture);
	assert_int_equal(row.calls, 100);
	assert_int_equal(row.errors, 100);
	assert_int_equal(row.timed, 100);
	assert_int_equal(row.total_ns, total_ns);
	tally_add(&tally, &(struct outcome){.duration_ns = 5});
	sum(&fixture, &tally, 1200, 1300);
	assert_counts(&fixture, 101, 100, 0, 0);
	end(&fixture);
}

static void sums_are_split_by_error(void **state)
{
	struct fixture fixture;
	struct tally tally = {0};
	(void)state;
	begin(&fixture, "errno:EAGAIN", 1000);
	for (uint64_t i = 0; i < 90; i++)
		tally_add(&tally, &(struct outcome){.duration_ns = 1000 + (i << 8),
					  .err = i % 3 == 0   ? EAGAIN
		                                 : i % 3 == 1 ? EINTR
		                                              : 0,
					  .bytes = i % 3 == 2 ? 10 : 0});
	sum(&fixture, &tally, 1100, 900000);
	assert_counts(&fixture, 90, 30, 90, 0);
	struct call_row row = row_of(&fixture);
	assert_int_equal(row.calls, 30);
	assert_int_equal(row.errors, 30);
	assert_int_equal(row.bytes, 0);
	/* Their times are not known, but for the least. */
	assert_int_equal(row.partial, 30);
	assert_int_equal(row.total_ns, 30 * 1000);
	end(&fixture);
	begin(&fixture, "result:ok", 1000);
	tally_add(&tally, &(struct outcome){.duration_ns = 7, .err = EAGAIN});
	tally_add(&tally, &(struct outcome){.duration_ns = 8, .bytes = 10});
	tally_add(&tally, &(struct outcome){.duration_ns = 9, .bytes = 20});
	sum(&fixture, &tally, 1100, 1200);
	assert_counts(&fixture, 3, 2, 3, 0);
	assert_int_equal(row_of(&fixture).bytes, 30);
	end(&fixture);
	/* Which of them took how long is not known. */
	begin(&fixture, "errno:EAGAIN and time>7ns", 1000);
	tally_add(&tally, &(struct outcome){.duration_ns = 7, .err = EAGAIN});
	tally_add(&tally, &(struct outcome){.duration_ns = 8});
	sum(&fixture, &tally, 1100, 1200);
	assert_counts(&fixture, 2, 0, 2, 1);
	end(&fixture);
}

static void sums_are_split_by_time(void **state)
{
	struct fixture fixture;
	struct tally tally = {0};
	(void)state;
	begin(&fixture, "time>1ms", 1000);
	for (uint64_t i = 0; i < 60; i++)
		tally_add(&tally, &(struct outcome){.duration_ns = i < 20 ? 5000000 + i : 300});
	sum(&fixture, &tally, 1100, 900000000);
	assert_counts(&fixture, 60, 20, 60, 0);
	assert_int_equal(row_of(&fixture).calls, 20);
	/* What falls into the same bucket as the limit is not known. */
	tally_add(&tally, &(struct outcome){.duration_ns = 1000000});
	tally_add(&tally, &(struct outcome){.duration_ns = 1000001});
	tally_add(&tally, &(struct outcome){.duration_ns = 9});
	sum(&fixture, &tally, 1100, 900000001);
	assert_counts(&fixture, 63, 20, 63, 2);
	end(&fixture);
}

static void sums_say_nothing_about_objects(void **state)
{
	struct fixture fixture;
	struct tally tally = {0};
	(void)state;
	begin(&fixture, "path:/etc/** and result:ok", 1000);
	tally_add(&tally, &(struct outcome){.duration_ns = 7, .err = EAGAIN});
	tally_add(&tally, &(struct outcome){.duration_ns = 8});
	tally_add(&tally, &(struct outcome){.duration_ns = 9});
	sum(&fixture, &tally, 1100, 1200);
	assert_counts(&fixture, 3, 0, 3, 2);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_select_at_once),
		cmocka_unit_test(calls_in_progress_are_shown_if_they_may_be_selected),
		cmocka_unit_test(details_decide_on_the_calls_of_sums),
		cmocka_unit_test(what_gates_reject_is_not_selected),
		cmocka_unit_test(errors_in_sums_need_no_details),
		cmocka_unit_test(objects_are_told_by_details),
		cmocka_unit_test(counting_begins_when_it_was_set),
		cmocka_unit_test(what_there_is_already_is_known),
		cmocka_unit_test(names_change),
		cmocka_unit_test(sums_that_are_alike_are_selected_whole),
		cmocka_unit_test(sums_are_split_by_error),
		cmocka_unit_test(sums_are_split_by_time),
		cmocka_unit_test(sums_say_nothing_about_objects),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
