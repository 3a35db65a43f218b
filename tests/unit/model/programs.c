/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What processes execute: the tree after streams of events, its counts, and its bounds. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/time.h"
#include "model/model.h"
#include "model/program_rows.h"
#include "support/details.h"

#define MAKE      10
#define SHELL     20
#define COMPILER  30
#define STEP      NS_PER_MS

/* Addresses of a target's memory. */
#define ARGV      0x1000
#define WORDS     0x2000
#define WORD_SIZE 0x100

struct stream {
	struct model *model;
	uint64_t now_ns;
	struct program_row *rows;
	size_t count;
};

static struct stream begin(void)
{
	return (struct stream){.model = model_new(NS_PER_S, NULL), .now_ns = NS_PER_S};
}

static void end(struct stream *stream)
{
	free(stream->rows);
	model_free(stream->model);
}

static void step(struct stream *stream)
{
	stream->now_ns += STEP;
}

static struct event_task task_of(
	const struct stream *stream, pid_t tid, pid_t pid, pid_t parent, const char *comm)
{
	struct event_task record = {
		.event = {EVENT_TASK, tid, stream->now_ns}, .tgid = pid, .parent = parent};
	snprintf(record.comm, sizeof(record.comm), "%s", comm);
	return record;
}

static void found(struct stream *stream, pid_t pid, const char *comm)
{
	struct event_task record = task_of(stream, pid, pid, 1, comm);
	model_apply(stream->model, &record.event);
	step(stream);
}

static void born(struct stream *stream, pid_t tid, pid_t pid, pid_t parent, const char *comm)
{
	struct event_task record = task_of(stream, tid, pid, parent, comm);
	record.is_new = true;
	model_apply(stream->model, &record.event);
	step(stream);
}

static void executed(struct stream *stream, pid_t pid, pid_t parent, const char *comm)
{
	struct event_task record = task_of(stream, pid, pid, parent, comm);
	record.has_executed = true;
	model_apply(stream->model, &record.event);
	step(stream);
}

static void call(struct stream *stream, pid_t tid, uint32_t nr, int err)
{
	struct event_exit record = {
		.event = {EVENT_EXIT, tid, stream->now_ns},
		.call = {.nr = nr, .abi = ABI_NATIVE},
		.outcome = {.duration_ns = STEP / 2, .err = err},
	};
	model_apply(stream->model, &record.event);
	step(stream);
}

static void gone(struct stream *stream, pid_t tid, int code, int signal)
{
	struct event_gone record = {
		.event = {EVENT_GONE, tid, stream->now_ns},
		.exit_code = code,
		.exit_signal = signal,
	};
	model_apply(stream->model, &record.event);
	step(stream);
}

/* The detail of the execve of PID, with the words of a command line; NULL ends them. */
static void told(struct stream *stream, pid_t pid, const char *const words[])
{
	union made_detail made;
	uint64_t pointers[16] = {0};
	size_t count = 0;
	const uint64_t args[CALL_MAX_ARGS] = {WORDS, ARGV, 0};
	detail_begin(&made, pid, pid, SYS_execve, stream->now_ns - STEP, stream->now_ns, args);
	for (; words[count]; count++) {
		pointers[count] = WORDS + count * WORD_SIZE;
		detail_text(&made, pointers[count], words[count]);
	}
	detail_memory(&made, DETAIL_ENTRY, ARGV, pointers, (count + 1) * sizeof(*pointers));
	model_apply(stream->model, &made.detail.event);
}

/* What /proc says at TIME_NS. */
static void read_line(struct stream *stream, pid_t pid, uint64_t time_ns, const char *word)
{
	union {
		struct event_command_line line;
		char room[sizeof(struct event_command_line) + 64];
	} read = {.line.event = {EVENT_COMMAND_LINE, pid, time_ns}};
	read.line.size = (uint32_t)strlen(word) + 1;
	memcpy(read.line.words, word, read.line.size);
	model_apply(stream->model, &read.line.event);
}

static const struct program_row *look(struct stream *stream)
{
	free(stream->rows);
	stream->count = model_programs(stream->model, stream->now_ns, &stream->rows);
	return stream->rows;
}

static void assert_words(const struct program_row *row, const char *words, size_t size)
{
	assert_int_equal(row->size, size);
	assert_memory_equal(row->words, words, size);
}

