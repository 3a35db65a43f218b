/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracer's end of the ring: whatever the reader does, all calls arrive, in order for each task.
 *
 * Here fake tracees make calls, the event writer writes them into a ring that is too small, and the
 * reader compares the counts that it computes from the records with the expected ones.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "engine/ptrace/event_writer.h"
#include "engine/ptrace/world/world.h"
#include "support/random.h"

#define TASKS 6
#define CALLS 8 /* different calls; the index of each determines its number and errno */

/* Counts of one task's calls to one system call. */
struct call_counts {
	uint64_t calls, errors, total_ns;
};

/* What the reader knows about one task. */
struct reader_task {
	bool known, gone, in_call, stopped;
	struct call call;
	int exit_code;
	struct call_counts counts[CALLS];
};

struct fixture {
	struct ring *ring;
	struct interest interest;
	struct event_writer event_writer;
	struct tracee *tracees[TASKS];           /* NULL: gone */
	struct call_counts counts[TASKS][CALLS]; /* expected */
	struct reader_task tasks[TASKS];
	uint64_t now_ns, sums, summed, ends;
	size_t known_when_attached; /* tasks at EVENT_ATTACHED */
	uint64_t after;             /* calls in sums, ended after the division */
	uint64_t timed;             /* calls in the histograms of sums */
	int end_error, wake_fd;
};

static pid_t tid_of(size_t task)
{
	return 1000 + (pid_t)task;
}

static struct call call_of(size_t kind)
{
	return (struct call){.nr = 10 + (uint32_t)kind, .abi = (uint32_t)(kind % ABI_COUNT)};
}

static void setup(struct fixture *fixture, size_t capacity)
{
	*fixture = (struct fixture){.ring = ring_new(capacity), .now_ns = 1};
	fixture->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_true(fixture->wake_fd >= 0);
	event_writer_init(&fixture->event_writer, world_kernel(), fixture->ring, capacity,
		&fixture->interest, fixture->wake_fd);
}

static void teardown(struct fixture *fixture)
{
	event_writer_drop(&fixture->event_writer);
	for (size_t i = 0; i < TASKS; i++)
		free(fixture->tracees[i]);
	ring_free(fixture->ring);
	close(fixture->wake_fd);
}

/* Actions of the tracees. */

static void add_task(struct fixture *fixture, size_t task)
{
	struct tracee *tracee = xcalloc(1, sizeof(*tracee));
	tracee->tid = tid_of(task);
	tracee->tgid = tid_of(0);
	tracee->phase = TRACEE_USER;
	fixture->tracees[task] = tracee;
	event_writer_task(&fixture->event_writer, tracee, fixture->now_ns);
}

static void take(struct fixture *fixture, size_t task, const struct stop *stop,
	const struct syscall_view *view)
{
	struct tracee *tracee = fixture->tracees[task];
	struct step step;
	tracee_step(tracee, stop, view, fixture->now_ns, &step);
	if (step.entered)
		tracee->current.since_ns = fixture->now_ns;
	event_writer_step(&fixture->event_writer, tracee, &step, fixture->now_ns);
}

static void enter(struct fixture *fixture, size_t task, size_t kind)
{
	static const struct stop stop = {.kind = STOP_SYSCALL};
	take(fixture, task, &stop,
		&(struct syscall_view){
			.op = SYSCALL_ENTRY, .call = call_of(kind), .args = {kind, kind * 2}});
}

/* Ends the current call of TASK; FAILED: with the call's errno. */
static void leave(struct fixture *fixture, size_t task, bool failed)
{
	static const struct stop stop = {.kind = STOP_SYSCALL};
	const struct current_call *current = &fixture->tracees[task]->current;
	size_t kind = current->call.nr - 10;
	struct call_counts *counts = &fixture->counts[task][kind];
	counts->calls++;
	counts->errors += failed;
	counts->total_ns += fixture->now_ns - current->since_ns;
	int64_t result = failed ? -(int64_t)(kind + 1) : 7;
	take(fixture, task, &stop,
		&(struct syscall_view){.op = SYSCALL_EXIT, .result = result, .is_error = failed});
}

static void call_at_random(struct fixture *fixture, size_t task, uint64_t *seed)
{
	fixture->now_ns += 1 + random_below(seed, 100);
	if (!fixture->tracees[task])
		return;
	if (fixture->tracees[task]->phase == TRACEE_CALL)
		leave(fixture, task, random_below(seed, 3) == 0);
	else
		enter(fixture, task, (size_t)random_below(seed, CALLS));
}

