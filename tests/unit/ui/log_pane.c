/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log on the screen: what it is about, and what the screen's filter leaves of it. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/time.h"
#include "decode/call_subjects.h"
#include "event/filter.h"
#include "model/model.h"
#include "out/log_tail.h"
#include "support/details.h"
#include "support/fixture.h"
#include "ui/screen.h"

#define PID       10
#define OTHER     20
#define TEXT      0x1000
#define STEP      NS_PER_MS

#define ARGS(...) ((const uint64_t[CALL_MAX_ARGS]){__VA_ARGS__})

struct logged {
	struct fixture fixture;
	struct model *model;
	struct log_tail *tail;
	struct call_subjects subjects;
	struct screen *screen;
	uint64_t now_ns;
	union made_detail made;
};

static void send(struct logged *logged, const struct event *event)
{
	model_apply(logged->model, event);
	struct event_sink *sink = log_tail_sink(logged->tail);
	sink->take(sink, event);
	logged->now_ns += STEP;
}

static void task(struct logged *logged, pid_t pid, const char *comm)
{
	struct event_task record = {.event = {EVENT_TASK, pid, logged->now_ns}, .tgid = pid};
	snprintf(record.comm, sizeof(record.comm), "%s", comm);
	send(logged, &record.event);
}

static void open_path(struct logged *logged, pid_t pid, const char *path, int fd, int err)
{
	detail_begin(&logged->made, pid, pid, SYS_openat, logged->now_ns, logged->now_ns + STEP,
		ARGS((uint64_t)AT_FDCWD, TEXT, O_RDONLY));
	detail_text(&logged->made, TEXT, path);
	logged->made.detail.result = fd;
	logged->made.detail.err = err;
	send(logged, &logged->made.detail.event);
}

static void close_fd(struct logged *logged, pid_t pid, int fd)
{
	detail_begin(&logged->made, pid, pid, SYS_close, logged->now_ns, logged->now_ns + STEP,
		ARGS((uint64_t)fd));
	send(logged, &logged->made.detail.event);
}

static void begin(struct logged *logged)
{
	static const struct call_text_options options = {.string_max = 32};
	static const struct report_view view = {.order = {COLUMN_TOTAL, true}};
	static const struct settings settings = {.theme = THEME_MONO};
	union made_reading made;
	memset(logged, 0, sizeof(*logged));
	logged->now_ns = NS_PER_S;
	logged->model = model_new(logged->now_ns, NULL);
	logged->tail = log_tail_new(&options);
	log_tail_set_model(logged->tail, logged->model);
	call_subjects_init(&logged->subjects, NULL);
	model_follow_files(logged->model, true, logged->now_ns);
	task(logged, PID, "main");
	task(logged, OTHER, "other");
	reading_make(&made, PID, 0, FOUND_ALL, logged->now_ns, logged->now_ns, KIND_FILE, "");
	send(logged, &made.reading.event);
	fixture_make(&logged->fixture);
	logged->screen = screen_new(&view, &settings);
	screen_log(logged->screen, logged->tail);
	screen_update(logged->screen, &logged->fixture.report);
}

static void end(struct logged *logged)
{
	screen_free(logged->screen);
	log_tail_free(logged->tail);
	model_free(logged->model);
}

static void follow(struct logged *logged, const struct log_subject *subject)
{
	assert_true(log_tail_follow(logged->tail, subject));
}

static size_t count_lines(const struct logged *logged)
{
	return log_tail_end(logged->tail) - log_tail_first(logged->tail);
}

static bool shows(const struct logged *logged, const char *part)
{
	struct canvas *canvas = canvas_new(24, 100);
	screen_draw(logged->screen, canvas);
	char *text = canvas_text(canvas);
	bool is_there = strstr(text, part);
	canvas_free(canvas);
	free(text);
	return is_there;
}

static void type(struct logged *logged, const char *keys)
{
	for (; *keys; keys++)
		screen_key(logged->screen, (uint32_t)*keys);
}

static void some_calls(struct logged *logged)
{
	open_path(logged, PID, "/etc/one", 3, 0);
	open_path(logged, PID, "/none", 0, ENOENT);
	open_path(logged, OTHER, "/etc/two", 4, 0);
	close_fd(logged, PID, 3);
}

static void subjects_are_threads_processes_calls_and_files(void **state)
{
	struct logged logged;
	struct file_row *rows;
	(void)state;
	begin(&logged);
	open_path(&logged, PID, "/etc/one", 5, 0);
	size_t count = model_files(logged.model, FILE_EACH, logged.now_ns, &rows);
	assert_int_equal(count, 1);
	struct log_subject file = {
		.scope = LOG_FILE, .grouping = FILE_EACH, .key = rows[0].key, .name = "one"};
	free(rows);
	follow(&logged, &(struct log_subject){.scope = LOG_ALL});
	some_calls(&logged);
	assert_int_equal(count_lines(&logged), 4);
	follow(&logged, &(struct log_subject){.scope = LOG_PROCESS, .tid = OTHER});
	some_calls(&logged);
	assert_int_equal(count_lines(&logged), 1);
	follow(&logged, &(struct log_subject){.scope = LOG_THREAD, .tid = PID});
	some_calls(&logged);
	assert_int_equal(count_lines(&logged), 3);
	follow(&logged, &(struct log_subject){.scope = LOG_CALL, .call = {SYS_close, ABI_NATIVE}});
	some_calls(&logged);
	assert_int_equal(count_lines(&logged), 1);
	/* By its descriptor, too. */
	follow(&logged, &file);
	some_calls(&logged);
	assert_int_equal(count_lines(&logged), 2);
	assert_false(log_tail_follow(logged.tail, &file));
	end(&logged);
}

