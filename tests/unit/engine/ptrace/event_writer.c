/*
 * The tracer's end of the ring: whatever the reader does, all calls arrive, in each task's order.
 *
 * Here tracees make calls that nobody traced, the event_writer tells of them into a ring that is
 * too small, and a reader that keeps the books compares them with what really happened.
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
#include "engine/ptrace/event_writer.h"
#include "support/random.h"

#define TASKS 6
#define CALLS 8 /* different ones; number and errno of each are made of its index */

/* Calls of one task and kind. */
struct book {
	uint64_t calls, errors, total_ns;
};

/* What a reader of the ring knows of one task. */
struct reader_task {
	bool known, gone, in_call, stopped;
	struct call call;
	int exit_code;
	struct book books[CALLS];
};

struct world {
	struct ring *ring;
	struct interest interest;
	struct event_writer event_writer;
	struct tracee *tracees[TASKS];   /* NULL: gone */
	struct book books[TASKS][CALLS]; /* the truth */
	struct reader_task tasks[TASKS];
	uint64_t now_ns, sums, summed, ends;
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

static void setup(struct world *world, size_t capacity)
{
	*world = (struct world){.ring = ring_new(capacity), .now_ns = 1};
	world->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	assert_true(world->wake_fd >= 0);
	event_writer_init(
		&world->event_writer, world->ring, capacity, &world->interest, world->wake_fd);
}

static void teardown(struct world *world)
{
	event_writer_drop(&world->event_writer);
	for (size_t i = 0; i < TASKS; i++)
		free(world->tracees[i]);
	ring_free(world->ring);
	close(world->wake_fd);
}

/* What the tracees do. */

static void add_task(struct world *world, size_t task)
{
	struct tracee *tracee = xcalloc(1, sizeof(*tracee));
	tracee->tid = tid_of(task);
	tracee->tgid = tid_of(0);
	tracee->phase = TRACEE_USER;
	world->tracees[task] = tracee;
	event_writer_task(&world->event_writer, tracee, world->now_ns);
}

static void take(
	struct world *world, size_t task, const struct stop *stop, const struct syscall_view *view)
{
	struct tracee *tracee = world->tracees[task];
	struct step step;
	tracee_step(tracee, stop, view, world->now_ns, &step);
	if (step.entered)
		tracee->current.since_ns = world->now_ns;
	event_writer_step(&world->event_writer, tracee, &step, world->now_ns);
}

static void enter(struct world *world, size_t task, size_t kind)
{
	static const struct stop stop = {.kind = STOP_SYSCALL};
	take(world, task, &stop,
		&(struct syscall_view){
			.op = SYSCALL_ENTRY, .call = call_of(kind), .args = {kind, kind * 2}});
}

/* The call that TASK is in ends, with an error of its own where it FAILED. */
static void leave(struct world *world, size_t task, bool failed)
{
	static const struct stop stop = {.kind = STOP_SYSCALL};
	const struct current_call *current = &world->tracees[task]->current;
	size_t kind = current->call.nr - 10;
	struct book *book = &world->books[task][kind];
	book->calls++;
	book->errors += failed;
	book->total_ns += world->now_ns - current->since_ns;
	int64_t result = failed ? -(int64_t)(kind + 1) : 7;
	take(world, task, &stop,
		&(struct syscall_view){.op = SYSCALL_EXIT, .result = result, .is_error = failed});
}

static void call_at_random(struct world *world, size_t task, uint64_t *seed)
{
	world->now_ns += 1 + random_below(seed, 100);
	if (!world->tracees[task])
		return;
	if (world->tracees[task]->phase == TRACEE_CALL)
		leave(world, task, random_below(seed, 3) == 0);
	else
		enter(world, task, (size_t)random_below(seed, CALLS));
}

static void stop_or_go_on(struct world *world, size_t task)
{
	struct tracee *tracee = world->tracees[task];
	if (!tracee || tracee->phase != TRACEE_USER)
		return;
	enum stop_kind kind = tracee->state == TASK_STOPPED ? STOP_TRAP : STOP_GROUP;
	take(world, task, &(struct stop){.kind = kind, .signal = kind == STOP_GROUP ? 19 : 0},
		NULL);
}

static void end_task(struct world *world, size_t task)
{
	struct tracee *tracee = world->tracees[task];
	if (!tracee)
		return;
	if (tracee->phase == TRACEE_CALL)
		leave(world, task, false);
	world->tracees[task] = NULL;
	event_writer_gone(&world->event_writer, tracee, (int)task, 0, world->now_ns);
}

/* What the reader makes of it. */

static struct book *book_of(struct reader_task *task, struct call call)
{
	assert_in_range(call.nr, 10, 10 + CALLS - 1);
	assert_true(call_equal(call, call_of(call.nr - 10)));
	return &task->books[call.nr - 10];
}

static void read_enter(struct reader_task *task, const struct event_enter *enter)
{
	assert_false(enter->has_args);
	task->in_call = true;
	task->call = enter->call;
}

static void read_exit(struct reader_task *task, const struct event_exit *exit)
{
	struct book *book = book_of(task, exit->call);
	/* An exit whose entry was not told follows a sum that swallowed the entry. */
	assert_true(!task->in_call || call_equal(task->call, exit->call));
	assert_true(exit->outcome.err == 0 || exit->outcome.err == (int)exit->call.nr - 9);
	task->in_call = false;
	book->calls++;
	book->errors += exit->outcome.err != 0;
	book->total_ns += exit->outcome.duration_ns;
}

static void read_sum(struct world *world, struct reader_task *task, const struct event_sum *sum)
{
	struct book *book = book_of(task, sum->call);
	assert_true(sum->tally->calls > 0);
	assert_true(sum->tally->error_kinds <= 1);
	book->calls += sum->tally->calls;
	book->errors += sum->tally->errors;
	book->total_ns += sum->tally->total_ns;
	world->sums++;
	world->summed += sum->tally->calls;
	tally_clear(sum->tally);
	free(sum->tally);
}

static void read_record(struct world *world, const struct event *event)
{
	size_t at = (size_t)(event->tid - tid_of(0));
	assert_int_equal(world->ends, 0); /* EVENT_END is the last there is */
	if (event->type == EVENT_END) {
		world->ends++;
		world->end_error = ((const struct event_end *)event)->error;
		return;
	}
	assert_in_range(at, 0, TASKS - 1);
	struct reader_task *task = &world->tasks[at];
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
		read_sum(world, task, (const struct event_sum *)event);
		break;
	case EVENT_GONE:
		task->gone = true;
		task->exit_code = ((const struct event_gone *)event)->exit_code;
		break;
	default:
		fail_msg("there is no record %u", event->type);
	}
}