static void stop_or_continue(struct fixture *fixture, size_t task)
{
	struct tracee *tracee = fixture->tracees[task];
	if (!tracee || tracee->phase != TRACEE_USER)
		return;
	enum stop_kind kind = tracee->state == TASK_STOPPED ? STOP_TRAP : STOP_GROUP;
	take(fixture, task, &(struct stop){.kind = kind, .signal = kind == STOP_GROUP ? 19 : 0},
		NULL);
}

static void end_task(struct fixture *fixture, size_t task)
{
	struct tracee *tracee = fixture->tracees[task];
	if (!tracee)
		return;
	if (tracee->phase == TRACEE_CALL)
		leave(fixture, task, false);
	fixture->tracees[task] = NULL;
	const struct stop end = {.kind = STOP_EXITED, .exit_code = (int)task};
	event_writer_gone(&fixture->event_writer, tracee, &end, NULL, fixture->now_ns);
	free(tracee);
}

/* The reader. */

static struct call_counts *counts_of(struct reader_task *task, struct call call)
{
	assert_in_range(call.nr, 10, 10 + CALLS - 1);
	assert_true(call_equal(call, call_of(call.nr - 10)));
	return &task->counts[call.nr - 10];
}

static void read_enter(struct reader_task *task, const struct event_enter *enter)
{
	assert_false(enter->has_args);
	task->in_call = true;
	task->call = enter->call;
}

static void read_exit(struct reader_task *task, const struct event_exit *exit)
{
	struct call_counts *counts = counts_of(task, exit->call);
	/* An exit without an entry follows a sum that replaced the entry. */
	assert_true(!task->in_call || call_equal(task->call, exit->call));
	assert_true(exit->outcome.err == 0 || exit->outcome.err == (int)exit->call.nr - 9);
	task->in_call = false;
	counts->calls++;
	counts->errors += exit->outcome.err != 0;
	counts->total_ns += exit->outcome.duration_ns;
}

/* Checks that SUM is on one side of the division, or has a single call. */
static void assert_divided(const struct fixture *fixture, const struct event_sum *sum)
{
	uint64_t division_ns = atomic_load(&fixture->event_writer.division_ns);
	bool is_before = sum->event.time_ns <= division_ns, is_after = sum->from_ns >= division_ns;
	assert_true(sum->from_ns <= sum->event.time_ns);
	assert_true(is_before || is_after || sum->counts.calls == 1);
}

static void read_sum(struct fixture *fixture, struct reader_task *task, const struct event_sum *sum)
{
	struct call_counts *counts = counts_of(task, sum->call);
	struct tally tally = {0};
	event_sum_add(sum, &tally);
	assert_true(tally.error_kinds <= 1);
	assert_divided(fixture, sum);
	counts->calls += tally.calls;
	counts->errors += tally.errors;
	counts->total_ns += tally.total_ns;
	fixture->timed += tally.hist.count;
	if (sum->event.time_ns > atomic_load(&fixture->event_writer.division_ns))
		fixture->after += tally.calls;
	fixture->sums += tally.calls > 0;
	fixture->summed += tally.calls;
	tally_clear(&tally);
}

static void read_record(struct fixture *fixture, const struct event *event)
{
	size_t at = (size_t)(event->tid - tid_of(0));
	assert_int_equal(fixture->ends, 0); /* EVENT_END is the last one */
	if (event->type == EVENT_ATTACHED) {
		for (size_t i = 0; i < TASKS; i++)
			fixture->known_when_attached += fixture->tasks[i].known;
		return;
	}
	if (event->type == EVENT_END) {
		fixture->ends++;
		fixture->end_error = ((const struct event_end *)event)->error;
		return;
	}
	assert_in_range(at, 0, TASKS - 1);
	struct reader_task *task = &fixture->tasks[at];
	assert_false(task->gone);
	assert_true(task->known || event->type == EVENT_TASK);
	switch (event->type) {
	case EVENT_TASK:
		assert_int_equal(((const struct event_task *)event)->tgid, tid_of(0));
		task->known = true;
		break;
	case EVENT_STATE:
		task->stopped = ((const struct event_state *)event)->state == TASK_STOPPED;
		task->in_call &= ((const struct event_state *)event)->in_call;
		break;
	case EVENT_ENTER:
		read_enter(task, (const struct event_enter *)event);
		break;
	case EVENT_EXIT:
		read_exit(task, (const struct event_exit *)event);
		break;
	case EVENT_SUM:
		read_sum(fixture, task, (const struct event_sum *)event);
		break;
	case EVENT_GONE:
		task->gone = true;
		task->exit_code = ((const struct event_gone *)event)->exit_code;
		break;
	default:
		fail_msg("unknown record %u", event->type);
	}
}