static void filter_of_the_screen_selects_lines(void **state)
{
	struct logged logged;
	struct filter *filter;
	(void)state;
	begin(&logged);
	type(&logged, "l**");
	follow(&logged, &(struct log_subject){.scope = LOG_ALL});
	some_calls(&logged);
	assert_true(shows(&logged, "/none") && shows(&logged, "/etc/one"));
	/* A call set, errors and classes are about lines that are there already. */
	type(&logged, "\\close\r");
	assert_true(shows(&logged, "close(3)") && !shows(&logged, "/etc/one"));
	assert_true(shows(&logged, "filtered"));
	screen_key(logged.screen, '\\');
	screen_key(logged.screen, KEYCODE_CTRL('U'));
	type(&logged, "\re");
	assert_true(shows(&logged, "/none") && !shows(&logged, "/etc/one"));
	type(&logged, "e");
	/* Others from when they are set. */
	type(&logged, "\\path:/etc/**\r");
	filter = screen_take_filter(logged.screen);
	log_tail_select(logged.tail, filter, &logged.subjects.objects);
	assert_false(shows(&logged, "/etc/one"));
	some_calls(&logged);
	assert_true(shows(&logged, "/etc/one") && shows(&logged, "/etc/two"));
	assert_false(shows(&logged, "/none"));
	/* Without names of descriptors. */
	assert_int_equal(log_tail_unknown(logged.tail), 1);
	assert_true(shows(&logged, "of 1 calls it is not known"));
	log_tail_select(logged.tail, NULL, NULL);
	filter_free(filter);
	end(&logged);
}

/* The strings of what has begun, until it ends. */
static void calls_in_progress_have_their_strings(void **state)
{
	struct logged logged;
	(void)state;
	begin(&logged);
	type(&logged, "l**");
	follow(&logged, &(struct log_subject){.scope = LOG_ALL});
	struct thread_row *row = &logged.fixture.report.threads[0];
	*row = (struct thread_row){.pid = PID,
		.tid = PID,
		.in_call = true,
		.has_args = true,
		.state = THREAD_IN_CALL,
		.call = {SYS_openat, ABI_NATIVE},
		.args = {(uint64_t)AT_FDCWD, TEXT, O_RDONLY},
		.since_ns = logged.now_ns};
	assert_true(shows(&logged, "openat(AT_FDCWD, 0x1000"));
	detail_begin(&logged.made, PID, PID, SYS_openat, logged.now_ns, logged.now_ns, row->args);
	detail_text(&logged.made, TEXT, "/slow/file");
	logged.made.detail.end = DETAIL_IN_PROGRESS;
	send(&logged, &logged.made.detail.event);
	assert_true(shows(&logged, "openat(AT_FDCWD, \"/slow/file\", O_RDONLY <unfinished ...>"));
	assert_int_equal(count_lines(&logged), 0);
	/* Another one. */
	row->args[1] = TEXT + 1;
	assert_true(shows(&logged, "openat(AT_FDCWD, 0x1001"));
	row->args[1] = TEXT;
	logged.made.detail.end = DETAIL_RETURNED;
	send(&logged, &logged.made.detail.event);
	assert_true(shows(&logged, "openat(AT_FDCWD, 0x1000"));
	assert_int_equal(count_lines(&logged), 1);
	end(&logged);
}

static void names_of_threads_from_before_are_known_to_filters(void **state)
{
	struct logged logged;
	struct filter *filter;
	(void)state;
	begin(&logged);
	follow(&logged, &(struct log_subject){.scope = LOG_ALL});
	assert_int_equal(filter_parse("comm:other", &filter, NULL), 0);
	log_tail_select(logged.tail, filter, &logged.subjects.objects);
	some_calls(&logged);
	size_t selected = 0;
	for (uint64_t i = log_tail_first(logged.tail); i < log_tail_end(logged.tail); i++)
		selected += log_tail_is_selected(logged.tail, log_tail_line(logged.tail, i));
	assert_int_equal(selected, 1);
	log_tail_select(logged.tail, NULL, NULL);
	filter_free(filter);
	end(&logged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(subjects_are_threads_processes_calls_and_files),
		cmocka_unit_test(filter_of_the_screen_selects_lines),
		cmocka_unit_test(calls_in_progress_have_their_strings),
		cmocka_unit_test(names_of_threads_from_before_are_known_to_filters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
