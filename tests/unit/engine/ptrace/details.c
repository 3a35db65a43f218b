/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Details of calls: what is read when, and what arrives, whatever happens to the call in between.
 *
 * Here a fake tracee has one page of memory; the stops of its calls go through the state machine.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi/callset.h"
#include "base/ring.h"
#include "engine/ptrace/details.h"
#include "engine/ptrace/event_writer.h"
#include "engine/ptrace/pages.h"
#include "engine/ptrace/world/world.h"
#include "event/detail.h"
#include "event/interest.h"

#define TARGET 100
#define BASE   UINT64_C(0x10000)
#define SIZE   8192
#define RING   (1 << 16)

struct fake {
	struct world world;
	unsigned char memory[SIZE];
	size_t resident;    /* bytes from the beginning */
	unsigned int reads; /* number of reads so far */
	bool is_stuck;      /* queries about its memory do not return */
	struct pages pages;
	struct details details;
	struct event_writer writer;
	struct interest interest;
	struct ring *ring;
	struct tracee tracee;
	bool found;
	uint64_t now_ns;
};

static struct fake *fake_of(struct world *world)
{
	return (struct fake *)world;
}

static int open_pages(struct world *world, pid_t pid)
{
	(void)world, (void)pid;
	return 5;
}

static void close_pages(struct world *world, int pages)
{
	(void)world, (void)pages;
}

static size_t copy(
	struct world *world, int pages, pid_t pid, uint64_t address, void *buf, size_t size)
{
	struct fake *fake = fake_of(world);
	(void)pid;
	assert_int_equal(pages, 5);
	fake->reads++;
	if (address < BASE || address - BASE >= fake->resident)
		return 0;
	size_t available = fake->resident - (size_t)(address - BASE);
	size = size < available ? size : available;
	memcpy(buf, fake->memory + (address - BASE), size);
	return size;
}

static int begin_query(struct world *world, pid_t pid, struct subprocess *query)
{
	(void)world, (void)pid, (void)query;
	return 0;
}

static bool has_returned(struct world *world, const struct subprocess *query)
{
	(void)query;
	return !fake_of(world)->is_stuck;
}

static void end_query(struct world *world, struct subprocess *query)
{
	(void)world, (void)query;
}

static uint64_t now_ns(struct world *world)
{
	return fake_of(world)->now_ns;
}

static void wake(struct world *world, int fd)
{
	(void)world, (void)fd;
}

static bool is_orphan(struct world *world)
{
	(void)world;
	return false;
}

static const struct world_target fake_target = {
	.open_pages = open_pages,
	.close_pages = close_pages,
	.copy = copy,
	.begin_query = begin_query,
	.has_returned = has_returned,
	.end_query = end_query,
};
static const struct world_clock fake_clock = {.now_ns = now_ns};
static const struct world_process fake_process = {.wake = wake};
static const struct world_wait fake_wait = {.is_orphan = is_orphan};

static void setup(struct fake *fake, const char *set)
{
	struct callset_error error;
	struct callset *calls;
	*fake = (struct fake){
		.world =
			{
				.target = &fake_target,
				.clock = &fake_clock,
				.process = &fake_process,
				.wait = &fake_wait,
			},
		.resident = SIZE,
		.ring = ring_new(RING),
		.tracee = {.tid = TARGET, .tgid = TARGET, .phase = TRACEE_USER},
		.now_ns = 1000,
	};
	assert_int_equal(callset_parse(set, &calls, &error), 0);
	fake->interest.string_max = 32;
	interest_request(&fake->interest, INTEREST_LOG_FILE, INTEREST_DETAILS, calls);
	interest_request(&fake->interest, INTEREST_LOG_FILE, INTEREST_DATA, calls);
	interest_request(&fake->interest, INTEREST_LOG_FILE, INTEREST_LOG, calls);
	callset_free(calls);
	pages_init(&fake->pages, &fake->world);
	event_writer_init(&fake->writer, &fake->world, fake->ring, RING, &fake->interest, -1);
	details_init(&fake->details, &fake->world, &fake->interest, &fake->pages, &fake->writer);
}

static void teardown(struct fake *fake)
{
	assert_int_equal(fake->details.kept, 0);
	details_clear(&fake->details);
	pages_clear(&fake->pages);
	event_writer_drop(&fake->writer);
	ring_free(fake->ring);
}

/* The same as report.c does. */
static void take(struct fake *fake, const struct syscall_view *view)
{
	static const struct stop stop = {.kind = STOP_SYSCALL, .tid = TARGET};
	struct step step;
	fake->now_ns += 1000;
	tracee_step(&fake->tracee, &stop, view, fake->now_ns, &step);
	details_end(&fake->details, &fake->tracee, &step, view->op == SYSCALL_EXIT, fake->found);
	if (step.entered && fake->tracee.current.since_ns == fake->now_ns)
		details_enter(&fake->details, &fake->tracee, fake->found);
	details_write(&fake->details);
}