/* Reads COUNT records, or as many as there are. */
static size_t read_some(struct world *world, size_t count)
{
	const struct event *event;
	size_t taken = 0;
	for (; taken < count && (event = ring_peek(world->ring)); taken++) {
		read_record(world, event);
		ring_pop(world->ring);
	}
	return taken;
}

static void read_all(struct world *world)
{
	do {
		while (read_some(world, 1))
			;
	} while (!event_writer_flush(&world->event_writer));
	while (read_some(world, 1))
		;
}

/* Once all is read, the reader knows exactly what happened, and what is happening. */
static void assert_all_is_known(const struct world *world)
{
	for (size_t i = 0; i < TASKS; i++) {
		const struct reader_task *task = &world->tasks[i];
		const struct tracee *tracee = world->tracees[i];
		assert_memory_equal(task->books, world->books[i], sizeof(task->books));
		assert_int_equal(task->gone, task->known && !tracee);
		if (!tracee)
			continue;
		assert_int_equal(task->stopped, tracee->state == TASK_STOPPED);
		assert_int_equal(task->in_call, tracee->phase == TRACEE_CALL);
		if (task->in_call)
			assert_true(call_equal(task->call, tracee->current.call));
	}
	assert_int_equal(atomic_load(&world->event_writer.details_lost), world->summed);
	assert_false(event_writer_has_pending(&world->event_writer));
}

