/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls by object: what views show after streams of details, and that they add up. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "abi/transfer.h"
#include "base/clock.h"
#include "decode/descriptors.h"
#include "model/file_rows.h"
#include "model/files.h"
#include "support/details.h"

#define PID       10
#define THREAD    11
#define TEXT      0x1000
#define MEMORY    0x2000
#define STEP      (10 * NS_PER_MS)
#define TAKES     (NS_PER_MS)

#define ARGS(...) ((const uint64_t[CALL_MAX_ARGS]){__VA_ARGS__})

struct stream {
	struct model *model;
	uint64_t now_ns;
	pid_t tid;
	bool is_lost; /* the next details do not arrive */
	union made_detail made;
};

static void task(struct stream *stream, pid_t tid, const char *comm)
{
	struct event_task record = {
		.event = {EVENT_TASK, tid, stream->now_ns}, .tgid = PID, .parent = 1};
	snprintf(record.comm, sizeof(record.comm), "%s", comm);
	model_apply(stream->model, &record.event);
}

static int begin(void **state)
{
	static struct stream stream;
	union made_reading made;
	stream = (struct stream){.now_ns = NS_PER_S, .tid = PID};
	stream.model = model_new(stream.now_ns, NULL);
	model_follow_files(stream.model, true, stream.now_ns);
	task(&stream, PID, "main");
	task(&stream, THREAD, "worker");
	reading_make(&made, PID, 0, FOUND_ALL, stream.now_ns, stream.now_ns, KIND_FILE, "");
	model_apply(stream.model, &made.reading.event);
	stream.now_ns += STEP;
	*state = &stream;
	return 0;
}

static int end(void **state)
{
	struct stream *stream = *state;
	model_free(stream->model);
	return 0;
}

static void call(struct stream *stream, uint32_t nr, const uint64_t *args)
{
	detail_begin(
		&stream->made, PID, stream->tid, nr, stream->now_ns, stream->now_ns + TAKES, args);
	stream->now_ns += STEP;
}

/* Sends the end of the call, and its detail. */
static void finish(struct stream *stream, int64_t result, int err)
{
	struct event_detail *detail = &stream->made.detail;
	detail->result = result;
	detail->err = err;
	struct event_exit record = {
		.event = {EVENT_EXIT, stream->tid, detail->event.time_ns},
		.call = detail->call,
		.result = result,
		.outcome = {.duration_ns = TAKES,
			.err = err,
			.bytes = err ? 0 : transfer_bytes(detail->call, detail->args, result)},
	};
	model_apply(stream->model, &record.event);
	if (!stream->is_lost)
		model_apply(stream->model, &detail->event);
}

static void simple(struct stream *stream, uint32_t nr, const uint64_t *args, int64_t result)
{
	call(stream, nr, args);
	finish(stream, result, 0);
}

static void open_file(struct stream *stream, const char *path, int fd, int err)
{
	call(stream, SYS_openat, ARGS((uint64_t)AT_FDCWD, TEXT, O_RDONLY));
	detail_text(&stream->made, TEXT, path);
	finish(stream, fd, err);
}

/* The row called NAME; without calls if there is none. */
static struct file_row row_in(
	const struct stream *stream, enum file_grouping grouping, const char *name)
{
	struct file_row *rows, found = {.calls = 0};
	size_t count = model_files(stream->model, grouping, stream->now_ns, &rows);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].size == strlen(name) && memcmp(rows[i].name, name, rows[i].size) == 0)
			found = rows[i];
	}
	free(rows);
	return found;
}

static struct file_row row(const struct stream *stream, const char *name)
{
	return row_in(stream, FILE_EACH, name);
}

