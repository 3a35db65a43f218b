/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of kernel traces: whose calls they are, and what becomes of them. */
#include "config.h"

#include "support/unit.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/replay/lttng_events.h"
#include "engine/replay/lttng_line.h"
#include "engine/replay/strace_stream.h"
#include "event/detail.h"
#include "event/layout.h"
#include "event/sink.h"

#define TEXT_SIZE 8192

/* Writes what it gets as text. */
struct writer {
	struct event_sink sink; /* first member */
	struct strace_shared shared;
	struct strace_stream stream;
	struct lttng_events *events;
	bool has_tasks; /* tasks are written, too */
	char text[TEXT_SIZE];
	size_t size;
};

static __attribute__((format(printf, 2, 3))) void write_text(
	struct writer *writer, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	writer->size += (size_t)vsnprintf(
		writer->text + writer->size, TEXT_SIZE - writer->size, format, list);
	va_end(list);
	assert_true(writer->size < TEXT_SIZE);
}

static const char *name_of(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc ? desc->name : "?";
}

static void write_exit(struct writer *writer, const struct event_exit *exit)
{
	write_text(writer, "%d %s", (int)exit->event.tid, name_of(exit->call));
	if (exit->never_returned)
		write_text(writer, " never");
	else if (exit->outcome.err)
		write_text(writer, " error %d", exit->outcome.err);
	else
		write_text(writer, " = %" PRId64, exit->result);
	if (exit->outcome.partial)
		write_text(writer, " partial");
	write_text(writer, " %" PRIu64 "\n", exit->outcome.duration_ns);
}

static void take(struct event_sink *sink, const struct event *event)
{
	struct writer *writer = (struct writer *)sink;
	const struct event_task *task = (const struct event_task *)event;
	if (event->type == EVENT_EXIT)
		write_exit(writer, (const struct event_exit *)event);
	else if (event->type == EVENT_GONE)
		write_text(writer, "%d gone\n", (int)event->tid);
	else if (event->type == EVENT_TASK && writer->has_tasks)
		write_text(writer, "%d of %d below %d %s%s%s\n", (int)event->tid, (int)task->tgid,
			(int)task->parent, task->comm, task->is_new ? " new" : "",
			task->has_executed ? " executed" : "");
}

/* Freed with free_writer(). */
static struct writer *new_writer(
	void (*take_event)(struct event_sink *sink, const struct event *event))
{
	struct writer *writer = calloc(1, sizeof(*writer));
	writer->sink.take = take_event;
	writer->shared.names = call_names_new();
	writer->shared.decoder = strace_decoder_new(writer->shared.names);
	strace_stream_init(&writer->stream, &writer->shared, -1, true, "", true, false);
	writer->stream.sink = &writer->sink;
	writer->events = lttng_events_new(&writer->stream);
	return writer;
}

static void free_writer(struct writer *writer)
{
	lttng_events_free(writer->events);
	strace_stream_clear(&writer->stream);
	strace_tasks_clear(&writer->shared.tasks);
	strace_decoder_free(writer->shared.decoder);
	call_names_free(writer->shared.names);
	free(writer);
}

static void check(bool has_tasks, const char *lines, const char *expected)
{
	struct writer *writer = new_writer(take);
	struct span rest = {lines, strlen(lines)};
	struct span text;
	writer->has_tasks = has_tasks;
	while (span_take_until(&rest, '\n', &text)) {
		struct lttng_line line;
		if (!lttng_line_parse(text, &line))
			fail_msg("\"%.*s\" is no line", (int)text.size, text.start);
		lttng_events_take(writer->events, &line);
	}
	assert_string_equal(writer->text, expected);
	free_writer(writer);
}