/* A shell that executes the last of its commands itself. */
static void tree_has_each_program_below_what_started_it(void **state)
{
	struct stream stream = begin();
	(void)state;
	found(&stream, MAKE, "make");
	born(&stream, SHELL, SHELL, MAKE, "make");
	call(&stream, SHELL, SYS_dup2, 0);
	uint64_t born_ns = stream.now_ns - 2 * STEP;
	executed(&stream, SHELL, MAKE, "sh");
	told(&stream, SHELL, (const char *const[]){"sh", "-c", "a b", NULL});
	call(&stream, SHELL, SYS_read, 2);
	born(&stream, COMPILER, COMPILER, SHELL, "sh");
	gone(&stream, COMPILER, 3, 0);
	uint64_t second_ns = stream.now_ns;
	executed(&stream, SHELL, MAKE, "gcc");
	told(&stream, SHELL, (const char *const[]){"gcc", NULL});
	call(&stream, SHELL, SYS_read, 0);
	gone(&stream, SHELL, -1, 9);
	const struct program_row *row = look(&stream);
	assert_int_equal(stream.count, 4);
	assert_string_equal(row[0].comm, "make");
	assert_int_equal(row[0].origin, PROGRAM_FOUND);
	assert_int_equal(row[0].state, PROGRAM_RUNS);
	assert_int_equal(row[0].parent, 0);
	/* The calls before an execve are those of what it starts; so is its beginning. */
	assert_words(&row[1], "sh\0-c\0a b", sizeof("sh\0-c\0a b"));
	assert_int_equal(row[1].start_ns, born_ns);
	assert_int_equal(row[1].end_ns, second_ns);
	assert_int_equal(row[1].state, PROGRAM_REPLACED);
	assert_int_equal(row[1].counts.calls, 2);
	assert_int_equal(row[1].counts.errors, 1);
	assert_int_equal(row[1].parent, row[0].id);
	assert_int_equal(row[1].starter, MAKE);
	/* A copy of it, with its command line. */
	assert_int_equal(row[2].origin, PROGRAM_FORKED);
	assert_words(&row[2], "sh\0-c\0a b", sizeof("sh\0-c\0a b"));
	assert_int_equal(row[2].parent, row[1].id);
	assert_int_equal(row[2].exit_code, 3);
	assert_int_equal(row[2].depth, 2);
	/* The next one of the same process is beside it. */
	assert_words(&row[3], "gcc", sizeof("gcc"));
	assert_int_equal(row[3].parent, row[0].id);
	assert_int_equal(row[3].pid, SHELL);
	assert_int_equal(row[3].exit_signal, 9);
	assert_int_equal(row[3].counts.calls, 1);
	assert_true(row[3].is_last);
	end(&stream);
}

static void calls_and_their_time_are_told_apart_by_class(void **state)
{
	struct stream stream = begin();
	(void)state;
	born(&stream, SHELL, SHELL, MAKE, "sh");
	call(&stream, SHELL, SYS_wait4, 0);
	call(&stream, SHELL, SYS_openat, 2);
	call(&stream, SHELL, SYS_openat, 0);
	born(&stream, SHELL + 1, SHELL, MAKE, "sh");
	call(&stream, SHELL + 1, SYS_openat, 0);
	gone(&stream, SHELL + 1, 0, 0);
	const struct program_row *row = look(&stream);
	assert_int_equal(stream.count, 1);
	assert_int_equal(row->counts.class_calls[TIME_WAIT], 1);
	assert_int_equal(row->counts.class_calls[TIME_FILE], 3);
	assert_int_equal(row->counts.class_ns[TIME_FILE], 3 * STEP / 2);
	assert_int_equal(row->counts.total_ns, 2 * STEP);
	assert_int_equal(row->threads, 1);
	assert_int_equal(row->state, PROGRAM_RUNS);
	end(&stream);
}

/* The sum over programs of a class is that of the threads. */
static void time_adds_up(void **state)
{
	struct stream stream = begin();
	(void)state;
	born(&stream, SHELL, SHELL, MAKE, "sh");
	struct event_task record = task_of(&stream, SHELL, SHELL, MAKE, "gcc");
	born(&stream, COMPILER, COMPILER, SHELL, "sh");
	record.event.time_ns = stream.now_ns;
	record.has_executed = record.has_times = true;
	record.times = (struct proc_times){
		.is_exact = true, .cpu_ns = STEP, .user_ns = STEP, .runs = 1};
	model_apply(stream.model, &record.event);
	stream.now_ns += 4 * STEP;
	const struct program_row *row = look(&stream);
	struct model_totals totals;
	model_totals(stream.model, stream.now_ns, &totals);
	for (enum time_class id = 0; id < TIME_COUNT; id++) {
		uint64_t sum_ns = 0;
		for (size_t i = 0; i < stream.count; i++)
			sum_ns += row[i].counts.time_ns[id];
		assert_int_equal(sum_ns, totals.time.ns[id]);
	}
	assert_int_equal(row[0].state, PROGRAM_REPLACED);
	assert_int_equal(row[0].counts.time_ns[TIME_USER], STEP);
	assert_int_equal(row[0].counts.cpu_ns, STEP);
	assert_int_equal(row[2].counts.time_ns[TIME_UNKNOWN], 4 * STEP);
	end(&stream);
}