/* The rows, what is not attributed and what is counted twice are all the calls. */
static void assert_adds_up(const struct stream *stream)
{
	for (enum file_grouping grouping = 0; grouping < FILE_GROUPINGS; grouping++) {
		struct file_totals totals;
		struct file_row *rows;
		uint64_t calls = 0, bytes = 0, errors = 0, ns = 0;
		size_t count = model_files(stream->model, grouping, stream->now_ns, &rows);
		model_file_totals(stream->model, &totals);
		for (size_t i = 0; i < count; i++) {
			calls += rows[i].calls;
			errors += rows[i].errors;
			bytes += rows[i].in + rows[i].out;
			ns += rows[i].total_ns;
		}
		free(rows);
		assert_int_equal(
			calls + totals.lost_calls + totals.without, totals.calls + totals.repeated);
		if (totals.repeated)
			continue;
		assert_int_equal(errors + totals.lost_errors, totals.errors);
		assert_int_equal(bytes + totals.lost_bytes, totals.bytes);
		if (!totals.without)
			assert_int_equal(ns + totals.lost_ns, totals.total_ns);
	}
}

static void rows_have_calls_errors_and_bytes(void **state)
{
	struct stream *stream = *state;
	open_file(stream, "/a/x", 3, 0);
	simple(stream, SYS_read, ARGS(3, MEMORY, 100), 60);
	simple(stream, SYS_write, ARGS(3, MEMORY, 40), 40);
	call(stream, SYS_read, ARGS(3, MEMORY, 100));
	finish(stream, 0, EIO);
	for (int i = 0; i < 5; i++)
		open_file(stream, "/a/none", 0, i ? ENOENT : EACCES);
	struct file_row one = row(stream, "/a/x");
	assert_int_equal(one.calls, 4);
	assert_int_equal(one.errors, 1);
	assert_int_equal(one.error[0].err, EIO);
	assert_int_equal(one.in, 60);
	assert_int_equal(one.out, 40);
	assert_int_equal(one.total_ns, 4 * TAKES);
	assert_int_equal(one.user, PID);
	assert_string_equal(one.user_comm, "main");
	assert_int_equal(one.last_call.nr, SYS_read);
	assert_in_range(one.p99_ns, TAKES * 98 / 100, TAKES * 102 / 100);
	one = row(stream, "/a/none");
	assert_int_equal(one.errors, 5);
	assert_int_equal(one.error[0].err, ENOENT);
	assert_int_equal(one.error[0].count, 4);
	assert_int_equal(one.error[1].err, EACCES);
	assert_adds_up(stream);
}

static void groups_add_up_their_objects(void **state)
{
	struct stream *stream = *state;
	open_file(stream, "/a/x", 3, 0);
	open_file(stream, "/a/y", 4, 0);
	open_file(stream, "/b/z", 5, 0);
	simple(stream, SYS_eventfd2, ARGS(0, 0), 6);
	struct file_row one = row_in(stream, FILE_BY_PLACE, "/a/");
	assert_int_equal(one.objects, 2);
	assert_int_equal(one.calls, 2);
	assert_int_equal(row_in(stream, FILE_BY_PLACE, "eventfd").calls, 1);
	assert_int_equal(row_in(stream, FILE_BY_KIND, "file").objects, 3);
	assert_adds_up(stream);
}

static void lost_details_are_not_attributed(void **state)
{
	struct stream *stream = *state;
	struct file_totals totals;
	open_file(stream, "/a", 3, 0);
	stream->is_lost = true;
	simple(stream, SYS_read, ARGS(3, MEMORY, 100), 60);
	/* Calls that are about no object are not expected. */
	simple(stream, SYS_getpid, ARGS(0), PID);
	stream->is_lost = false;
	call(stream, SYS_read, ARGS(3, MEMORY, 100));
	stream->made.detail.lost = 1;
	finish(stream, 10, 0);
	model_file_totals(stream->model, &totals);
	assert_int_equal(totals.calls, 3);
	assert_int_equal(totals.lost_calls, 1);
	assert_int_equal(totals.lost_bytes, 60);
	assert_int_equal(totals.lost_ns, TAKES);
	/* It may be another file by now. */
	assert_int_equal(totals.unsure, 1);
	assert_int_equal(row(stream, "/a").unsure, 1);
	assert_adds_up(stream);
}

