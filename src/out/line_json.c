/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events as lines of JSON; see out/line_json.h. */
#include "config.h"

#include "out/line_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/names.h"
#include "abi/syscall.h"
#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "decode/signal_text.h"
#include "event/detail.h"
#include "event/event.h"
#include "out/json_text.h"
#include "out/log_line.h"

/* Counters are of so long a time. */
#define COUNTER_NS (100 * NS_PER_MS)

/* Size of an escaped name of a task. */
#define NAME_SIZE  128

/* Size of the text of a call, before it is escaped for JSON: a line has room for three. */
#define PART_SIZE  CALL_TEXT_MAX

/* Adds what WRITE writes of DETAIL, as a string. */
static void add_part(struct json_text *line,
	size_t (*write)(const struct event_detail *detail, const struct call_text_options *options,
		char *buf, size_t size),
	const struct call_text_options *options, const struct event_detail *detail)
{
	char *text = xcalloc(1, PART_SIZE);
	size_t length = write(detail, options, text, PART_SIZE - 1);
	text[length] = '\0';
	json_text_string(line, text);
	free(text);
}

static void add_comm(struct json_text *line, const char comm[TASK_COMM_SIZE])
{
	char name[NAME_SIZE];
	json_text_string(line, text_escape(comm, TASK_COMM_SIZE, name, sizeof(name)));
}

static const char *signal_string(int number, char name[ABI_NAME_MAX])
{
	signal_text_name(number, name, ABI_NAME_MAX);
	return name;
}

/* NDJSON. */

/* The fields that every line has. */
static void begin(struct json_text *line, const struct log_format *format, const char *type,
	uint64_t time_ns, pid_t tid)
{
	json_text_add(line, "{\"schema\":\"" LINE_SCHEMA "\",\"type\":\"%s\",\"time_ns\":%" PRIu64,
		type, time_ns + format->clock_ns);
	if (tid)
		json_text_add(line, ",\"tid\":%d", (int)tid);
}

void line_json_add_call(struct json_text *text, const struct call_text_options *options,
	const struct event_detail *detail)
{
	char name[ABI_NAME_MAX];
	bool has_returned = detail->end == DETAIL_RETURNED;
	json_text_add(text, ",\"args\":");
	add_part(text, call_text_args, options, detail);
	json_text_add(text, ",\"result\":");
	if (has_returned && !detail->err)
		json_text_add(text, "%" PRId64, detail->result);
	else
		json_text_add(text, "null");
	json_text_add(text, ",\"errno\":");
	if (has_returned && detail->err)
		json_text_string(text, error_name(detail->err, name));
	else
		json_text_add(text, "null");
	json_text_add(text, ",\"result_text\":");
	add_part(text, call_text_result, options, detail);
	json_text_add(text, ",\"duration_ns\":%" PRIu64 ",\"partial\":%s,\"returned\":%s",
		detail->event.time_ns - detail->start_ns, detail->partial ? "true" : "false",
		has_returned ? "true" : "false");
}

static void ndjson_call(
	struct json_text *line, struct log_format *format, const struct event *event)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	begin(line, format, "syscall", detail->start_ns, event->tid);
	json_text_add(line, ",\"pid\":%d,\"name\":", (int)detail->tgid);
	add_part(line, call_text_name, &format->text, detail);
	line_json_add_call(line, &format->text, detail);
	json_text_add(line, "}");
}

static void ndjson_signal(
	struct json_text *line, struct log_format *format, const struct event *event)
{
	const struct event_signal *signal = (const struct event_signal *)event;
	char name[ABI_NAME_MAX], info[SIGNAL_TEXT_MAX];
	begin(line, format, "signal", event->time_ns, event->tid);
	json_text_add(line, ",\"pid\":%d,\"signal\":", (int)signal->tgid);
	json_text_string(line, signal_string(signal->signal, name));
	signal_text_info(signal, info);
	json_text_add(line, ",\"info\":");
	json_text_string(line, info);
	json_text_add(line, "}");
}

