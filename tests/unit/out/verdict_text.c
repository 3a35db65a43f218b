/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict: which of the rules holds first, and how it reads. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/time.h"
#include "out/verdict_text.h"

#define NOW_NS (100 * NS_PER_S)

#define MS     NS_PER_MS

/* A thread that has been in NR for AGE_NS. */
static struct thread_row in_call(pid_t tid, const char *comm, uint32_t nr, uint64_t age_ns)
{
	struct thread_row row = {
		.pid = 10,
		.tid = tid,
		.state = THREAD_IN_CALL,
		.in_call = true,
		.call = {.nr = nr},
		.since_ns = NOW_NS - age_ns,
		.time.last_ns[TIME_WAIT] = 1000 * MS,
	};
	snprintf(row.comm, sizeof(row.comm), "%s", comm);
	return row;
}

/* A thread that worked for BUSY_MS of the last second, mostly in NR. */
static struct thread_row busy(pid_t tid, const char *comm, uint32_t nr, uint64_t busy_ms)
{
	struct thread_row row = {
		.pid = 10,
		.tid = tid,
		.state = THREAD_RUNNING,
		.since_ns = NOW_NS,
		.time.last_ns[TIME_USER] = busy_ms * MS / 4,
		.time.last_ns[TIME_KERNEL] = busy_ms * MS * 3 / 4,
		.time.last_ns[TIME_WAIT] = (1000 - busy_ms) * MS,
		.top[0] = {{.nr = nr}, busy_ms * MS * 3 / 4},
	};
	snprintf(row.comm, sizeof(row.comm), "%s", comm);
	return row;
}

/* Expects that ROWS have exactly the lines FIRST and SECOND, or NULL. */
static void expect(struct thread_row *rows, size_t count, const char *first, const char *second)
{
	struct call_row fdatasync = {.call = {.nr = SYS_fdatasync},
		.name = "fdatasync",
		.rate = 22,
		.timed = 100,
		.p99_ns = 118 * MS};
	struct report report = {
		.facts.now_ns = NOW_NS,
		.threads = rows,
		.thread_count = count,
		.calls = &fdatasync,
		.call_count = 1,
	};
	const char *expected[] = {first, second};
	struct verdict_line lines[VERDICT_MAX];
	size_t found = verdict_lines(&report, lines);
	assert_int_equal(found, (first != NULL) + (second != NULL));
	for (size_t i = 0; i < found; i++)
		assert_string_equal(lines[i].text, expected[i]);
	report.totals.ended = true;
	assert_int_equal(verdict_lines(&report, lines), 0);
}

static void nothing_has_no_verdict(void **state)
{
	struct thread_row gone = {.state = THREAD_ENDED, .deadlocked = true};
	(void)state;
	expect(NULL, 0, NULL, NULL);
	expect(&gone, 1, NULL, NULL);
}

static void the_busiest_thread_is_named(void **state)
{
	struct thread_row rows[] = {
		busy(11, "a", SYS_read, 100),
		busy(12, "b\x1b", SYS_write, 800),
		in_call(13, "idle", SYS_futex, 60 * NS_PER_S),
	};
	(void)state;
	rows[2].is_idle = true;
	expect(rows, 3, "12 b\\x1b busy 80.0%: 60.0% in write, 20.0% in user space", NULL);
}

static void who_is_held_up_comes_before_who_works(void **state)
{
	char reason[] = "mutex held by 11 (a)";
	struct thread_row rows[] = {
		busy(11, "a", SYS_read, 800),
		in_call(12, "b", SYS_futex, 200 * MS),
		in_call(13, "c", SYS_futex, 3200 * MS),
		in_call(14, "d", SYS_futex, 50 * MS),
	};
	(void)state;
	for (int i = 1; i < 4; i++) {
		rows[i].owner = 11;
		rows[i].is_held = true;
		rows[i].waits_for = reason;
	}
	expect(rows, 4, "held up: 13 c in futex for 3.20s, waiting on mutex held by 11 (a); 1 more",
		"11 a busy 80.0%: 60.0% in read, 20.0% in user space");
}

static void a_deadlock_comes_first(void **state)
{
	struct thread_row rows[] = {
		in_call(11, "a", SYS_futex, 2000 * MS),
		in_call(12, "b", SYS_futex, 1000 * MS),
		busy(13, "c", SYS_read, 800),
	};
	(void)state;
	for (int i = 0; i < 2; i++)
		rows[i].deadlocked = rows[i].is_held = true;
	expect(rows, 1, "deadlock: 11 a waits for itself (H)", NULL);
	expect(rows, 3, "deadlock of 2 threads: 11 a, 12 b wait for each other (H)",
		"13 c busy 80.0%: 60.0% in read, 20.0% in user space");
}