static void calls_of_two_objects_and_of_none_add_up(void **state)
{
	struct stream *stream = *state;
	struct file_totals totals;
	open_file(stream, "/in", 3, 0);
	open_file(stream, "/out", 4, 0);
	simple(stream, SYS_sendfile, ARGS(4, 3, 0, 100), 100);
	/* MAP_ANONYMOUS */
	simple(stream, SYS_mmap, ARGS(0, 4096, 3, 0x22, UINT64_MAX, 0), 0x7000);
	model_file_totals(stream->model, &totals);
	assert_int_equal(totals.repeated, 1);
	assert_int_equal(totals.without, 1);
	assert_int_equal(row(stream, "/in").in, 100);
	assert_int_equal(row(stream, "/in").out, 0);
	assert_int_equal(row(stream, "/out").out, 100);
	assert_adds_up(stream);
}

static void aggregated_calls_are_not_attributed(void **state)
{
	struct stream *stream = *state;
	struct file_totals totals;
	struct event_sum sum = {
		.event = {EVENT_SUM, PID, stream->now_ns},
		.call = {.nr = SYS_read, .abi = ABI_NATIVE},
		.from_ns = stream->now_ns - STEP / 2,
		.counts = {.calls = 7, .partial = 7, .bytes = 70, .total_ns = 7},
	};
	model_apply(stream->model, &sum.event);
	model_file_totals(stream->model, &totals);
	assert_int_equal(totals.lost_calls, 7);
	assert_int_equal(totals.lost_bytes, 70);
	assert_adds_up(stream);
}

static void nothing_is_counted_when_it_is_off(void **state)
{
	struct stream *stream = *state;
	struct file_totals totals;
	open_file(stream, "/a", 3, 0);
	model_follow_files(stream->model, false, stream->now_ns);
	open_file(stream, "/a", 4, 0);
	model_file_totals(stream->model, &totals);
	assert_int_equal(totals.calls, 1);
	assert_false(totals.is_on);
	assert_int_equal(row(stream, "/a").calls, 1);
	model_follow_files(stream->model, true, stream->now_ns);
	open_file(stream, "/a", 5, 0);
	assert_int_equal(row(stream, "/a").calls, 2);
	assert_adds_up(stream);
}

static void marks_count_from_then_on(void **state)
{
	struct stream *stream = *state;
	open_file(stream, "/a", 3, 0);
	open_file(stream, "/b", 4, 0);
	model_mark(stream->model, stream->now_ns);
	simple(stream, SYS_read, ARGS(3, MEMORY, 100), 60);
	assert_int_equal(row(stream, "/a").calls, 1);
	assert_int_equal(row(stream, "/a").in, 60);
	assert_int_equal(row(stream, "/b").calls, 0);
	assert_adds_up(stream);
	model_unmark(stream->model);
	assert_int_equal(row(stream, "/a").calls, 2);
	assert_int_equal(row(stream, "/b").calls, 1);
	assert_adds_up(stream);
}

static void rates_are_over_the_last_interval(void **state)
{
	struct stream *stream = *state;
	open_file(stream, "/a", 3, 0);
	model_tick(stream->model, stream->now_ns);
	uint64_t from_ns = stream->now_ns;
	simple(stream, SYS_read, ARGS(3, MEMORY, 1000), 1000);
	simple(stream, SYS_write, ARGS(3, MEMORY, 500), 500);
	stream->now_ns = from_ns + NS_PER_S;
	model_tick(stream->model, stream->now_ns);
	struct file_row one = row(stream, "/a");
	assert_true(fabs(one.rate - 2) < 0.01);
	assert_true(fabs(one.in_rate - 1000) < 1);
	assert_true(fabs(one.out_rate - 500) < 1);
	assert_true(fabs(one.bytes_avg - 500) < 1);
}

