/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known now, as events: a model that gets them goes on as the one that has sent them. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "decode/descriptors.h"
#include "event/object.h"
#include "model/model.h"
#include "support/details.h"

#define NOW_NS 100000000

static void send_task(struct model *model, pid_t tid, pid_t tgid, const char *comm)
{
	struct event_task task = {
		.event = {EVENT_TASK, tid, 100},
		.tgid = tgid,
		.parent = 1,
		.ns_tid = 3,
	};
	strcpy(task.comm, comm);
	model_apply(model, &task.event);
}

static void enter(struct model *model, pid_t tid, uint32_t nr, uint64_t time_ns)
{
	const struct event_enter event = {
		.event = {EVENT_ENTER, tid, time_ns},
		.call = {nr, ABI_NATIVE},
		.args = {7, 8, 9},
		.has_args = true,
		.capture = 12,
	};
	model_apply(model, &event.event);
}

static void leave(struct model *model, pid_t tid, uint32_t nr, uint64_t time_ns, uint64_t lasted_ns)
{
	const struct event_exit event = {
		.event = {EVENT_EXIT, tid, time_ns},
		.call = {nr, ABI_NATIVE},
		.outcome = {.duration_ns = lasted_ns},
	};
	model_apply(model, &event.event);
}

/* A model with threads in all states, which have made calls. */
static struct model *make_model(void)
{
	struct model *model = model_new(50, &(struct stack_lookup){0});
	send_task(model, 10, 10, "leader");
	send_task(model, 11, 10, "reader");
	send_task(model, 12, 10, "stopped");
	enter(model, 10, SYS_getpid, 200);
	leave(model, 10, SYS_getpid, 250, 50);
	enter(model, 11, SYS_read, 300);
	const struct event_state state = {
		.event = {EVENT_STATE, 12, 400}, .state = TASK_STOPPED, .in_call = false};
	model_apply(model, &state.event);
	struct event_observed observed = {
		.event = {EVENT_OBSERVED, 11, 500},
		.has_wait = true,
		.since_ns = 300,
		.owner = 10,
		.is_held = true,
		.reason = "lock",
	};
	model_apply(model, &observed.event);
	const struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = 600}, .id = 3, .count = 2, .text = "two"};
	model_apply(model, &note.event);
	return model;
}

static struct model *copy_of(const struct model *model)
{
	struct model *copy = model_new(NOW_NS, &(struct stack_lookup){0});
	model_send_present(model, NOW_NS, model_sink(copy));
	return copy;
}

static void a_copy_has_the_same_threads_and_no_counts(void **state)
{
	struct model *model = make_model(), *copy = copy_of(model);
	struct thread_row *rows, *same;
	struct model_note *notes;
	struct model_totals totals;
	(void)state;
	assert_int_equal(model_threads(model, NOW_NS, &rows), 3);
	assert_int_equal(model_threads(copy, NOW_NS, &same), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(same[i].tid, rows[i].tid);
		assert_int_equal(same[i].pid, rows[i].pid);
		assert_int_equal(same[i].ns_tid, 3);
		assert_string_equal(same[i].comm, rows[i].comm);
		assert_int_equal(same[i].state, rows[i].state);
		assert_int_equal(same[i].since_ns, rows[i].since_ns);
		assert_int_equal(same[i].owner, rows[i].owner);
		assert_int_equal(same[i].calls, 0);
	}
	assert_true(same[1].in_call && same[1].has_args && same[1].is_held);
	assert_memory_equal(same[1].args, rows[1].args, sizeof(rows[1].args));
	assert_string_equal(same[1].waits_for, "lock");
	model_totals(copy, NOW_NS, &totals);
	assert_int_equal(totals.calls, 0);
	assert_int_equal(totals.in_progress, 1);
	assert_int_equal(model_notes(copy, &notes), 1);
	assert_string_equal(notes[0].text, "two");
	free(notes);
	free(rows);
	free(same);
	model_free(copy);
	model_free(model);
}

