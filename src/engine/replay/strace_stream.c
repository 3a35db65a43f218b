/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines become calls and signals of tasks; see engine/replay/strace_stream.h. */
#include "config.h"

#include "engine/replay/strace_stream.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "engine/replay/perf_line.h"
#include "event/sink.h"

/* The PID of a process of which the text has none. */
#define NO_PID      1

/* So many lines can be what a program has written into the line of a call. */
#define BETWEEN_MAX 1000

/* The queue. */

const struct event *strace_queue_first(const struct strace_queue *queue)
{
	return queue->begin < queue->end ? (const struct event *)(queue->bytes + queue->begin)
	                                 : NULL;
}

/* Records begin at multiples of this. */
static size_t room_of(const struct event *event)
{
	return (event_size(event) + 7) & ~(size_t)7;
}

void strace_queue_remove_first(struct strace_queue *queue)
{
	queue->begin += room_of(strace_queue_first(queue));
	if (queue->begin == queue->end)
		queue->begin = queue->end = 0;
}

void strace_stream_send(struct strace_stream *stream, struct event *event)
{
	struct strace_queue *queue = &stream->queue;
	if (event->time_ns < stream->event_ns)
		event->time_ns = stream->event_ns;
	stream->event_ns = event->time_ns;
	if (stream->sink) {
		stream->shared->sent_ns = event->time_ns;
		event_send(stream->sink, event);
		return;
	}
	queue->bytes = xlengthen(queue->bytes, &queue->capacity, queue->end + room_of(event), 1);
	memcpy(queue->bytes + queue->end, event, event_size(event));
	queue->end += room_of(event);
}

/* Whose lines without a PID are. */

/* The PID at the end of NAME, "trace.1234", as -ff makes it; 0: none. */
static pid_t pid_of_name(const char *name)
{
	const char *dot = strrchr(name, '.');
	char *end;
	if (!dot || !isdigit((unsigned char)dot[1]))
		return 0;
	unsigned long pid = strtoul(dot + 1, &end, 10);
	/* It may be packed. */
	bool is_whole = !*end || strcmp(end, ".gz") == 0 || strcmp(end, ".xz") == 0 ||
	                strcmp(end, ".zst") == 0;
	return is_whole && pid < INT_MAX ? (pid_t)pid : 0;
}

/* Whether PID is announced as another one's child in TEXT before its end. */
static bool is_attached_in(struct span text, pid_t pid)
{
	char message[64];
	snprintf(message, sizeof(message), "Process %d attached", pid);
	const char *at = memmem(text.start, text.size, message, strlen(message));
	return at && at != text.start && at[-1] != '\n';
}

/* The result of the call NAME in LINE, which is its own TID; 0: none. */
static pid_t own_tid(const struct strace_line *line)
{
	struct strace_result result;
	if (line->kind != STRACE_CALL ||
		(!span_is(line->name, "getpid") && !span_is(line->name, "gettid") &&
			!span_is(line->name, "set_tid_address")))
		return 0;
	strace_result_parse(line->result, &result);
	return result.kind == RESULT_VALUE && result.value > 0 && result.value <= INT_MAX
	               ? (pid_t)result.value
	               : 0;
}

/*
 * Finds the PID of the lines that have none, in what comes AHEAD: a call that returns it; or the
 * first that lines have, as soon as there are several processes, unless it is that of a child.
 */
static pid_t find_pid(struct span ahead)
{
	struct span rest = ahead;
	struct span text;
	while (span_take_until(&rest, '\n', &text)) {
		struct strace_line line;
		strace_line_parse(text, &line);
		pid_t own = line.pid ? 0 : own_tid(&line);
		if (own)
			return own;
		if (line.kind == STRACE_ATTACHED && !line.pid)
			return (pid_t)line.number;
		if (line.pid && !is_attached_in(span_between(ahead.start, text.start), line.pid))
			return line.pid;
	}
	return NO_PID;
}

/* The first thread in AHEAD, perf's text. */
static pid_t find_perf_tid(struct span ahead)
{
	struct span text;
	while (span_take_until(&ahead, '\n', &text)) {
		struct perf_line line;
		perf_line_parse(text, &line);
		if (line.tid)
			return line.tid;
	}
	return NO_PID;
}

/* The PID of LINE. */
static pid_t pid_of(struct strace_stream *stream, const struct strace_line *line)
{
	const struct strace_tasks *tasks = &stream->shared->tasks;
	if (line->pid)
		return line->pid;
	/* strace leaves it out while there is only one. */
	if (stream->is_single && tasks->tasks.count == 1)
		return tasks->newest->tid;
	return stream->pid;
}