static void disks_are_seen_in_one_long_wait_and_in_many_short_ones(void **state)
{
	char path[] = "/var/wal";
	struct thread_row one[] = {in_call(11, "a", SYS_read, 94 * MS)};
	struct thread_row many[] = {in_call(12, "b", SYS_fdatasync, 5 * MS)};
	(void)state;
	one[0].proc_state = 'D';
	one[0].waits_for = path;
	expect(one, 1, "disk: 11 a in read for 94.0ms, waiting on /var/wal", NULL);
	many[0].top[0] = (struct call_time){many[0].call, 600 * MS};
	many[0].time.last_ns[TIME_WAIT] = 400 * MS;
	many[0].time.last_ns[TIME_DESC] = 600 * MS;
	expect(many, 1, "disk: 12 b in fdatasync, 22/s, p99 118ms", NULL);
}

static void one_that_cannot_connect_is_named(void **state)
{
	char peer[] = "tcp 10.0.0.1:80";
	struct thread_row rows[] = {in_call(11, "curl", SYS_connect, 12 * NS_PER_S)};
	(void)state;
	rows[0].waits_for = peer;
	expect(rows, 1, "11 curl in connect for 12.0s, waiting on tcp 10.0.0.1:80", NULL);
}

static void only_if_all_are_stopped_that_matters(void **state)
{
	struct thread_row rows[] = {
		in_call(11, "a", SYS_read, 5 * NS_PER_S), busy(12, "b", SYS_read, 800)};
	(void)state;
	rows[0].state = THREAD_STOPPED;
	expect(rows, 1, "stopped by a signal for 5.00s: 11 a", NULL);
	rows[0].state = THREAD_FROZEN;
	expect(rows, 2, "12 b busy 80.0%: 60.0% in read, 20.0% in user space", NULL);
}

/* The one that was the last to do anything says why nothing happens. */
static void who_waits_for_nothing_to_do_is_named_last(void **state)
{
	char input[] = "0: pipe ↔ 33 (cat)";
	struct thread_row rows[] = {
		in_call(11, "pool", SYS_futex, 90 * NS_PER_S),
		in_call(12, "reader", SYS_read, 12 * NS_PER_S),
	};
	(void)state;
	rows[0].is_idle = rows[1].is_idle = true;
	rows[1].waits_for = input;
	expect(rows, 2,
		"2 threads idle; the last to do anything: 12 reader in read for 12.0s, waiting on 0: "
		"pipe ↔ 33 (cat)",
		NULL);
	expect(rows, 1, "idle: 11 pool in futex for 90.0s", NULL);
	rows[0].is_idle = false;
	expect(rows, 2, "nothing runs: 11 pool in futex for 90.0s", NULL);
}

/* The function that it runs most, if there are samples enough to say that. */
static void the_busiest_thread_has_its_function(void **state)
{
	(void)state;
	static const struct module module = {.name = "spin"};
	static const struct frame frame = {.module = &module, .offset = 0x10};
	union {
		struct stack stack;
		char room[sizeof(struct stack) + sizeof(struct frame *)];
	} of = {.stack = {.id = 1, .count = 1, .guessed = 1}};
	struct stack_row samples = {.stack = &of.stack, .calls = 3};
	struct thread_row rows[] = {busy(22302, "backend", SYS_read, 1000)};
	struct report report = {
		.facts.now_ns = NOW_NS,
		.threads = rows,
		.thread_count = 1,
		.busy = {.tid = 22302, .row = &samples, .count = 1},
	};
	struct verdict_line lines[VERDICT_MAX];
	of.stack.frame[0] = &frame;
	assert_int_equal(verdict_lines(&report, lines), 1);
	assert_non_null(strstr(lines[0].text, "25.0% in user space (spin+0x10 100%)"));
	samples.calls = 2;
	assert_int_equal(verdict_lines(&report, lines), 1);
	assert_null(strstr(lines[0].text, "spin"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_no_verdict),
		cmocka_unit_test(the_busiest_thread_is_named),
		cmocka_unit_test(the_busiest_thread_has_its_function),
		cmocka_unit_test(who_is_held_up_comes_before_who_works),
		cmocka_unit_test(a_deadlock_comes_first),
		cmocka_unit_test(disks_are_seen_in_one_long_wait_and_in_many_short_ones),
		cmocka_unit_test(one_that_cannot_connect_is_named),
		cmocka_unit_test(only_if_all_are_stopped_that_matters),
		cmocka_unit_test(who_waits_for_nothing_to_do_is_named_last),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