static void enter(struct fake *fake, uint32_t nr, uint64_t first, uint64_t second, uint64_t third)
{
	take(fake, &(struct syscall_view){
			   .op = SYSCALL_ENTRY,
			   .call = {.nr = nr, .abi = ABI_NATIVE},
			   .args = {first, second, third},
			   .ip = 0x400002,
			   .sp = 0x7000,
		   });
}

static void leave(struct fake *fake, int64_t result)
{
	take(fake, &(struct syscall_view){
			   .op = SYSCALL_EXIT,
			   .result = result,
			   .is_error = result < 0,
			   .ip = 0x400002,
			   .sp = 0x7000,
		   });
}

/* The next record, which must be a detail; the caller pops it. */
static const struct event_detail *next_detail(struct fake *fake)
{
	const struct event_detail *detail = ring_peek(fake->ring);
	assert_non_null(detail);
	assert_int_equal(detail->event.type, EVENT_DETAIL);
	return detail;
}

static void expect_nothing(struct fake *fake)
{
	assert_null(ring_peek(fake->ring));
}

static void expect_bytes(const struct event_detail *detail, enum detail_phase phase,
	uint64_t address, const char *expected, size_t size)
{
	char bytes[512];
	assert_true(size <= sizeof(bytes));
	assert_int_equal(detail_read(detail, phase, address, bytes, size), size);
	assert_memory_equal(bytes, expected, size);
}

static void nothing_is_read_unless_requested(void **state)
{
	(void)state;
	struct fake fake;
	setup(&fake, "read");
	enter(&fake, SYS_openat, (uint64_t)-100, BASE, 0);
	leave(&fake, 3);
	expect_nothing(&fake);
	assert_int_equal(fake.reads, 0);
	assert_null(fake.details.record);
	teardown(&fake);
}

static void a_path_is_read_at_the_entry(void **state)
{
	(void)state;
	struct fake fake;
	setup(&fake, "openat");
	strcpy((char *)fake.memory, "/etc/passwd");
	enter(&fake, SYS_openat, (uint64_t)-100, BASE, 0);
	/* The program may reuse the buffer as soon as the call returns. */
	memset(fake.memory, 'x', SIZE);
	leave(&fake, 3);
	const struct event_detail *detail = next_detail(&fake);
	assert_int_equal(detail->end, DETAIL_RETURNED);
	assert_int_equal(detail->result, 3);
	assert_int_equal(detail->err, 0);
	assert_int_equal(detail->args[1], BASE);
	assert_int_equal(detail->event.time_ns - detail->start_ns, 1000);
	assert_false(detail->partial);
	expect_bytes(detail, DETAIL_ENTRY, BASE, "/etc/passwd", 12);
	ring_pop(fake.ring);
	expect_nothing(&fake);
	teardown(&fake);
}

static void a_long_path_is_read_to_its_end(void **state)
{
	(void)state;
	struct fake fake;
	setup(&fake, "openat");
	memset(fake.memory, '/', 1000);
	enter(&fake, SYS_openat, (uint64_t)-100, BASE, 0);
	leave(&fake, -ENOENT);
	const struct event_detail *detail = next_detail(&fake);
	assert_int_equal(detail->err, ENOENT);
	expect_bytes(detail, DETAIL_ENTRY, BASE + 700, (const char *)fake.memory + 700, 301);
	teardown(&fake);
}

static void what_a_read_returns_is_read_at_the_exit(void **state)
{
	(void)state;
	struct fake fake;
	setup(&fake, "read");
	enter(&fake, SYS_read, 0, BASE, 4096);
	strcpy((char *)fake.memory, "hello");
	leave(&fake, 5);
	const struct event_detail *detail = next_detail(&fake);
	expect_bytes(detail, DETAIL_EXIT, BASE, "hello", 5);
	ring_pop(fake.ring);
	/* Of a failed one, nothing is. */
	enter(&fake, SYS_read, 0, BASE, 4096);
	unsigned int before = fake.reads;
	leave(&fake, -EAGAIN);
	assert_int_equal(fake.reads, before);
	assert_int_equal(next_detail(&fake)->size, 0);
	teardown(&fake);
}

static void what_was_absent_is_read_when_the_kernel_has_accessed_it(void **state)
{
	(void)state;
	struct fake fake;
	setup(&fake, "openat");
	strcpy((char *)fake.memory, "/a");
	fake.resident = 0;
	enter(&fake, SYS_openat, (uint64_t)-100, BASE, 0);
	fake.resident = SIZE;
	leave(&fake, 3);
	expect_bytes(next_detail(&fake), DETAIL_ENTRY, BASE, "/a", 3);
	ring_pop(fake.ring);
	/* Still absent: it is not there. */
	fake.resident = 0;
	enter(&fake, SYS_openat, (uint64_t)-100, BASE, 0);
	leave(&fake, -EFAULT);
	assert_int_equal(next_detail(&fake)->size, 0);
	teardown(&fake);
}