/* What the engine says first, the execve or the task, does not matter. */
static void command_lines_are_of_their_programs(void **state)
{
	struct stream stream = begin();
	(void)state;
	born(&stream, SHELL, SHELL, MAKE, "sh");
	born(&stream, COMPILER, COMPILER, SHELL, "sh");
	told(&stream, SHELL, (const char *const[]){"first", NULL});
	told(&stream, SHELL, (const char *const[]){"second", NULL});
	executed(&stream, SHELL, MAKE, "first");
	executed(&stream, SHELL, MAKE, "second");
	executed(&stream, SHELL, MAKE, "third");
	told(&stream, SHELL, (const char *const[]){"third", NULL});
	const struct program_row *row = look(&stream);
	assert_int_equal(stream.count, 5);
	assert_int_equal(row[0].size, 0);
	assert_int_equal(row[1].pid, COMPILER);
	assert_words(&row[2], "first", sizeof("first"));
	assert_words(&row[3], "second", sizeof("second"));
	assert_words(&row[4], "third", sizeof("third"));
	end(&stream);
}

static void what_proc_says_is_of_the_program_that_ran_then(void **state)
{
	struct stream stream = begin();
	(void)state;
	found(&stream, SHELL, "sh");
	call(&stream, SHELL, SYS_read, 0);
	assert_int_equal(model_next_unknown_program(stream.model, 0), SHELL);
	/* It was read after the execve, of which the events come later. */
	read_line(&stream, SHELL, stream.now_ns + STEP, "second");
	assert_int_equal(model_next_unknown_program(stream.model, 0), 0);
	executed(&stream, SHELL, MAKE, "second");
	const struct program_row *row = look(&stream);
	assert_int_equal(row[0].size, 0);
	assert_words(&row[1], "second", sizeof("second"));
	/* The one before it was read too early. */
	executed(&stream, SHELL, MAKE, "third");
	read_line(&stream, SHELL, stream.now_ns - 2 * STEP, "second");
	row = look(&stream);
	assert_int_equal(row[2].size, 0);
	read_line(&stream, SHELL, stream.now_ns, "third");
	row = look(&stream);
	assert_words(&row[2], "third", sizeof("third"));
	end(&stream);
}

/* The row of the main thread of process PID, as of now. */
static struct thread_row row_of(const struct stream *stream, pid_t pid)
{
	struct thread_row row;
	assert_true(model_thread(stream->model, pid, stream->now_ns, &row));
	return row;
}

/* It is what its threads are called; what was executed is still the same. */
static void a_title_is_of_the_program_that_has_set_it(void **state)
{
	struct stream stream = begin();
	(void)state;
	found(&stream, SHELL, "sh");
	assert_null(row_of(&stream, SHELL).words);
	read_line(&stream, SHELL, stream.now_ns, "first");
	assert_string_equal(row_of(&stream, SHELL).words, "first");
	/* It is read again, and then not for a while. */
	assert_int_equal(model_oldest_command_line(stream.model, stream.now_ns), 0);
	assert_int_equal(model_oldest_command_line(stream.model, stream.now_ns + 1), SHELL);
	read_line(&stream, SHELL, stream.now_ns + 1, "first: title");
	assert_int_equal(model_oldest_command_line(stream.model, stream.now_ns + 1), 0);
	assert_string_equal(row_of(&stream, SHELL).words, "first: title");
	const struct program_row *row = look(&stream);
	assert_words(&row[0], "first", sizeof("first"));
	/* Where nothing can be read, the last title stays no longer, and it is not tried again. */
	read_line(&stream, SHELL, stream.now_ns + 2, "");
	assert_string_equal(row_of(&stream, SHELL).words, "first");
	assert_int_equal(model_oldest_command_line(stream.model, UINT64_MAX), 0);
	/* Another program has no title. */
	read_line(&stream, SHELL, stream.now_ns + 3, "first: title");
	stream.now_ns += STEP;
	executed(&stream, SHELL, MAKE, "second");
	assert_null(row_of(&stream, SHELL).words);
	end(&stream);
}

/* What stop itself was before it became the command is not a program. */
static void command_that_was_started_has_one_program(void **state)
{
	struct stream stream = begin();
	(void)state;
	found(&stream, SHELL, "stop");
	uint64_t start_ns = stream.now_ns;
	executed(&stream, SHELL, 1, "sh");
	const struct program_row *row = look(&stream);
	assert_int_equal(stream.count, 1);
	assert_int_equal(row->origin, PROGRAM_EXECUTED);
	assert_int_equal(row->start_ns, start_ns);
	end(&stream);
}