static void found_object_takes_over_what_was_counted(void **state)
{
	struct stream *stream = *state;
	union made_reading made;
	const int32_t fds[2] = {3, 4};
	call(stream, SYS_pipe, ARGS(MEMORY));
	detail_memory(&stream->made, DETAIL_EXIT, MEMORY, fds, sizeof(fds));
	finish(stream, 0, 0);
	simple(stream, SYS_write, ARGS(4, MEMORY, 40), 40);
	assert_int_equal(row(stream, "pipe of 10 (main)").calls, 2);
	reading_make(
		&made, PID, 3, FOUND_OPEN, stream->now_ns, stream->now_ns, KIND_PIPE, "pipe:[77]");
	model_apply(stream->model, &made.reading.event);
	stream->now_ns += STEP;
	simple(stream, SYS_read, ARGS(3, MEMORY, 40), 40);
	model_tick(stream->model, stream->now_ns);
	assert_int_equal(row(stream, "pipe:[77]").calls, 3);
	assert_int_equal(row(stream, "pipe of 10 (main)").calls, 0);
	assert_adds_up(stream);
}

static void parts_are_calls_and_threads(void **state)
{
	struct stream *stream = *state;
	struct file_part_row *parts;
	open_file(stream, "/a", 3, 0);
	simple(stream, SYS_read, ARGS(3, MEMORY, 100), 60);
	stream->tid = THREAD;
	simple(stream, SYS_read, ARGS(3, MEMORY, 100), 10);
	uint64_t key = row(stream, "/a").key;
	size_t count = model_file_parts(stream->model, FILE_EACH, key, false, &parts);
	assert_int_equal(count, 2);
	assert_string_equal(parts[0].name, "read");
	assert_int_equal(parts[0].calls, 2);
	assert_int_equal(parts[0].in, 70);
	assert_string_equal(parts[1].name, "openat");
	free(parts);
	count = model_file_parts(stream->model, FILE_EACH, key, true, &parts);
	assert_int_equal(count, 2);
	assert_int_equal(parts[0].tid, PID);
	assert_int_equal(parts[1].tid, THREAD);
	assert_string_equal(parts[1].comm, "worker");
	assert_int_equal(parts[1].in, 10);
	free(parts);
	assert_int_equal(row(stream, "/a").users, 2);
}

static void calls_in_progress_are_included(void **state)
{
	struct stream *stream = *state;
	open_file(stream, "/a", 3, 0);
	struct event_enter enter = {
		.event = {EVENT_ENTER, PID, stream->now_ns},
		.call = {.nr = SYS_read, .abi = ABI_NATIVE},
		.args = {3, MEMORY, 100},
		.has_args = true,
	};
	model_apply(stream->model, &enter.event);
	stream->now_ns += STEP;
	model_tick(stream->model, stream->now_ns);
	struct file_row one = row(stream, "/a");
	assert_int_equal(one.calls, 1);
	assert_int_equal(one.in_progress, 1);
	assert_int_equal(one.total_ns, TAKES + STEP);
	assert_int_equal(row(stream, "futex 0x40 of 10 (main)").in_progress, 0);
	/* Of a mutex, which nobody has got yet. */
	enter.event.tid = THREAD;
	enter.call.nr = SYS_futex;
	enter.args[0] = 0x40;
	enter.event.time_ns = stream->now_ns;
	model_apply(stream->model, &enter.event);
	const struct event_observed observed = {
		.event = {EVENT_OBSERVED, THREAD, stream->now_ns},
		.has_wait = true,
		.since_ns = stream->now_ns,
		.lasts = true,
		.owner = PID,
		.reason = "mutex held by 10 (main)",
	};
	model_apply(stream->model, &observed.event);
	stream->now_ns += STEP;
	model_tick(stream->model, stream->now_ns);
	one = row(stream, "futex 0x40 of 10 (main)");
	assert_int_equal(one.in_progress, 1);
	assert_int_equal(one.peer, PID);
	assert_string_equal(one.peer_comm, "main");
}