void strace_stream_init(struct strace_stream *stream, struct strace_shared *shared, int fd,
	bool grows, const char *name, bool is_single, bool is_perf)
{
	*stream = (struct strace_stream){
		.shared = shared,
		.reader = line_reader_new(fd, grows),
		.perf = is_perf ? perf_text_new(shared->names) : NULL,
		.pid = pid_of_name(name),
		.is_single = is_single,
		.event_ns = 1,
	};
}

void strace_stream_clear(struct strace_stream *stream)
{
	line_reader_free(stream->reader);
	perf_text_free(stream->perf);
	free(stream->queue.bytes);
	free(stream->cut_text.text);
	free(stream->waiting.kept);
}

/* Handling lines. */

/* The call that LINE names. */
static struct call call_of(struct strace_stream *stream, const struct strace_task *task,
	const struct strace_line *line)
{
	struct call call;
	if (!call_names_find(stream->shared->names, line->name, task->abi, &call))
		call_names_intern(stream->shared->names, line->name, &call);
	return call;
}

/* Whether LINE, which nothing else tells from output of a program, is a call. */
static bool is_credible(const struct strace_stream *stream, const struct strace_line *line)
{
	struct call call;
	bool is_marked = line->stamp || line->has_relative || line->pid;
	/* Either all lines have times, or none has. */
	if (stream->clock.times != TIMES_NONE && !line->stamp && !line->has_relative)
		return false;
	if (is_marked || call_names_find(stream->shared->names, line->name, ABI_NATIVE, &call))
		return true;
	if (line->kind != STRACE_CALL)
		return false;
	struct strace_result result;
	strace_result_parse(line->result, &result);
	return result.kind != RESULT_UNKNOWN;
}

void strace_forget_surplus(struct strace_stream *stream, uint64_t now_ns)
{
	struct strace_tasks *tasks = &stream->shared->tasks;
	struct strace_task *task = strace_tasks_surplus(tasks);
	if (!task)
		return;
	tasks->forgotten++;
	strace_gone(stream, task, -1, 0, false, now_ns);
}

/* A message that PID was attached is in a line of PARENT. */
static void bear_attached(
	struct strace_stream *stream, const struct strace_task *parent, pid_t pid, struct span args)
{
	strace_tasks_bear(&stream->shared->tasks, parent, pid, span_has(args, "CLONE_THREAD"));
	stream->seen.born++;
}

/* Keeps LINE, whose end follows later. */
static void keep_cut(struct strace_stream *stream, const struct strace_line *line)
{
	stream->is_cut = true;
	stream->cut_length = 0;
	stream->cut_line = *line;
	size_t size = line->name.size < CALL_NAME_MAX ? line->name.size : CALL_NAME_MAX;
	memcpy(stream->cut_name, line->name.start, size);
	stream->cut_line.name = (struct span){stream->cut_name, size};
	stream->cut_line.comm = (struct span){NULL, 0};
	strace_kept_set(&stream->cut_text, line->args);
}

static void take_call(
	struct strace_stream *stream, const struct strace_line *line, pid_t pid, uint64_t now_ns)
{
	struct strace_task *task = strace_task_at(stream, pid, now_ns);
	struct call call = call_of(stream, task, line);
	strace_begin(stream, task, call, now_ns, STRACE_IS_WHOLE, line->args);
	strace_end(stream, task, line, line->args, now_ns, false);
}

static void take_begun(
	struct strace_stream *stream, const struct strace_line *line, pid_t pid, uint64_t now_ns)
{
	struct strace_task *task = strace_task_at(stream, pid, now_ns);
	struct call call = call_of(stream, task, line);
	strace_begin(stream, task, call, now_ns, STRACE_BEGINS, line->args);
	if (!span_begins(line->args, STRACE_RESUMING))
		strace_kept_set(&task->args, line->args);
	if (line->attached)
		bear_attached(stream, task, line->attached, line->args);
	if (line->kind == STRACE_DETACHED)
		strace_gone(stream, task, -1, 0, false, now_ns);
	else if (line->kind == STRACE_OPEN)
		keep_cut(stream, line);
}