static void a_cpu_runs_what_it_has_switched_to(void **state)
{
	(void)state;
	check(false,
		"10 0 sched_switch prev_comm=\"a\" prev_tid=4 next_comm=\"b\" next_tid=5\n"
		"20 0 syscall_entry_read fd=3 buf=0 count=10\n"
		"30 0 sched_switch prev_comm=\"b\" prev_tid=5 next_comm=\"c\" next_tid=6\n"
		"40 0 syscall_entry_close fd=3\n"
		"50 1 sched_switch prev_comm=\"x\" prev_tid=0 next_comm=\"b\" next_tid=5\n"
		"60 0 syscall_exit_close ret=-9\n"
		"70 1 syscall_exit_read ret=7\n",
		"6 close error 9 20\n"
		"5 read = 7 50\n");
}

static void contexts_say_whose_a_call_is(void **state)
{
	(void)state;
	check(true,
		"10 0 syscall_entry_getpid @vtid=5 @vpid=4 @procname=\"b\"\n"
		"20 1 syscall_exit_getpid @vtid=5 @vpid=4 @procname=\"b\" ret=4\n"
		"30 0 syscall_entry_getpid @vtid=2 @vpid=1 @tid=9 @pid=8 @procname=\"c\"\n"
		"40 0 syscall_exit_getpid @vtid=2 @vpid=1 @tid=9 @pid=8 @procname=\"c\" ret=1\n",
		"5 of 4 below 0 b\n"
		"5 getpid = 4 10\n"
		"9 of 8 below 0 c\n"
		"9 getpid = 1 10\n");
}

static void old_names_and_32_bit_calls_are_known(void **state)
{
	(void)state;
	check(false,
		"10 0 sys_newfstat @tid=5 fd=3 statbuf=1\n"
		"12 0 exit_syscall @tid=5 ret=0\n"
		"20 0 exit_syscall @tid=5 ret=0\n"
		"30 0 compat_syscall_entry_stat64 @tid=5 filename=\"/\" statbuf=1\n"
		"33 0 compat_syscall_exit_stat64 @tid=5 ret=-2\n",
		"5 fstat = 0 2\n"
		"5 stat64 error 2 3\n");
}

static void a_child_returns_from_no_call_of_its_own(void **state)
{
	(void)state;
	check(true,
		"1 0 lttng_statedump_process_state tid=5 pid=5 ppid=1 name=\"sh\" type=0\n"
		"2 0 lttng_statedump_process_state tid=2 pid=2 ppid=0 name=\"kthreadd\" type=1\n"
		"10 0 syscall_entry_clone @tid=5 clone_flags=0x1200011 newsp=0\n"
		"11 0 sched_process_fork @tid=5 parent_tid=5 parent_pid=5 child_comm=\"sh\" "
		"child_tid=7 child_pid=7\n"
		"12 1 syscall_exit_clone @tid=7 ret=0\n"
		"13 0 syscall_exit_clone @tid=5 ret=7\n"
		"14 1 syscall_entry_clone @tid=7 clone_flags=0x3d0f00 newsp=0\n"
		"15 1 sched_process_fork @tid=7 parent_tid=7 parent_pid=7 child_comm=\"sh\" "
		"child_tid=8 child_pid=7\n"
		"16 1 syscall_exit_clone @tid=7 ret=8\n",
		"5 of 5 below 1 sh\n"
		"7 of 7 below 5 sh new\n"
		"5 clone = 7 3\n"
		"8 of 7 below 5 sh new\n"
		"7 clone = 8 2\n");
}

static void flags_tell_threads_where_births_are_not_recorded(void **state)
{
	(void)state;
	check(true,
		"10 0 syscall_entry_clone @tid=5 clone_flags=0x3d0f00 newsp=0\n"
		"11 0 syscall_exit_clone @tid=5 ret=6\n"
		"12 0 syscall_entry_getpid @tid=6\n"
		"13 0 syscall_exit_getpid @tid=6 ret=5\n",
		"5 of 5 below 0 ?\n"
		"5 clone = 6 1\n"
		"6 of 5 below 0 ?\n"
		"6 getpid = 5 1\n");
}