static void a_restarted_call_is_one(void **state)
{
	(void)state;
	struct fake fake;
	setup(&fake, "write");
	strcpy((char *)fake.memory, "first");
	enter(&fake, SYS_write, 1, BASE, 5);
	leave(&fake, -512);
	expect_nothing(&fake);
	strcpy((char *)fake.memory, "other");
	enter(&fake, SYS_write, 1, BASE, 5);
	leave(&fake, 5);
	const struct event_detail *detail = next_detail(&fake);
	expect_bytes(detail, DETAIL_ENTRY, BASE, "first", 5);
	assert_int_equal(detail->event.time_ns - detail->start_ns, 3000);
	ring_pop(fake.ring);
	expect_nothing(&fake);
	teardown(&fake);
}

static void a_call_that_a_handler_interrupts_keeps_what_was_read(void **state)
{
	(void)state;
	struct fake fake;
	const struct stop signal = {.kind = STOP_SIGNAL, .tid = TARGET, .signal = SIGUSR1};
	struct step step;
	setup(&fake, "write,getpid");
	strcpy((char *)fake.memory, "first");
	enter(&fake, SYS_write, 1, BASE, 5);
	leave(&fake, -512);
	tracee_step(&fake.tracee, &signal, NULL, fake.now_ns, &step);
	/* The handler makes a call; then it returns to the instruction of the first. */
	take(&fake, &(struct syscall_view){.op = SYSCALL_ENTRY,
			    .call = {SYS_getpid, ABI_NATIVE},
			    .ip = 0x500002,
			    .sp = 0x6000});
	leave(&fake, 7);
	assert_int_equal(next_detail(&fake)->call.nr, SYS_getpid);
	ring_pop(fake.ring);
	take(&fake, &(struct syscall_view){.op = SYSCALL_ENTRY,
			    .call = {SYS_rt_sigreturn, ABI_NATIVE},
			    .ip = 0x500010,
			    .sp = 0x6000});
	take(&fake, &(struct syscall_view){
			    .op = SYSCALL_EXIT, .result = 1, .ip = 0x400000, .sp = 0x7000});
	enter(&fake, SYS_write, 1, BASE, 5);
	leave(&fake, 5);
	expect_bytes(next_detail(&fake), DETAIL_ENTRY, BASE, "first", 5);
	ring_pop(fake.ring);
	expect_nothing(&fake);
	teardown(&fake);
}

static void a_killed_task_has_not_returned(void **state)
{
	(void)state;
	struct fake fake;
	struct step step;
	setup(&fake, "openat");
	strcpy((char *)fake.memory, "/a");
	enter(&fake, SYS_openat, (uint64_t)-100, BASE, 0);
	tracee_vanish(&fake.tracee, fake.now_ns, &step);
	unsigned int before = fake.reads;
	details_end(&fake.details, &fake.tracee, &step, false, false);
	details_write(&fake.details);
	assert_int_equal(fake.reads, before);
	const struct event_detail *detail = next_detail(&fake);
	assert_int_equal(detail->end, DETAIL_NEVER_RETURNED);
	expect_bytes(detail, DETAIL_ENTRY, BASE, "/a", 3);
	teardown(&fake);
}

static void details_of_one_task_can_be_requested(void **state)
{
	(void)state;
	struct fake fake;
	setup(&fake, "none");
	strcpy((char *)fake.memory, "/a");
	fake.interest.details_of = TARGET + 1;
	enter(&fake, SYS_openat, (uint64_t)-100, BASE, 0);
	leave(&fake, 3);
	expect_nothing(&fake);
	fake.interest.details_of = TARGET;
	enter(&fake, SYS_openat, (uint64_t)-100, BASE, 0);
	/* Also while it is in progress. */
	assert_int_equal(next_detail(&fake)->end, DETAIL_IN_PROGRESS);
	ring_pop(fake.ring);
	leave(&fake, 3);
	assert_int_equal(next_detail(&fake)->end, DETAIL_RETURNED);
	expect_bytes(next_detail(&fake), DETAIL_ENTRY, BASE, "/a", 3);
	teardown(&fake);
}

