/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hand-made report, for the tests of code that shows reports: three calls, three threads and one
 * process of a target with a hostile name, 10 s after the start.
 */
#ifndef STOP_TESTS_SUPPORT_FIXTURE_H
#define STOP_TESTS_SUPPORT_FIXTURE_H

#include <string.h>
#include <sys/syscall.h>

#include "base/time.h"
#include "out/report.h"

#define FIXTURE_NOW_NS (110 * NS_PER_S)
#define FIXTURE_TIME   1700000000 /* 2023-11-14T22:13:20Z */

enum { NR_READ = SYS_read, NR_OPENAT = SYS_openat, NR_FUTEX = SYS_futex };

struct fixture {
	struct error_count errors[2];
	struct tally tally;
	struct call_row calls[3];
	struct thread_row threads[3];
	struct process_row processes[1];
	struct report report;
};

static inline void fixture_fill_calls(struct fixture *fixture)
{
	fixture->calls[0] = (struct call_row){
		.call = {NR_FUTEX, ABI_NATIVE},
		.name = "futex",
		.in_progress = 1,
		.share = 0.975,
		.work_share = 0.975,
		.total_ns = 40 * NS_PER_S,
		.longest_ns = 40 * NS_PER_S,
		.max_ns = 40 * NS_PER_S,
		.avg_ns = 40e9,
		.marked = true,
	};
	fixture->calls[1] = (struct call_row){
		.call = {NR_READ, ABI_NATIVE},
		.name = "read",
		.classes = 1U << CLASS_DESC,
		.calls = 1000000,
		.rate = 12345,
		.share = 0.0244,
		.work_share = 0.0244,
		.total_ns = NS_PER_S,
		.timed = 1000000,
		.min_ns = 300,
		.avg_ns = 1000,
		.max_ns = 2 * NS_PER_MS,
		.stddev_ns = 120,
		.p50_ns = 900,
		.p90_ns = 1500,
		.p99_ns = 4000,
	};
	fixture->calls[2] = (struct call_row){
		.call = {NR_OPENAT, ABI_NATIVE},
		.name = "openat",
		.classes = 1U << CLASS_DESC | 1U << CLASS_FILE,
		.calls = 20,
		.errors = 13,
		.rate = 0.25,
		.share = 0.0001,
		.work_share = 0.0001,
		.total_ns = 200000,
		.timed = 20,
		.min_ns = 5000,
		.avg_ns = 10000,
		.max_ns = 20000,
		.stddev_ns = 3000,
		.p50_ns = 9000,
		.p90_ns = 15000,
		.p99_ns = 19000,
		.tally = &fixture->tally,
	};
}

static inline void fixture_fill_threads(struct fixture *fixture)
{
	fixture->threads[0] = (struct thread_row){
		.pid = 1234,
		.tid = 1234,
		.comm = "evil\x1b[31m\n",
		.state = THREAD_IN_CALL,
		.in_call = true,
		.call = {NR_FUTEX, ABI_NATIVE},
		.args = {0x7fff0000, 128, 2},
		.has_args = true,
		.partial = true,
		.since_ns = FIXTURE_NOW_NS - 40 * NS_PER_S,
		.total_ns = 40 * NS_PER_S,
	};
	fixture->threads[1] = (struct thread_row){
		.pid = 1234,
		.tid = 1235,
		.comm = "worker",
		.state = THREAD_RUNNING,
		.since_ns = FIXTURE_NOW_NS - NS_PER_MS,
		.calls = 1000020,
		.errors = 13,
		.total_ns = NS_PER_S,
	};
	fixture->threads[2] = (struct thread_row){
		.pid = 1234,
		.tid = 1236,
		.comm = "gone",
		.state = THREAD_ENDED,
		.exit_code = -1,
		.exit_signal = 9,
		.since_ns = FIXTURE_NOW_NS - NS_PER_S,
	};
	fixture->processes[0] = (struct process_row){.pid = 1234, .parent = 1, .threads = 2};
	strcpy(fixture->processes[0].comm, "evil\x1b[31m\n");
}

static inline void fixture_make(struct fixture *fixture)
{
	*fixture = (struct fixture){.errors = {{2, 1}, {13, 12}}}; /* ENOENT, EACCES */
	fixture->tally = (struct tally){
		.calls = 20, .errors = 13, .error = fixture->errors, .error_kinds = 2};
	fixture_fill_calls(fixture);
	fixture_fill_threads(fixture);
	fixture->report = (struct report){
		.facts = {.time = {FIXTURE_TIME, 123000000},
			.now_ns = FIXTURE_NOW_NS,
			.name = "evil\x1b[31m\n",
			.command = "/usr/bin/evil --quiet",
			.pid = 1234,
			.targets = 1,
			.engine = "ptrace",
			.exit_code = -1},
		.view = {.order = {COLUMN_TOTAL, true}},
		.totals = {.start_ns = FIXTURE_NOW_NS - 10 * NS_PER_S,
			.calls = 1000020,
			.errors = 13,
			.call_rate = 12345.25,
			.error_rate = 0.5,
			.threads = 2,
			.processes = 1,
			.ended_threads = 1,
			.in_progress = 1},
		.cost = {.stops = 2000041,
			.cpu_ns = 1500 * NS_PER_MS,
			.share = -1,
			.user = "the tracer"},
		.calls = fixture->calls,
		.call_count = 3,
		.threads = fixture->threads,
		.thread_count = 3,
		.processes = fixture->processes,
		.process_count = 1,
	};
}

#endif