/* Reads up to COUNT records. Returns their number. */
static size_t read_some(struct fixture *fixture, size_t count)
{
	const struct event *event;
	size_t taken = 0;
	for (; taken < count && (event = ring_peek(fixture->ring)); taken++) {
		read_record(fixture, event);
		ring_pop(fixture->ring);
	}
	return taken;
}

static void read_all(struct fixture *fixture)
{
	do {
		while (read_some(fixture, 1))
			;
	} while (!event_writer_flush(&fixture->event_writer));
	while (read_some(fixture, 1))
		;
}

/* After all records are read, the reader knows all counts and the current states. */
static void assert_all_known(const struct fixture *fixture)
{
	for (size_t i = 0; i < TASKS; i++) {
		const struct reader_task *task = &fixture->tasks[i];
		const struct tracee *tracee = fixture->tracees[i];
		assert_memory_equal(task->counts, fixture->counts[i], sizeof(task->counts));
		assert_int_equal(task->gone, task->known && !tracee);
		if (!tracee)
			continue;
		assert_int_equal(task->stopped, tracee->state == TASK_STOPPED);
		assert_int_equal(task->in_call, tracee->phase == TRACEE_CALL);
		if (task->in_call)
			assert_true(call_equal(task->call, tracee->current.call));
	}
	assert_int_equal(atomic_load(&fixture->event_writer.details_lost), fixture->summed);
	assert_int_equal(fixture->timed, fixture->summed);
	assert_false(event_writer_has_pending(&fixture->event_writer));
}

static void every_call_has_its_own_record_if_there_is_room(void **state)
{
	struct fixture fixture;
	uint64_t seed = 13;
	(void)state;
	setup(&fixture, 1 << 20);
	add_task(&fixture, 0);
	for (int i = 0; i < 2001; i++)
		call_at_random(&fixture, 0, &seed);
	read_all(&fixture);
	assert_int_equal(fixture.sums, 0);
	assert_all_known(&fixture);
	teardown(&fixture);
}

/* Runs thousands of calls, and checks the counts. BUSY: how often the reader reads, in percent. */
static void run_at_random(uint64_t seed, size_t capacity, unsigned int busy)
{
	struct fixture fixture;
	setup(&fixture, capacity);
	for (size_t task = 0; task < TASKS; task++)
		add_task(&fixture, task);
	for (int i = 0; i < 20000; i++) {
		size_t task = (size_t)random_below(&seed, TASKS);
		if (random_below(&seed, 50) == 0)
			stop_or_continue(&fixture, task);
		else
			call_at_random(&fixture, task, &seed);
		if (random_below(&seed, 100) < busy)
			read_some(&fixture, (size_t)random_below(&seed, 6));
		if (random_below(&seed, 20) == 0)
			event_writer_flush(&fixture.event_writer);
		if (i % 1000 == 999) {
			read_all(&fixture);
			assert_all_known(&fixture);
		}
	}
	for (size_t task = 0; task < TASKS; task++)
		end_task(&fixture, task);
	event_writer_end(&fixture.event_writer, 0);
	read_all(&fixture);
	assert_all_known(&fixture);
	assert_int_equal(fixture.ends, 1);
	teardown(&fixture);
}

static void a_tiny_ring_loses_no_call(void **state)
{
	static const unsigned int busy[] = {0, 2, 10, 30, 60, 100};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(busy); i++) {
		run_at_random(14 + i, 2048, busy[i]);
		run_at_random(24 + i, 2048, busy[i]);
		run_at_random(34 + i, 4096, busy[i]);
	}
}

static void an_idle_reader_gets_sums(void **state)
{
	struct fixture fixture;
	uint64_t seed = 15;
	(void)state;
	setup(&fixture, 2048);
	add_task(&fixture, 0);
	for (int i = 0; i < 100000; i++)
		call_at_random(&fixture, 0, &seed);
	assert_true(event_writer_has_pending(&fixture.event_writer));
	read_all(&fixture);
	assert_all_known(&fixture);
	assert_in_range(fixture.sums, 1, CALLS);
	assert_true(fixture.summed > 49000);
	teardown(&fixture);
}