static void calls_in_progress_are_reported_if_that_is_requested(void **state)
{
	(void)state;
	struct fake fake;
	setup(&fake, "openat,getppid");
	strcpy((char *)fake.memory, "/a");
	interest_set_all(&fake.interest, INTEREST_PROGRESS, true);
	enter(&fake, SYS_openat, (uint64_t)-100, BASE, 0);
	const struct event_detail *detail = next_detail(&fake);
	assert_int_equal(detail->end, DETAIL_IN_PROGRESS);
	assert_int_equal(detail->args[1], BASE);
	expect_bytes(detail, DETAIL_ENTRY, BASE, "/a", 3);
	ring_pop(fake.ring);
	expect_nothing(&fake);
	leave(&fake, 3);
	assert_int_equal(next_detail(&fake)->end, DETAIL_RETURNED);
	ring_pop(fake.ring);
	/* Of which nothing was read, nothing more is known. */
	enter(&fake, SYS_getppid, 0, 0, 0);
	expect_nothing(&fake);
	leave(&fake, 1);
	assert_int_equal(next_detail(&fake)->end, DETAIL_RETURNED);
	ring_pop(fake.ring);
	/* While the ring is filling, they are left out, and not lost. */
	uint64_t made = 0;
	for (; ring_used(fake.ring) < RING / 2; made++) {
		enter(&fake, SYS_openat, (uint64_t)-100, BASE, 0);
		leave(&fake, 3);
	}
	uint64_t ended = 0, begun = 0;
	for (; (detail = ring_peek(fake.ring)) != NULL; ring_pop(fake.ring)) {
		assert_int_equal(detail->lost, 0);
		ended += detail->end == DETAIL_RETURNED;
		begun += detail->end == DETAIL_IN_PROGRESS;
	}
	assert_int_equal(ended, made);
	assert_in_range(begun, 1, made - 1);
	teardown(&fake);
}

static void a_process_that_may_be_stuck_is_asked_first(void **state)
{
	(void)state;
	struct fake fake;
	pid_t tid, tgid;
	setup(&fake, "openat");
	strcpy((char *)fake.memory, "/a");
	fake.found = fake.is_stuck = true;
	enter(&fake, SYS_openat, (uint64_t)-100, BASE, 0);
	leave(&fake, 3);
	assert_int_equal(fake.reads, 0);
	assert_int_equal(next_detail(&fake)->size, 0);
	ring_pop(fake.ring);
	fake.is_stuck = false;
	assert_true(pages_take_step(&fake.pages, &tid, &tgid));
	enter(&fake, SYS_openat, (uint64_t)-100, BASE, 0);
	leave(&fake, 3);
	expect_bytes(next_detail(&fake), DETAIL_ENTRY, BASE, "/a", 3);
	teardown(&fake);
}

static void what_does_not_fit_into_the_ring_is_counted(void **state)
{
	(void)state;
	struct fake fake;
	uint64_t made = 2000, seen = 0, lost = 0;
	setup(&fake, "openat");
	memset(fake.memory, '/', 1000);
	for (uint64_t i = 0; i < made; i++) {
		enter(&fake, SYS_openat, (uint64_t)-100, BASE, 0);
		leave(&fake, 3);
		/* Now and then, the reader is there. */
		const struct event_detail *detail;
		while (i % 300 == 299 && (detail = ring_peek(fake.ring)) != NULL) {
			seen += detail->event.type == EVENT_DETAIL;
			lost += detail->event.type == EVENT_DETAIL
			                ? detail->lost_logged
			                : ((const struct event_lost *)detail)->lost_logged;
			ring_pop(fake.ring);
		}
	}
	while (ring_peek(fake.ring) || fake.writer.lost) {
		event_writer_flush(&fake.writer);
		const struct event_detail *detail = ring_peek(fake.ring);
		assert_non_null(detail);
		seen += detail->event.type == EVENT_DETAIL;
		lost += detail->event.type == EVENT_DETAIL
		                ? detail->lost_logged
		                : ((const struct event_lost *)detail)->lost_logged;
		ring_pop(fake.ring);
	}
	assert_true(seen > 0 && lost > 0);
	assert_int_equal(seen + lost, made);
	teardown(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_read_unless_requested),
		cmocka_unit_test(a_path_is_read_at_the_entry),
		cmocka_unit_test(a_long_path_is_read_to_its_end),
		cmocka_unit_test(what_a_read_returns_is_read_at_the_exit),
		cmocka_unit_test(what_was_absent_is_read_when_the_kernel_has_accessed_it),
		cmocka_unit_test(a_restarted_call_is_one),
		cmocka_unit_test(a_call_that_a_handler_interrupts_keeps_what_was_read),
		cmocka_unit_test(a_killed_task_has_not_returned),
		cmocka_unit_test(details_of_one_task_can_be_requested),
		cmocka_unit_test(calls_in_progress_are_reported_if_that_is_requested),
		cmocka_unit_test(a_process_that_may_be_stuck_is_asked_first),
		cmocka_unit_test(what_does_not_fit_into_the_ring_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