static void a_program_is_executed_by_any_thread(void **state)
{
	(void)state;
	check(true,
		"1 0 lttng_statedump_process_state tid=5 pid=5 ppid=1 name=\"sh\" type=0\n"
		"2 0 lttng_statedump_process_state tid=6 pid=5 ppid=1 name=\"sh\" type=0\n"
		"10 0 syscall_entry_execve @tid=6 filename=\"/bin/ls\" argv=1 envp=2\n"
		"14 0 sched_process_exec @tid=5 filename=\"/bin/ls\" tid=5 old_tid=6\n"
		"19 0 syscall_exit_execve @tid=5 ret=0\n"
		"20 0 syscall_entry_exit_group @tid=5 error_code=1\n"
		"21 0 sched_process_exit @tid=5 comm=\"ls\" tid=5\n",
		"5 of 5 below 1 sh\n"
		"6 of 5 below 1 sh\n"
		"6 gone\n"
		"5 of 5 below 1 ls executed\n"
		"5 execve = 0 9\n"
		"5 exit_group never partial 0\n"
		"5 gone\n");
}

static void an_interrupted_call_goes_on(void **state)
{
	(void)state;
	check(false,
		"10 0 syscall_entry_nanosleep @tid=5 rqtp=1 rmtp=2\n"
		"20 0 syscall_exit_nanosleep @tid=5 ret=-516\n"
		"30 0 syscall_entry_restart_syscall @tid=5\n"
		"40 0 syscall_exit_restart_syscall @tid=5 ret=0\n"
		"50 0 syscall_entry_read @tid=5 fd=1 buf=2 count=3\n"
		"60 0 syscall_exit_read @tid=5 ret=-512\n"
		"70 0 syscall_entry_close @tid=5 fd=1\n"
		"80 0 syscall_exit_close @tid=5 ret=0\n",
		"5 nanosleep = 0 30\n"
		"5 read error 4 10\n"
		"5 close = 0 10\n");
}

static void what_was_not_seen_is_partial(void **state)
{
	(void)state;
	check(false,
		"10 0 syscall_exit_read @tid=5 ret=3\n"
		"20 0 syscall_entry_write @tid=5 fd=1 buf=2 count=3\n"
		"30 0 syscall_exit_close @tid=5 ret=0\n"
		"40 0 syscall_entry_poll @tid=5 ufds=1 nfds=2 timeout_msecs=3\n"
		"50 0 sched_process_exit @tid=5 comm=\"x\" tid=5\n",
		"5 read = 3 partial 0\n"
		"5 write never partial 10\n"
		"5 close = 0 partial 0\n"
		"5 poll never partial 10\n"
		"5 gone\n");
}

static void calls_of_unknown_threads_count_without_their_times(void **state)
{
	(void)state;
	check(false,
		"10 1 syscall_entry_read fd=3 buf=0 count=10\n"
		"20 1 syscall_exit_read ret=-11\n"
		"25 1 syscall_exit_clone ret=0\n"
		"30 1 syscall_entry_exit_group error_code=1\n"
		"40 1 stop_running tid=5 comm=\"a\"\n"
		"50 1 syscall_entry_read fd=3 buf=0 count=10\n"
		"60 1 stop_discarded count=3\n"
		"70 1 syscall_exit_read ret=4\n",
		"4194306 read error 11 partial 0\n"
		"4194306 exit_group never partial 0\n"
		"4194306 read = 4 partial 0\n");
}

static void hostile_events_do_no_harm(void **state)
{
	check(false,
		"10 0 sched_switch next_tid=-1 next_comm=-\n"
		"10 0 sched_switch\n"
		"10 0 sched_process_fork child_tid=0\n"
		"10 0 sched_process_fork child_tid=5 parent_tid=5 child_pid=99999999\n"
		"10 0 sched_process_fork child_tid=5 parent_tid=5 child_pid=5 parent_pid=5\n"
		"10 0 sched_process_exec tid=5 old_tid=5\n"
		"9 0 sched_process_exec tid=5 old_tid=5000\n"
		"10 0 sched_process_exit tid=77\n"
		"10 0 lttng_statedump_process_state tid=5 pid=6 ppid=5 name=\"\" file_table_address=9\n"
		"10 0 lttng_statedump_file_descriptor file_table_address=9 fd=-5 filename=\"/x\"\n"
		"10 0 lttng_statedump_file_descriptor file_table_address=8 fd=5 filename=-\n"
		"10 0 signal_deliver @tid=5 sig=65\n"
		"10 0 syscall_exit_read @tid=5\n"
		"10 0 syscall_entry_\n"
		"10 0 syscall_exit_ ret=1\n"
		"10 0 syscall_entry_openat @tid=5 a=1 b=2 c=3 d=4 e=5 f=6 g=7\n",
		"5 gone\n");
	(void)state;
}