static void with_room_every_call_is_told_by_itself(void **state)
{
	struct world world;
	uint64_t seed = 13;
	(void)state;
	setup(&world, 1 << 20);
	add_task(&world, 0);
	for (int i = 0; i < 2001; i++)
		call_at_random(&world, 0, &seed);
	read_all(&world);
	assert_int_equal(world.sums, 0);
	assert_all_is_known(&world);
	teardown(&world);
}

/* Runs thousands of calls, read as BUSY says, and checks the books whenever all was read. */
static void run_at_random(uint64_t seed, size_t capacity, unsigned int busy)
{
	struct world world;
	setup(&world, capacity);
	for (size_t task = 0; task < TASKS; task++)
		add_task(&world, task);
	for (int i = 0; i < 20000; i++) {
		size_t task = (size_t)random_below(&seed, TASKS);
		if (random_below(&seed, 50) == 0)
			stop_or_go_on(&world, task);
		else
			call_at_random(&world, task, &seed);
		if (random_below(&seed, 100) < busy)
			read_some(&world, (size_t)random_below(&seed, 6));
		if (random_below(&seed, 20) == 0)
			event_writer_flush(&world.event_writer);
		if (i % 1000 == 999) {
			read_all(&world);
			assert_all_is_known(&world);
		}
	}
	for (size_t task = 0; task < TASKS; task++)
		end_task(&world, task);
	event_writer_end(&world.event_writer, 0);
	read_all(&world);
	assert_all_is_known(&world);
	assert_int_equal(world.ends, 1);
	teardown(&world);
}

static void a_tiny_ring_loses_no_call(void **state)
{
	static const unsigned int busy[] = {0, 2, 10, 30, 60, 100};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(busy); i++) {
		run_at_random(14 + i, 256, busy[i]);
		run_at_random(24 + i, 512, busy[i]);
		run_at_random(34 + i, 4096, busy[i]);
	}
}

static void a_reader_that_sleeps_gets_sums(void **state)
{
	struct world world;
	uint64_t seed = 15;
	(void)state;
	setup(&world, 256);
	add_task(&world, 0);
	for (int i = 0; i < 100000; i++)
		call_at_random(&world, 0, &seed);
	assert_true(event_writer_has_pending(&world.event_writer));
	read_all(&world);
	assert_all_is_known(&world);
	assert_in_range(world.sums, 1, CALLS);
	assert_true(world.summed > 49000);
	teardown(&world);
}

static void a_task_that_begins_and_ends_unread_is_told_of_in_full(void **state)
{
	struct world world;
	uint64_t seed = 16;
	(void)state;
	setup(&world, 256);
	for (size_t task = 0; task < TASKS; task++) {
		add_task(&world, task);
		for (int i = 0; i < 101; i++)
			call_at_random(&world, task, &seed);
		end_task(&world, task);
	}
	read_all(&world);
	assert_all_is_known(&world);
	for (size_t task = 0; task < TASKS; task++) {
		assert_true(world.tasks[task].gone);
		assert_int_equal(world.tasks[task].exit_code, task);
	}
	teardown(&world);
}

/* Fills the ring so that TASK comes to owe, and leaves it so. */
static void make_debtor(struct world *world, size_t task)
{
	add_task(world, task);
	for (size_t i = 0; i < 20 || !event_writer_has_pending(&world->event_writer); i++) {
		enter(world, task, i % CALLS);
		world->now_ns++;
		leave(world, task, false);
	}
}

static void an_end_that_finds_room_again_is_told_once(void **state)
{
	struct world world;
	(void)state;
	setup(&world, 4096);
	for (int i = 0; i < 4; i++)
		make_debtor(&world, (size_t)i);
	while (read_some(&world, 1))
		;
	end_task(&world, 1); /* the debts are paid at this moment */
	read_all(&world);
	assert_all_is_known(&world);
	teardown(&world);
}