static void take_resumed(
	struct strace_stream *stream, const struct strace_line *line, pid_t pid, uint64_t now_ns)
{
	struct strace_task *task = strace_task_at(stream, pid, now_ns);
	if (task->phase != STRACE_IN_CALL) {
		struct call call = call_of(stream, task, line);
		if (strace_never_returns(call))
			return;
		/* Its beginning was not written, or not to this file. */
		strace_begin(stream, task, call, now_ns, STRACE_BEGAN_BEFORE, line->args);
		strace_kept_set(&task->args, (struct span){NULL, 0});
	}
	strace_kept_append(&task->args, line->args);
	if (line->kind == STRACE_RESUMED_OPEN) {
		keep_cut(stream, line);
		return;
	}
	struct span args = {task->args.text, task->args.size};
	strace_end(stream, task, line, args, now_ns, true);
}

static void take_signal(
	struct strace_stream *stream, const struct strace_line *line, pid_t pid, uint64_t now_ns)
{
	strace_signal(stream, strace_task_at(stream, pid, now_ns), line, now_ns);
}

static void take_stopped(
	struct strace_stream *stream, const struct strace_line *line, pid_t pid, uint64_t now_ns)
{
	(void)line;
	strace_stopped(stream, strace_task_at(stream, pid, now_ns), true, now_ns);
}

static void take_end(
	struct strace_stream *stream, const struct strace_line *line, pid_t pid, uint64_t now_ns)
{
	struct strace_task *task = strace_task_at(stream, pid, now_ns);
	if (line->kind == STRACE_EXITED)
		strace_gone(stream, task, (int)(line->number & 0xff), 0, false, now_ns);
	else
		strace_gone(stream, task, -1, call_names_signal(stream->shared->names, line->name),
			line->dumped_core, now_ns);
}

static void take_superseded(
	struct strace_stream *stream, const struct strace_line *line, pid_t pid, uint64_t now_ns)
{
	strace_supersede(stream, strace_task_at(stream, pid, now_ns), (pid_t)line->number, now_ns);
}

static void take_left(
	struct strace_stream *stream, const struct strace_line *line, pid_t pid, uint64_t now_ns)
{
	struct strace_task *task = strace_tasks_find(&stream->shared->tasks, (pid_t)line->number);
	(void)pid;
	if (task)
		strace_gone(stream, task, -1, 0, false, now_ns);
}

static void take_attached(
	struct strace_stream *stream, const struct strace_line *line, pid_t pid, uint64_t now_ns)
{
	(void)line, (void)pid, (void)now_ns;
	stream->seen.born++;
}

static void take_mode(
	struct strace_stream *stream, const struct strace_line *line, pid_t pid, uint64_t now_ns)
{
	static const char *const suffixes[] = {
		[STRACE_64_BIT] = "64",
		[STRACE_32_BIT] = "32",
		[STRACE_X32] = "x32",
	};
	struct strace_tasks *tasks = &stream->shared->tasks;
	struct strace_task *task = strace_tasks_find(tasks, (pid_t)line->number);
	if (!task)
		task = strace_task_at(stream, pid, now_ns);
	task->abi = abi_by_suffix(suffixes[line->mode]);
}

/* What is done for each kind of line. */
static const struct {
	void (*take)(struct strace_stream *stream, const struct strace_line *line, pid_t pid,
		uint64_t now_ns);
	bool has_time; /* strace writes the time before it */
	bool is_named; /* it has the name of a call */
} kinds[STRACE_KINDS] = {
	[STRACE_CALL] = {take_call, true, true},
	[STRACE_OPEN] = {take_begun, true, true},
	[STRACE_UNFINISHED] = {take_begun, true, true},
	[STRACE_DETACHED] = {take_begun, true, true},
	[STRACE_RESUMED] = {take_resumed, true, true},
	[STRACE_RESUMED_OPEN] = {take_resumed, true, true},
	[STRACE_SIGNAL] = {take_signal, true, false},
	[STRACE_STOPPED] = {take_stopped, true, false},
	[STRACE_EXITED] = {take_end, true, false},
	[STRACE_KILLED] = {take_end, true, false},
	[STRACE_SUPERSEDED] = {take_superseded, true, false},
	[STRACE_ATTACHED] = {take_attached, false, false},
	[STRACE_LEFT] = {take_left, false, false},
	[STRACE_ABI] = {take_mode, false, false},
};

/* TEXT is no line of its own: it may be the rest of a call that was cut off. Returns whether it is.
 */