static const char *pick(const char *const *list, size_t count)
{
	return list[(size_t)random() % count];
}

/* Whatever comes is a valid event, in the order of times. */
static void check_event(struct event_sink *sink, const struct event *event)
{
	struct writer *writer = (struct writer *)sink;
	size_t size = event_size(event);
	struct event *copy = malloc(size);
	memcpy(copy, event, size);
	assert_true(event_is_valid(copy, size));
	free(copy);
	assert_true(event->time_ns >= writer->size);
	writer->size = event->time_ns;
}

static void any_order_of_events_does_no_harm(void **state)
{
	static const char *const names[] = {"sched_switch", "sched_process_fork",
		"sched_process_exec", "sched_process_exit", "lttng_statedump_process_state",
		"lttng_statedump_file_descriptor", "signal_deliver", "stop_running",
		"stop_discarded", "syscall_entry_read", "syscall_exit_read", "syscall_entry_clone",
		"syscall_exit_clone", "syscall_entry_execve", "syscall_exit_execve",
		"syscall_entry_exit", "exit_syscall", "compat_sys_open", "sys_x",
		"syscall_exit_rt_sigreturn", "syscall_entry_restart_syscall",
		"syscall_exit_restart_syscall"};
	static const char *const fields[] = {"@tid", "@vtid", "@pid", "@vpid", "@procname", "tid",
		"pid", "ppid", "old_tid", "prev_tid", "next_tid", "next_comm", "comm", "child_tid",
		"child_pid", "parent_tid", "parent_pid", "fd", "filename", "ret", "sig", "name",
		"file_table_address", "clone_flags", "count"};
	static const char *const values[] = {"0", "1", "2", "3", "4", "-1", "-512", "-516", "-2",
		"4194305", "18446744073709551615", "0x10000", "-", "\"\"", "\"a\"",
		"\"\\303\\000\\\\\"", "\"/x/y\""};
	struct writer *writer = new_writer(check_event);
	struct lttng_line line;
	char text[1024];
	(void)state;
	srandom(1);
	for (int i = 0; i < 50000; i++) {
		int size = snprintf(text, sizeof(text), "%d %d %s", 1000 + i - (int)(random() % 9),
			(int)(random() % 3), pick(names, COUNT_OF(names)));
		for (long j = random() % 8; j >= 0; j--)
			size += snprintf(text + size, sizeof(text) - (size_t)size, " %s=%s",
				pick(fields, COUNT_OF(fields)), pick(values, COUNT_OF(values)));
		assert_true(lttng_line_parse((struct span){text, (size_t)size}, &line));
		lttng_events_take(writer->events, &line);
	}
	free_writer(writer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cpu_runs_what_it_has_switched_to),
		cmocka_unit_test(contexts_say_whose_a_call_is),
		cmocka_unit_test(old_names_and_32_bit_calls_are_known),
		cmocka_unit_test(a_child_returns_from_no_call_of_its_own),
		cmocka_unit_test(flags_tell_threads_where_births_are_not_recorded),
		cmocka_unit_test(a_program_is_executed_by_any_thread),
		cmocka_unit_test(an_interrupted_call_goes_on),
		cmocka_unit_test(what_was_not_seen_is_partial),
		cmocka_unit_test(calls_of_unknown_threads_count_without_their_times),
		cmocka_unit_test(hostile_events_do_no_harm),
		cmocka_unit_test(any_order_of_events_does_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