static void ndjson_gone(
	struct json_text *line, struct log_format *format, const struct event *event)
{
	const struct event_gone *gone = (const struct event_gone *)event;
	char name[ABI_NAME_MAX];
	begin(line, format, "exit", event->time_ns, event->tid);
	json_text_add(line, ",\"exit_code\":");
	if (gone->exit_code >= 0 && !gone->exit_signal)
		json_text_add(line, "%d", gone->exit_code);
	else
		json_text_add(line, "null");
	json_text_add(line, ",\"exit_signal\":");
	if (gone->exit_signal)
		json_text_string(line, signal_string(gone->exit_signal, name));
	else
		json_text_add(line, "null");
	json_text_add(line, "}");
}

/* A function that writes an event. */
typedef void writer(struct json_text *line, struct log_format *format, const struct event *event);

static size_t write_line(writer *const writers[EVENT_TYPES], struct log_format *format,
	const struct event *event, const char *end, char *buf, size_t size)
{
	struct json_text line = {buf, size - strlen(end) - 1, 0};
	if (!writers[event->type])
		return 0;
	writers[event->type](&line, format, event);
	if (!line.used)
		return 0;
	line.size = size;
	json_text_add(&line, "%s", end);
	return line.used;
}

size_t line_ndjson(struct log_format *format, const struct event *event, char *buf, size_t size)
{
	static writer *const writers[EVENT_TYPES] = {
		[EVENT_DETAIL] = ndjson_call,
		[EVENT_SIGNAL] = ndjson_signal,
		[EVENT_GONE] = ndjson_gone,
	};
	return write_line(writers, format, event, "\n", buf, size);
}

size_t line_ndjson_lost(
	struct log_format *format, uint64_t calls, uint64_t others, char *buf, size_t size)
{
	struct json_text line = {buf, size, 0};
	begin(&line, format, "lost", format->last_ns, 0);
	json_text_add(&line, ",\"calls\":%" PRIu64 ",\"others\":%" PRIu64 "}\n", calls, others);
	return line.used;
}

/* Trace events of Chrome. */

/* Times are in microseconds. */
static void add_us(struct json_text *line, const char *name, uint64_t ns)
{
	json_text_add(line, ",\"%s\":%" PRIu64 ".%03u", name, ns / NS_PER_US,
		(unsigned int)(ns % NS_PER_US));
}

static pid_t process_of(const struct log_format *format, pid_t tid)
{
	uintptr_t tgid = (uintptr_t)map_get(&format->tasks, (uint64_t)tid);
	return tgid ? (pid_t)tgid : tid;
}

/* The fields that every trace event has. */
static void begin_trace(struct json_text *line, const struct log_format *format, const char *phase,
	uint64_t time_ns, pid_t tgid, pid_t tid)
{
	json_text_add(line, "{\"ph\":\"%s\",\"pid\":%d,\"tid\":%d", phase, (int)tgid, (int)tid);
	add_us(line, "ts", time_ns + format->clock_ns);
}

/* The counters of the time until NOW_NS, if it is over. */
static void count_call(
	struct json_text *line, struct log_format *format, uint64_t now_ns, bool failed)
{
	double seconds = (double)(now_ns - format->counted_ns) / (double)NS_PER_S;
	if (now_ns >= format->counted_ns + COUNTER_NS && format->counted_ns) {
		begin_trace(line, format, "C", format->counted_ns, 0, 0);
		json_text_add(line,
			",\"name\":\"calls per second\",\"args\":{\"calls\":%.1f,\"errors\":%.1f}},\n",
			(double)format->calls / seconds, (double)format->errors / seconds);
	}
	if (now_ns >= format->counted_ns + COUNTER_NS) {
		format->counted_ns = now_ns;
		format->calls = format->errors = 0;
	}
	format->calls++;
	format->errors += failed;
}

static void chrome_call(
	struct json_text *line, struct log_format *format, const struct event *event)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	const struct syscall_desc *desc = syscall_lookup(detail->call);
	bool has_failed = detail->end == DETAIL_RETURNED && detail->err;
	count_call(line, format, event->time_ns, has_failed);
	begin_trace(line, format, "X", detail->start_ns, detail->tgid, event->tid);
	add_us(line, "dur", event->time_ns - detail->start_ns);
	json_text_add(line, ",\"name\":");
	add_part(line, call_text_name, &format->text, detail);
	json_text_add(line, ",\"cat\":\"%s\"",
		desc && desc->classes
			? call_class_name((enum call_class)__builtin_ctz(desc->classes))
			: "other");
	json_text_add(line, ",\"args\":{\"args\":");
	add_part(line, call_text_args, &format->text, detail);
	json_text_add(line, ",\"result\":");
	add_part(line, call_text_result, &format->text, detail);
	json_text_add(line, "}}");
}