static bool take_rest(struct strace_stream *stream, struct span text)
{
	struct strace_line rest;
	struct strace_task *task = strace_tasks_find(
		&stream->shared->tasks, pid_of(stream, &stream->cut_line));
	if (!task || task->phase != STRACE_IN_CALL)
		return stream->is_cut = false;
	if (span_is(span_trim(text), "<unfinished ...>")) {
		stream->is_cut = false;
		return true;
	}
	if (!strace_line_parse_rest(text, &rest))
		return ++stream->cut_length < BETWEEN_MAX ? false : (stream->is_cut = false);
	stream->is_cut = false;
	stream->seen.cut++;
	strace_kept_append(&task->args, rest.args);
	struct span args = {task->args.text, task->args.size};
	rest.name = stream->cut_line.name;
	strace_end(stream, task, &rest, args, stream->clock.now_ns, false);
	return true;
}

static void take_line(struct strace_stream *stream, struct span text)
{
	struct strace_line line;
	if (stream->is_in_table) {
		/* It ends with the sums, or with a line that is no row. */
		stream->is_in_table = !span_ends(text, " total");
		return;
	}
	strace_line_parse(text, &line);
	if (line.kind == STRACE_FRAME) {
		strace_stacks_take(stream, text);
		return;
	}
	bool is_end = line.kind == STRACE_EXITED || line.kind == STRACE_KILLED;
	strace_stacks_finish(stream, is_end ? pid_of(stream, &line) : 0);
	if (line.kind == STRACE_TABLE) {
		stream->is_in_table = true;
		return;
	}
	bool is_taken = kinds[line.kind].take &&
	                (!kinds[line.kind].is_named || is_credible(stream, &line));
	if (!is_taken) {
		if (text.size && !(stream->is_cut && take_rest(stream, text)))
			stream->seen.others++;
		return;
	}
	if (kinds[line.kind].has_time) {
		strace_clock_advance(&stream->clock, &line);
		strace_flush(stream, stream->clock.now_ns);
		stream->is_cut = false;
		stream->seen.pids += line.pid != 0;
	}
	pid_t pid = pid_of(stream, &line);
	if (line.comm.size && kinds[line.kind].has_time)
		strace_rename(stream, strace_task_at(stream, pid, stream->clock.now_ns), line.comm);
	kinds[line.kind].take(stream, &line, pid, stream->clock.now_ns);
	strace_forget_surplus(stream, stream->clock.now_ns);
}

static void take_text(struct strace_stream *stream, struct span text)
{
	struct span lines[PERF_TEXT_LINES];
	if (!stream->perf) {
		take_line(stream, text);
		return;
	}
	unsigned int count = perf_text_rewrite(stream->perf, text, lines);
	for (unsigned int i = 0; i < count; i++)
		take_line(stream, lines[i]);
}

/* The trace as a whole. */

void strace_send_session(const struct strace_first *first, const struct strace_session *session,
	uint64_t now_ns, struct event_sink *sink)
{
	union {
		struct event_session record;
		char room[sizeof(struct event_session) + EVENT_SESSION_TEXTS_MAX];
	} event = {.record = {
			   .event = {.type = EVENT_SESSION, .tid = first->tid, .time_ns = now_ns},
			   .targets = 1,
			   .capabilities = session->capabilities,
			   .is_command = first->is_started,
			   .is_final = session->is_final,
			   .exit_code = first->exit_code,
			   .exit_signal = first->exit_signal,
		   }};
	const char *const texts[SESSION_TEXTS] = {
		[SESSION_NAME] = session->name ? session->name : first->comm,
		[SESSION_COMMAND] = first->command,
		[SESSION_SCOPE] = session->scope,
		[SESSION_ENGINE] = session->engine,
	};
	for (size_t i = 0; i < SESSION_TEXTS; i++) {
		size_t size = texts[i] ? strlen(texts[i]) : 0;
		memcpy(event.record.texts + event.record.size, texts[i] ? texts[i] : "", size + 1);
		event.record.size += (uint32_t)size + 1;
	}
	event_send(sink, &event.record.event);
}

int strace_stream_step(struct strace_stream *stream)
{
	struct span text;
	if (!stream->pending.is_decided && line_reader_ahead(stream->reader).size)
		strace_stacks_decide(stream, line_reader_ahead(stream->reader));
	/* Before the first line, which would not be ahead any more. */
	if (!stream->pid && line_reader_ahead(stream->reader).size)
		stream->pid = stream->perf ? find_perf_tid(line_reader_ahead(stream->reader))
		                           : find_pid(line_reader_ahead(stream->reader));
	int result = line_reader_next(stream->reader, &text);
	if (result == 1)
		take_text(stream, text);
	if (result == 1 || result == -EAGAIN)
		return result;
	strace_flush(stream, 0);
	strace_stacks_finish(stream, 0);
	return result;
}
