/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flight recorders: what is in memory is bounded in time and size, what is written of it is a
 * recording of its own, and a disk that is full leaves the last parts, or nothing.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/replay/replay.h"
#include "event/event.h"
#include "event/sink.h"
#include "out/ctf_memory.h"
#include "out/recorder.h"

#define MIB     ((uint64_t)1 << 20)

/* What is kept. */
#define KEPT_NS 8000

static char directory[PATH_MAX], name[PATH_MAX + 32];

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *ftw)
{
	(void)status, (void)flag, (void)ftw;
	return remove(path);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "%s/stop-memory.XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(directory))
		return -1;
	snprintf(name, sizeof(name), "%s/test", directory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct recorder *begin(uint64_t size)
{
	const struct recorder_options options = {
		.buffer = 4 * MIB, .limit = size, .limit_ns = KEPT_NS};
	struct recorder *recorder;
	assert_int_equal(recorder_new(&options, &recorder), 0);
	recorder_flush(recorder, 10000);
	return recorder;
}

static void send_task(struct recorder *recorder, uint64_t time_ns, pid_t tid)
{
	struct event_task task = {.event = {EVENT_TASK, tid, time_ns}, .tgid = tid, .comm = "task"};
	event_send(recorder_sink(recorder), &task.event);
}

/* Sends a note of NUMBER, which is large, COUNT times. */
static void send_notes(struct recorder *recorder, uint64_t time_ns, size_t count)
{
	struct event_note note = {.event = {EVENT_NOTE, 0, time_ns}, .count = 1};
	memset(note.text, 'x', sizeof(note.text) - 1);
	while (count--) {
		event_send(recorder_sink(recorder), &note.event);
		recorder_flush_all(recorder);
		while (!recorder_is_written(recorder))
			pause_poll();
	}
}

/* Begins a part at TIME_NS, with a task that is known. */
static void begin_part(struct recorder *recorder, uint64_t time_ns, pid_t known)
{
	struct event_present present = {.event = {.type = EVENT_PRESENT, .time_ns = time_ns}};
	assert_true(recorder_begin_part(recorder, time_ns));
	event_send(recorder_sink(recorder), &present.event);
	send_task(recorder, time_ns, known);
	present.is_over = true;
	event_send(recorder_sink(recorder), &present.event);
}

/* Writes what there is at TIME_NS. Returns what has become of that. */
static struct ctf_memory_copy copy_at(struct recorder *recorder, uint64_t time_ns, bool has_ended)
{
	struct ctf_memory_copy copy;
	struct ctf_memory_status status;
	recorder_memory(recorder, &status);
	unsigned int before = status.done;
	assert_int_equal(recorder_copy(recorder, name, time_ns, has_ended), 0);
	while (status.done == before) {
		recorder_flush_all(recorder);
		pause_poll();
		recorder_memory(recorder, &status);
	}
	assert_int_equal(status.done, before + 1);
	recorder_last_copy(recorder, &copy);
	return copy;
}

static void finish(struct recorder *recorder)
{
	assert_int_equal(recorder_close(recorder, clock_now_ns() + 10 * NS_PER_S), 0);
}

/* The tasks of a recording, in order, and how it ends. */
struct summary {
	struct event_sink sink; /* first member */
	char tids[64];
	unsigned int ends;
	uint64_t last_ns;
};

static void summarize(struct event_sink *sink, const struct event *event)
{
	struct summary *summary = (struct summary *)sink;
	size_t used = strlen(summary->tids);
	assert_int_equal(summary->ends, 0); /* nothing follows the end */
	if (event->type == EVENT_TASK)
		snprintf(
			summary->tids + used, sizeof(summary->tids) - used, "%d ", (int)event->tid);
	summary->ends += event->type == EVENT_END;
	summary->last_ns = event->time_ns;
}

static struct summary read_back(const char *path)
{
	struct summary summary = {.sink = {summarize}};
	struct replay *replay;
	char error[ENGINE_ERROR_MAX];
	int result;
	if (replay_open((const char *const[]){path}, 1, &replay, error) < 0)
		fail_msg("%s", error);
	while ((result = replay_scan(replay, 100, &summary.sink)) > 0)
		;
	assert_int_equal(result, 0);
	assert_null(replay_error(replay));
	replay_close(replay);
	return summary;
}

static void what_is_written_begins_with_what_was_known_and_has_an_end(void **state)
{
	(void)state;
	struct recorder *recorder = begin(8 * MIB);
	send_task(recorder, 10000, 1);
	struct ctf_memory_copy first = copy_at(recorder, 10500, false);
	begin_part(recorder, 11000, 2);
	send_task(recorder, 11500, 3);
	begin_part(recorder, 19000, 3); /* without what ended before 11000 */
	send_task(recorder, 19500, 4);
	struct ctf_memory_copy second = copy_at(recorder, 20000, false);
	send_task(recorder, 20100, 5);
	const struct event_end end = {.event = {.type = EVENT_END, .time_ns = 20200}};
	event_send(recorder_sink(recorder), &end.event);
	struct ctf_memory_copy third = copy_at(recorder, 20300, true);
	finish(recorder);
	assert_int_equal(first.error | second.error | third.error, 0);
	struct summary summary = read_back(first.path);
	assert_string_equal(summary.tids, "1 ");
	assert_int_equal(summary.ends, 1);
	assert_int_equal(summary.last_ns, 10500);
	summary = read_back(second.path);
	assert_string_equal(summary.tids, "2 3 4 "); /* the second present is not repeated */
	assert_int_equal(summary.last_ns, 20000);
	assert_int_equal(second.from_ns, 11000);
	summary = read_back(third.path);
	assert_string_equal(summary.tids, "2 3 4 5 ");
	assert_int_equal(summary.ends, 1);
	assert_int_equal(summary.last_ns, 20200);
}

static void nothing_is_replaced_and_all_is_private(void **state)
{
	(void)state;
	char path[PATH_MAX + 64];
	struct stat status;
	struct recorder *recorder = begin(8 * MIB);
	snprintf(path, sizeof(path), "%s-2.ctf", name);
	assert_int_equal(mkdir(path, 0755), 0);
	send_task(recorder, 10000, 1);
	struct ctf_memory_copy copy = copy_at(recorder, 10500, false);
	snprintf(path, sizeof(path), "%s.ctf", name);
	assert_string_equal(copy.path, path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	copy = copy_at(recorder, 10600, false);
	snprintf(path, sizeof(path), "%s-3.ctf", name);
	assert_string_equal(copy.path, path);
	finish(recorder);
}

/* Many times as much as there is room for. */
static void memory_is_bounded(void **state)
{
	(void)state;
	const uint64_t limit = 8 * MIB;
	struct ctf_memory_status status;
	uint64_t most = 0, time_ns = 10000;
	struct recorder *recorder = begin(limit);
	for (int round = 0; round < 40; round++) {
		send_notes(recorder, time_ns, 200);
		recorder_memory(recorder, &status);
		most = status.size > most ? status.size : most;
		if (recorder_is_part_complete(recorder, time_ns))
			begin_part(recorder, time_ns, 1);
	}
	assert_in_range(most, limit / 2, limit);
	assert_int_equal(status.lost, 0);
	struct ctf_memory_copy copy = copy_at(recorder, time_ns, false);
	assert_int_equal(copy.error, 0);
	assert_int_equal(read_back(copy.path).ends, 1);
	/* A part that needs more than all: its beginning is there. */
	send_notes(recorder, time_ns, 3000);
	recorder_memory(recorder, &status);
	assert_true(status.size <= limit);
	assert_true(status.lost > 0);
	copy = copy_at(recorder, time_ns, false);
	assert_int_equal(copy.error, 0);
	assert_int_equal(read_back(copy.path).ends, 1);
	begin_part(recorder, time_ns, 7);
	copy = copy_at(recorder, time_ns, false);
	assert_string_equal(read_back(copy.path).tids, "7 ");
	finish(recorder);
}

/* No file may get larger than SIZE bytes. */
static void limit_files(rlim_t size)
{
	struct rlimit limit;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_leaves_the_last_parts_or_nothing(void **state)
{
	(void)state;
	struct stat status;
	struct recorder *recorder = begin(8 * MIB);
	send_notes(recorder, 10000, 100); /* a large part */
	begin_part(recorder, 11000, 2);
	limit_files(100000);
	struct ctf_memory_copy copy = copy_at(recorder, 12000, false);
	assert_int_equal(copy.error, -EFBIG);
	assert_true(copy.is_cut);
	assert_int_equal(copy.from_ns, 11000);
	struct summary summary = read_back(copy.path);
	assert_string_equal(summary.tids, "2 ");
	assert_int_equal(summary.ends, 1);
	limit_files(1000);
	copy = copy_at(recorder, 12000, false);
	assert_int_equal(copy.error, -EFBIG);
	assert_false(copy.is_cut);
	assert_int_equal(stat(copy.path, &status), -1);
	/* It goes on. */
	limit_files(RLIM_INFINITY);
	copy = copy_at(recorder, 13000, false);
	assert_int_equal(copy.error, 0);
	assert_int_equal(read_back(copy.path).last_ns, 13000);
	finish(recorder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_is_written_begins_with_what_was_known_and_has_an_end, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(
			nothing_is_replaced_and_all_is_private, set_up, tear_down),
		cmocka_unit_test_setup_teardown(memory_is_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_full_disk_leaves_the_last_parts_or_nothing, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
