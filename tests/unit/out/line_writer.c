/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines to files that are fast, slow, full, or take nothing. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/time.h"
#include "out/line_writer.h"

#define LIMIT (4 * LINE_WRITER_MAX)

/* Waits until CONDITION holds. */
#define AWAIT(condition) \
	do { \
		for (int tries = 20000; tries && !(condition); tries--) \
			pause_poll(); \
		assert_true(condition); \
	} while (0)

/* When a test gives up waiting. */
static uint64_t soon(void)
{
	return clock_now_ns() + 10 * NS_PER_S;
}

/* Puts numbered lines until there is no room, at most COUNT. Returns their number. */
static unsigned int put_lines(struct line_writer *writer, unsigned int from, unsigned int count)
{
	char line[64];
	unsigned int i = from;
	for (; i < from + count; i++) {
		int size = snprintf(line, sizeof(line), "%u: a line of some length\n", i);
		if (!line_writer_put(writer, line, (size_t)size))
			break;
	}
	line_writer_flush(writer);
	return i - from;
}

/* Reads COUNT numbered lines from FD: all of them are there, in order. */
static void expect_lines(int fd, unsigned int count)
{
	FILE *stream = fdopen(fd, "r");
	char line[64];
	for (unsigned int i = 0; i < count; i++) {
		assert_non_null(fgets(line, sizeof(line), stream));
		assert_int_equal(strtoul(line, NULL, 10), i);
	}
	assert_null(fgets(line, sizeof(line), stream));
	fclose(stream);
}

static void await_done(struct line_writer *writer)
{
	AWAIT((line_writer_flush(writer), line_writer_is_done(writer)));
}

static void all_lines_arrive_in_order(void **state)
{
	(void)state;
	char path[] = "/tmp/stop-test-XXXXXX";
	int fd = mkstemp(path);
	struct line_writer *writer;
	assert_int_equal(line_writer_new(fd, LIMIT, &writer), 0);
	unsigned int done = 0;
	while (done < 50000) {
		unsigned int count = put_lines(writer, done, 50000 - done);
		done += count;
		if (!count)
			await_done(writer);
	}
	line_writer_flush(writer);
	await_done(writer);
	line_writer_flush(writer);
	await_done(writer);
	assert_int_equal(line_writer_close(writer, soon()), 0);
	expect_lines(open(path, O_RDONLY), 50000);
	unlink(path);
}

static void closing_writes_what_is_left(void **state)
{
	(void)state;
	char path[] = "/tmp/stop-test-XXXXXX";
	int fd = mkstemp(path);
	struct line_writer *writer;
	assert_int_equal(line_writer_new(fd, LIMIT, &writer), 0);
	unsigned int done = put_lines(writer, 0, 5000);
	assert_int_equal(line_writer_close(writer, soon()), 0);
	expect_lines(open(path, O_RDONLY), done);
	unlink(path);
}

static void a_full_pipe_is_not_waited_for(void **state)
{
	(void)state;
	int ends[2];
	struct line_writer *writer;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(line_writer_new(ends[1], LIMIT, &writer), 0);
	unsigned int done = put_lines(writer, 0, UINT32_MAX);
	assert_true(done * 27 > LIMIT / 2);
	assert_false(line_writer_has_room(writer, LINE_WRITER_MAX));
	assert_false(line_writer_is_done(writer));
	/* A pipe holds 64 KiB. */
	assert_true(line_writer_written(writer) <= 1 << 16);
	/* The thread is in a write(2) until its reader is gone. */
	uint64_t before_ns = clock_now_ns();
	assert_int_equal(line_writer_close(writer, before_ns + 10 * NS_PER_MS), -EAGAIN);
	close(ends[0]);
}

static void small_flushes_do_not_fill_the_buffer(void **state)
{
	(void)state;
	int ends[2];
	struct line_writer *writer;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(line_writer_new(ends[1], LIMIT, &writer), 0);
	/* Each would otherwise take a chunk of its own. */
	unsigned int done = 0, count;
	while (done < 10000 && (count = put_lines(writer, done, 1)) == 1)
		done++;
	assert_int_equal(done, 10000);
	close(ends[0]);
	line_writer_close(writer, clock_now_ns());
}

static void an_error_ends_writing(void **state)
{
	(void)state;
	struct line_writer *writer;
	assert_int_equal(line_writer_new(open("/dev/full", O_WRONLY), LIMIT, &writer), 0);
	put_lines(writer, 0, 1);
	AWAIT(line_writer_error(writer) == -ENOSPC);
	assert_true(line_writer_is_done(writer));
	assert_int_equal(line_writer_close(writer, soon()), -ENOSPC);
}

static void a_line_too_long_is_refused(void **state)
{
	(void)state;
	static const char text[LINE_WRITER_MAX + 1];
	struct line_writer *writer;
	assert_int_equal(line_writer_new(open("/dev/null", O_WRONLY), LIMIT, &writer), 0);
	assert_false(line_writer_put(writer, text, sizeof(text)));
	assert_true(line_writer_put(writer, text, LINE_WRITER_MAX));
	line_writer_flush(writer);
	await_done(writer);
	assert_int_equal(line_writer_written(writer), LINE_WRITER_MAX);
	assert_int_equal(line_writer_close(writer, soon()), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_lines_arrive_in_order),
		cmocka_unit_test(small_flushes_do_not_fill_the_buffer),
		cmocka_unit_test(an_error_ends_writing),
		cmocka_unit_test(a_line_too_long_is_refused),
		/* It leaves a thread behind. */
		cmocka_unit_test(closing_writes_what_is_left),
		cmocka_unit_test(a_full_pipe_is_not_waited_for),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