/* An instant in the thread of EVENT. */
static void add_instant(struct json_text *line, const struct log_format *format,
	const struct event *event, pid_t tgid)
{
	begin_trace(line, format, "i", event->time_ns, tgid, event->tid);
	json_text_add(line, ",\"s\":\"t\",\"name\":");
}

static void chrome_signal(
	struct json_text *line, struct log_format *format, const struct event *event)
{
	const struct event_signal *signal = (const struct event_signal *)event;
	char name[ABI_NAME_MAX], info[SIGNAL_TEXT_MAX];
	add_instant(line, format, event, signal->tgid);
	json_text_string(line, signal_string(signal->signal, name));
	signal_text_info(signal, info);
	json_text_add(line, ",\"args\":{\"info\":");
	json_text_string(line, info);
	json_text_add(line, "}}");
}

static void chrome_gone(
	struct json_text *line, struct log_format *format, const struct event *event)
{
	const struct event_gone *gone = (const struct event_gone *)event;
	char name[ABI_NAME_MAX];
	add_instant(line, format, event, process_of(format, event->tid));
	if (gone->exit_signal)
		json_text_add(line, "\"killed by %s\"}", signal_string(gone->exit_signal, name));
	else
		json_text_add(line, "\"exit %d\"}", gone->exit_code);
	map_remove(&format->tasks, (uint64_t)event->tid);
}

static void chrome_task(
	struct json_text *line, struct log_format *format, const struct event *event)
{
	const struct event_task *task = (const struct event_task *)event;
	bool is_leader = task->tgid == event->tid;
	map_put(&format->tasks, (uint64_t)event->tid, (void *)(uintptr_t)task->tgid);
	begin_trace(line, format, "M", event->time_ns, task->tgid, event->tid);
	json_text_add(line, ",\"name\":\"thread_name\",\"args\":{\"name\":");
	add_comm(line, task->comm);
	json_text_add(line, "}}");
	if (!is_leader)
		return;
	json_text_add(line, ",\n");
	begin_trace(line, format, "M", event->time_ns, task->tgid, event->tid);
	json_text_add(line, ",\"name\":\"process_name\",\"args\":{\"name\":");
	add_comm(line, task->comm);
	json_text_add(line, "}}");
}

/* An arrow from the waker to the woken thread, whose call ends after it. */
static void chrome_waker(
	struct json_text *line, struct log_format *format, const struct event *event)
{
	const struct event_waker *waker = (const struct event_waker *)event;
	if (waker->waker <= 0 || waker->is_interrupt)
		return;
	format->arrows++;
	begin_trace(
		line, format, "s", event->time_ns, process_of(format, waker->waker), waker->waker);
	json_text_add(line, ",\"id\":%" PRIu64 ",\"cat\":\"wakes\",\"name\":\"wakes\"},\n",
		format->arrows);
	begin_trace(line, format, "f", event->time_ns, process_of(format, event->tid), event->tid);
	json_text_add(line,
		",\"bp\":\"e\",\"id\":%" PRIu64 ",\"cat\":\"wakes\",\"name\":\"wakes\"}",
		format->arrows);
}

size_t line_chrome(struct log_format *format, const struct event *event, char *buf, size_t size)
{
	static writer *const writers[EVENT_TYPES] = {
		[EVENT_DETAIL] = chrome_call,
		[EVENT_SIGNAL] = chrome_signal,
		[EVENT_GONE] = chrome_gone,
		[EVENT_TASK] = chrome_task,
		[EVENT_WAKER] = chrome_waker,
	};
	return write_line(writers, format, event, ",\n", buf, size);
}

size_t line_chrome_lost(
	struct log_format *format, uint64_t calls, uint64_t others, char *buf, size_t size)
{
	struct json_text line = {buf, size, 0};
	begin_trace(&line, format, "i", format->last_ns, 0, 0);
	json_text_add(&line,
		",\"s\":\"g\",\"name\":\"not logged\",\"args\":{\"calls\":%" PRIu64
		",\"others\":%" PRIu64 "}},\n",
		calls, others);
	return line.used;
}