static void calls_that_end_later_count_as_they_do_there(void **state)
{
	struct model *model = make_model(), *copy = copy_of(model);
	struct model_totals totals;
	struct thread_row row;
	(void)state;
	leave(copy, 11, SYS_read, NOW_NS + 300, NOW_NS);
	enter(copy, 10, SYS_getpid, NOW_NS + 310);
	leave(copy, 10, SYS_getpid, NOW_NS + 320, 10);
	model_totals(copy, NOW_NS + 400, &totals);
	assert_int_equal(totals.calls, 2);
	assert_int_equal(totals.in_progress, 0);
	assert_true(model_thread(copy, 11, NOW_NS + 400, &row));
	assert_int_equal(row.state, THREAD_RUNNING);
	assert_int_equal(row.total_ns, NOW_NS);
	model_free(copy);
	model_free(model);
}

/* What fd 5 is of the process 10. */
static const char *name_of(struct model *model)
{
	static char name[64];
	const uint64_t args[CALL_MAX_ARGS] = {5};
	struct descriptors *descriptors = model_descriptors(model);
	struct object *object = descriptors_use_now(
		descriptors, 10, NOW_NS + 1, (struct call){SYS_read, ABI_NATIVE}, args);
	snprintf(name, sizeof(name), "%.*s", object ? (int)object->size : 0,
		object ? object->name : "");
	object_unref(descriptors_objects(descriptors), object);
	return name;
}

static void a_copy_knows_the_descriptors(void **state)
{
	struct model *model = make_model();
	const struct event settled = {.type = EVENT_SETTLED, .time_ns = NOW_NS};
	union made_reading made;
	(void)state;
	reading_make(&made, 10, 5, FOUND_OPEN, 700, 710, KIND_FILE, "/etc/passwd");
	model_apply(model, &made.reading.event);
	model_apply(model, &settled);
	assert_string_equal(name_of(model), "/etc/passwd");
	struct model *copy = copy_of(model);
	assert_string_equal(name_of(copy), "/etc/passwd");
	model_free(copy);
	model_free(model);
}

/* Stacks may arrive before the calls that they are of. */
static void a_copy_knows_stacks_of_calls_to_come(void **state)
{
	struct model *model = make_model();
	struct stack_row *rows;
	(void)state;
	for (uint32_t number = 11; number < 15; number++) {
		const struct event_stack stack = {
			.event = {EVENT_STACK, 0, 700},
			.number = number,
			.stack = stack_special(number < 12 ? STACK_COROUTINE : STACK_FAILED)->id,
		};
		model_apply(model, &stack.event);
	}
	struct model *copy = copy_of(model);
	/* The last number of a call that has begun is 12: of 11, nothing is to come. */
	for (uint32_t number = 11; number < 15; number += 2) {
		const struct event_exit event = {
			.event = {EVENT_EXIT, 10, NOW_NS + number},
			.call = {SYS_getpid, ABI_NATIVE},
			.outcome = {.duration_ns = 1},
			.capture = number,
		};
		model_apply(copy, &event.event);
	}
	size_t count = model_stacks(copy, &(struct call_filter){0}, NOW_NS + 20, &rows);
	uint64_t known = 0;
	for (size_t i = 0; i < count; i++) {
		assert_int_not_equal(rows[i].stack->end, STACK_COROUTINE);
		if (rows[i].stack->end == STACK_FAILED)
			known += rows[i].calls;
	}
	assert_int_equal(known, 1);
	free(rows);
	model_free(copy);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_copy_has_the_same_threads_and_no_counts),
		cmocka_unit_test(calls_that_end_later_count_as_they_do_there),
		cmocka_unit_test(a_copy_knows_the_descriptors),
		cmocka_unit_test(a_copy_knows_stacks_of_calls_to_come),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