/* Counts from a given time on are exact, even if calls around it were aggregated. */
/* A session that goes on with another engine has no sum from before it. */
static void a_division_is_over_after_waiting(void **state)
{
	struct fixture fixture;
	(void)state;
	setup(&fixture, 2048);
	uint64_t division_ns = event_writer_divide(&fixture.event_writer);
	event_writer_await_division(&fixture.event_writer);
	assert_true(clock_now_ns() >= division_ns);
	teardown(&fixture);
}

static void sums_are_divided_at_a_given_time(void **state)
{
	struct fixture fixture;
	(void)state;
	for (uint64_t seed = 40; seed < 60; seed++) {
		uint64_t random = seed, ended = 0;
		setup(&fixture, 2048);
		add_task(&fixture, 0);
		for (int i = 0; i < 2000; i++)
			call_at_random(&fixture, 0, &random);
		assert_true(event_writer_has_pending(&fixture.event_writer));
		uint64_t division_ns = fixture.now_ns + random_below(&random, 50);
		atomic_store(&fixture.event_writer.division_ns, division_ns);
		for (int i = 0; i < 2000; i++) {
			bool in_call = fixture.tracees[0]->phase == TRACEE_CALL;
			call_at_random(&fixture, 0, &random);
			ended += in_call && fixture.now_ns > division_ns;
		}
		read_all(&fixture);
		assert_all_known(&fixture);
		assert_int_equal(fixture.after, ended);
		teardown(&fixture);
	}
}

static void a_task_that_begins_and_exits_unread_arrives_completely(void **state)
{
	struct fixture fixture;
	uint64_t seed = 16;
	(void)state;
	setup(&fixture, 2048);
	for (size_t task = 0; task < TASKS; task++) {
		add_task(&fixture, task);
		for (int i = 0; i < 101; i++)
			call_at_random(&fixture, task, &seed);
		end_task(&fixture, task);
	}
	read_all(&fixture);
	assert_all_known(&fixture);
	for (size_t task = 0; task < TASKS; task++) {
		assert_true(fixture.tasks[task].gone);
		assert_int_equal(fixture.tasks[task].exit_code, task);
	}
	teardown(&fixture);
}

/* Fills the ring until TASK has a pending entry. */
static void make_pending(struct fixture *fixture, size_t task)
{
	add_task(fixture, task);
	for (size_t i = 0; i < 20 || !event_writer_has_pending(&fixture->event_writer); i++) {
		enter(fixture, task, i % CALLS);
		fixture->now_ns++;
		leave(fixture, task, false);
	}
}

static void an_exit_is_written_once_after_the_pending_entry(void **state)
{
	struct fixture fixture;
	(void)state;
	setup(&fixture, 4096);
	for (int i = 0; i < 4; i++)
		make_pending(&fixture, (size_t)i);
	while (read_some(&fixture, 1))
		;
	end_task(&fixture, 1); /* this writes the pending entries */
	read_all(&fixture);
	assert_all_known(&fixture);
	teardown(&fixture);
}

static void a_partly_written_entry_can_grow(void **state)
{
	struct fixture fixture;
	(void)state;
	setup(&fixture, 2048);
	make_pending(&fixture, 0);
	for (int round = 0; round < 50; round++) {
		read_some(&fixture, 1);
		event_writer_flush(&fixture.event_writer);
		enter(&fixture, 0, (size_t)round % CALLS);
		fixture.now_ns++;
		leave(&fixture, 0, round % 2);
	}
	read_all(&fixture);
	assert_all_known(&fixture);
	teardown(&fixture);
}

/* Who resumes takes tasks that are not there by then for ended ones. */
static void the_end_of_the_attach_comes_after_all_tasks(void **state)
{
	struct fixture fixture;
	(void)state;
	setup(&fixture, 2048);
	for (size_t task = 0; task < TASKS; task++)
		make_pending(&fixture, task);
	event_writer_attached(&fixture.event_writer);
	read_all(&fixture);
	assert_int_equal(fixture.known_when_attached, TASKS);
	assert_all_known(&fixture);
	teardown(&fixture);
}

static void the_end_follows_all_pending_entries(void **state)
{
	struct fixture fixture;
	(void)state;
	setup(&fixture, 2048);
	for (size_t task = 0; task < 3; task++)
		make_pending(&fixture, task);
	event_writer_end(&fixture.event_writer, -EIO);
	assert_true(event_writer_has_pending(&fixture.event_writer));
	read_all(&fixture);
	assert_int_equal(fixture.ends, 1);
	assert_int_equal(fixture.end_error, -EIO);
	assert_all_known(&fixture);
	teardown(&fixture);
}