static void a_debt_that_was_paid_in_part_can_grow_again(void **state)
{
	struct world world;
	(void)state;
	setup(&world, 256);
	make_debtor(&world, 0);
	for (int round = 0; round < 50; round++) {
		read_some(&world, 1);
		event_writer_flush(&world.event_writer);
		enter(&world, 0, (size_t)round % CALLS);
		world.now_ns++;
		leave(&world, 0, round % 2);
	}
	read_all(&world);
	assert_all_is_known(&world);
	teardown(&world);
}

static void the_end_waits_for_all_debts(void **state)
{
	struct world world;
	(void)state;
	setup(&world, 256);
	for (size_t task = 0; task < 3; task++)
		make_debtor(&world, task);
	event_writer_end(&world.event_writer, -EIO);
	assert_true(event_writer_has_pending(&world.event_writer));
	read_all(&world);
	assert_int_equal(world.ends, 1);
	assert_int_equal(world.end_error, -EIO);
	assert_all_is_known(&world);
	teardown(&world);
}

static void debts_that_nobody_reads_are_dropped(void **state)
{
	struct world world;
	(void)state;
	setup(&world, 256);
	for (size_t task = 0; task < 4; task++)
		make_debtor(&world, task);
	end_task(&world, 2);
	event_writer_drop(&world.event_writer);
	teardown(&world); /* a sanitizer sees what was left, or was freed twice */
}

/* How often the reader was woken since the last look. */
static uint64_t wakes(const struct world *world)
{
	uint64_t count;
	return read(world->wake_fd, &count, sizeof(count)) == sizeof(count) ? count : 0;
}

static void the_reader_is_woken_when_the_ring_is_half_full_and_at_the_end(void **state)
{
	struct world world;
	uint64_t seed = 17;
	(void)state;
	setup(&world, 1 << 16);
	add_task(&world, 0);
	for (int i = 0; i < 200; i++)
		call_at_random(&world, 0, &seed);
	assert_int_equal(wakes(&world), 0);
	while (!event_writer_has_pending(&world.event_writer))
		call_at_random(&world, 0, &seed);
	assert_true(wakes(&world) > 0);
	read_all(&world);
	wakes(&world);
	event_writer_end(&world.event_writer, 0);
	assert_true(wakes(&world) > 0);
	read_all(&world);
	teardown(&world);
}

static void arguments_are_told_only_of_calls_that_somebody_looks_at(void **state)
{
	struct world world;
	(void)state;
	setup(&world, 4096);
	add_task(&world, 0);
	struct call wanted = call_of(1);
	atomic_store(&world.interest.bits[INTEREST_ARGS][wanted.abi][wanted.nr / 64],
		UINT64_C(1) << wanted.nr % 64);
	ring_pop(world.ring); /* EVENT_TASK */
	for (size_t kind = 0; kind < 3; kind++) {
		enter(&world, 0, kind);
		const struct event_enter *record = ring_peek(world.ring);
		assert_non_null(record);
		assert_int_equal(record->event.type, EVENT_ENTER);
		assert_int_equal(record->has_args, kind == 1);
		if (record->has_args)
			assert_int_equal(record->args[1], 2);
		ring_pop(world.ring);
		leave(&world, 0, false);
		ring_pop(world.ring);
	}
	teardown(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_room_every_call_is_told_by_itself),
		cmocka_unit_test(a_tiny_ring_loses_no_call),
		cmocka_unit_test(a_reader_that_sleeps_gets_sums),
		cmocka_unit_test(a_task_that_begins_and_ends_unread_is_told_of_in_full),
		cmocka_unit_test(an_end_that_finds_room_again_is_told_once),
		cmocka_unit_test(a_debt_that_was_paid_in_part_can_grow_again),
		cmocka_unit_test(the_end_waits_for_all_debts),
		cmocka_unit_test(debts_that_nobody_reads_are_dropped),
		cmocka_unit_test(the_reader_is_woken_when_the_ring_is_half_full_and_at_the_end),
		cmocka_unit_test(arguments_are_told_only_of_calls_that_somebody_looks_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