static void cut_command_lines_say_so(void **state)
{
	static char word[WORD_SIZE - 1];
	const char *words[16] = {NULL};
	struct stream stream = begin();
	(void)state;
	memset(word, 'x', sizeof(word) - 1);
	for (size_t i = 0; i < 15; i++)
		words[i] = word;
	born(&stream, SHELL, SHELL, MAKE, "sh");
	executed(&stream, SHELL, MAKE, "x");
	told(&stream, SHELL, words);
	const struct program_row *row = look(&stream);
	assert_true(row->is_cut);
	assert_in_range(row->size, 1024, 4096);
	assert_int_equal(row->words[row->size - 1], '\0');
	end(&stream);
}

/* An engine may have read the path alone. */
static void path_stands_for_a_command_line_that_is_not_there(void **state)
{
	const uint64_t args[CALL_MAX_ARGS] = {WORDS, ARGV, 0};
	struct stream stream = begin();
	union made_detail made;
	(void)state;
	born(&stream, SHELL, SHELL, MAKE, "sh");
	executed(&stream, SHELL, MAKE, "gcc");
	detail_begin(&made, SHELL, SHELL, SYS_execve, stream.now_ns - STEP, stream.now_ns, args);
	detail_text(&made, WORDS, "/usr/bin/gcc");
	model_apply(stream.model, &made.detail.event);
	const struct program_row *row = look(&stream);
	assert_words(row, "/usr/bin/gcc", sizeof("/usr/bin/gcc"));
	assert_true(row->is_cut);
	end(&stream);
}

/* The end of a process that was not seen; its number comes again. */
static void unseen_ends_are_said_to_be_unknown(void **state)
{
	struct stream stream = begin();
	(void)state;
	born(&stream, SHELL, SHELL, MAKE, "sh");
	gone(&stream, SHELL, -1, 0);
	born(&stream, SHELL, SHELL, MAKE, "sh");
	const struct program_row *row = look(&stream);
	assert_int_equal(stream.count, 2);
	assert_int_equal(row[0].state, PROGRAM_LEFT);
	assert_int_equal(row[1].state, PROGRAM_RUNS);
	end(&stream);
}

/* Many that end, below one that lives: the last ones are kept, and nothing is lost. */
static void many_programs_are_bounded_and_add_up(void **state)
{
	const uint64_t made = PROGRAMS_KEPT + 1000;
	struct stream stream = begin();
	(void)state;
	found(&stream, MAKE, "make");
	for (uint64_t i = 0; i < made; i++) {
		pid_t pid = (pid_t)(100 + i);
		born(&stream, pid, pid, MAKE, "sh");
		call(&stream, pid, SYS_read, 0);
		/* One that outlives what started it. */
		if (i == 0)
			born(&stream, COMPILER, COMPILER, pid, "daemon");
		gone(&stream, pid, 0, 0);
	}
	const struct program_row *row = look(&stream);
	const struct program_row *other = &row[stream.count - 1];
	assert_int_equal(stream.count, PROGRAMS_KEPT + 3);
	assert_int_equal(other->id, 0);
	assert_int_equal(other->programs, 1000);
	uint64_t calls = 0;
	size_t daemons = 0;
	for (size_t i = 0; i < stream.count; i++) {
		calls += row[i].counts.calls;
		if (strcmp(row[i].comm, "daemon") != 0)
			continue;
		daemons++;
		assert_int_equal(row[i].parent, row[0].id);
		assert_int_equal(row[i].depth, 1);
	}
	assert_int_equal(calls, made);
	assert_int_equal(daemons, 1);
	end(&stream);
}

/* A line of generations, each of which outlives its parent. */
static void long_lines_of_generations_are_freed(void **state)
{
	struct stream stream = begin();
	(void)state;
	for (pid_t pid = 100; pid < 100 + 200000; pid++) {
		born(&stream, pid, pid, pid - 1, "sh");
		if (pid > 100 && pid % 2)
			gone(&stream, pid - 1, 0, 0);
	}
	look(&stream);
	assert_true(stream.count > 100000);
	end(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_has_each_program_below_what_started_it),
		cmocka_unit_test(calls_and_their_time_are_told_apart_by_class),
		cmocka_unit_test(time_adds_up),
		cmocka_unit_test(command_lines_are_of_their_programs),
		cmocka_unit_test(what_proc_says_is_of_the_program_that_ran_then),
		cmocka_unit_test(a_title_is_of_the_program_that_has_set_it),
		cmocka_unit_test(command_that_was_started_has_one_program),
		cmocka_unit_test(cut_command_lines_say_so),
		cmocka_unit_test(path_stands_for_a_command_line_that_is_not_there),
		cmocka_unit_test(unseen_ends_are_said_to_be_unknown),
		cmocka_unit_test(many_programs_are_bounded_and_add_up),
		cmocka_unit_test(long_lines_of_generations_are_freed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