/* A tid can be reused while the exit of its first task is still pending. */
static void a_reused_tid_does_not_mix_up_tasks(void **state)
{
	struct fixture fixture;
	(void)state;
	setup(&fixture, 2048);
	make_pending(&fixture, 0);
	end_task(&fixture, 0);
	make_pending(&fixture, 0);
	while (!fixture.tasks[0].gone) {
		assert_int_equal(read_some(&fixture, 1), 1);
		event_writer_flush(&fixture.event_writer);
	}
	fixture.tasks[0].known = fixture.tasks[0].gone = fixture.tasks[0].in_call = false;
	read_all(&fixture);
	assert_all_known(&fixture);
	assert_false(fixture.tasks[0].gone);
	end_task(&fixture, 0);
	read_all(&fixture);
	assert_all_known(&fixture);
	teardown(&fixture);
}

static void unread_entries_are_dropped(void **state)
{
	struct fixture fixture;
	(void)state;
	setup(&fixture, 2048);
	for (size_t task = 0; task < 4; task++)
		make_pending(&fixture, task);
	end_task(&fixture, 2);
	event_writer_drop(&fixture.event_writer);
	teardown(&fixture); /* a sanitizer reports leaks and double frees */
}

/* How often the reader was woken since the last call. */
static uint64_t wakes(const struct fixture *fixture)
{
	uint64_t count;
	return read(fixture->wake_fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

static void the_reader_is_woken_when_the_ring_is_half_full_and_at_the_end(void **state)
{
	struct fixture fixture;
	uint64_t seed = 17;
	(void)state;
	setup(&fixture, 1 << 16);
	add_task(&fixture, 0);
	for (int i = 0; i < 200; i++)
		call_at_random(&fixture, 0, &seed);
	assert_int_equal(wakes(&fixture), 0);
	while (!event_writer_has_pending(&fixture.event_writer))
		call_at_random(&fixture, 0, &seed);
	assert_true(wakes(&fixture) > 0);
	read_all(&fixture);
	wakes(&fixture);
	event_writer_end(&fixture.event_writer, 0);
	assert_true(wakes(&fixture) > 0);
	read_all(&fixture);
	teardown(&fixture);
}

static void arguments_are_written_only_on_request(void **state)
{
	struct fixture fixture;
	(void)state;
	setup(&fixture, 4096);
	add_task(&fixture, 0);
	struct call wanted = call_of(1);
	atomic_store(&fixture.interest.bits[INTEREST_ARGS][wanted.abi][wanted.nr / 64],
		UINT64_C(1) << wanted.nr % 64);
	ring_pop(fixture.ring); /* EVENT_TASK */
	for (size_t kind = 0; kind < 3; kind++) {
		enter(&fixture, 0, kind);
		const struct event_enter *record = ring_peek(fixture.ring);
		assert_non_null(record);
		assert_int_equal(record->event.type, EVENT_ENTER);
		assert_int_equal(record->has_args, kind == 1);
		if (record->has_args)
			assert_int_equal(record->args[1], 2);
		ring_pop(fixture.ring);
		leave(&fixture, 0, false);
		ring_pop(fixture.ring);
	}
	teardown(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_has_its_own_record_if_there_is_room),
		cmocka_unit_test(a_tiny_ring_loses_no_call),
		cmocka_unit_test(an_idle_reader_gets_sums),
		cmocka_unit_test(a_division_is_over_after_waiting),
		cmocka_unit_test(sums_are_divided_at_a_given_time),
		cmocka_unit_test(a_task_that_begins_and_exits_unread_arrives_completely),
		cmocka_unit_test(an_exit_is_written_once_after_the_pending_entry),
		cmocka_unit_test(a_partly_written_entry_can_grow),
		cmocka_unit_test(the_end_of_the_attach_comes_after_all_tasks),
		cmocka_unit_test(the_end_follows_all_pending_entries),
		cmocka_unit_test(a_reused_tid_does_not_mix_up_tasks),
		cmocka_unit_test(unread_entries_are_dropped),
		cmocka_unit_test(the_reader_is_woken_when_the_ring_is_half_full_and_at_the_end),
		cmocka_unit_test(arguments_are_written_only_on_request),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