static void idle_waits_for_an_object_are_no_share(void **state)
{
	struct stream *stream = *state;
	open_file(stream, "/a", 3, 0);
	const struct event_enter enter = {
		.event = {EVENT_ENTER, THREAD, stream->now_ns},
		.call = {.nr = SYS_futex, .abi = ABI_NATIVE},
		.args = {0x40},
		.has_args = true,
	};
	model_apply(stream->model, &enter.event);
	model_tick(stream->model, stream->now_ns);
	stream->now_ns += 2 * NS_PER_S;
	model_tick(stream->model, stream->now_ns);
	struct file_row one = row(stream, "futex 0x40 of 10 (main)");
	assert_int_equal(one.idle_ns, 2 * NS_PER_S);
	assert_true(one.work_share == 0);
	assert_true(row(stream, "/a").work_share == 1);
}

static void many_paths_are_bounded_and_add_up(void **state)
{
	struct stream *stream = *state;
	struct file_totals totals;
	size_t paths = 4 * FILES_MAX;
	open_file(stream, "/hot", 3, 0);
	for (size_t i = 0; i < 2000; i++)
		simple(stream, SYS_read, ARGS(3, MEMORY, 100), 60);
	for (size_t i = 0; i < paths; i++) {
		char path[64];
		snprintf(path, sizeof(path), "/many/%zu", i);
		open_file(stream, path, 4, i % 2 ? ENOENT : 0);
	}
	model_file_totals(stream->model, &totals);
	assert_int_equal(totals.objects, paths + 1);
	assert_in_range(totals.objects - totals.forgotten, 1000, FILES_MAX);
	assert_true(row(stream, "[other]").calls >= paths - FILES_MAX);
	/* What matters stays. */
	assert_int_equal(row(stream, "/hot").calls, 2001);
	assert_in_range(
		descriptors_objects(model_descriptors(stream->model))->count, 1, FILES_MAX + 16);
	assert_adds_up(stream);
}

static void rows_are_sorted(void **state)
{
	struct stream *stream = *state;
	struct file_row *rows;
	open_file(stream, "/b", 3, 0);
	open_file(stream, "/a", 4, 0);
	open_file(stream, "/c", 0, ENOENT);
	simple(stream, SYS_read, ARGS(4, MEMORY, 100), 60);
	size_t count = model_files(stream->model, FILE_EACH, stream->now_ns, &rows);
	assert_int_equal(count, 3);
	file_rows_sort(rows, count, (struct file_order){FILE_COLUMN_IN, true});
	assert_memory_equal(rows[0].name, "/a", 2);
	assert_memory_equal(rows[1].name, "/b", 2);
	file_rows_sort(rows, count, (struct file_order){FILE_COLUMN_ERRORS, true});
	assert_memory_equal(rows[0].name, "/c", 2);
	file_rows_sort(rows, count, (struct file_order){FILE_COLUMN_NAME, true});
	assert_memory_equal(rows[0].name, "/c", 2);
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
		TEST(rows_have_calls_errors_and_bytes),
		TEST(groups_add_up_their_objects),
		TEST(lost_details_are_not_attributed),
		TEST(calls_of_two_objects_and_of_none_add_up),
		TEST(aggregated_calls_are_not_attributed),
		TEST(nothing_is_counted_when_it_is_off),
		TEST(marks_count_from_then_on),
		TEST(rates_are_over_the_last_interval),
		TEST(found_object_takes_over_what_was_counted),
		TEST(parts_are_calls_and_threads),
		TEST(calls_in_progress_are_included),
		TEST(idle_waits_for_an_object_are_no_share),
		TEST(many_paths_are_bounded_and_add_up),
		TEST(rows_are_sorted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
